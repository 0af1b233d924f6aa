"""Gaps over HTTP: what is asked and not answered becomes a list, and ends when a page answers."""

from typing import Any

import httpx2
import pytest

from connectors.model import TenantId
from ingest.errors import IndexUnavailable
from ingest.model import DocumentId
from retrieval.gaps.model import Gathered
from retrieval.model import Found, SearchRequest
from tests.gaps import gatherer
from tests.http.world import ACME, GLOBEX, World

MALTA = "Do you ship parcels to Malta?"
SHIPS = "Yes. We ship parcels to Malta: shipping to Malta takes nine days and costs 12 euros."
REFUNDS = "Refunds take five working days."
STAFF = frozenset({"staff"})


class Broken:
    """Finds nothing, since its index is away."""

    async def search(self, tenant: TenantId, request: SearchRequest) -> Found:
        raise IndexUnavailable("away")


async def ask(world: World, *questions: str, **more: Any) -> list[str]:
    """Ask for contexts, and give the ids of their plans."""
    async with world.client(await world.key(ACME, "read")) as client:
        told = [await client.post("/v1/context", json={"query": q, **more}) for q in questions]
    return [one.json()["plan_id"] for one in told]


async def gather(world: World) -> Gathered:
    await world.wired.queries.flush()
    return await gatherer(world).gather(ACME)


async def read(world: World, path: str = "/v1/gaps", **asked: str) -> dict[str, Any]:
    async with world.client(await world.key(ACME, "read")) as client:
        told: dict[str, Any] = (await client.get(path, params=asked)).json()
        return told


async def decide(world: World, gap: str, action: str, **body: str) -> httpx2.Response:
    async with world.client(await world.key(ACME, "write")) as client:
        return await client.post(f"/v1/gaps/{gap}/{action}", json=body)


async def complain(world: World, plan: str, verdict: str) -> None:
    async with world.client(await world.key(ACME, "feedback")) as client:
        body = {"query_id": plan, "verdict": verdict}
        assert (await client.post("/v1/feedback", json=body)).status_code == 201


async def refunds(world: World) -> DocumentId:
    return await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)


async def test_a_question_without_an_answer_is_a_gap(world: World) -> None:
    page = await refunds(world)
    (plan,) = await ask(world, MALTA)
    assert (await gather(world)).questions == 1
    (gap,) = (await read(world))["items"]
    assert (gap["name"], gap["state"], gap["thin"]) == (MALTA, "open", True)
    assert (gap["asked"], gap["weak"], gap["this_week"]["asked"]) == (1, 1, 1)
    assert "malta" in gap["words"]
    assert gap["nearest"]["document_id"] == page
    examples = await read(world, f"/v1/gaps/{gap['id']}")
    (question,) = examples["questions"]
    assert (question["query_id"], question["question"]) == (plan, MALTA)
    assert (question["standing"], question["kind"]) == ("weak", "context")


async def test_many_askings_of_one_thing_are_one_gap_before_a_single_one(world: World) -> None:
    await refunds(world)
    await ask(world, "Can I pay with a llama?", MALTA, "do you ship parcels to malta")
    await gather(world)
    gaps = (await read(world))["items"]
    assert [(gap["asked"], gap["thin"]) for gap in gaps] == [(2, False), (1, True)]
    first = await read(world, limit="1")
    second = await read(world, limit="1", cursor=first["next_cursor"])
    assert [*first["items"], *second["items"]] == gaps


async def test_a_page_that_answers_closes_its_gap(world: World) -> None:
    source = await world.source(ACME, "help")
    await world.page(ACME, source, "refunds.md", REFUNDS)
    await ask(world, MALTA)
    await gather(world)
    await world.page(ACME, source, "malta.md", SHIPS)
    (closed,) = (await gather(world)).closed
    (gap,) = (await read(world, state="resolved"))["items"]
    assert (gap["id"], gap["ended_by"]) == (closed, "")
    assert gap["note"] == "Its questions are answered by what the pages say now: malta.md."
    assert (await read(world))["items"] == []


async def test_a_page_that_was_there_all_along_closes_no_gap(world: World) -> None:
    source, other = await world.source(ACME, "help"), await world.source(ACME, "more")
    await world.page(ACME, source, "malta.md", SHIPS)
    await ask(world, MALTA, filter={"source_ids": [other]})
    await gather(world)
    await world.page(ACME, other, "refunds.md", REFUNDS)
    assert (await gather(world)).closed == ()
    (gap,) = (await read(world))["items"]
    await world.page(ACME, source, "malta.md", f"{SHIPS} It is an island.", version="v2")
    assert (await gather(world)).closed == (gap["id"],)


async def test_a_gap_is_called_by_what_went_wrong(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "malta.md", SHIPS)
    days = "Do you ship parcels to Malta in nine days?"
    _, _, plan = await ask(world, MALTA, MALTA, days)
    await gather(world)
    (topic,) = (await read(world, "/v1/topics"))["items"]
    assert topic["name"] == MALTA
    await complain(world, plan, "missing")
    await gather(world)
    (gap,) = (await read(world))["items"]
    assert (gap["name"], gap["asked"]) == (days, 3)
    assert "days" in gap["words"]


async def test_what_is_answered_is_a_topic_and_no_gap(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "malta.md", SHIPS)
    await ask(world, MALTA, MALTA)
    await gather(world)
    (topic,) = (await read(world, "/v1/topics"))["items"]
    assert (topic["this_week"]["asked"], topic["change"]) == (2, 2)
    world.wired.clock.advance(8 * 86_400)
    (topic,) = (await read(world, "/v1/topics"))["items"]
    assert topic["change"] == -2
    assert (await read(world))["items"] == []


async def test_what_a_killed_worker_left_unnamed_is_named_by_the_next(world: World) -> None:
    await refunds(world)
    await ask(world, MALTA)
    await world.wired.queries.flush()
    killed = gatherer(world, search=Broken())
    with pytest.raises(IndexUnavailable):
        await killed.gather(ACME)
    assert [gap["name"] for gap in (await read(world))["items"]] == [""]
    assert (await gather(world)).questions == 0
    assert [gap["name"] for gap in (await read(world))["items"]] == [MALTA]


async def test_trials_greetings_and_cries_for_a_person_are_left_out(world: World) -> None:
    await ask(world, MALTA, trial=True)
    await ask(world, "Hello!", "I want to speak to a human", "???")
    assert (await gather(world)).questions == 3
    assert (await read(world, "/v1/topics"))["items"] == []


async def test_a_dismissed_gap_says_why_and_comes_back_when_it_doubles(world: World) -> None:
    await refunds(world)
    await ask(world, MALTA)
    await gather(world)
    (gap,) = (await read(world))["items"]
    assert (await decide(world, gap["id"], "dismiss")).status_code == 422
    told = await decide(world, gap["id"], "dismiss", reason="We do not.")
    assert (told.json()["state"], told.json()["note"]) == ("dismissed", "We do not.")
    assert (await decide(world, gap["id"], "dismiss", reason="Still.")).status_code == 409
    await ask(world, MALTA)
    assert (await gather(world)).reopened == (gap["id"],)
    (again,) = (await read(world))["items"]
    assert "twice as often" in again["note"]


async def test_a_resolved_gap_comes_back_with_the_next_bad_question(world: World) -> None:
    await refunds(world)
    await ask(world, MALTA, MALTA)
    await gather(world)
    (gap,) = (await read(world))["items"]
    assert (await decide(world, gap["id"], "resolve", reason="Mended.")).status_code == 200
    assert (await gather(world)).reopened == ()
    world.wired.clock.advance(60)
    await ask(world, MALTA)
    assert (await gather(world)).reopened == (gap["id"],)


async def test_bad_feedback_makes_a_gap_of_an_answered_question(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "malta.md", SHIPS)
    (plan,) = await ask(world, MALTA)
    await gather(world)
    for _ in range(2):
        await complain(world, plan, "missing")
    await gather(world)
    (gap,) = (await read(world))["items"]
    assert (gap["asked"], gap["weak"], gap["bad"], gap["thin"]) == (1, 0, 1, False)


async def test_gaps_of_another_tenant_are_as_ones_that_never_were(world: World) -> None:
    await refunds(world)
    await ask(world, MALTA)
    await gather(world)
    (gap,) = (await read(world))["items"]
    async with world.client(await world.key(GLOBEX, "admin")) as client:
        assert (await client.get("/v1/gaps")).json()["items"] == []
        assert (await client.get("/v1/topics")).json()["items"] == []
        foreign = await client.get(f"/v1/gaps/{gap['id']}")
        dismissed = await client.post(f"/v1/gaps/{gap['id']}/dismiss", json={"reason": "Mine."})
        unknown = await client.get("/v1/gaps/nothing")
    assert foreign.status_code == dismissed.status_code == unknown.status_code == 404


@pytest.mark.parametrize("path", ["/v1/gaps", "/v1/gaps/any", "/v1/topics"])
async def test_a_key_for_some_groups_does_not_see_what_others_asked(
    world: World, path: str
) -> None:
    async with world.client(await world.key(ACME, "read", "write", groups=STAFF)) as client:
        assert (await client.get(path)).status_code == 403
        told = await client.post("/v1/gaps/any/dismiss", json={"reason": "No."})
        assert told.status_code == 403


async def test_reading_is_not_deciding(world: World) -> None:
    async with world.client(await world.key(ACME, "read", "feedback")) as client:
        told = await client.post("/v1/gaps/any/dismiss", json={"reason": "No."})
    assert told.status_code == 403


async def test_decisions_stand_in_the_audit(world: World) -> None:
    await refunds(world)
    await ask(world, MALTA)
    await gather(world)
    (gap,) = (await read(world))["items"]
    for action in ("dismiss", "reopen", "resolve"):
        assert (await decide(world, gap["id"], action, reason="So.")).status_code == 200
    deeds = await world.wired.ledger.audit.deeds(ACME, gap["id"], None, 9)
    assert [one.action for one in deeds] == ["gap.resolve", "gap.reopen", "gap.dismiss"]
