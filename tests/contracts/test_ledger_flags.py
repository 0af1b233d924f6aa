"""Flags: raised once, ended by themselves or by people, and never lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.errors import LedgerConflict
from ingest.freshness.model import (
    Finding,
    Flag,
    FlagAction,
    FlagChange,
    FlagFilter,
    FlagKind,
    FlagState,
    Origin,
    Quote,
    Settlement,
)
from ingest.model import DocumentId
from ingest.records import Drop, Write
from tests.builders import ACME, GLOBEX, NOON, facts, point_id, write
from tests.contracts.ledgers import Desk

A, B, C = (DocumentId(f"doc-{name}") for name in "abc")
KINDS = frozenset({FlagKind.EXPIRED, FlagKind.CONTRADICTION})
LATER = NOON + timedelta(days=1)
WITH_ENDED = FlagFilter(states=None)


def finding(
    its: DocumentId = A,
    key: str = "until May",
    *,
    revision: int = 1,
    kind: FlagKind = FlagKind.EXPIRED,
    other: DocumentId | None = None,
) -> Finding:
    point = point_id(its, "Hello.")
    quotes = [Quote(its, revision, 0, 6, "Hello.", ((0, 5),), point)]
    if other is not None:
        quotes.append(Quote(other, 1, 0, 6, "Hello."))
    return Finding(kind, its, revision, key, 0.5, "It has passed.", tuple(quotes), other, "date")


def contradiction(its: DocumentId = A, other: DocumentId = B) -> Finding:
    return finding(its, "price", kind=FlagKind.CONTRADICTION, other=other)


async def filled(desk: Desk) -> None:
    await desk.commit(*(write(name, "Hello.") for name in "abc"))


async def settle(
    desk: Desk, *found: Finding, looked_at: Sequence[DocumentId] | None = None
) -> Settlement:
    return await desk.ledger.flags.settle(ACME, KINDS, looked_at, found, desk.clock())


async def one_raised(desk: Desk, found: Finding) -> Flag:
    (raised,) = (await settle(desk, found)).raised
    return raised


async def do(desk: Desk, one: Flag, action: FlagAction, note: str = "Because.") -> Flag:
    until = LATER if action is FlagAction.SNOOZE else None
    change = FlagChange(action, "anna", desk.clock(), note, "ben", until)
    (changed,) = await desk.ledger.flags.change(ACME, [one.id], change)
    return changed


async def history(desk: Desk, one: Flag) -> list[str]:
    deeds = await desk.ledger.audit.deeds(ACME, one.id, None, 99)
    return [deed.action.removeprefix("flag.") for deed in reversed(deeds)]


async def disputed(desk: Desk) -> list[str]:
    records = [await desk.ledger.reading.document(ACME, its) for its in (A, B, C)]
    return [one.facts.id for one in records if one is not None and one.disputed]


async def test_a_finding_raises_one_flag_with_all_that_was_found(desk: Desk) -> None:
    await filled(desk)
    raised = await one_raised(desk, finding(other=B))
    assert raised.finding == finding(other=B)
    assert (raised.state, raised.origin, raised.title) == (
        FlagState.OPEN,
        Origin.DETECTOR,
        "Title of a",
    )
    assert await desk.ledger.flags.flag(ACME, raised.id) == raised
    again = await settle(desk, finding(other=B))
    assert again == Settlement((), ())
    assert await history(desk, raised) == ["raise"]


async def test_what_is_no_longer_found_is_closed_with_a_note_that_says_why(desk: Desk) -> None:
    await filled(desk)
    await settle(desk, finding(A), finding(B), finding(C))
    await desk.commit(write("a", "New."), Drop("b"))
    notes = {one.finding.document: one.note for one in (await settle(desk)).closed}
    assert notes == {
        A: "The page was changed.",
        B: "The page is gone.",
        C: "It is no longer found.",
    }
    (back,) = (await settle(desk, finding(A, revision=2))).raised
    assert (back.state, back.note, back.finding.revision) == (FlagState.OPEN, "", 2)
    assert await history(desk, back) == ["raise", "close", "raise"]


async def test_only_flags_on_what_was_looked_at_end(desk: Desk) -> None:
    await filled(desk)
    await settle(desk, finding(A), finding(B), contradiction(C, A))
    closed = (await settle(desk, looked_at=[A])).closed
    assert {one.finding.document for one in closed} == {A, C}
    await desk.commit(Drop("b"))
    assert [one.note for one in (await settle(desk, looked_at=[C])).closed] == ["The page is gone."]


async def test_a_flag_that_is_found_again_says_where_its_sentence_stands_now(desk: Desk) -> None:
    await filled(desk)
    raised = await one_raised(desk, finding())
    await do(desk, raised, FlagAction.SNOOZE)
    await desk.commit(write("a", "Hello. More."))
    assert await settle(desk, finding(revision=2)) == Settlement((), ())
    kept = await desk.ledger.flags.flag(ACME, raised.id)
    assert kept is not None
    assert (kept.finding, kept.state) == (finding(revision=2), FlagState.SNOOZED)


async def test_what_was_dismissed_stays_so_and_what_was_resolved_until_the_page_changes(
    desk: Desk,
) -> None:
    await filled(desk)
    raised = (await settle(desk, finding(A), finding(B))).raised
    await do(desk, raised[0], FlagAction.DISMISS)
    await do(desk, raised[1], FlagAction.RESOLVE)
    assert await settle(desk, finding(A), finding(B)) == Settlement((), ())
    await desk.commit(write("a", "New."), write("b", "New."))
    again = await settle(desk, finding(A, revision=2), finding(B, revision=2))
    assert [one.finding.document for one in again.raised] == [raised[1].finding.document]


async def test_nothing_is_raised_of_pages_without_a_text(desk: Desk) -> None:
    await filled(desk)
    await desk.commit(Drop("b"))
    strange = finding(DocumentId("doc-none"))
    assert await settle(desk, strange, finding(B), finding(A, other=B)) == Settlement((), ())


async def test_a_report_raises_a_flag_once_and_again_after_its_end(desk: Desk) -> None:
    await filled(desk)
    flags = desk.ledger.flags

    async def report(origin: Origin = Origin.AGENT) -> Flag:
        said = replace(finding(), kind=FlagKind.INCORRECT)
        return await flags.raise_one(ACME, said, origin, "key-1", desk.clock())

    first = await report()
    assert (first.origin, first.raised_by) == (Origin.AGENT, "key-1")
    assert await report() == first
    await do(desk, first, FlagAction.DISMISS)
    assert (await report()).state is FlagState.DISMISSED
    assert (await report(Origin.FEEDBACK)).state is FlagState.DISMISSED
    assert (await report(Origin.PERSON)).state is FlagState.OPEN
    assert await history(desk, first) == ["raise", "raise", "dismiss", *["raise"] * 3]
    with pytest.raises(LedgerConflict):
        await flags.raise_one(ACME, finding(DocumentId("x")), Origin.PERSON, "", NOON)


async def test_what_people_said_of_an_old_text_is_closed(desk: Desk) -> None:
    await filled(desk)
    for its in (A, B):
        await desk.ledger.flags.raise_one(ACME, finding(its), Origin.PERSON, "anna", NOON)
    await settle(desk)  # Detectors end only what they raised.
    await desk.commit(write("a", "New."))
    closed = await desk.ledger.flags.close_changed(ACME, NOON)
    assert [(one.finding.document, one.note) for one in closed] == [(A, "The page was changed.")]
    assert await desk.ledger.flags.close_changed(ACME, NOON) == []


async def test_what_people_quoted_is_not_mended_by_an_edit_elsewhere(desk: Desk) -> None:
    await filled(desk)
    raise_one = desk.ledger.flags.raise_one
    raised = await raise_one(ACME, finding(), Origin.PERSON, "anna", NOON)
    plain = await raise_one(
        ACME, replace(finding(key="plain"), quotes=()), Origin.PERSON, "anna", NOON
    )
    await desk.commit(write("a", "Oh. Hello. Bye."))
    closed = await desk.ledger.flags.close_changed(ACME, NOON)
    assert [one.id for one in closed] == [plain.id]
    kept = await desk.ledger.flags.flag(ACME, raised.id)
    assert kept is not None
    (quote,) = kept.finding.quotes
    assert (kept.state, quote.revision, quote.start, quote.end) == (FlagState.OPEN, 2, 4, 10)
    await desk.commit(write("a", "Oh. Bye."))
    assert [one.id for one in await desk.ledger.flags.close_changed(ACME, NOON)] == [raised.id]


async def test_flags_come_by_impact_and_in_pages(desk: Desk) -> None:
    await filled(desk)
    raised = (await settle(desk, *(finding(A, str(n)) for n in range(7)))).raised
    impacts = {one.id: float(n // 2) for n, one in enumerate(raised)}
    await desk.ledger.flags.weigh(ACME, impacts)
    await desk.ledger.flags.weigh(GLOBEX, dict.fromkeys(impacts, 99.0))
    listed: list[Flag] = []
    for _ in range(4):
        last = listed[-1].id if listed else None
        listed += await desk.ledger.flags.list_flags(ACME, FlagFilter(), last, 2)
    assert [one.id for one in listed] == sorted(impacts, key=lambda its: (-impacts[its], its))
    assert await desk.ledger.flags.list_flags(ACME, FlagFilter(), "unknown", 2) == []


async def test_a_filter_of_flags_lets_through_only_what_it_names(desk: Desk) -> None:
    await desk.commit(
        write("a", "Hello."),
        write("b", "Hello.", its=facts("b", access=frozenset({"staff"}))),
        write("c", "Hello."),
    )
    await settle(desk, finding(A), contradiction(C, B))

    async def shown(where: FlagFilter) -> list[str]:
        found = await desk.ledger.flags.list_flags(ACME, where, None, 9)
        counts = await desk.ledger.flags.count_flags(ACME, where)
        assert sum(counts.values()) == len(found)
        assert await desk.ledger.flags.list_flags(GLOBEX, where, None, 9) == []
        return sorted(one.finding.document for one in found)

    assert await shown(FlagFilter()) == [A, C]
    assert await shown(FlagFilter(groups=frozenset())) == [A]
    assert await shown(FlagFilter(groups=frozenset({"staff"}))) == [A, C]
    assert await shown(FlagFilter(documents=frozenset({B}))) == [C]
    assert await shown(FlagFilter(kinds=frozenset({FlagKind.EXPIRED}))) == [A]
    assert await shown(FlagFilter(sources=frozenset())) == []
    assert await shown(FlagFilter(sources=frozenset({desk.source}))) == [A, C]
    assert await shown(FlagFilter(assigned_to="ben")) == []
    assert await shown(FlagFilter(raised_after=LATER)) == []
    assert await shown(FlagFilter(states=frozenset({FlagState.RESOLVED}))) == []


async def test_actions_change_flags_and_are_noted(desk: Desk) -> None:
    await filled(desk)
    raised = await one_raised(desk, finding())
    assert (await do(desk, raised, FlagAction.COMMENT)).state is FlagState.OPEN
    assert (await do(desk, raised, FlagAction.ASSIGN)).assigned_to == "ben"
    assert (await do(desk, raised, FlagAction.SNOOZE)).snoozed_until == LATER
    ended = await do(desk, raised, FlagAction.RESOLVE)
    assert (ended.state, ended.ended_by, ended.note) == (FlagState.RESOLVED, "anna", "Because.")
    assert (await do(desk, raised, FlagAction.REOPEN)).ended_at is None
    assert await history(desk, raised) == [
        "raise",
        "comment",
        "assign",
        "snooze",
        "resolve",
        "reopen",
    ]
    (last, *_) = await desk.ledger.audit.deeds(ACME, raised.id, None, 1)
    assert last.detail == {"kind": "expired", "document": A, "other": None, "note": "Because."}


async def test_an_action_is_done_to_all_flags_or_to_none(desk: Desk) -> None:
    await filled(desk)
    raised = (await settle(desk, finding(A), finding(B))).raised
    await do(desk, raised[0], FlagAction.RESOLVE)
    assign = FlagChange(FlagAction.ASSIGN, "anna", NOON, assigned_to="ben")
    refused = [
        ([one.id for one in raised], assign),
        ([raised[1].id, "unknown"], assign),
        ([raised[1].id], FlagChange(FlagAction.REOPEN, "anna", NOON)),
        ([raised[1].id], FlagChange(FlagAction.DISMISS, "anna", NOON, " ")),
        ([raised[1].id], FlagChange(FlagAction.SNOOZE, "anna", NOON)),
    ]
    for ids, change in refused:
        with pytest.raises(LedgerConflict):
            await desk.ledger.flags.change(ACME, ids, change)
    with pytest.raises(LedgerConflict):
        await desk.ledger.flags.change(GLOBEX, [raised[1].id], assign)
    assert await desk.ledger.flags.flag(ACME, raised[1].id) == raised[1]
    assert await history(desk, raised[1]) == ["raise"]


async def test_what_was_snoozed_wakes_when_its_time_has_come(desk: Desk) -> None:
    await filled(desk)
    raised = await one_raised(desk, finding())
    await do(desk, raised, FlagAction.SNOOZE)
    assert await desk.ledger.flags.wake(ACME, LATER - timedelta(seconds=1)) == 0
    assert await desk.ledger.flags.wake(GLOBEX, LATER) == 0
    assert await desk.ledger.flags.wake(ACME, LATER) == 1
    assert await desk.ledger.flags.flag(ACME, raised.id) == raised


async def test_pages_are_disputed_while_a_contradiction_waits(desk: Desk) -> None:
    await filled(desk)
    raised = (await settle(desk, contradiction(A, B), contradiction(B, C), finding(C))).raised
    assert await disputed(desk) == [A, B, C]
    assert {one.disputed for one in await desk.passages("a")} == {True}
    await do(desk, raised[0], FlagAction.DISMISS)
    assert await disputed(desk) == [B, C]
    (conflict,) = await desk.ledger.flags.conflicts(ACME, [C], None)
    assert conflict.flag == raised[1].id
    assert conflict.documents == {B, C}
    assert await desk.ledger.flags.conflicts(ACME, [A], None) == []
    await do(desk, raised[0], FlagAction.REOPEN)
    assert len(await desk.ledger.flags.conflicts(ACME, [B], None)) == 2
    await settle(desk, looked_at=[B])
    assert await disputed(desk) == []


async def test_a_contradiction_with_a_page_that_one_may_not_see_is_not_told(desk: Desk) -> None:
    inside = write("b", "Hm.", its=facts("b", access=frozenset({"staff"})))
    await desk.commit(write("a", "Oh."), inside)
    await settle(desk, contradiction(A, B))
    conflicts = desk.ledger.flags.conflicts
    assert await conflicts(ACME, [A], frozenset({"customers"})) == []
    assert len(await conflicts(ACME, [A], frozenset({"staff"}))) == 1
    assert await conflicts(GLOBEX, [A], None) == []
    assert await desk.ledger.freshness.quarantine(ACME, B, "Wrong.", NOON)
    assert await conflicts(ACME, [A], None) == []


@pytest.mark.parametrize("change", [write("b", "Mended."), Drop("b"), write("a", "Mended.")])
async def test_what_a_page_no_longer_says_contradicts_nobody(
    desk: Desk, change: Write | Drop
) -> None:
    await filled(desk)
    await settle(desk, contradiction(A, B))
    assert len(await desk.ledger.flags.conflicts(ACME, [A], None)) == 1
    await desk.commit(change)
    assert await desk.ledger.flags.conflicts(ACME, [A], None) == []


async def test_flags_go_with_their_pages(desk: Desk) -> None:
    await filled(desk)
    await settle(desk, finding(A), contradiction(C, A), finding(C))
    await desk.commit(Drop("a"), Drop("b"))
    await desk.ledger.points.forget_points(ACME, [point_id(its, "Hello.") for its in (A, B)])
    assert await desk.ledger.points.drop_deleted_documents(desk.clock.pass_(days=9), 9) == 2
    left = await desk.ledger.flags.list_flags(ACME, WITH_ENDED, None, 9)
    assert [one.finding.document for one in left] == [C]
