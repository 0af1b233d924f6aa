"""Gaps, sources, questions and settings at the desk, in a real browser over the example."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.browser.shop import PHONE, Scheme, Shop, context_of
from tests.browser.test_desk import grave

WITHOUT = "Who is your chief executive?"
RETURNS = "How long do I have to return something?"
PAGES = (
    *("/gaps", "/topics", "/sources", "/sources/new", "/sources/new?kind=gdrive", "/ask"),
    *("/sources/new?kind=youtube", "/settings/keys", "/settings/webhooks", "/settings/rules"),
    *("/settings/audit", "/settings/about"),
)


def by_keyboard(page: Page, wanted: Locator) -> None:
    """Reach something by the Tab key alone, from where the page begins."""
    for _ in range(80):
        if wanted.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {wanted}")


def test_a_question_without_an_answer_is_a_gap_that_is_dismissed(page: Page, shop: Shop) -> None:
    def gathered() -> bool:
        found = shop.up.http.get("/v1/gaps").json()["items"]
        return any(one["name"] == WITHOUT for one in found)

    shop.eventually(gathered)
    page.goto("/gaps")
    page.get_by_role("link", name=WITHOUT).click()
    expect(page.locator("canvas")).to_be_visible()
    by_keyboard(page, page.get_by_label("Why?"))
    page.keyboard.type("We name nobody.")
    by_keyboard(page, page.get_by_role("button", name="It needs no page"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("The gap is dismissed.")
    page.goto("/gaps?state=dismissed")
    expect(page.get_by_text("We name nobody.")).to_be_visible()


def test_a_plan_is_drawn_and_its_citations_lead_to_their_passages(page: Page) -> None:
    page.goto("/ask")
    by_keyboard(page, page.get_by_label("What would a customer ask?"))
    page.keyboard.type(RETURNS)
    by_keyboard(page, page.get_by_role("button", name="Plan it"))
    page.keyboard.press("Enter")
    expect(page.locator("#result h2").first).to_be_visible()
    assert page.locator("canvas").evaluate("it => it.toDataURL().length") > 4_000
    page.get_by_text("As a table").click()
    assert page.locator("#alternatives tbody tr").count() >= 3
    page.locator(".message summary").first.click()
    page.locator(".message[open] a.tag, .message a.tag").first.evaluate("it => it.click()")
    expect(page).to_have_url(re.compile("#c-"))
    page.locator(".piece .title").first.click()
    expect(page).to_have_url(re.compile(r"/documents/.*#p-"))
    expect(page.locator(".passage:target")).to_be_in_viewport()


def test_a_source_is_added_and_files_are_read_while_one_looks_on(
    page: Page, shop: Shop, tmp_path: Path
) -> None:
    page.goto("/sources")
    page.get_by_role("link", name="Add a source").click()
    page.get_by_role("link", name="Uploads").click()
    page.get_by_label("What you call it").fill("Notes")
    page.get_by_role("button", name="Add it").click()
    note = tmp_path / "lanterns.md"
    note.write_text("# Lanterns\n\nOur lanterns burn for eleven hours.\n")
    page.get_by_label("Drop files here").set_input_files(note)
    page.get_by_role("button", name="Upload").click()
    expect(page).to_have_url(re.compile("/runs/"))
    # The same page tells of the end, without having been loaded anew.
    expect(page.locator("#run").get_by_text("Up to date")).to_be_visible()
    expect(page.locator("#run-told")).to_contain_text("The run has ended")
    page.get_by_role("link", name="Notes").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".head").get_by_text("Paused")).to_be_visible()


def test_a_braked_deletion_waits_for_its_number(page: Page, shop: Shop, tmp_path: Path) -> None:
    for n in range(7):
        (tmp_path / f"{n}.md").write_text(f"# Page {n}\n\nIt tells of {n}.\n")
    source = shop.up.add_source("Leaving", tmp_path)
    shop.up.sync(source)
    for path in tmp_path.iterdir():
        path.unlink()
    page.goto(f"/sources/{source}")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="unusually much")).to_be_visible()
    expect(page.locator(".leaving li")).to_have_count(7)
    page.get_by_label("To delete these pages, type 7").fill("7")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#run").get_by_text("Up to date")).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(page: Page) -> None:
    page.goto("/settings")
    expect(page).to_have_url(re.compile("/settings/keys"))
    page.get_by_label("Name").fill("Chat widget")
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#secret")).to_have_text(re.compile("^pn_"))
    page.goto("/settings/keys")
    expect(page.locator("#secret")).to_have_count(0)
    line = page.get_by_role("listitem").filter(has_text="Chat widget")
    line.get_by_text("Revoke").first.click()
    line.get_by_role("button", name="Revoke it").click()
    expect(line.get_by_text("Revoked").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_these_pages_shut_nobody_out(
    browser: Browser, shop: Shop, admin: StorageState, scheme: Scheme
) -> None:
    axe, found, wide = Axe(), {}, {}
    run = shop.up.http.get("/v1/runs").json()["items"][0]["id"]
    topic = shop.up.http.get("/v1/topics").json()["items"][0]["id"]
    own = (f"/sources/{shop.source}", f"/runs/{run}", f"/gaps/{topic}")
    small = {**PHONE, "width": 360}
    with context_of(
        browser, scheme, storage_state=admin, base_url=shop.url, viewport=small
    ) as window:
        page = window.new_page()
        for path in (*PAGES, *own):
            page.goto(path)
            found[path] = grave(axe, page, scheme)
            wide[path] = page.evaluate("document.documentElement.scrollWidth")
        page.goto("/ask")
        page.get_by_label("What would a customer ask?").fill(RETURNS)
        page.get_by_role("button", name="Plan it").click()
        expect(page.locator("#result")).to_be_visible()
        found["plan"] = grave(axe, page, scheme)
        wide["plan"] = page.evaluate("document.documentElement.scrollWidth")
    assert {path: broken for path, broken in found.items() if broken} == {}
    assert {path: width for path, width in wide.items() if width > 360} == {}
