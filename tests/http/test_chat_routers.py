"""The official client, a conversation, and routers that check every byte they get."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import Override
from retrieval.adapters.router import OpenAIRouter, RouterSettings
from retrieval.chat import Spare
from retrieval.experience import outcome_of
from retrieval.model import CacheKind
from retrieval.profiles import Profile, dialect_of
from tests.asking import ask_settings, asker_of, look_ports
from tests.fakes import FakeTokens
from tests.http.world import ACME, MODEL, PEPPER, World
from tests.strict_router import KEY, USAGE, StrictRouter, serving, text_of

FULL = {"punnet": {"policy": {"mode": "full"}, "facts": "Order 7"}}
TURNS = ("How long do refunds take?", "And do they cost anything?", "Thanks, and by which way?")


@dataclass(frozen=True, slots=True)
class Talk:
    """A client that speaks to Punnet, and the key it has."""

    agent: openai.AsyncOpenAI
    key: str

    async def stream(
        self, messages: list[ChatCompletionMessageParam], **more: Any
    ) -> list[ChatCompletionChunk]:
        """Ask, and give the chunks as the client read them."""
        stream = await self.agent.chat.completions.create(
            model=MODEL, messages=messages, stream=True, extra_body=FULL, **more
        )
        return [chunk async for chunk in stream]


@asynccontextmanager
async def talking(
    world: World, router: StrictRouter, spare: Spare | None = None
) -> AsyncIterator[Talk]:
    """Serve Punnet before a router, both on ports of their own."""
    async with serving(router.app()) as url, httpx2.AsyncClient(trust_env=False) as client:
        app = world.app(
            asker=_asker(world, router.profile),
            router=OpenAIRouter(client, RouterSettings(url, KEY)),
            spare=spare,
        )
        key = await world.key(ACME, "read", "feedback")
        async with serving(app) as punnet:
            agent = openai.AsyncOpenAI(api_key=key, base_url=f"{punnet}/v1", max_retries=0)
            async with agent:
                yield Talk(agent, key)


def _asker(world: World, profile: Profile) -> Any:
    """Plan for a model whose cache wants marks, and speak as the profile does."""
    known = Override(
        window=100_000, input=1.0, output=2.0, cache_read=0.1, cache=CacheKind.MARKED,
        cache_ttl=300, cache_least=16,
    )  # fmt: skip
    wired, catalog = world.wired, PriceCatalog({MODEL: known})
    look = look_ports(wired.searcher, wired.ledger.reading, catalog, FakeTokens(), wired.clock)
    settings = ask_settings(MODEL, dialect=dialect_of(profile, secret=PEPPER))
    return asker_of(look, wired.ledger.reading, wired.new_id, settings, wired.ledger.prefixes)


async def _pages(world: World) -> None:
    source = await world.source(ACME, "help")
    await world.page(ACME, source, "refunds.md", "Refunds take five days. They are free.")
    await world.page(ACME, source, "ways.md", "Refunds reach the card that was used to pay.")


def _words(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


@pytest.mark.parametrize("profile", Profile)
async def test_a_conversation_is_held_with_a_router_that_checks_every_byte(
    world: World, profile: Profile
) -> None:
    await _pages(world)
    router, plans = StrictRouter(profile), []
    messages: list[ChatCompletionMessageParam] = []
    async with talking(world, router) as talk:
        for turn in TURNS:
            messages.append({"role": "user", "content": turn})
            chunks = await talk.stream(messages, temperature=0.5, max_tokens=50)
            messages.append({"role": "assistant", "content": _words(chunks)})
            assert all(chunk.usage is None and chunk.choices for chunk in chunks)
            last = (chunks[-1].model_extra or {})["punnet"]
            assert (last["served_by"], last["decision"]) == ("router", "full")
            assert last["check"]["cited"] == len(last["citations"]) == 1
            assert KEY not in str(chunks)
            plans.append(last["plan_id"])
        assert router.complaints == []
        assert not any(talk.key.encode() in raw for raw in router.raw)
    _check_turns(router)
    await _check_kept(world, plans)


def _check_turns(router: StrictRouter) -> None:
    """Every turn holds the ones before it, and begins with the same bytes."""
    for number, body in enumerate(router.bodies):
        said = [text_of(message["content"]) for message in body["messages"]]
        assert said[-1].endswith(f"Question: {TURNS[number]}")
        for earlier in TURNS[:number]:
            assert earlier in said
        marked = json.dumps(body["messages"]).count('"cache_control"')
        assert marked == (1 if router.profile in {Profile.LITELLM, Profile.OPENROUTER} else 0)
    beginnings = {raw.partition(b"</knowledge>")[0] for raw in router.raw}
    assert len(beginnings) == 1


async def _check_kept(world: World, plans: list[str]) -> None:
    """Each turn's outcome is kept, and can be learned from after a restart."""
    await world.wired.queries.flush()
    for plan in plans:
        kept = await world.wired.ledger.queries.query(ACME, plan)
        assert kept is not None
        assert kept.detail["usage"] == USAGE
        assert kept.detail["served_by"] == "router"
        assert isinstance(kept.detail["ttft_s"], float)
    reported = await world.wired.ledger.queries.recent_outcomes(world.wired.clock.now, 9)
    outcomes = [outcome_of(one) for one in reported]
    assert [(one.counted, one.cached) for one in outcomes if one] == [(640, 512)] * len(plans)
    assert all(one.prefix and one.shared for one in outcomes if one)
    learned = world.wired.experience.ratio(ACME, MODEL, outcomes[0].language if outcomes[0] else "")
    assert learned.observed == len(plans)


async def test_usage_comes_to_who_asked_for_it(world: World) -> None:
    await _pages(world)
    async with talking(world, StrictRouter(Profile.OPENAI)) as talk:
        chunks = await talk.stream(
            [{"role": "user", "content": TURNS[0]}], stream_options={"include_usage": True}
        )
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens == 640
    assert chunks[-1].choices == []


async def test_each_chunk_reaches_the_caller_before_the_next_is_sent(world: World) -> None:
    await _pages(world)
    router = StrictRouter(Profile.OPENAI, gate=asyncio.Queue())
    assert router.gate is not None
    async with talking(world, router) as talk:
        router.gate.put_nowait(None)
        stream = await talk.agent.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": TURNS[0]}],
            stream=True,
            extra_body=FULL,
        )
        seen = 0
        # The router sends the next chunk only now that this one was seen: nothing may hold it.
        async with asyncio.timeout(60):
            async for _ in stream:
                seen += 1
                router.gate.put_nowait(None)
    assert seen > 5


async def test_a_second_router_answers_in_its_own_words(world: World) -> None:
    await _pages(world)
    other = StrictRouter(Profile.VLLM, served="spare-model")
    async with serving(other.app()) as url, httpx2.AsyncClient(trust_env=False) as client:
        spare = Spare(
            OpenAIRouter(client, RouterSettings(url, KEY)),
            dialect_of(Profile.VLLM, secret=PEPPER),
            "spare-model",
        )
        down = StrictRouter(Profile.LITELLM)
        async with talking(world, down, spare) as talk:
            down.profile = Profile.OPENAI  # which refuses the metadata of a LiteLLM proxy
            with pytest.raises(openai.APIStatusError):
                await talk.stream([{"role": "user", "content": TURNS[0]}])
            assert other.bodies == []
        nobody = OpenAIRouter(client, RouterSettings("http://127.0.0.1:9", KEY, attempts=1))
        key = await world.key(ACME, "read")
        app = {"asker": _asker(world, Profile.LITELLM), "router": nobody, "spare": spare}
        async with world.client(key, **app) as caller:
            body = {"messages": [{"role": "user", "content": TURNS[0]}], **FULL}
            told = (await caller.post("/v1/chat/completions", json=body)).json()
    assert other.complaints == []
    assert (told["punnet"]["served_by"], told["punnet"]["model"]) == ("fallback", "spare-model")
    assert told["punnet"]["attempts"][0]["cost_usd"] is None
    await world.wired.queries.flush()
    kept = await world.wired.ledger.queries.query(ACME, told["punnet"]["plan_id"])
    assert kept is not None
    assert (kept.detail["served_by"], kept.detail["served_model"]) == ("fallback", "spare-model")
    assert world.wired.experience.ratio(ACME, MODEL, "en").observed == 0
