import asyncio
import json

import httpx2
import pytest

from ingest.adapters.embed_http import HttpEmbedder, HttpModel
from ingest.errors import EmbedderUnavailable
from tests.embedding_server import EmbeddingServer, Fault
from tests.fakes import FakeTokens

NOTHING = json.dumps({"data": [{"index": 0, "embedding": [0.0] * 64}]})


async def embed(server: EmbeddingServer, texts: list[str], **settings: float) -> None:
    timeout = settings.get("timeout", 30.0)
    async with server.running(), httpx2.AsyncClient(timeout=timeout) as client:
        model = HttpModel(
            server.base_url,
            "secret",
            "fake",
            64,
            256,
            query_prompt="query: ",
            passage_prompt="passage: ",
            pause_seconds=settings.get("pause_seconds", 0.001),
            deadline_seconds=settings.get("deadline_seconds", 20.0),
            attempts=4,
        )
        embedder = HttpEmbedder(client, model, FakeTokens())
        assert (await embedder.embed_passages(texts)).shape == (len(texts), 64)
        await embedder.embed_query(texts[0])


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, ("retry-after: 0",)),
        Fault(429, ("retry-after: Wed, 21 Oct 2015 07:28:00 GMT",)),
        Fault(500),
        Fault(503),
    ],
    ids=["busy", "busy-until-a-date", "fault", "away"],
)
async def test_a_passing_fault_is_waited_out(fault: Fault) -> None:
    server = EmbeddingServer([fault, fault])
    await embed(server, ["refund"])
    assert len(server.asked) == 4


async def test_who_is_silent_is_asked_again() -> None:
    server = EmbeddingServer([Fault(silent=True)] * 2)
    await embed(server, ["refund"], timeout=0.5)
    assert len(server.asked) >= 4


async def test_a_lasting_fault_is_reported_after_some_attempts() -> None:
    server = EmbeddingServer([Fault(503)] * 9)
    with pytest.raises(EmbedderUnavailable, match="status 503"):
        await embed(server, ["refund"])
    assert len(server.asked) == 4


async def test_a_long_retry_after_ends_at_the_deadline() -> None:
    server = EmbeddingServer([Fault(429, ("retry-after: 3600",))])
    with pytest.raises(EmbedderUnavailable, match=r"nothing within 0\.2 s"):
        await embed(server, ["refund"], deadline_seconds=0.2)


async def test_a_server_that_is_not_there_is_reported() -> None:
    async with httpx2.AsyncClient() as client:
        model = HttpModel("http://127.0.0.1:9/v1", "", "fake", 64, 256, pause_seconds=0.001)
        with pytest.raises(EmbedderUnavailable, match="does not embed now"):
            await HttpEmbedder(client, model, FakeTokens()).embed_query("refund")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(401, body="bad key"), "401.*bad key.*check the address, the key"),
        (Fault(404), "status 404"),
        (Fault(body="<html>"), "not an embedding"),
        (Fault(body='{"data": [{"index": 0}]}'), "not an embedding"),
        (Fault(body='{"data": [{"index": 0, "embedding": [1, 2]}]}'), "dimension 64"),
        (Fault(body='{"data": []}'), "for 1 texts"),
        (Fault(body=NOTHING), "not finite"),
        (Fault(body=NOTHING.replace("0.0", "NaN")), "not finite"),
    ],
)
async def test_a_wrong_answer_is_not_asked_for_again(fault: Fault, words: str) -> None:
    server = EmbeddingServer([fault])
    with pytest.raises(EmbedderUnavailable, match=words):
        await embed(server, ["refund"])
    assert len(server.asked) == 1


async def test_a_refusal_stops_the_other_batches() -> None:
    server = EmbeddingServer([Fault(401)])
    async with server.running(), httpx2.AsyncClient() as client:
        model = HttpModel(server.base_url, "", "fake", 64, 256, batch=1)
        with pytest.raises(EmbedderUnavailable, match="401"):
            await HttpEmbedder(client, model, FakeTokens()).embed_passages(
                [f"refund {number}" for number in range(100)]
            )
        await asyncio.sleep(0.1)
    assert len(server.asked) < 50


async def test_key_and_prompts_are_sent() -> None:
    server = EmbeddingServer()
    await embed(server, ["refund", "parcel", "refund"])
    assert [asked["input"] for asked in server.asked] == [
        ["passage: refund", "passage: parcel"],
        ["query: refund"],
    ]
    assert set(server.keys) == {"Bearer secret"}
