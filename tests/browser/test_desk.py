"""The desk as a content manager meets it, in a real browser over the example."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.shop import PHONE, Scheme, Shop, context_of, sign_in

PAGES = ("/", "/review", "/documents", "/contradictions", "/contradictions?kind=duplicate")
GRAVE = {"serious", "critical"}


@pytest.fixture
def stranger(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Open a window in which nobody has signed in."""
    with context_of(browser, base_url=shop.url) as window:
        yield window.new_page()


# --- doors ------------------------------------------------------------------------


def test_a_key_opens_the_desk_and_signing_out_closes_it(stranger: Page, shop: Shop) -> None:
    stranger.goto("/review")
    expect(stranger).to_have_url(re.compile("/sign-in"))
    sign_in(stranger, shop, "pn_000000000000_nonsense")
    expect(stranger.get_by_role("alert")).to_contain_text("does not open anything")
    sign_in(stranger, shop, shop.key)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Overview")
    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger.get_by_role("status")).to_contain_text("You are signed out")
    stranger.goto("/")
    expect(stranger).to_have_url(f"{shop.url}/sign-in")


def test_a_form_of_another_session_changes_nothing(page: Page, shop: Shop) -> None:
    page.goto(shop.document("returns.md"))
    page.locator('form[action$="/verify"] input[name="token"]').evaluate("it => it.value = 'x'")
    page.get_by_role("button", name="Still right").click()
    expect(page.get_by_role("main")).to_contain_text("This form is too old")
    page.goto(shop.document("returns.md"))
    expect(page.locator(".facts")).to_contain_text(re.compile(r"Verified\s*never"))


def test_a_key_that_only_reads_sees_no_deed(stranger: Page, shop: Shop) -> None:
    sign_in(stranger, shop, shop.make_key("read"))
    stranger.goto("/review")
    expect(stranger.get_by_role("listitem").first).to_be_visible()
    expect(stranger.get_by_role("checkbox")).to_have_count(0)
    expect(stranger.get_by_role("button", name="Resolve")).to_have_count(0)


# --- pages ------------------------------------------------------------------------


def test_the_overview_leads_to_what_matters_most(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text(re.compile(r"\d+% of your pages are fresh"))).to_be_visible()
    expect(page.get_by_role("link", name="Help centre")).to_be_visible()
    assert page.locator("canvas").evaluate("it => it.toDataURL().length") > 2_000
    page.locator("section", has_text="What matters most").get_by_role("listitem").first.get_by_role(
        "link"
    ).click()
    expect(page).to_have_url(re.compile("/review/"))
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()


def test_the_desk_shows_what_is_wrong_with_the_example(page: Page, shop: Shop) -> None:
    shop.eventually(lambda: len(shop.stale()) == 2)
    page.goto("/documents?stale=yes")
    stale = page.locator(".pages .title")
    expect(stale).to_have_count(2)
    assert set(stale.all_inner_texts()) == {"Christmas delivery deadlines", "Ways to pay"}
    page.goto("/review?kind=expired")
    expect(page.locator("[data-flag]", has_text="Christmas")).not_to_have_count(0)
    page.goto("/contradictions")
    pair = page.locator(".pair-card", has_text="Returns and refunds").first
    expect(pair.locator("mark").first).to_be_visible()
    page.goto("/contradictions?kind=duplicate")
    expect(page.locator(".pair-card", has_text="Gift cards").first).to_be_visible()


def test_a_page_shows_its_passages_and_what_changed(page: Page, shop: Shop) -> None:
    page.goto(shop.document("shipping.html"))
    expect(page.get_by_role("heading", name="Costs by country")).to_be_visible()
    expect(page.get_by_role("cell", name="£14.00")).to_be_visible()
    anchor = page.locator(".passage").nth(1).get_attribute("id")
    page.goto(f"{shop.document('shipping.html')}#{anchor}")
    expect(page.locator(".passage:target")).to_be_in_viewport()
    page.get_by_role("link", name="What changed").first.click()
    expect(page.locator("del")).to_have_text(["2 pm"])
    expect(page.locator("ins")).to_have_text(["noon"])


def test_words_that_are_selected_are_reported(page: Page, shop: Shop) -> None:
    page.goto(shop.document("privacy.html"))
    page.locator("#text .passage p").first.click(click_count=3)
    expect(page.get_by_label("Which words?")).not_to_have_value("")
    page.get_by_label("What should it say?").fill("We moved last year.")
    page.get_by_role("button", name="Raise a flag").click()
    expect(page.get_by_role("status")).to_contain_text("in the queue now")
    expect(page.locator("section", has_text="What is said of it")).to_contain_text("Reported")


def test_a_page_is_verified_entrusted_and_kept_from_answering(page: Page, shop: Shop) -> None:
    path = shop.document("account.md")
    page.goto(path)
    page.get_by_role("button", name="Still right").click()
    expect(page.locator(".facts").first).to_contain_text(re.compile(r"Verified\s*just now"))
    page.get_by_label("Looked after by").fill("Maud")
    page.get_by_label("Look at it by").fill("2099-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Looked after by")).to_have_value("Maud")
    page.get_by_text("Keep it from answering").first.click()
    page.get_by_label("Why?").fill("The prices are last year's.")
    page.get_by_role("button", name="Keep it from answering").click()
    expect(page.get_by_text("This page does not answer. The prices")).to_be_visible()
    page.get_by_label("Why?").fill("They were mended.")
    page.get_by_role("button", name="Let it answer again").click()
    expect(page.get_by_role("status")).to_contain_text("answers again")


def test_words_find_pages_and_filters_narrow_the_list_without_a_reload(page: Page) -> None:
    page.goto("/documents")
    page.evaluate("window.same = true")
    page.get_by_label("Search").first.fill("How long do I have to return something?")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".pages .title").first).to_contain_text(re.compile("return", re.I))
    expect(page).to_have_url(re.compile("q=How"))
    assert page.evaluate("window.same")
    page.get_by_label("State").select_option("quarantined")
    expect(page.get_by_text("No page fits.")).to_be_visible()


def test_one_of_two_pages_is_said_to_be_right(page: Page) -> None:
    page.goto("/contradictions")
    page.get_by_role("button", name="This one is right").first.click()
    expect(page.get_by_role("status")).to_contain_text("as wrong")


# --- the keyboard -----------------------------------------------------------------


def test_the_queue_is_worked_through_by_keyboard(page: Page) -> None:
    page.goto("/review?kind=overdue")
    expect(page.locator("[data-flag]").first).to_be_visible()
    flags = page.locator("[data-flag]")
    before = flags.count()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Use these keys").press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(flags.first).not_to_have_class(re.compile("here"))
    page.get_by_role("button", name="Keyboard").press("Enter")
    page.get_by_label("Use these keys").press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(flags.first).to_have_class(re.compile("here"))
    page.keyboard.press("x")
    expect(page.locator(".ticked")).to_have_text("1 ticked")
    page.keyboard.press("d")
    page.keyboard.type("It says so on purpose.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 flag dismissed.")
    expect(flags).to_have_count(before - 1)
    here = page.locator("#first" if before > 1 else "#notices")
    expect(here).to_be_focused()


def test_the_focus_goes_on_after_a_deed(page: Page) -> None:
    page.goto("/review")
    page.get_by_role("link", name="Skip to the first flag").press("Enter")
    expect(page.locator("#first")).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.type("Maud")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 flag assigned.")
    expect(page.locator("#first")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Comment").fill("I look at it.")
    page.get_by_label("Comment").press("Control+Enter")
    expect(page.locator("#notices")).to_contain_text("1 comment added.")
    expect(page.locator("#notices")).to_be_focused()


def test_a_reader_skips_to_the_content_and_sees_where_the_focus_is(page: Page) -> None:
    page.goto("/documents")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_desk_works_without_scripts(browser: Browser, shop: Shop, admin: StorageState) -> None:
    with context_of(
        browser, storage_state=admin, base_url=shop.url, java_script_enabled=False
    ) as window:
        page = window.new_page()
        page.goto("/review")
        title = page.locator("[data-flag] .title").last
        title.click()
        page.get_by_label("Comment").fill("I look at it.")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_text("I look at it.")).to_be_visible()


# --- for everybody ----------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(
    browser: Browser, shop: Shop, admin: StorageState, scheme: Scheme
) -> None:
    axe, found = Axe(), {}
    with context_of(browser, scheme, storage_state=admin, base_url=shop.url) as window:
        page = window.new_page()
        for path in (*PAGES, shop.document("returns.md"), "/documents/nowhere"):
            page.goto(path)
            found[path] = grave(axe, page, scheme)
        page.goto(f"{shop.document('shipping.html')}/changes/2")
        found["changes"] = grave(axe, page, scheme)
        page.goto("/review")
        page.keyboard.press("?")
        found["keys"] = grave(axe, page, scheme)
        page.keyboard.press("Escape")
        page.locator("[data-opens-flag]").first.click()
        found["flag"] = grave(axe, page, scheme)
    with context_of(browser, scheme, base_url=shop.url) as window:
        page = window.new_page()
        page.goto("/sign-in")
        found["/sign-in"] = grave(axe, page, scheme)
        sign_in(page, shop, "pn_000000000000_nonsense")
        expect(page.get_by_role("alert")).to_be_visible()
        found["wrong key"] = grave(axe, page, scheme)
    assert {path: broken for path, broken in found.items() if broken} == {}


def test_no_page_is_wider_than_a_phone(browser: Browser, shop: Shop, admin: StorageState) -> None:
    small = {**PHONE, "width": 360}
    with context_of(browser, storage_state=admin, base_url=shop.url, viewport=small) as window:
        page = window.new_page()
        wide = {}
        for path in (*PAGES, shop.document("shipping.html"), "/sign-in"):
            page.goto(path)
            wide[path] = page.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in wide.items() if width > 360} == {}


# --- what is mended ---------------------------------------------------------------


def test_mending_a_page_in_its_source_closes_its_flag(page: Page, shop: Shop) -> None:
    page.goto("/review?kind=expired")
    flag = page.locator("[data-flag]", has_text="Christmas").first
    expect(flag).to_be_visible()
    old = shop.folder / "christmas-2024.md"
    old.write_text("# Christmas deliveries\n\nWe tell the last days to order each November.\n")
    page.goto(f"/sources/{shop.source}")
    page.get_by_role("button", name="Sync now").click()
    expect(page.locator("#run").get_by_text("Up to date")).to_be_visible()
    shop.eventually(
        lambda: not any(one["kind"] == "expired" and "hristmas" in str(one) for one in shop.flags())
    )
    page.goto("/review?kind=expired")
    expect(page.locator("[data-flag]", has_text="Christmas")).to_have_count(0)
    page.goto("/review?kind=expired&state=closed")
    expect(page.locator("[data-flag]", has_text="Christmas").first).to_contain_text("changed")


def grave(axe: Axe, page: Page, scheme: Scheme) -> list[str]:
    """Give what axe finds serious, or worse."""
    # The dark pages are the light ones in other colours.
    rules = {} if scheme == "light" else {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    broken = axe.run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in broken if one["impact"] in GRAVE
    ]
