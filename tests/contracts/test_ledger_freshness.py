"""What the ledger knows of how pages age, how often they answer, and who did what."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from connectors.model import SourceId
from ingest.freshness.model import (
    Aging,
    Deed,
    Finding,
    FlagKind,
    Inspected,
    Origin,
    ReviewRule,
    RuleScope,
    Staleness,
    Usage,
)
from ingest.model import DocumentId
from ingest.parsed import Link
from ingest.reading import DocumentFilter, DocumentRecord, QueryRecord
from ingest.records import DocumentState, Drop, Fail, Keep
from tests.builders import ACME, GLOBEX, NOON, SHOP, facts, point_id, vector, write
from tests.contracts.ledgers import EVERYTHING, Desk, furnished
from tests.contracts.test_ledger_tenants import raw_rows

PAGE, OTHER = DocumentId("doc-page"), DocumentId("doc-other")
DAY = timedelta(days=1)


async def record_of(desk: Desk, its: DocumentId = PAGE) -> DocumentRecord:
    found = await desk.ledger.reading.document(ACME, its)
    assert found is not None
    return found


async def aging(desk: Desk, its: DocumentId = PAGE, at: datetime = NOON) -> Aging:
    """Give one page's age, and check that it is told the same among all pages."""
    one = await desk.ledger.freshness.aging(ACME, its, at)
    everybody = await desk.ledger.freshness.agings(ACME, at)
    assert one is not None
    assert one in everybody
    assert await desk.ledger.freshness.aging(GLOBEX, its, at) is None
    return one


# --- what is to be inspected ------------------------------------------------------


async def test_a_tenant_remembers_how_far_it_was_inspected(desk: Desk) -> None:
    freshness = desk.ledger.freshness
    assert await freshness.inspected(ACME) == Inspected()
    for inspected in (Inspected(3), Inspected(5, NOON)):
        await freshness.set_inspected(ACME, inspected)
        assert await freshness.inspected(ACME) == inspected
    assert await freshness.inspected(GLOBEX) == Inspected()


async def test_new_texts_and_those_whose_time_has_come_are_inspected(desk: Desk) -> None:
    freshness = desk.ledger.freshness
    first = await desk.commit(write("page", "Hello."), write("other", "Hello."))
    assert await freshness.to_inspect(ACME, 0, NOON) == [OTHER, PAGE]
    assert await freshness.to_inspect(ACME, first, NOON) == []
    await freshness.looked(ACME, {PAGE: NOON + DAY, OTHER: None}, {PAGE: 4.0})
    assert await freshness.to_inspect(ACME, first, NOON) == []
    assert await freshness.to_inspect(ACME, first, NOON + DAY) == [PAGE]
    assert (await record_of(desk)).volatility == 4.0
    await desk.commit(write("page", "New."))
    assert await freshness.to_inspect(ACME, first, NOON) == [PAGE]
    assert await freshness.to_inspect(ACME, first + 1, NOON + DAY) == []
    await desk.commit(Drop("page"))
    assert await freshness.to_inspect(ACME, 0, NOON) == [OTHER]
    assert await freshness.to_inspect(GLOBEX, 0, NOON) == []


async def test_a_page_is_given_whole(desk: Desk) -> None:
    links = (Link(0, 5, "https://shop.example/hello"),)
    await desk.commit(replace(write("page", "Hello.", "Bye."), links=links))
    await desk.commit(write("other", "Hello."), write("gone", "x"))
    await desk.commit(Drop("gone"))
    asked = [PAGE, OTHER, DocumentId("doc-gone")]
    other, page = await desk.ledger.freshness.pages(ACME, asked)
    assert (page.id, page.links, other.links) == (PAGE, links, ())
    assert page.record == await record_of(desk)
    assert page.revision == await desk.ledger.reading.revision(ACME, PAGE, 1)
    assert list(page.passages) == list(await desk.passages("page"))
    assert await desk.ledger.freshness.pages(GLOBEX, asked) == []


async def test_links_stay_with_their_text(desk: Desk) -> None:
    async def links() -> tuple[Link, ...]:
        (page,) = await desk.ledger.freshness.pages(ACME, [PAGE])
        return page.links

    old, new = (Link(0, 5, f"https://shop.example/{name}") for name in ("old", "new"))
    await desk.commit(replace(write("page", "Hello."), links=(old,)))
    await desk.commit(write("page"), Keep("page", {}))
    assert await links() == (old,)
    at = await desk.sequence()
    assert await desk.ledger.freshness.to_inspect(ACME, at, desk.clock()) == []
    await desk.commit(replace(write("page"), links=(new,)), write("other", "Hello."))
    assert await links() == (new,)
    # Its text is as it was, but it leads elsewhere.
    assert PAGE in await desk.ledger.freshness.to_inspect(ACME, at, desk.clock())
    await desk.commit(write("page", "Changed."))
    assert await links() == ()


async def test_the_vectors_of_live_passages_are_given(desk: Desk) -> None:
    await desk.commit(write("page", "Hello.", "Old."))
    await desk.commit(write("page", "Hello.", "New."))
    vectors = await desk.ledger.freshness.vectors_of(ACME, [PAGE])
    assert set(vectors) == {point_id(PAGE, text) for text in ("Hello.", "New.")}
    assert np.allclose(vectors[point_id(PAGE, "New.")], vector("New."), atol=1e-2)
    assert await desk.ledger.freshness.vectors_of(GLOBEX, [PAGE]) == {}


# --- ages -------------------------------------------------------------------------


async def test_every_new_text_after_the_first_is_an_edit(desk: Desk) -> None:
    desk.clock.pass_(days=10)
    told = NOON + 3 * DAY
    await desk.commit(write("page", "One.", its=facts("page", changed_at=NOON)))
    assert (await aging(desk)).edits == ()
    await desk.commit(write("page", "Two.", its=facts("page", changed_at=told)))
    assert (await aging(desk)).edits == (told,)
    # The source tells no new time, so the time of the commit is the best there is.
    await desk.commit(write("page", "Three.", its=facts("page", changed_at=told)))
    await desk.commit(write("page", its=facts("page", changed_at=told)), Keep("page", {}))
    its = await aging(desk)
    assert its.edits == (told, desk.clock.now)
    assert (its.revision, its.changed_at, its.created_at) == (3, told, NOON + 10 * DAY)


async def test_an_edit_voids_what_was_said_of_the_old_text(desk: Desk) -> None:
    await desk.commit(write("page", "One."))
    await desk.ledger.documents.verify(ACME, PAGE, NOON)
    assert (await aging(desk)).verified_at == NOON
    await desk.commit(write("page", "Two."))
    assert (await aging(desk)).verified_at is None


async def test_ages_leave_out_what_has_no_text(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("gone", "Hello."), write("other", "Hello."))
    await desk.commit(
        Drop("gone"),
        Fail(DocumentId("doc-new"), "new", "1", "timed out", None),
        Fail(OTHER, "other", "2", "timed out", None),
    )
    known = {one.document: one.state for one in await desk.ledger.freshness.agings(ACME, NOON)}
    assert known == {PAGE: DocumentState.LIVE, OTHER: DocumentState.FAILED}


RULES = (
    ReviewRule(RuleScope.ALL, "", 365, "everybody"),
    ReviewRule(RuleScope.SOURCE, SHOP, 180, "shop"),
    ReviewRule(RuleScope.TAG, "faq", 60),
    ReviewRule(RuleScope.TAG, "price", 30, "sales"),
    ReviewRule(RuleScope.DOCUMENT, PAGE, None, "anna"),
)


@pytest.mark.parametrize(
    ("rules", "days", "owner"),
    [
        (RULES[:0], None, ""),
        (RULES[:1], 365, "everybody"),
        (RULES[:2], 180, "shop"),
        (RULES[:3], 60, "shop"),
        (RULES[:4], 30, "sales"),
        (RULES, 30, "anna"),
    ],
    ids=["none", "all", "source", "tag", "tags", "document"],
)
async def test_a_narrower_rule_beats_a_wider_one(
    desk: Desk, rules: tuple[ReviewRule, ...], days: int | None, owner: str
) -> None:
    tags = frozenset({"faq", "price", "new"})
    await desk.commit(write("page", "Hello.", its=facts("page", tags=tags)))
    for rule in reversed(rules):
        await desk.ledger.freshness.set_rule(ACME, rule)
    assert list(await desk.ledger.freshness.rules(ACME)) == list(rules)
    its = await aging(desk)
    assert (its.review_days, its.owner) == (days, owner)


async def test_a_rule_that_says_nothing_is_taken_away(desk: Desk) -> None:
    freshness = desk.ledger.freshness
    await freshness.set_rule(ACME, RULES[0])
    await freshness.set_rule(ACME, replace(RULES[0], every_days=9))
    assert await freshness.rules(ACME) == [replace(RULES[0], every_days=9)]
    assert await freshness.rules(GLOBEX) == []
    await freshness.set_rule(ACME, ReviewRule(RuleScope.ALL, ""))
    assert await freshness.rules(ACME) == []


async def test_who_is_entrusted_with_a_page_beats_every_rule(desk: Desk) -> None:
    freshness = desk.ledger.freshness
    await desk.commit(write("page", "Hello."))
    await freshness.set_rule(ACME, RULES[-1])
    assert await freshness.entrust(ACME, PAGE, "ben", NOON + DAY)
    assert not await freshness.entrust(ACME, OTHER, "ben", None)
    assert not await freshness.entrust(GLOBEX, PAGE, "eve", None)
    its, record = await aging(desk), await record_of(desk)
    assert (its.owner, its.due_at) == (record.owner, record.due_at) == ("ben", NOON + DAY)


async def test_waiting_flags_weigh_on_their_pages(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("other", "Hello."))

    async def found(kind: FlagKind, other: DocumentId | None = None) -> None:
        one = Finding(kind, PAGE, 1, "key", 0.5, "So it is.", (), other)
        await desk.ledger.flags.raise_one(ACME, one, Origin.PERSON, "anna", NOON)

    await found(FlagKind.EXPIRED)
    await found(FlagKind.TRANSLATION_BEHIND, OTHER)
    await found(FlagKind.CONTRADICTION, OTHER)
    assert {kind for kind, _ in (await aging(desk)).flags} == {
        FlagKind.EXPIRED,
        FlagKind.TRANSLATION_BEHIND,
        FlagKind.CONTRADICTION,
    }
    assert (await aging(desk, OTHER)).flags == ((FlagKind.CONTRADICTION, 0.5),)
    await desk.ledger.flags.settle(ACME, set(FlagKind), None, [], NOON)
    await desk.commit(write("page", "New."))
    await desk.ledger.flags.close_changed(ACME, NOON)
    assert (await aging(desk, OTHER)).flags == ()


async def test_a_page_does_not_tell_its_readers_of_one_that_they_may_not_see(desk: Desk) -> None:
    staff = frozenset({"staff"})
    inside = write("other", "Hello.", its=facts("other", access=staff))
    await desk.commit(write("page", "Hello."), inside)
    one = Finding(FlagKind.CONTRADICTION, PAGE, 1, "key", 0.5, "So it is.", (), OTHER)
    await desk.ledger.flags.raise_one(ACME, one, Origin.PERSON, "anna", NOON)
    assert (await aging(desk)).flags == ()
    assert (await aging(desk, OTHER)).flags == ((FlagKind.CONTRADICTION, 0.5),)


async def test_readers_are_told_how_stale_a_page_is(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("other", "Hello."))
    reasons = ("It was true until May.", "Nobody looked at it since.")
    its = {PAGE: Staleness(0.75, reasons, stale=True)}
    await desk.ledger.freshness.age(GLOBEX, its)
    assert (await record_of(desk)).staleness == 0.0
    await desk.ledger.freshness.age(ACME, its)
    (passage,) = await desk.passages("page")
    for one in (passage, await record_of(desk)):
        assert (one.staleness, one.stale, one.stale_reasons) == (0.75, True, reasons)
    known = await aging(desk)
    assert (known.score, known.stale, known.reasons) == (0.75, True, reasons)
    fresh = DocumentFilter(fresh_at=NOON)
    assert await desk.ledger.reading.matching(ACME, fresh) == [OTHER]


async def test_a_review_that_was_made_in_time_keeps_a_page_fresh(desk: Desk) -> None:
    await desk.commit(write("page", "Hello.", its=facts("page", review_by=NOON + DAY)))

    async def is_fresh() -> bool:
        where = DocumentFilter(fresh_at=NOON + 2 * DAY)
        return bool(await desk.ledger.reading.matching(ACME, where))

    assert not await is_fresh()
    await desk.ledger.documents.verify(ACME, PAGE, NOON)
    assert not await is_fresh()
    await desk.ledger.documents.verify(ACME, PAGE, NOON + DAY)
    assert await is_fresh()


# --- quarantine -------------------------------------------------------------------


async def test_a_page_in_quarantine_answers_nobody_until_it_is_released(desk: Desk) -> None:
    before = await desk.commit(write("page", "Harmful."))
    freshness = desk.ledger.freshness
    assert await freshness.quarantine(ACME, PAGE, "It names a customer.", NOON)
    assert not await freshness.quarantine(ACME, PAGE, "Again.", NOON)
    assert await desk.sequence() == before + 1
    record = await record_of(desk)
    assert (record.state, record.reason) == (DocumentState.QUARANTINED, "It names a customer.")
    # What comes of its source without a new text changes nothing of it.
    await desk.commit(Fail(PAGE, "page", "2", "timed out", None))
    await desk.commit(write("page", its=facts("page", version="3")))
    assert (await record_of(desk)).reason == "It names a customer."
    assert await desk.ledger.reading.matching(ACME, EVERYTHING) == []
    assert await freshness.pages(ACME, [PAGE]) == []
    assert await freshness.to_inspect(ACME, 0, NOON) == []
    moved = await desk.sequence()
    assert await freshness.release(ACME, PAGE, NOON)
    assert not await freshness.release(ACME, PAGE, NOON)
    assert await desk.sequence() == moved + 1
    record = await record_of(desk)
    assert (record.state, record.reason) == (DocumentState.LIVE, "")
    assert await freshness.to_inspect(ACME, moved, NOON) == [PAGE]


async def test_only_what_answers_is_put_into_quarantine(desk: Desk) -> None:
    await desk.commit(
        write("page", "Hello."),
        write("other", "Hello."),
        Fail(DocumentId("doc-new"), "new", "1", "timed out", None),
    )
    await desk.commit(Drop("page"), Fail(OTHER, "other", "2", "timed out", None))
    freshness = desk.ledger.freshness
    for its in ("doc-page", "doc-new", "doc-none"):
        assert not await freshness.quarantine(ACME, DocumentId(its), "No.", NOON)
    assert not await freshness.quarantine(GLOBEX, OTHER, "No.", NOON)
    assert await freshness.quarantine(ACME, OTHER, "No.", NOON)
    assert await freshness.release(ACME, OTHER, NOON)
    assert (await record_of(desk, OTHER)).state is DocumentState.FAILED


# --- usage ------------------------------------------------------------------------


def asked(id_: str, *pages: DocumentId, at: datetime = NOON, kind: str = "ask") -> QueryRecord:
    return QueryRecord(id_, ACME, at, kind, "why?", (), {}, pages)


async def counts(desk: Desk, since: datetime = NOON) -> Mapping[DocumentId, Usage]:
    return await desk.ledger.usage.usage(ACME, since)


async def test_answers_are_counted_with_their_questions_and_outlive_them(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("other", "Hello."))
    later = NOON + 2 * DAY
    await desk.ledger.queries.record(
        [
            asked("q1", PAGE, PAGE, DocumentId("doc-none")),
            asked("q2", PAGE, OTHER),
            asked("q3", PAGE, kind="trial"),
        ]
    )
    await desk.ledger.queries.record([asked("q4", PAGE, at=later)])
    kept = await desk.ledger.queries.query(ACME, "q2")
    assert kept is not None
    assert tuple(kept.answered_by) == (PAGE, OTHER)
    await desk.ledger.queries.forget_queries(later + DAY)
    assert await counts(desk) == {PAGE: Usage(3, 0, later), OTHER: Usage(1, 0, NOON)}
    assert await counts(desk, later) == {PAGE: Usage(1, 0, later)}
    assert (await aging(desk, at=NOON + 40 * DAY)).usage == Usage()
    assert (await aging(desk, at=NOON)).usage == Usage(2, 0, NOON)
    assert await desk.ledger.usage.forget_usage(later) == 2
    assert await counts(desk) == {PAGE: Usage(1, 0, later)}


async def test_bad_answers_are_counted_beside_the_others(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    usage = desk.ledger.usage
    await usage.used(ACME, [PAGE], NOON)
    await usage.used(ACME, [PAGE], NOON + timedelta(hours=1), bad=1)
    await usage.used(GLOBEX, [PAGE], NOON)
    assert await counts(desk) == {PAGE: Usage(1, 1, NOON)}


# --- audit ------------------------------------------------------------------------


async def test_deeds_come_newest_first_and_in_pages(desk: Desk) -> None:
    await furnished(desk.ledger, desk.clock, GLOBEX, SourceId("lab"))
    audit = desk.ledger.audit
    deeds = [
        Deed(ACME, NOON + n * DAY, "anna", "document.verify", f"doc-{n % 2}", {"n": n})
        for n in range(5)
    ]
    await audit.note([*deeds, Deed(GLOBEX, NOON, "", "source.add", "doc-0", {})])
    await audit.note([])
    newest = await audit.deeds(ACME, None, None, 2)
    assert [replace(one, id=0) for one in newest] == [deeds[4], deeds[3]]
    rest = await audit.deeds(ACME, None, newest[-1].id, 9)
    assert [one.detail["n"] for one in rest] == [2, 1, 0]
    assert [one.detail["n"] for one in await audit.deeds(ACME, "doc-0", None, 9)] == [4, 2, 0]


async def test_all_of_it_goes_with_its_tenant(desk: Desk, ledger_file: Path) -> None:
    ledger = desk.ledger
    await desk.commit(write("page", "Hello."))
    await desk.commit(write("page", "New."))
    await ledger.freshness.set_inspected(ACME, Inspected(1))
    await ledger.freshness.set_rule(ACME, RULES[0])
    await ledger.usage.used(ACME, [PAGE], NOON)
    said = Finding(FlagKind.INCORRECT, PAGE, 2, "key", 0.5, "So it is.")
    await ledger.flags.raise_one(ACME, said, Origin.PERSON, "anna", NOON)
    await ledger.tenants.erase_tenant(ACME)
    assert not any(b"acme" in row for row in raw_rows(ledger_file))
