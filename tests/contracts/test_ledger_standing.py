"""What the ledger tells of how pages stand today."""

from datetime import date, timedelta

from ingest.freshness.model import Finding, FlagKind, Staleness
from ingest.freshness.standing import DayCount, PageFilter
from ingest.model import DocumentId
from ingest.reading import QueryRecord
from ingest.records import DocumentState, Drop, Fail
from tests.builders import ACME, GLOBEX, NOON, facts, write
from tests.contracts.ledgers import Desk

STAFF, NONE = frozenset({"staff"}), frozenset({"customers"})
GONE = timedelta(days=400)


async def page(desk: Desk, ref: str, access: frozenset[str] = frozenset()) -> DocumentId:
    await desk.commit(write(ref, f"Words of {ref}.", its=facts(ref, access=access)))
    found = await desk.ledger.reading.document_by_ref(ACME, desk.source, ref)
    assert found is not None
    return found.facts.id


async def test_pages_are_counted_by_state_for_who_may_see_them(desk: Desk) -> None:
    standing = desk.ledger.standing
    first, hidden = await page(desk, "a"), await page(desk, "b", STAFF)
    await page(desk, "c")
    await desk.commit(Drop("c"), Fail(DocumentId("d"), "d", "1", "It is encrypted.", None))
    stale = Staleness(0.8, ("It is old.",), stale=True)
    await desk.ledger.freshness.age(ACME, {first: stale, hidden: stale})
    await desk.ledger.documents.verify(ACME, first, desk.clock())
    told = await standing.standing(ACME, None)
    assert told.states == {
        DocumentState.LIVE: 2, DocumentState.DELETED: 1, DocumentState.FAILED: 1
    }  # fmt: skip
    assert (told.stale, told.verified) == (2, 1)
    assert (await standing.standing(ACME, NONE)).states[DocumentState.LIVE] == 1
    assert (await standing.standing(ACME, STAFF)).stale == 2
    assert (await standing.standing(GLOBEX, None)).states == {}


async def test_a_fresh_page_with_a_waiting_flag_is_doubtful_once(desk: Desk) -> None:
    first, second, hidden = (
        await page(desk, "a"),
        await page(desk, "b"),
        await page(desk, "c", STAFF),
    )
    clash = Finding(FlagKind.CONTRADICTION, first, 1, "k", 0.7, "They differ.", other=second)
    behind = Finding(FlagKind.EXPIRED, first, 1, "e", 0.5, "It is over.")
    secret = Finding(FlagKind.CONTRADICTION, hidden, 1, "s", 0.7, "They differ.", other=second)
    flags, standing = desk.ledger.flags, desk.ledger.standing

    async def doubtful(groups: frozenset[str] | None, *findings: Finding) -> int:
        await flags.settle(ACME, list(FlagKind), None, findings, desk.clock())
        return (await standing.standing(ACME, groups)).doubtful

    assert await doubtful(None, behind, clash) == 2
    assert await doubtful(None, clash, secret) == 3
    assert await doubtful(NONE, secret) == 0
    stale = Staleness(0.8, ("It is old.",), stale=True)
    await desk.ledger.freshness.age(ACME, {first: stale})
    assert await doubtful(None, behind, clash) == 1
    assert await doubtful(None) == 0


async def test_days_tell_of_changes_and_flags(desk: Desk) -> None:
    first = await page(desk, "a")
    await desk.commit(write("a", "Other words."))
    now = desk.clock()
    found = Finding(FlagKind.EXPIRED, first, 2, "k", 0.5, "It is over.")
    await desk.ledger.flags.settle(ACME, [FlagKind.EXPIRED], None, [found], now)
    await desk.ledger.flags.settle(ACME, [FlagKind.EXPIRED], None, [], now)
    (day,) = await desk.ledger.standing.days(ACME, now - GONE, None)
    assert day == DayCount(date(now.year, now.month, now.day), changed=1, raised=1, ended=1)
    assert await desk.ledger.standing.days(ACME, now + GONE, None) == []
    assert await desk.ledger.standing.days(GLOBEX, now - GONE, None) == []


async def test_the_stalest_pages_come_first_and_none_is_left_out(desk: Desk) -> None:
    names = [await page(desk, f"{n}", STAFF if n % 2 else frozenset()) for n in range(7)]
    scores = {name: Staleness(n / 10, (), stale=n > 4) for n, name in enumerate(names)}
    await desk.ledger.freshness.age(ACME, scores)
    await desk.ledger.freshness.entrust(ACME, names[3], "Maud", None)
    standing = desk.ledger.standing

    async def listed(where: PageFilter, limit: int = 3) -> list[DocumentId]:
        seen: list[DocumentId] = []
        while found := await standing.stalest(ACME, where, seen[-1] if seen else None, limit):
            seen += [one.facts.id for one in found]
        return seen

    assert await listed(PageFilter()) == names[::-1]
    assert await listed(PageFilter(groups=NONE), 2) == names[::-2]
    assert await listed(PageFilter(stale=True)) == [names[6], names[5]]
    assert await listed(PageFilter(owner="Maud")) == [names[3]]
    assert await listed(PageFilter(state=DocumentState.FAILED)) == []
    assert await standing.stalest(ACME, PageFilter(), "nothing", 3) == []
    assert await standing.owners(ACME) == ["Maud"]


async def test_a_page_knows_the_questions_that_rested_on_it(desk: Desk) -> None:
    first, other = await page(desk, "a"), await page(desk, "b")
    for n, rested in enumerate(((first,), (other,), (other, first), ())):
        at = NOON + timedelta(minutes=n)
        asked = QueryRecord(f"q{n}", ACME, at, "context", f"Question {n}?", (), {}, rested)
        await desk.ledger.queries.record([asked])
    told = desk.ledger.standing.answered
    assert [one.id for one in await told(ACME, first, NOON - GONE, 9)] == ["q2", "q0"]
    assert [one.id for one in await told(ACME, first, NOON - GONE, 1)] == ["q2"]
    assert await told(GLOBEX, first, NOON - GONE, 9) == []
