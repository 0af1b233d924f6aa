"""The content team's pages, without a browser: what they show, and what their forms do."""

import re
from datetime import timedelta

import pytest

from connectors.model import SourceId
from ingest.freshness.model import Finding, FlagFilter, FlagKind, FlagState, Quote, Staleness
from ingest.model import DocumentId
from ingest.reading import QueryRecord
from ingest.records import DocumentState
from tests.desk import Browser, at_the_desk
from tests.http.world import ACME, NOON, World

OLD, NEW = "You have 14 days to return it.", "You have 30 days to return it."
ASIDE = {"dismiss", "snooze", "assign"}


@pytest.fixture
async def source(world: World) -> SourceId:
    return await world.source(ACME, "help")


async def quarrel(world: World, source: SourceId) -> tuple[DocumentId, DocumentId, str]:
    """Give two pages that contradict one another, and the flag that says so."""
    mine = await world.page(ACME, source, "faq.md", OLD)
    other = await world.page(ACME, source, "returns.md", NEW)
    quotes = (
        Quote(mine, 1, 0, len(OLD), OLD, ((9, 16),)),
        Quote(other, 1, 0, len(NEW), NEW, ((9, 16),)),
    )
    reason = "One page says 14 days, the other 30."
    found = Finding(FlagKind.CONTRADICTION, mine, 1, "days", 0.7, reason, quotes, other, "duration")
    raised = await flagged(world, found)
    return mine, other, raised[0]


async def flagged(world: World, *findings: Finding) -> list[str]:
    settled = await world.wired.ledger.flags.settle(ACME, list(FlagKind), None, findings, NOON)
    return [one.id for one in settled.raised]


async def writer(world: World) -> str:
    return await world.key(ACME, "read", "write")


async def told(browser: Browser, path: str = "/") -> str:
    """Give the message that the next page shows."""
    return (await browser.open(path)).text.partition('id="notices"')[2].partition("</div>")[0]


async def test_the_overview_counts_what_stands_how(world: World, source: SourceId) -> None:
    mine, _, _ = await quarrel(world, source)
    await world.failed(ACME, source, "x.pdf", "1")
    await world.wired.ledger.freshness.age(
        ACME, {mine: Staleness(0.9, ("It is old.",), stale=True)}
    )
    async with at_the_desk(world, await writer(world)) as browser:
        page = (await browser.open("/")).text
    assert "<b>0%</b> of your pages are fresh" in page
    assert "0 fresh, 1 to be looked at, 1 stale" in page
    assert "faq.md ↔ returns.md" in page
    assert "One page says 14 days, the other 30." in page


async def test_the_queue_shows_both_sides_with_the_words_marked(
    world: World, source: SourceId
) -> None:
    await quarrel(world, source)
    async with at_the_desk(world, await writer(world)) as browser:
        page = (await browser.open("/review")).text
        assert "You have <mark>14 days</mark> to return it." in page
        assert "You have <mark>30 days</mark> to return it." in page
        assert "Nothing waits here" in (await browser.open("/review?kind=expired")).text
        assert "<mark>14 days" in (await browser.open("/review?kind=nonsense&state=nonsense")).text
        assert (await browser.open("/review?after=forged")).status_code == 422


async def test_what_is_ticked_is_resolved_together(world: World, source: SourceId) -> None:
    *_, first = await quarrel(world, source)
    second = await world.wired.ledger.flags.raise_one(
        ACME,
        Finding(FlagKind.OUTDATED, DocumentId("d_help_faq.md"), 1, "k", 0.5, "Old."),
        origin="person",  # type: ignore[arg-type]
        by="k",
        at=NOON,
    )
    async with at_the_desk(world, await writer(world)) as browser:
        await browser.send("/review/actions", "/", action="resolve")
        assert "Nothing was chosen" in await told(browser)
        form = {"action": "resolve", "flag": [first, second.id], "back": "/review"}
        await browser.send("/review/actions", "/", **form)  # type: ignore[arg-type]
        assert "2 flags resolved." in await told(browser)
        assert "2 flags" not in await told(browser)
        await browser.send("/review/actions", "/", action=f"resolve:{first}")
        assert "is resolved" in await told(browser)


async def test_a_flag_is_dismissed_snoozed_assigned_and_commented(
    world: World, source: SourceId
) -> None:
    *_, flag = await quarrel(world, source)
    async with at_the_desk(world, await writer(world)) as browser:
        await browser.send("/review/actions", "/", action=f"dismiss:{flag}")
        assert "Say why" in await told(browser)
        await browser.send("/review/actions", "/", action=f"assign:{flag}", assigned_to="Maud")
        await browser.send("/review/actions", "/", action=f"comment:{flag}", note="I look at it.")
        await browser.send("/review/actions", "/", action=f"snooze:{flag}", days="30")
        held = await world.wired.ledger.flags.flag(ACME, flag)
        assert held is not None
        assert (held.assigned_to, held.state) == ("Maud", FlagState.SNOOZED)
        assert held.snoozed_until == NOON + timedelta(days=30)
        await browser.send("/review/actions", "/", action=f"dismiss:{flag}", note="Both hold.")
        story = (await browser.open(f"/review/{flag}")).text
    for word in ("Raised", "Maud", "I look at it.", "until 1 Apr 2026", "Both hold."):
        assert word in story


async def test_what_has_ended_can_only_be_opened_again(world: World, source: SourceId) -> None:
    *_, flag = await quarrel(world, source)
    async with at_the_desk(world, await writer(world)) as browser:
        assert offered((await browser.open("/review")).text) == {"resolve", *ASIDE}
        await browser.send("/review/actions", "/", action="snooze", flag=flag)
        asleep = (await browser.open("/review?state=snoozed")).text
        assert offered(asleep) == {"resolve", "reopen", *ASIDE}
        await browser.send("/review/actions", "/", action="resolve", flag=flag)
        assert offered((await browser.open("/review?state=resolved")).text) == {"reopen"}
        assert offered((await browser.open(f"/review/{flag}")).text) == {"reopen"}
        await browser.send("/review/actions", "/", action="reopen", flag=flag)
        assert "1 flag opened again." in await told(browser)


def offered(page: str) -> set[str]:
    """Give what a page lets one do with flags."""
    return set(re.findall(r'name="action" value="(\w+)', page)) - {"comment"}


async def test_a_page_shows_its_passages_its_flags_and_where_it_answered(
    world: World, source: SourceId
) -> None:
    mine, _, _ = await quarrel(world, source)
    asked = QueryRecord("q1", ACME, NOON, "context", "May I return it?", (), {}, (mine,))
    await world.wired.ledger.queries.record([asked])
    async with at_the_desk(world, await writer(world)) as browser:
        page = (await browser.open(f"/documents/{mine}")).text
    assert 'class="passage" id="p-' in page
    assert f"<mark>{OLD}</mark>" in page
    assert "May I return it?" in page
    assert "1 time in 30 days" in page


async def test_versions_are_compared_word_by_word(world: World, source: SourceId) -> None:
    await world.page(ACME, source, "a.md", OLD, version="1")
    page = await world.page(ACME, source, "a.md", NEW, version="2")
    async with at_the_desk(world, await writer(world)) as browser:
        changed = (await browser.open(f"/documents/{page}/changes/2")).text
        assert "<del>14</del>" in changed
        assert "<ins>30</ins>" in changed
        for nothing in ("1", "3"):
            assert (await browser.open(f"/documents/{page}/changes/{nothing}")).status_code == 404
        assert (await browser.open(f"/documents/{page}/changes/x")).status_code == 400


async def test_a_page_is_verified_entrusted_reported_and_held_back(
    world: World, source: SourceId
) -> None:
    name = await world.page(ACME, source, "a.md", OLD)
    page = f"/documents/{name}"
    async with at_the_desk(world, await writer(world)) as browser:
        await browser.send(f"{page}/verify", page)
        assert "this page is right" in await told(browser, page)
        await browser.send(f"{page}/entrust", page, owner="Maud", due="soon")
        assert "not a day" in await told(browser, page)
        await browser.send(f"{page}/entrust", page, owner="Maud", due="2026-04-01")
        await browser.send(f"{page}/report", page, kind="incorrect", quote="no such words")
        assert "notice bad" in await told(browser, page)
        await browser.send(f"{page}/report", page, kind="incorrect", quote="14 days", comment="30!")
        await browser.send(f"{page}/quarantine", page, reason=" ")
        assert "notice bad" in await told(browser, page)
        await browser.send(f"{page}/quarantine", page, reason="It is wrong.")
        held = await world.wired.ledger.reading.document(ACME, name)
        assert held is not None
        assert (held.state, held.owner) == (DocumentState.QUARANTINED, "Maud")
        assert held.verified_at == NOON
        shown = (await browser.open(page)).text
        assert "This page does not answer. It is wrong." in shown
        assert "Reported as wrong" in shown
        assert "a.md" in (await browser.open("/documents?state=quarantined")).text
        assert "a.md" in (await browser.open("/documents?owner=Maud")).text
        await browser.send(f"{page}/release", page, reason="Mended.")
        assert "No page fits" in (await browser.open("/documents?state=quarantined")).text


async def test_documents_are_listed_the_stalest_first_and_found_by_words(
    world: World, source: SourceId
) -> None:
    names = [await world.page(ACME, source, f"{n:02}.md", f"Thing {n}.") for n in range(30)]
    await world.wired.ledger.freshness.age(
        ACME, {names[29]: Staleness(0.9, ("It is old.",), stale=True)}
    )
    async with at_the_desk(world, await writer(world)) as browser:
        first = (await browser.open("/documents")).text
        assert first.index("29.md") < first.index("00.md")
        further = first.partition('class="button" href="')[2].partition('"')[0]
        second = (await browser.open(further.replace("&amp;", "&"))).text
        assert [name in first for name in ("23.md", "24.md")] == [True, False]
        assert all(f"{n:02}.md" in second for n in range(24, 29))
        stale = (await browser.open("/documents?stale=yes")).text
        assert ("29.md" in stale, "00.md" in stale) == (True, False)
        found = (await browser.open("/documents?q=Thing+7")).text
        assert "Thing 7." in found
        assert "#p-" in found


async def test_the_page_that_is_wrong_is_put_into_the_queue(world: World, source: SourceId) -> None:
    mine, other, flag = await quarrel(world, source)
    async with at_the_desk(world, await writer(world)) as browser:
        board = (await browser.open("/contradictions")).text
        assert "This one is right" in board
        await browser.send(f"/contradictions/{flag}/right", "/", right="d_else")
        assert "Say which" in await told(browser)
        await browser.send(f"/contradictions/{flag}/right", "/", right=other)
        assert "“faq.md” stands in the queue now" in await told(browser)
        shown = (await browser.open(f"/documents/{mine}")).text
        assert "Reported as wrong" in shown
        assert "No two pages" in (await browser.open("/contradictions?kind=duplicate")).text


async def test_of_two_pages_only_one_is_right(world: World, source: SourceId) -> None:
    mine, other, flag = await quarrel(world, source)
    async with at_the_desk(world, await writer(world)) as browser:
        right = f"/contradictions/{flag}/right"
        await browser.send(right, "/", right=other)
        board = (await browser.open("/contradictions")).text
        assert "“returns.md” is right, said" in board
        assert "This one is right" not in board
        await browser.send(right, "/", right=mine)
        assert "“faq.md” is right, said" in (await browser.open("/contradictions")).text
        assert await wrong(world) == [(other, "")]
        await browser.send(right, "/", right=other)
        assert await wrong(world) == [(mine, "")]
        await browser.send(f"/contradictions/{flag}/undo", "/")
        assert "neither page" in await told(browser, "/contradictions")
        assert await wrong(world) == []
        assert "This one is right" in (await browser.open("/contradictions")).text
        await browser.send("/review/actions", "/", action=f"resolve:{flag}")
        await browser.send(right, "/", right=other)
        assert "ended already" in await told(browser)
        assert await wrong(world) == []


async def wrong(world: World) -> list[tuple[str, str]]:
    """Give the pages that wait because somebody said that they are wrong."""
    said = FlagFilter(kinds=frozenset({FlagKind.INCORRECT}))
    found = await world.wired.ledger.flags.list_flags(ACME, said, None, 9)
    return [(one.finding.document, one.note) for one in found]


async def test_words_of_pages_are_never_markup(world: World, source: SourceId) -> None:
    evil = "<script>alert(1)</script> {{ 7 * 7 }}"
    page = await world.page(ACME, source, "evil.md", evil)
    await flagged(world, Finding(FlagKind.OUTDATED, page, 1, "k", 0.5, evil))
    async with at_the_desk(world, await writer(world)) as browser:
        for path in ("/", "/review", f"/documents/{page}", "/documents?q=alert"):
            shown = (await browser.open(path)).text
            assert "<script>alert" not in shown
            assert "{{ 7 * 7 }}" in shown or path == "/documents?q=alert"
