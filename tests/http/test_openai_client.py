"""The official OpenAI client as the agent: it finds nothing missing and nothing strange."""

from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from ingest.errors import LedgerUnavailable
from retrieval.errors import RouterError, RouterMissing, RouterRefused
from tests.http.world import ACME, EchoRouter, World

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "How long do refunds take?"}]


async def test_the_official_client_reads_an_answer(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "r.md", "Refunds take five days.")
    async with _agent(world, await world.key(ACME, "read")) as agent:
        answer = await agent.chat.completions.create(
            model="shop-model",
            messages=ASKED,
            temperature=0,
            extra_body={"punnet": {"facts": "Order 7"}},
        )
    assert answer.choices[0].message.content == "Five days [D1§1]."
    assert answer.model_extra is not None
    assert answer.model_extra["punnet"]["citations"][0]["text"] == "Refunds take five days."


async def test_the_official_client_reads_a_stream(world: World) -> None:
    async with _agent(world, await world.key(ACME, "read")) as agent:
        stream = await agent.chat.completions.create(
            model="shop-model",
            messages=ASKED,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    words = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(words) == "Five days [D1§1]."
    assert chunks[0].model_extra is not None
    assert chunks[0].model_extra["punnet"]["plan_id"]


async def test_the_official_client_understands_a_refusal(world: World) -> None:
    async with _agent(world, "pn_000000000000_wrong") as agent:
        with pytest.raises(openai.AuthenticationError) as caught:
            await agent.chat.completions.create(model="m", messages=ASKED)
    assert isinstance(caught.value.body, dict)
    assert "not valid" in str(caught.value)
    assert caught.value.body["type"] == "unauthenticated"


@pytest.mark.parametrize(
    "error",
    [RouterMissing("Set PUNNET_ROUTER_URL."), RouterRefused(400, "no such model")],
    ids=lambda error: type(error).__name__,
)
async def test_the_official_client_asks_once_what_will_not_go_better(
    world: World, error: Exception
) -> None:
    router = EchoRouter(error)
    agent = _agent(world, await world.key(ACME, "read"), router=router)
    async with agent.with_options(max_retries=2) as patient:
        with pytest.raises(openai.APIStatusError) as caught:
            await patient.chat.completions.create(model="shop-model", messages=ASKED)
    assert len(router.bodies) == 1
    assert caught.value.response.json()["detail"] in str(caught.value)


async def test_the_official_client_may_ask_again_what_may_go_better(world: World) -> None:
    router = EchoRouter(LedgerUnavailable("/srv/ledger.db"))
    async with _agent(world, await world.key(ACME, "read"), router=router) as agent:
        with pytest.raises(openai.InternalServerError) as caught:
            await agent.chat.completions.create(model="shop-model", messages=ASKED)
    assert caught.value.response.headers["x-should-retry"] == "true"


async def test_the_official_client_hears_that_a_stream_broke(world: World) -> None:
    router = EchoRouter(RouterError("gone"), after=1)
    async with _agent(world, await world.key(ACME, "read"), router=router) as agent:
        stream = await agent.chat.completions.create(
            model="shop-model", messages=ASKED, stream=True
        )
        with pytest.raises(openai.APIError, match="Try again"):
            [chunk async for chunk in stream]


async def test_options_reach_the_router_as_they_were_given(world: World) -> None:
    router = EchoRouter()
    async with _agent(world, await world.key(ACME, "read"), router=router) as agent:
        await agent.chat.completions.create(
            model="shop-model",
            messages=ASKED,
            max_tokens=50,
            stop=["\n"],
            metadata={"ticket": "7"},
        )
    (sent,) = router.bodies
    assert (sent["max_tokens"], sent["stop"]) == (50, ["\n"])
    assert isinstance(sent["metadata"], dict)
    assert sent["metadata"]["ticket"] == "7"


def _agent(world: World, key: str, **changed: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key=key,
        base_url="http://punnet/v1",
        http_client=world.client(**changed),
        max_retries=0,
    )
