"""What the operator sees: health, metrics, logs."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import structlog

from api.telemetry import configure_logging, redact
from ingest.errors import IndexUnavailable, LedgerUnavailable
from retrieval.errors import RouterRefused
from tests.fakes import MemoryIndex
from tests.http.world import ACME, EchoRouter, World


class Broken:
    """A part that does not answer."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def present(self, tenant: object, ids: object) -> Any:
        raise self._error

    async def embed_query(self, text: str) -> Any:
        raise self._error

    async def search(self, tenant: object, request: object) -> Any:
        raise self._error


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Capture the log as a process of ours writes it."""
    with _logging("debug", "json") as stream:
        yield stream


async def test_a_whole_punnet_is_live_and_ready(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert set(ready.json()["checks"]) == {"ledger", "index", "model"}


@pytest.mark.parametrize("part", ["index", "embedder"])
async def test_a_part_that_is_down_is_named_without_its_address(world: World, part: str) -> None:
    broken = Broken(IndexUnavailable("no answer at /run/CANARY.sock"))
    async with world.client("", **{part: broken}) as client:
        ready = await client.get("/health/ready")
        live = await client.get("/health/live")
        metrics = (await client.get("/metrics")).text
    name = "model" if part == "embedder" else part
    assert (ready.status_code, live.status_code) == (503, 200)
    checks = ready.json()["checks"]
    assert [one for one, check in checks.items() if not check["up"]] == [name]
    assert "CANARY" not in ready.text
    assert f'punnet_part_up{{part="{name}"}} 0.0' in metrics
    assert 'punnet_part_up{part="ledger"} 1.0' in metrics


async def test_an_index_that_is_rebuilt_is_not_ready_and_not_searched(world: World) -> None:
    assert isinstance(world.wired.index, MemoryIndex)
    world.wired.index.audited = False
    async with world.client(await world.key(ACME, "read")) as client:
        ready = await client.get("/health/ready")
        found = await client.post("/v1/search", json={"query": "refunds"})
    assert ready.status_code == found.status_code == 503
    assert "rebuilt from the ledger" in ready.json()["checks"]["index"]["detail"]
    assert "rebuilt from the ledger" in found.json()["title"]
    assert int(found.headers["retry-after"]) > 0


async def test_metrics_count_by_route_and_status_and_name_no_tenant(world: World) -> None:
    source = await world.source(ACME, "help-source")
    async with world.client(await world.key(ACME, "read")) as client:
        await client.post("/v1/search", json={"query": "refunds"})
        await client.get(f"/v1/sources/{source}")
        await client.get("/v1/sources/nobody")
        await client.get("/nowhere/at/all")
        text = (await client.get("/metrics")).text
    counted = 'punnet_request_seconds_count{method="%s",route="%s",status="%s"} 1.0'
    assert counted % ("POST", "/v1/search", 200) in text
    assert counted % ("GET", "/v1/sources/{source_id}", 200) in text
    assert counted % ("GET", "/v1/sources/{source_id}", 404) in text
    assert counted % ("ANY", "unmatched", 404) in text
    assert 'punnet_stage_seconds_count{stage="search"} 1.0' in text
    assert "punnet_tenants 3.0" in text
    for secret in (ACME, source, "nowhere"):
        assert secret not in text


async def test_metrics_tell_what_the_ledger_holds_whoever_wrote_it(world: World) -> None:
    source = await world.source(ACME, "help")
    await world.page(ACME, source, "refunds.md", "Refunds take five days.")
    async with world.client() as client:
        text = (await client.get("/metrics")).text
    assert 'punnet_documents{state="live"} 1.0' in text
    assert 'punnet_documents{state="failed"} 0.0' in text
    assert 'punnet_runs{state="succeeded"} ' in text
    assert "punnet_passages 1.0" in text
    assert "punnet_lingering_points 0.0" in text


async def test_metrics_are_given_while_the_ledger_is_down(world: World) -> None:
    class Down:
        async def due_sources(self, at: object) -> Any:
            raise LedgerUnavailable("disk full")

    ledger = replace(world.wired.ledger, sources=Down())  # type: ignore[arg-type]
    async with world.client(ledger=ledger) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert 'punnet_part_up{part="ledger"} 0.0' in answer.text
    assert "punnet_tenants NaN" in answer.text


async def test_every_line_of_a_request_carries_its_id(world: World, lines: io.StringIO) -> None:
    broken = Broken(IndexUnavailable("down"))
    async with world.client(await world.key(ACME, "read"), searcher=broken) as client:
        sent = {"X-Request-ID": "trace-0001"}
        answer = await client.post("/v1/search", json={"query": "x"}, headers=sent)
    assert answer.headers["x-request-id"] == "trace-0001"
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    about = [line for line in told if line["logger"].startswith("punnet.")]
    assert {line["event"] for line in about} >= {"failed", "request"}
    assert {line["request_id"] for line in about} == {"trace-0001"}
    (request,) = [line for line in about if line["event"] == "request"]
    assert (request["route"], request["status"], request["tenant"]) == ("/v1/search", 503, ACME)


async def test_what_waiting_programs_ask_again_and_again_is_not_logged(world: World) -> None:
    with _logging("info", "json") as stream:
        async with world.client(await world.key(ACME, "read")) as client:
            for path in ("/health/live", "/health/ready", "/metrics", "/v1/runs?limit=1"):
                await client.get(path)
            assert stream.getvalue() == ""
            await client.get("/v1/runs/nobody")
            await client.get("/v1/sources")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["route"], one["status"]) for one in told] == [
        ("/v1/runs/{run_id}", 404),
        ("/v1/sources", 200),
    ]


@pytest.mark.parametrize("given", ["", "a b", "x" * 200, "new\tline", "<script>", "-leading"])
async def test_a_request_id_that_is_not_sane_is_replaced(world: World, given: str) -> None:
    async with world.client() as client:
        answer = await client.get("/health/live", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"].startswith("id")


async def test_neither_questions_nor_secrets_reach_the_log(
    world: World, lines: io.StringIO
) -> None:
    key = await world.key(ACME, "admin")
    secret = key.split("_", 2)[2]
    refusal = EchoRouter(RouterRefused(401, f"Bearer {key} is wrong"))
    async with world.client(key, router=refusal) as client:
        made = (await client.post("/v1/keys", json={"name": "n", "scopes": ["read"]})).json()
        query = {"query": "CANARY question", "facts": "CANARY fact"}
        await client.post("/v1/context", json=query)
        await client.post("/v1/search?CANARY=1", json={"query": "CANARY question"})
        await client.post("/v1/search", json={"query": "CANARY", "limit": 0})
        chat = {"messages": [{"role": "user", "content": "CANARY chat"}]}
        await client.post("/v1/chat/completions", json=chat)
        await client.get("/v1/sources/CANARY/documents/CANARY.md")
        await client.get("/v1/sources", headers={"Authorization": f"Bearer {key}CANARY"})
    crash = Broken(RuntimeError(f"lost {key} and Bearer {secret}"))
    async with world.client(key, searcher=crash) as client:
        await client.post("/v1/search", json={"query": "CANARY crash"})
    written = lines.getvalue()
    assert "RuntimeError" in written
    for hidden in ("CANARY", secret, made["key"].split("_", 2)[2]):
        assert hidden not in written


def test_a_careless_line_is_redacted() -> None:
    key = "pn_0a1b2c3d4e5f_" + "S" * 43
    line = {
        "event": f"used {key}",
        "query": "my order",
        "deep": [{"token": "t", "a": key}],
    }
    told = str(redact(None, "info", line))
    assert "SSSS" not in told
    assert "my order" not in told
    assert "pn_0a1b2c3d4e5f_…" in told


def test_lines_of_libraries_are_written_like_ours(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("retrying %s", "Bearer abcdefghijklmnop")
    (told,) = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert (told["logger"], told["level"]) == ("some.library", "warning")
    assert told["event"] == "retrying Bearer …"


def test_people_get_lines_that_people_can_read() -> None:
    with _logging("info", "console") as stream:
        structlog.get_logger("punnet.x").info("hello", count=3)
        structlog.get_logger("punnet.x").debug("too much")
    assert "hello" in stream.getvalue()
    assert "count" in stream.getvalue()
    assert "too much" not in stream.getvalue()


def test_a_line_on_no_terminal_is_json() -> None:
    with _logging("info", "auto") as stream:
        structlog.get_logger("punnet.x").info("hello")
    assert json.loads(stream.getvalue())["event"] == "hello"


@contextmanager
def _logging(level: str, style: str) -> Iterator[io.StringIO]:
    """Log as a process of ours does, and leave no trace of it."""
    before = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure_logging(level, style, stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        logging.root.handlers[:], logging.root.level = before
        logging.getLogger("punnet").setLevel(logging.NOTSET)
        logging.getLogger("uvicorn").setLevel(logging.NOTSET)
        logging.getLogger("uvicorn.access").disabled = False
