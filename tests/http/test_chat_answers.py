"""What a chat says of its own answer: checked, left out, asked for again, learned from."""

from dataclasses import replace
from typing import Any

import pytest

from retrieval.declining import honest
from retrieval.model import Mode
from tests.answers import Asks, Says, answered, cited, escalated, pack, plan
from tests.http.world import ACME, MODEL, World

ANSWER = replace(answered(plan(), pack(cited("D1§1"))), tenant=ACME)
FURTHER = replace(ANSWER, plan=escalated(plan(Mode.DOCUMENTS, name="p2")))
DECLINES = "The knowledge base says nothing about this."


async def chat(world: World, says: Says, *answers: Any, **policy: object) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": "How long?"}], "punnet": {"policy": policy}}
    key = await world.key(ACME, "read")
    async with world.client(key, asker=Asks(answers or [ANSWER]), router=says) as client:
        told: dict[str, Any] = (await client.post("/v1/chat/completions", json=body)).json()
    return told


async def test_an_answer_is_held_against_what_it_cites(world: World) -> None:
    says = Says(["Refunds take 14 days [D1§1]. They are “free of charge” [D1§1]. So it is. [D7§7]"])
    told = (await chat(world, says))["punnet"]
    assert told["check"] == {
        "statements": 3,
        "cited": 2,
        "uncited": 1,
        "unknown_tags": ["D7§7"],
        "misquoted": [{"words": "free of charge", "tags": ["D1§1"]}],
        "unsupported_numbers": [{"words": "14", "tags": ["D1§1"]}],
        "dropped": 0,
    }
    assert [one["tag"] for one in told["citations"]] == ["D1§1"]
    assert "the answer cites D7§7, which its prompt does not hold" in told["warnings"]


async def test_strict_citations_leave_only_what_holds(world: World) -> None:
    says = Says(["Refunds take five days [D1§1]. They are free [D1§1]. It takes 14 days [D1§1]."])
    told = await chat(world, says, citations="strict")
    content = told["choices"][0]["message"]["content"]
    assert content == "Refunds take five days [D1§1]. They are free [D1§1]."
    assert told["punnet"]["check"]["dropped"] == 1
    assert told["punnet"]["handoff"] is None


async def test_where_nothing_holds_a_person_is_called(world: World) -> None:
    told = await chat(world, Says(["Refunds are always free."]), citations="strict")
    assert told["choices"][0]["message"]["content"] == honest("en")
    assert told["punnet"]["handoff"]["reason"] == "unverified"
    assert told["punnet"]["citations"] == []


async def test_both_tries_of_an_escalated_answer_are_told_and_kept(world: World) -> None:
    says = Says([DECLINES, "Refunds take five days [D1§1]."])
    told = (await chat(world, says, ANSWER, FURTHER, escalate=True))["punnet"]
    price = (100 * 0.15 + 900 * 0.003 + 10 * 0.60) / 1e6
    assert [(one["plan_id"], one["decision"]) for one in told["attempts"]] == [
        ("p1", "snippets"),
        ("p2", "documents"),
    ]
    assert [one["cost_usd"] for one in told["attempts"]] == [pytest.approx(price)] * 2
    assert told["plan_id"] == "p2"
    await world.wired.queries.flush()
    for name in ("p1", "p2"):
        kept = await world.wired.ledger.queries.query(ACME, name)
        assert kept is not None
        assert kept.detail["cost_usd"] == pytest.approx(price)


async def test_nothing_is_escalated_unless_it_is_asked_for(world: World) -> None:
    says = Says([DECLINES])
    told = (await chat(world, says, ANSWER, FURTHER))["punnet"]
    assert (len(says.bodies), len(told["attempts"])) == (1, 1)


async def test_reported_outcomes_teach_how_tokens_are_counted(world: World) -> None:
    key = await world.key(ACME, "read", "feedback")
    async with world.client(key) as client:
        body = {"query": "How long?", "model": MODEL}
        made = (await client.post("/v1/context", json=body)).json()
        expected = next(one for one in made["alternatives"] if "chosen" in one["reasons"])
        report = {"usage": {"prompt_tokens": round(expected["tokens"] * 1.5)}, "ttft_s": 0.4}
        for _ in range(20):
            at = f"/v1/plans/{made['plan_id']}/outcome"
            assert (await client.post(at, json=report)).status_code == 201
        other = {**report, "model": "quite-another"}
        await client.post(at, json=other)
    experience = world.wired.experience
    ratio = experience.ratio(ACME, MODEL, "en")
    assert (ratio.observed, experience.latency(ACME, MODEL).observed) == (20, 20)
    assert ratio.expected == pytest.approx(1.5, rel=0.05)


async def test_a_chat_that_reported_for_itself_is_not_learned_twice(world: World) -> None:
    key = await world.key(ACME, "read", "feedback")
    async with world.client(key, asker=Asks([ANSWER]), router=Says()) as client:
        body = {"messages": [{"role": "user", "content": "How long?"}]}
        told = (await client.post("/v1/chat/completions", json=body)).json()
        report = {"usage": {"prompt_tokens": 900}}
        await client.post(f"/v1/plans/{told['punnet']['plan_id']}/outcome", json=report)
    assert world.wired.experience.ratio(ACME, ANSWER.plan.model.name, "en").observed == 1
