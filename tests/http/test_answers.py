"""Search, context and chat, as an agent meets them."""

import asyncio
import json
from typing import Any

import pytest

from retrieval.errors import RouterError, RouterRefused
from retrieval.query_log import QueryLog
from tests.http.world import ACME, GLOBEX, MODEL, EchoRouter, World

REFUNDS = "Refunds take five days. 🍓 They reach the card that you paid with."


async def test_a_hit_says_where_it_stands_and_how_old_it_is(world: World) -> None:
    source = await world.source(ACME, "help")
    document = await world.page(ACME, source, "refunds.md", REFUNDS)
    async with world.client(await world.key(ACME, "read")) as client:
        found = (await client.post("/v1/search", json={"query": "refunds"})).json()
        (hit,) = found["hits"]
        at = f"/v1/documents/{hit['document']['id']}/revisions/{hit['document']['version']}"
        revision = (await client.get(at)).json()
    assert revision["text"][hit["start"] : hit["end"]] == hit["text"]
    assert set(hit) == {
        *("rank", "chunk_id", "text", "start", "end", "heading_path", "link"),
        *("document", "freshness", "warnings", "also_in", "conflicts"),
    }
    assert hit["rank"] == 1
    assert hit["document"] == {
        "id": document,
        "source_id": source,
        "ref": "refunds.md",
        "title": "refunds.md",
        "url": "https://help.example.com/refunds.md",
        "version": 1,
    }
    assert hit["freshness"]["as_of"] == "2026-03-02T12:00:00Z"


async def test_where_questions_are_not_kept_none_is_written(world: World) -> None:
    ledger = world.wired.ledger.queries
    none = QueryLog(ledger, lambda text: text, keep=False)
    key = await world.key(ACME, "read", "feedback")
    async with none.writing(), world.client(key, queries=none) as client:
        found = (await client.post("/v1/search", json={"query": "refunds"})).json()
        said = {"query_id": found["query_id"], "verdict": "helpful"}
        assert (await client.post("/v1/feedback", json=said)).status_code == 404
    assert await ledger.query(ACME, found["query_id"]) is None


async def test_a_search_is_kept_with_what_it_found(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    async with world.client(await world.key(ACME, "read")) as client:
        found = (await client.post("/v1/search", json={"query": "refunds"})).json()
    await world.wired.queries.flush()
    kept = await world.wired.ledger.queries.query(ACME, found["query_id"])
    assert kept is not None
    assert [str(point) for point in kept.found] == [found["hits"][0]["chunk_id"]]
    assert (kept.kind, kept.text) == ("search", "refunds")


async def test_groups_of_a_request_narrow_and_never_widen(world: World) -> None:
    source = await world.source(ACME, "help")
    for group in ("staff", "customers"):
        await world.page(
            ACME, source, f"{group}.md", f"Refunds for {group}.", access=frozenset({group})
        )
    await world.page(ACME, source, "all.md", "Refunds for everybody.")
    everything = await world.key(ACME, "read")
    customers = await world.key(ACME, "read", groups=frozenset({"customers"}))
    assert await _refs(world, everything) == {"all.md", "customers.md", "staff.md"}
    assert await _refs(world, everything, groups=["staff"]) == {"all.md", "staff.md"}
    assert await _refs(world, customers) == {"all.md", "customers.md"}
    assert await _refs(world, customers, groups=["staff", "customers"]) == {
        "all.md",
        "customers.md",
    }
    assert await _refs(world, customers, groups=["staff"]) == {"all.md"}


async def test_a_filter_names_sources_refs_and_tags(world: World) -> None:
    first, second = await world.source(ACME, "one"), await world.source(ACME, "two")
    await world.page(ACME, first, "a.md", "Refunds, first.", tags=frozenset({"old"}))
    await world.page(ACME, second, "b.md", "Refunds, second.")
    key = await world.key(ACME, "read")
    assert await _refs(world, key, source_ids=[second]) == {"b.md"}
    assert await _refs(world, key, refs=["a.md"]) == {"a.md"}
    assert await _refs(world, key, tags=["old"]) == {"a.md"}
    assert await _refs(world, key, source_ids=["nobody's"]) == set()


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"query": "x", "limit": 0}, "body.limit", "from 1 to 100"),
        ({"query": "x", "limit": 1_000_000}, "body.limit", "from 1 to 100"),
        ({"query": "x", "limit": "ten"}, "body.limit", "integer"),
        ({"query": "  \n "}, "body.query", "must hold a question"),
        ({"query": "x" * 8_001}, "body.query", "8,000 characters"),
        ({"query": "a\0b"}, "body.query", "not text"),
        ({"query": "\ud800"}, "body.query", "not text"),
        ({}, "body.query", "needed"),
        ({"query": "x", "top_k": 3}, "body.top_k", "no such field"),
        ({"query": "x", "filter": {"tag": "a"}}, "body.filter.tag", "no such field"),
        ({"query": "x", "filter": {"fresh": "yes"}}, "body.filter.fresh", "any"),
        ({"query": "x", "filter": {"language": "e n"}}, "body.filter.language", "pattern"),
        ({"query": "x", "filter": {"changed_after": "2026-01-01T00:00:00"}}, None, "timezone"),
        ({"query": "x", "filter": {"refs": ["r"] * 5 + [""]}}, None, "at least 1 character"),
        ({"query": "x", "filter": {"source_ids": [str(n) for n in range(101)]}}, None, "at most"),
    ],
)
async def test_what_cannot_be_asked_names_the_field(
    world: World, body: dict[str, Any], field: str | None, says: str
) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        sent = json.dumps(body).encode()
        answer = await client.post(
            "/v1/search", content=sent, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 422
    (error, *_) = answer.json()["errors"]
    assert says in error["message"]
    assert field in (None, error["field"])


async def test_a_context_is_a_prompt_with_a_plan_that_explains_itself(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    async with world.client(await world.key(ACME, "read")) as client:
        body = {"query": "How long do refunds take?", "facts": "Order 7", "instructions": "Be kind"}
        answer = (await client.post("/v1/context", json=body)).json()
    assert set(answer) == {
        *("plan_id", "decision", "tier", "reasons", "alternatives", "model", "evidence"),
        *("handoff", "request", "requirements", "model_hints", "citations", "warnings"),
    }
    prompt = json.dumps(answer["request"], ensure_ascii=False)
    assert "five days" in prompt
    assert "Order 7" in prompt
    assert answer["request"]["model"] == MODEL
    assert answer["citations"][0]["text"] in REFUNDS
    assert {one["mode"] for one in answer["alternatives"]} >= {"snippets", "full"}


async def test_facts_of_a_customer_are_not_kept(world: World) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        body = {"query": "refunds?", "facts": "CANARY-FACT", "instructions": "CANARY-VOICE"}
        plan = (await client.post("/v1/context", json=body)).json()["plan_id"]
    await world.wired.queries.flush()
    kept = await world.wired.ledger.queries.query(ACME, plan)
    assert "CANARY" not in repr(kept)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "either query or messages"),
        ({"query": "x", "messages": [{"role": "user", "content": "y"}]}, "either query or"),
        ({"messages": []}, "must hold a question"),
        ({"messages": [{"role": "assistant", "content": "hello"}]}, "must hold a question"),
        ({"query": "x", "policy": {"max_cost_usd": -1}}, "from 0 to 100"),
        ({"query": "x", "policy": {"mode": "all"}}, "none"),
        ({"query": "x", "model": "nobody-knows-this"}, "nobody-knows-this"),
        ({"query": "many words " * 50, "policy": {"max_tokens": 5}}, "token"),
    ],
)
async def test_a_context_that_cannot_be_packed_says_why(
    world: World, body: dict[str, Any], says: str
) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.post("/v1/context", json=body)
    assert answer.status_code == 422, answer.text
    assert says in answer.json()["detail"]


async def test_what_came_of_a_plan_is_kept_even_a_moment_after_it(world: World) -> None:
    async with world.client(await world.key(ACME, "read", "feedback")) as client:
        plan = (await client.post("/v1/context", json={"query": "refunds?"})).json()["plan_id"]
        usage = {"prompt_tokens": 90, "completion_tokens": 4, "cached_tokens": 64}
        told = await client.post(f"/v1/plans/{plan}/outcome", json={"usage": usage, "ttft_s": 0.4})
        said = {"query_id": plan, "verdict": "outdated", "comment": "last year's price"}
        fed = await client.post("/v1/feedback", json=said)
        wrong = await client.post("/v1/feedback", json={**said, "verdict": "meh"})
    assert (told.status_code, fed.status_code, wrong.status_code) == (201, 201, 422)


async def test_a_chat_is_answered_with_its_citations(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    router = EchoRouter()
    async with world.client(await world.key(ACME, "read"), router=router) as client:
        body = {
            "messages": [
                {"role": "system", "content": "Answer briefly."},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "How long, refunds?"}],
                },
            ],
            "temperature": 0.2,
            "punnet": {"facts": "Order 7"},
        }
        answer = (await client.post("/v1/chat/completions", json=body)).json()
    assert answer["choices"][0]["message"]["content"] == "Five days [D1§1]."
    assert answer["punnet"]["citations"][0]["document_id"] == "d_help_refunds.md"
    (sent,) = router.bodies
    assert sent["temperature"] == 0.2
    assert "punnet" not in sent
    assert "five days" in json.dumps(sent["messages"])


async def test_a_stream_tells_first_what_may_be_cited_and_last_what_was(world: World) -> None:
    source = await world.source(ACME, "help")
    await world.page(ACME, source, "refunds.md", REFUNDS)
    await world.page(ACME, source, "shipping.md", "Parcels leave at noon.")
    async with world.client(await world.key(ACME, "read")) as client:
        body = {
            "messages": [{"role": "user", "content": "How long do refunds take?"}],
            "stream": True,
        }
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert events.pop() == "[DONE]"
    chunks = [json.loads(event) for event in events]
    assert [one["tag"] for one in chunks[0]["punnet"]["citations"]] == ["D1§1", "D2§1"]
    assert all("punnet" not in chunk for chunk in chunks[1:-1])
    assert [one["tag"] for one in chunks[-1]["punnet"]["citations"]] == ["D1§1"]
    words = [chunk["choices"][0]["delta"]["content"] for chunk in chunks]
    assert "".join(words) == "Five days [D1§1]."
    await world.wired.queries.flush()
    kept = await world.wired.ledger.queries.query(ACME, chunks[0]["punnet"]["plan_id"])
    assert kept is not None
    assert kept.detail["usage"] == {"prompt_tokens": 90, "completion_tokens": 4, "total_tokens": 94}


async def test_a_tag_that_the_model_made_up_is_no_citation(world: World) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        body = {"messages": [{"role": "user", "content": "refunds?"}]}
        told = (await client.post("/v1/chat/completions", json=body)).json()["punnet"]
    assert told["citations"] == []
    assert "the answer cites D1§1, which its prompt does not hold" in told["warnings"]


@pytest.mark.parametrize("stream", [True, False])
async def test_without_a_router_a_chat_says_which_setting_is_missing(
    world: World, stream: bool
) -> None:
    async with world.client(await world.key(ACME, "read"), router=None) as client:
        body = {"messages": [{"role": "user", "content": "refunds?"}], "stream": stream}
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 501
    assert "PUNNET_ROUTER_URL" in answer.json()["detail"]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_refusal_is_a_problem_with_the_routers_words(world: World, stream: bool) -> None:
    router = EchoRouter(RouterRefused(400, "the context is too long"))
    async with world.client(await world.key(ACME, "read"), router=router) as client:
        body = {"messages": [{"role": "user", "content": "refunds?"}], "stream": stream}
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 502
    assert "the context is too long" in answer.json()["detail"]


async def test_what_the_router_says_of_our_account_is_not_passed_on(world: World) -> None:
    router = EchoRouter(RouterRefused(401, "Incorrect API key provided: sk-CANARY"))
    async with world.client(await world.key(ACME, "read"), router=router) as client:
        body = {"messages": [{"role": "user", "content": "refunds?"}]}
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 502
    assert "CANARY" not in answer.text


async def test_a_stream_that_breaks_says_so_and_is_not_done(world: World) -> None:
    router = EchoRouter(RouterError("gone"), after=1)
    async with world.client(await world.key(ACME, "read"), router=router) as client:
        body = {"messages": [{"role": "user", "content": "refunds?"}], "stream": True}
        answer = await client.post("/v1/chat/completions", json=body)
    last = json.loads(answer.text.strip().split("\n\n")[-1].removeprefix("data: "))
    assert last["error"]["type"] == "urn:punnet:problem:router-failed"
    assert "[DONE]" not in answer.text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"tools": [{"type": "function"}]}, "/v1/context"),
        ({"n": 2}, "1"),
        ({"temprature": 1}, "no such field"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "text"),
        ({"messages": [{"role": "tool", "content": "42"}]}, "user"),
    ],
)
async def test_what_a_chat_does_not_carry_is_refused_by_name(
    world: World, more: dict[str, Any], says: str
) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        body = {"messages": [{"role": "user", "content": "refunds?"}], **more}
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 422
    assert says in answer.text


async def test_many_searches_at_once_do_not_mix_their_tenants(world: World) -> None:
    for tenant in (ACME, GLOBEX):
        source = await world.source(tenant, f"help-{tenant}")
        await world.page(tenant, source, f"{tenant}.md", "Refunds take five days.")
    keys = {tenant: await world.key(tenant, "read") for tenant in (ACME, GLOBEX)}
    async with world.client() as client:

        async def ask(tenant: Any) -> None:
            headers = {"Authorization": f"Bearer {keys[tenant]}"}
            answer = await client.post("/v1/search", json={"query": "refunds"}, headers=headers)
            assert [hit["document"]["ref"] for hit in answer.json()["hits"]] == [f"{tenant}.md"]

        await asyncio.gather(*(ask(tenant) for tenant in (ACME, GLOBEX) * 10))


async def _refs(world: World, key: str, **where: object) -> set[str]:
    async with world.client(key) as client:
        body = {"query": "refunds", "filter": where}
        hits = (await client.post("/v1/search", json=body)).json()["hits"]
    return {hit["document"]["ref"] for hit in hits}
