"""GET /v1/plans/{id}: a plan can be read and decided again."""

from dataclasses import replace
from typing import Any

import pytest

from tests.http.world import ACME, GLOBEX, World

REFUNDS = "Refunds take five working days."
QUESTION = "How long do refunds take?"


async def planned(world: World, **body: Any) -> dict[str, Any]:
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.post("/v1/context", json={"query": QUESTION, **body})
        assert answer.status_code == 200, answer.text
        plan: dict[str, Any] = answer.json()
        return plan


async def test_a_plan_is_kept_and_decided_again_alike(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    plan = await planned(world)
    async with world.client(await world.key(ACME, "read")) as client:
        kept = (await client.get(f"/v1/plans/{plan['plan_id']}")).json()
    assert kept["question"] == QUESTION
    assert (kept["kind"], kept["decision"]) == ("context", plan["decision"])
    assert kept["alternatives"] == plan["alternatives"]
    assert kept["reasons"] == plan["reasons"]
    assert kept["replayed"] == {"decision": plan["decision"], "same": True}
    assert QUESTION not in str(kept["case"])


async def test_a_plan_says_what_was_found_and_how_far_it_reaches(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    plan = await planned(world)
    async with world.client(await world.key(ACME, "read")) as client:
        kept = (await client.get(f"/v1/plans/{plan['plan_id']}")).json()
    (passage,) = kept["passages"]
    cited = plan["citations"][0]
    assert (passage["document_id"], passage["start"]) == (cited["document_id"], cited["start"])
    assert passage["tokens"] > 0
    assert kept["reach"][0] <= kept["reach"][1] <= kept["answerable"] <= 1


async def test_a_trial_is_kept_apart_and_warms_no_cache(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    trial = await planned(world, trial=True, policy={"mode": "full"})
    await planned(world, policy={"mode": "full"})
    third = await planned(world)
    async with world.client(await world.key(ACME, "read")) as client:
        tried = (await client.get(f"/v1/plans/{trial['plan_id']}")).json()
        later = (await client.get(f"/v1/plans/{third['plan_id']}")).json()
    assert tried["kind"] == "trial"
    (full,) = [one for one in later["case"]["options"] if one["mode"] == "full"]
    assert (full["warmth"]["per_hour"], later["case"]["habit"]["mode"]) == (1.0, "full")


async def test_a_plan_of_another_tenant_is_as_one_that_never_was(world: World) -> None:
    plan = await planned(world)
    async with world.client(await world.key(GLOBEX, "admin")) as client:
        foreign = await client.get(f"/v1/plans/{plan['plan_id']}")
        unknown = await client.get("/v1/plans/nothing")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["detail"] == unknown.json()["detail"]


async def test_a_key_for_some_groups_does_not_read_what_others_asked(world: World) -> None:
    plan = await planned(world)
    async with world.client(await world.key(ACME, "read", groups=["staff"])) as client:
        assert (await client.get(f"/v1/plans/{plan['plan_id']}")).status_code == 404


async def test_a_plan_that_another_version_kept_says_so(world: World) -> None:
    plan = await planned(world)
    await world.wired.queries.flush()
    kept = await world.wired.ledger.queries.query(ACME, plan["plan_id"])
    assert kept is not None
    older = replace(kept, id="older", detail={**kept.detail, "case": {"options": []}})
    world.wired.queries.note(older)
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.get("/v1/plans/older")
    assert answer.status_code == 409
    assert "ask the question anew" in answer.json()["detail"]


@pytest.mark.parametrize("mode", [None, "snippets", "expanded", "documents", "scoped", "full"])
async def test_what_a_caller_may_not_see_leaves_no_trace(world: World, mode: str | None) -> None:
    source = await world.source(ACME, "help")
    secret, board = "Refunds of the board take five minutes.", frozenset({"board"})
    await world.page(ACME, source, "help/refunds.md", REFUNDS)
    await world.page(ACME, source, "help/parcels.md", "Parcels leave at noon.")
    key = await world.key(ACME, "read", groups=frozenset({"staff"}))

    async def asked(key: str) -> dict[str, Any]:
        async with world.client(key) as client:
            body = {"query": QUESTION, "policy": {"mode": mode}}
            told: dict[str, Any] = (await client.post("/v1/context", json=body)).json()
            return told

    before = await asked(key)
    await world.page(ACME, source, "help/board.md", secret, access=board)
    everything = await asked(await world.key(ACME, "read"))
    assert secret in str(everything["request"]) or mode == "snippets"
    after = await asked(key)
    assert "board" not in str(after)
    assert sizes(after) == sizes(before)
    for name in ("request", "citations", "decision", "warnings"):
        assert after[name] == before[name], name


def sizes(plan: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Give what alternatives tell of how much there is, whoever may see it."""
    named = ("mode", "budget", "tokens", "tokens_p99", "cost_usd")
    return [tuple(one[name] for name in named) for one in plan["alternatives"]]


async def test_a_search_is_no_plan(world: World) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        found = (await client.post("/v1/search", json={"query": QUESTION})).json()
        assert (await client.get(f"/v1/plans/{found['query_id']}")).status_code == 404


async def test_a_second_try_names_the_plan_whose_answer_declined(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    first = await planned(world, policy={"mode": "snippets"})
    assert first["decision"] == "snippets"
    second = await planned(world, after=first["plan_id"])
    async with world.client(await world.key(ACME, "read")) as client:
        kept = (await client.get(f"/v1/plans/{second['plan_id']}")).json()
        lost = await client.post("/v1/context", json={"query": QUESTION, "after": "nothing"})
    assert kept["case"]["after"] == "snippets"
    assert kept["case"]["after_budget"] is not None
    assert lost.status_code == 404
