"""Topics keep what is counted of questions, whatever becomes of the questions themselves."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.model import Json, TenantId
from ingest.model import DocumentId
from ingest.reading import QueryRecord
from ingest.topics import (
    AskedQuestion,
    Lately,
    Placed,
    Sorting,
    Standing,
    Topic,
    TopicCentre,
    TopicChange,
    TopicSketch,
    TopicState,
    TopicWeek,
    week_of,
)
from tests.builders import ACME, GLOBEX, NOON, SHOP, vector, write
from tests.contracts.ledgers import Desk, furnished

KINDS = ("context", "chat", "search")
BAD = ("missing", "outdated")
WEEK = timedelta(weeks=1)
EVER = date(2000, 1, 1)
MONDAY = week_of(NOON)


async def ask(desk: Desk, *ids: str, kind: str = "context", days: float = 0) -> None:
    at = NOON + timedelta(days=days)
    records = [QueryRecord(id_, desk.tenant, at, kind, f"Why {id_}?", (), {}) for id_ in ids]
    await desk.ledger.queries.record(records)


async def waiting(desk: Desk) -> list[AskedQuestion]:
    return list(await desk.ledger.topics.unsorted(desk.tenant, KINDS, 99))


def centre(topic: str, weight: int = 1) -> TopicCentre:
    return TopicCentre(topic, TopicState.OPEN, vector(topic), 0.9, weight)


async def put(
    desk: Desk, topic: str, standing: Standing = Standing.ANSWERED, *, bad: bool = False
) -> None:
    """Put everything that waits into one topic."""
    placed = tuple(Placed(one, topic, standing, bad) for one in await waiting(desk))
    await desk.ledger.topics.sort(desk.tenant, Sorting(placed, (centre(topic, len(placed)),)))


async def read(desk: Desk, topic: str, since: date = EVER) -> Topic:
    (found,) = await desk.ledger.topics.topics(desk.tenant, [topic], since)
    return found


async def complain(desk: Desk, question: str, verdict: str) -> None:
    detail: dict[str, Json] = {"verdict": verdict}
    await desk.ledger.queries.add_outcome(desk.tenant, question, NOON, "feedback", detail)


async def test_questions_wait_oldest_first_until_they_are_sorted(desk: Desk) -> None:
    await ask(desk, "late", days=1)
    await ask(desk, "soon")
    await ask(desk, "tried", kind="trial")
    assert [one.id for one in await waiting(desk)] == ["soon", "late"]
    assert len(await desk.ledger.topics.unsorted(ACME, KINDS, 1)) == 1
    await put(desk, "t")
    assert await waiting(desk) == []


async def test_what_is_left_out_is_looked_at_once_and_counted_nowhere(desk: Desk) -> None:
    await ask(desk, "hello")
    placed = tuple(Placed(one, "", Standing.UNKNOWN, bad=False) for one in await waiting(desk))
    await desk.ledger.topics.sort(ACME, Sorting(placed))
    assert await waiting(desk) == []
    assert await desk.ledger.topics.topics(ACME, None, EVER) == []


async def test_questions_are_counted_by_week_and_standing(desk: Desk) -> None:
    await ask(desk, "a", "b")
    await put(desk, "t", Standing.WEAK)
    await ask(desk, "c", days=7)
    await put(desk, "t", Standing.REFUSED)
    topic = await read(desk, "t")
    assert topic.weeks == (
        TopicWeek(MONDAY, asked=2, weak=2),
        TopicWeek(MONDAY + WEEK, asked=1, refused=1),
    )
    assert (topic.first_at, topic.last_at) == (NOON, NOON + WEEK)
    assert (topic.trouble_at, topic.troubles) == (NOON + WEEK, 3)
    assert (await read(desk, "t", MONDAY + WEEK)).weeks == topic.weeks[1:]


async def test_the_last_seven_days_are_counted_beside_the_seven_before(desk: Desk) -> None:
    for days in (0, 1, 6, 7.5, 8, 15):
        await ask(desk, f"q{days}", days=-days)
    await put(desk, "t")
    await ask(desk, "later", days=1)
    await put(desk, "u")
    assert await desk.ledger.topics.lately(ACME, NOON) == {"t": Lately(3, 2)}
    assert await desk.ledger.topics.lately(GLOBEX, NOON) == {}


async def test_the_middle_is_the_mean_of_what_pages_say(desk: Desk) -> None:
    topics = desk.ledger.topics
    assert await topics.middle(ACME, 8, 1) is None
    await desk.commit(write("refunds", "one", "two"))
    middle = await topics.middle(ACME, 8, 2)
    assert middle is not None
    assert middle == pytest.approx((vector("one") + vector("two")) / 2, abs=1e-3)
    assert await topics.middle(ACME, 8, 3) is None
    assert await topics.middle(ACME, 9, 1) is None
    assert await topics.middle(GLOBEX, 8, 1) is None


async def test_sorting_twice_counts_once(desk: Desk) -> None:
    await ask(desk, "a")
    placed = tuple(Placed(one, "t", Standing.WEAK, bad=False) for one in await waiting(desk))
    for _ in range(2):
        await desk.ledger.topics.sort(ACME, Sorting(placed, (centre("t"),)))
    assert (await read(desk, "t")).weeks == (TopicWeek(MONDAY, asked=1, weak=1),)


async def test_a_complaint_is_counted_once_and_only_if_it_is_one(desk: Desk) -> None:
    await ask(desk, "a", "b")
    await put(desk, "t")
    await complain(desk, "a", "helpful")
    assert await desk.ledger.topics.complaints(ACME, BAD, 9) == []
    await complain(desk, "a", "missing")
    await complain(desk, "a", "outdated")
    (said,) = await desk.ledger.topics.complaints(ACME, BAD, 9)
    assert (said.id, said.topic, said.bad) == ("a", "t", False)
    for _ in range(2):
        its = Placed(said, said.topic, said.standing, bad=True)
        await desk.ledger.topics.sort(ACME, Sorting((its,)))
    assert (await read(desk, "t")).weeks == (TopicWeek(MONDAY, asked=2, bad=1),)
    assert await desk.ledger.topics.complaints(ACME, BAD, 9) == []
    (troubled,) = await desk.ledger.topics.questions(ACME, "t", 9, troubled=True)
    assert (troubled.id, troubled.bad) == ("a", True)


async def test_counts_outlive_the_questions(desk: Desk) -> None:
    await ask(desk, "a", "b")
    await put(desk, "t", Standing.WEAK)
    sketch = TopicSketch("Why a?", "a", ("why", "a"), DocumentId("doc-page"), 0.4)
    await desk.ledger.topics.sketch(ACME, {"t": sketch})
    assert (await read(desk, "t")).name == "Why a?"
    await desk.ledger.queries.forget_queries(NOON + WEEK)
    assert await desk.ledger.topics.questions(ACME, "t", 9, troubled=False) == []
    assert await desk.ledger.topics.forget_topics(MONDAY) == 0
    topic = await read(desk, "t")
    assert topic.weeks == (TopicWeek(MONDAY, asked=2, weak=2),)
    assert (topic.name, topic.named_after, topic.nearest) == ("why, a", "", "doc-page")
    assert await desk.ledger.topics.forget_topics(MONDAY + WEEK) == 1
    assert await desk.ledger.topics.topics(ACME, None, EVER) == []


async def test_merged_topics_keep_all_counts_and_questions(desk: Desk) -> None:
    await ask(desk, "a")
    await put(desk, "old", Standing.WEAK)
    await ask(desk, "b")
    await put(desk, "new")
    await ask(desk, "c", days=7)
    placed = tuple(Placed(one, "old", Standing.WEAK, bad=False) for one in await waiting(desk))
    sorting = Sorting(placed, (centre("old", 3),), {"new": "old"})
    await desk.ledger.topics.sort(ACME, sorting)
    (topic,) = await desk.ledger.topics.topics(ACME, None, EVER)
    assert topic.weeks == (
        TopicWeek(MONDAY, asked=2, weak=1),
        TopicWeek(MONDAY + WEEK, asked=1, weak=1),
    )
    assert topic.troubles == 2
    asked = await desk.ledger.topics.questions(ACME, "old", 9, troubled=False)
    assert [one.id for one in asked] == ["c", "a", "b"]


async def test_centres_come_back_as_they_were_put(desk: Desk) -> None:
    await ask(desk, "a")
    await put(desk, "t")
    moved = replace(centre("t", 5), length=0.5)
    await ask(desk, "b")
    placed = tuple(Placed(one, "t", Standing.WEAK, bad=False) for one in await waiting(desk))
    await desk.ledger.topics.sort(ACME, Sorting(placed, (moved,)))
    (found,) = await desk.ledger.topics.centres(ACME)
    assert (found.id, found.state, found.length, found.weight) == ("t", TopicState.OPEN, 0.5, 5)
    assert found.vector == pytest.approx(moved.vector, abs=1e-3)


async def test_a_topic_ends_and_waits_again(desk: Desk) -> None:
    await ask(desk, "a")
    await put(desk, "t", Standing.WEAK)
    change, topics = TopicChange(TopicState.DISMISSED, "Not ours.", "key", NOON), desk.ledger.topics
    assert await topics.change_topic(ACME, "t", change)
    assert not await topics.change_topic(ACME, "t", change)
    assert not await topics.change_topic(ACME, "nothing", change)
    ended = await read(desk, "t")
    assert (ended.state, ended.note, ended.by) == (TopicState.DISMISSED, "Not ours.", "key")
    assert (ended.ended_at, ended.troubles_at_end) == (NOON, 1)
    assert await topics.change_topic(ACME, "t", TopicChange(TopicState.OPEN, "Ours.", "", NOON))
    assert (await read(desk, "t")).ended_at is None


async def test_what_was_tried_is_noted(desk: Desk) -> None:
    await ask(desk, "a")
    await put(desk, "t")
    await desk.ledger.topics.checked(ACME, ["t"], 7)
    assert (await read(desk, "t")).checked == 7


async def test_topics_of_another_tenant_are_as_if_they_were_not(desk: Desk) -> None:
    await ask(desk, "a")
    await put(desk, "t", Standing.WEAK)
    await complain(desk, "a", "missing")
    other = await furnished(desk.ledger, desk.clock, GLOBEX, type(SHOP)("lab"))
    topics, its = desk.ledger.topics, other.tenant
    change = TopicChange(TopicState.DISMISSED, "Mine.", "", NOON)
    assert await topics.unsorted(its, KINDS, 9) == await topics.complaints(its, BAD, 9) == []
    assert await topics.topics(its, None, EVER) == await topics.topics(its, ["t"], EVER) == []
    assert await topics.questions(its, "t", 9, troubled=False) == []
    assert await topics.centres(its) == []
    assert not await topics.change_topic(its, "t", change)
    assert await topics.verdicts(its, "a") == []
    assert await topics.verdicts(TenantId(ACME), "a") == [{"verdict": "missing"}]


async def test_an_erased_tenant_takes_its_topics_along(desk: Desk) -> None:
    await ask(desk, "a")
    await put(desk, "t", Standing.WEAK)
    await desk.ledger.tenants.erase_tenant(ACME)
    assert await desk.ledger.topics.topics(ACME, None, EVER) == []
    assert await desk.ledger.topics.centres(ACME) == []
