import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx2
import pytest

from connectors.model import Json
from retrieval.adapters.router import OpenAIRouter, RouterSettings, chat_url
from retrieval.completion import text_of
from retrieval.errors import RouterError, RouterMissing, RouterRefused, RouterSilent

KNOWLEDGE = "<knowledge>\n## [D1] Refunds\n\n[D1§2]\nRefunds take five days.\n</knowledge>"
BODY: Mapping[str, Json] = {
    "model": "gpt-4o-mini",
    "temperature": 0,
    "messages": [
        {"role": "system", "content": "Cite like [D9§9]."},
        {"role": "user", "content": KNOWLEDGE},
        {"role": "user", "content": "Question: how long?"},
    ],
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run the server as a process of its own."""
    command = [sys.executable, "-m", "tests.openai_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.fixture
def router(client: httpx2.AsyncClient, url: str) -> OpenAIRouter:
    return OpenAIRouter(client, RouterSettings(url, key="sk-secret", read_s=30))


async def fail(client: httpx2.AsyncClient, url: str, kind: str, times: int = 1) -> None:
    await client.post(f"{url}/faults", json={"kind": kind, "times": times})


async def listen(router: OpenAIRouter, said: list[str]) -> None:
    async for chunk in router.stream(BODY):
        said.append(text_of(chunk, "delta"))  # noqa: PERF401 - what was said before an error counts


async def heard(router: OpenAIRouter) -> str:
    said: list[str] = []
    await listen(router, said)
    return "".join(said)


async def test_a_completion_comes_whole(
    router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    completion = await router.complete(BODY)
    assert text_of(completion, "message") == "Refunds take five days. [D1§2]"
    assert completion["usage"]
    sent = (await client.get(f"{url}/requests")).json()[-1]
    assert sent["authorization"] == "Bearer sk-secret"
    assert sent["body"] == {**BODY, "stream": False}


async def test_a_stream_says_the_same(router: OpenAIRouter) -> None:
    assert await heard(router) == "Refunds take five days. [D1§2]"


async def test_a_line_ends_only_where_the_protocol_ends_it(router: OpenAIRouter) -> None:
    words = "[D1§1]\nFive\u2028days,\x85no\x0cmore."
    body: Mapping[str, Json] = {**BODY, "messages": [{"role": "user", "content": words}]}
    said = [text_of(chunk, "delta") async for chunk in router.stream(body)]
    assert "".join(said) == "Five\u2028days,\x85no\x0cmore. [D1§1]"


async def test_chunks_come_as_they_are_made(
    router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    await fail(client, url, "hold")
    stream = router.stream(BODY)
    first = await asyncio.wait_for(anext(stream), 30)
    assert text_of(first, "delta") == "Refunds "
    await client.post(f"{url}/release")
    rest = [text_of(chunk, "delta") async for chunk in stream]
    assert "".join(rest) == "take five days. [D1§2]"


@pytest.mark.parametrize("kind", ["429", "503"])
async def test_a_busy_router_is_asked_again(
    kind: str, router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    await fail(client, url, kind)
    assert "five days" in text_of(await router.complete(BODY), "message")
    await fail(client, url, kind)
    assert "five days" in await heard(router)


async def test_patience_ends(client: httpx2.AsyncClient, url: str) -> None:
    impatient = OpenAIRouter(client, RouterSettings(url, attempts=1))
    await fail(client, url, "429")
    with pytest.raises(RouterRefused, match="told to answer 429") as raised:
        await impatient.complete(BODY)
    assert raised.value.status == 429


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("500", 500, "told to answer 500"),
        ("refuse", 400, "does not take that"),
        ("error_inside", 502, "upstream gave up"),
    ],
)
async def test_a_refusal_keeps_the_routers_own_words(
    kind: str, status: int, words: str, router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    await fail(client, url, kind)
    with pytest.raises(RouterRefused, match=words) as raised:
        await router.complete(BODY)
    assert raised.value.status == status


async def test_a_refused_stream_raises_before_its_first_chunk(
    router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    await fail(client, url, "500")
    with pytest.raises(RouterRefused):
        await anext(router.stream(BODY))


async def test_an_answer_that_is_none_is_an_error(
    router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    await fail(client, url, "garbage")
    with pytest.raises(RouterError, match="no JSON"):
        await router.complete(BODY)


async def test_a_cut_stream_is_an_error_after_its_words(
    router: OpenAIRouter, client: httpx2.AsyncClient, url: str
) -> None:
    await fail(client, url, "truncated")
    said: list[str] = []
    with pytest.raises(RouterError, match="cut the answer short"):
        await listen(router, said)
    assert said == ["Refunds ", "take "]


async def test_silence_is_an_error(client: httpx2.AsyncClient, url: str) -> None:
    hasty = OpenAIRouter(client, RouterSettings(url, read_s=0.1))
    await fail(client, url, "hold")
    with pytest.raises(RouterError, match="silent"):
        await heard(hasty)


async def test_a_router_that_only_says_that_it_lives_is_silent(
    client: httpx2.AsyncClient, url: str
) -> None:
    hasty = OpenAIRouter(client, RouterSettings(url, read_s=0.2))
    await fail(client, url, "pings")
    with pytest.raises(RouterSilent, match="silent"):
        await heard(hasty)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("nothing", "cut the answer short"),
        ("endless", "without an end"),
        ("error_inside", "gave up"),
    ],
)
async def test_a_stream_without_an_answer_has_not_begun(
    router: OpenAIRouter, client: httpx2.AsyncClient, url: str, kind: str, told: str
) -> None:
    await fail(client, url, kind)
    with pytest.raises((RouterSilent, RouterRefused), match=told):
        await heard(router)


async def test_an_address_is_named_without_its_secrets(client: httpx2.AsyncClient) -> None:
    nobody = RouterSettings("http://me:pass@127.0.0.1:9/v1?key=sk-hidden", patience_s=0.3)
    with pytest.raises(RouterError, match=r"at http://127\.0\.0\.1:9/v1/chat") as raised:
        await OpenAIRouter(client, nobody).complete(BODY)
    assert "pass" not in str(raised.value)
    assert "sk-hidden" not in str(raised.value)


async def test_an_absent_router_is_named(client: httpx2.AsyncClient) -> None:
    nobody = RouterSettings("http://127.0.0.1:9", patience_s=0.3)
    with pytest.raises(RouterError, match=r"127\.0\.0\.1:9"):
        await OpenAIRouter(client, nobody).complete(BODY)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://a", "http://a/v1/chat/completions"),
        ("http://a/v1", "http://a/v1/chat/completions"),
        ("http://a/v1/", "http://a/v1/chat/completions"),
        ("http://a/v1/chat/completions", "http://a/v1/chat/completions"),
        ("https://a/api/v1", "https://a/api/v1/chat/completions"),
        ("https://a/proxy", "https://a/proxy/v1/chat/completions"),
        ("https://a/v1beta/openai/", "https://a/v1beta/openai/chat/completions"),
        ("https://a/x/v1?api-version=3", "https://a/x/v1/chat/completions?api-version=3"),
    ],
)
async def test_an_address_is_understood_with_or_without_its_version(
    given: str, address: str
) -> None:
    assert chat_url(given) == address


@pytest.mark.parametrize("given", ["", "localhost:4000", "ftp://a/v1"])
async def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(RouterMissing, match="PUNNET_ROUTER_URL"):
        chat_url(given)
