"""Digests say what happened and what waits; no words of pages get out of their place in them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from api.digest_page import as_html, as_markdown, marked_down
from connectors.model import Json, Source, SourceId, TenantId
from ingest.freshness.digest import (
    ChangedPage,
    DuePage,
    GapLine,
    MonthList,
    SyncTrouble,
    WeekDigest,
    changed_pages,
    troubles_of,
)
from ingest.freshness.model import Aging, Finding, Flag, FlagKind, FlagState, Origin, Quote
from ingest.model import DocumentId, RunId
from ingest.records import (
    RunCounts,
    RunState,
    SourceRecord,
    SyncError,
    SyncRun,
)
from tests.ageing import aging

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
SUNDAY_BEFORE = MONDAY - timedelta(days=7)
EVIL = "<script>alert(1)</script> [x](javascript:alert(1)) **b** | _i_ `c`\n# h\n1. one"
PAGE = DocumentId("d_1")
QUOTE = Quote(PAGE, 1, 0, len(EVIL), EVIL)
FINDING = Finding(FlagKind.CONTRADICTION, PAGE, 1, "k", 0.7, EVIL, (QUOTE,), DocumentId("d_2"))
FLAG = Flag(
    id="f/1",
    tenant=TenantId("t"),
    finding=FINDING,
    origin=Origin.DETECTOR,
    state=FlagState.OPEN,
    impact=3.0,
    raised_at=MONDAY,
    raised_by="",
    assigned_to=EVIL,
    title=EVIL,
    other_title=EVIL,
)
WEEK = WeekDigest(
    since=SUNDAY_BEFORE,
    until=MONDAY,
    waiting={FlagKind.CONTRADICTION: 4},
    raised={FlagKind.CONTRADICTION: 2},
    ended={FlagKind.EXPIRED: 1},
    queue=(FLAG,),
    gaps=(GapLine("t_1", EVIL, 9, 4, new=False, page=EVIL),),
    changed=(ChangedPage(PAGE, EVIL, "javascript:alert(1)", MONDAY, new=False),),
    pages_changed=1,
    pages_added=2,
    troubles=(SyncTrouble(EVIL, RunState.FAILED, EVIL, MONDAY),),
)
DUE = DuePage(PAGE, EVIL, "https://a.example/x>y", EVIL, MONDAY, 12, 0.712, (EVIL,))
MONTH = MonthList(MONDAY, (DUE,))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


@pytest.mark.parametrize("digest", [WEEK, MONTH])
def test_a_page_of_a_digest_loads_nothing_and_runs_nothing(digest: WeekDigest | MonthList) -> None:
    page = _Tags()
    page.feed(as_html(digest, "https://punnet.example/"))
    assert page.tags.isdisjoint({"script", "img", "link", "iframe", "b"})
    assert all(link.startswith("https://") for link in page.links)


@pytest.mark.parametrize("digest", [WEEK, MONTH])
def test_no_words_of_pages_mark_anything_in_markdown(digest: WeekDigest | MonthList) -> None:
    written = as_markdown(digest, None)
    assert not re.search(r"(?<!\\)<script|(?<!\\)\[x|\n# h|(?<!\\)`c", written)
    assert "javascript" not in re.sub(r"\\\[x\\\]\(javascript", "", written)
    assert "\n\n\n" not in written


def test_a_week_says_what_happened_and_what_waits() -> None:
    written = as_markdown(WEEK, "https://punnet.example")
    assert "# The week until 2 March 2026" in written
    assert "| contradiction | 2 | 0 | 4 |" in written
    assert "| expired | 0 | 1 | 0 |" in written
    assert "1 changed, 2 new." in written
    assert "asked 9 times in the last seven days (+4 on the seven before)" in written
    assert "(https://punnet.example/review/f%2F1)" in written or "/review/f/1" in written


def test_a_month_names_pages_with_their_gravest_reason() -> None:
    plain = replace(DUE, title="Refunds", reasons=("its review was due", "links"), owner="maria")
    written = as_markdown(MonthList(MONDAY, (plain,)), None)
    assert "1. **Refunds** <https://a.example/xy>" in written
    assert "Its review was due." in written
    assert "71 % likely to be outdated, answered 12 times" in written


def test_a_quiet_week_and_a_month_without_pages_say_so() -> None:
    quiet = replace(
        WEEK, waiting={}, raised={}, ended={}, queue=(), gaps=(), changed=(), troubles=()
    )
    assert "nothing waits" in as_markdown(quiet, None)
    assert "nothing waits" in as_html(quiet, None)
    assert "nothing to look through" in as_markdown(MonthList(MONDAY, ()), None)


@pytest.mark.parametrize("words", ["1. one", "- two", "+ three", "# four", "a | b", "~~x~~"])
def test_words_show_in_markdown_as_they_are(words: str) -> None:
    assert marked_down(words).replace("\\", "") == words
    assert "\\" in marked_down(words)


def test_pages_that_changed_come_before_new_ones_the_latest_first() -> None:
    old = SUNDAY_BEFORE - timedelta(days=90)
    pages = [
        _aging("untouched", old),
        _aging("new", MONDAY),
        _aging("changed", old, SUNDAY_BEFORE + timedelta(days=1)),
        _aging("later", old, MONDAY),
        _aging("before", old, old + timedelta(days=1)),
    ]
    found = changed_pages(pages, SUNDAY_BEFORE)
    assert [(one.title, one.new) for one in found] == [
        *(("later", False), ("changed", False), ("new", True))
    ]


def test_only_sources_in_trouble_are_named_and_documents_only_to_who_may_know() -> None:
    runs = [
        _run("fine", RunState.SUCCEEDED),
        _run("scans", RunState.PARTIAL, SyncError("scan.pdf", "It is encrypted.")),
        _run("down", RunState.FAILED, SyncError("", "It does not answer.")),
        _run("less", RunState.NEEDS_CONFIRMATION),
    ]
    sources = [_source(run.source) for run in runs]
    told = {one.source: one.reason for one in troubles_of(sources, runs, names=True)}
    assert told == {
        "down": "It does not answer.",
        "less": "2 pages are gone, and wait for somebody to say so",
        "scans": "3 pages failed, such as scan.pdf: It is encrypted.",
    }
    assert troubles_of(sources, runs, names=False)[2].reason == "3 pages failed"


def _aging(title: str, created: datetime, *edits: datetime) -> Aging:
    its = aging(title, created, edits, synced=MONDAY)
    return replace(its, source=SourceId("s"), ref=f"{title}.md", tokens=10)


def _source(name: str) -> SourceRecord:
    settings: dict[str, Json] = {}
    source = Source(SourceId(name), TenantId("t"), "files", name, settings, frozenset())
    return SourceRecord(source, None, None, paused=False, cursor=None, created_at=MONDAY)


def _run(name: str, state: RunState, *errors: SyncError) -> SyncRun:
    counts = RunCounts(listed=9, failed=3)
    return SyncRun(
        RunId(name), TenantId("t"), SourceId(name), state, counts, errors, ("a", "b"), False, MONDAY
    )
