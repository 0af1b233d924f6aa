"""Every error has one shape, tells the caller what to do, and nothing of our insides."""

from datetime import timedelta
from typing import Any

import pytest

import connectors.errors
import ingest.errors
import retrieval.errors
from api.errors import BY_EXCEPTION, INTERNAL, problem_of
from tests.http.world import ACME, World

NEED_MORE: dict[type[Exception], Exception] = {
    retrieval.errors.RouterRefused: retrieval.errors.RouterRefused(400, "no"),
    ingest.errors.TryLater: ingest.errors.TryLater("not yet", timedelta(seconds=1)),
}
"""Errors that are made with more than a message."""
FIELDS = {"type", "title", "status", "detail", "request_id"}


class Failing:
    """Raises whatever it was made with."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def search(self, tenant: object, request: object) -> Any:
        raise self._error


def _errors() -> list[type[Exception]]:
    rooms = (connectors.errors, ingest.errors, retrieval.errors)
    found = [
        thing
        for room in rooms
        for thing in vars(room).values()
        if isinstance(thing, type) and issubclass(thing, Exception)
    ]
    return sorted(found, key=lambda error: error.__name__)


@pytest.mark.parametrize("kind", _errors(), ids=lambda kind: kind.__name__)
async def test_every_error_of_every_room_is_a_problem(world: World, kind: type[Exception]) -> None:
    error = NEED_MORE[kind] if kind in NEED_MORE else kind("what to mend")
    async with world.client(await world.key(ACME, "read"), searcher=Failing(error)) as client:
        answer = await client.post("/v1/search", json={"query": "refunds"})
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(told) == FIELDS
    assert told["status"] == answer.status_code >= 400
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["type"].startswith("urn:punnet:problem:")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ingest.errors.IndexUnavailable("/run/punnet/index.sock"), 503),
        (ingest.errors.LedgerUnavailable("postgresql://punnet:CANARY@db"), 503),
        (ingest.errors.EmbedderUnavailable("http://10.0.0.7"), 503),
    ],
)
async def test_what_is_down_says_when_to_come_again_and_not_where_it_is(
    world: World, error: Exception, status: int
) -> None:
    async with world.client(await world.key(ACME, "read"), searcher=Failing(error)) as client:
        answer = await client.post("/v1/search", json={"query": "refunds"})
    assert answer.status_code == status
    assert int(answer.headers["retry-after"]) > 0
    assert str(error) not in answer.text


async def test_what_nobody_foresaw_is_told_without_our_insides(world: World) -> None:
    error = RuntimeError("CANARY in /srv/punnet/secret.py")
    async with world.client(await world.key(ACME, "read"), searcher=Failing(error)) as client:
        answer = await client.post(
            "/v1/search", json={"query": "refunds"}, headers={"X-Request-ID": "mine-1"}
        )
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == "mine-1"
    assert "CANARY" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("GET", "/v1/nowhere", None, 404),
        ("DELETE", "/v1/search", None, 405),
        ("POST", "/v1/search", b"{not json", 400),
        ("POST", "/v1/search", b"[" * 100_000, 400),
        ("POST", "/v1/search", b"null", 422),
        ("POST", "/v1/search", b'"text"', 422),
        ("POST", "/v1/search", b"\xff\xfe", 400),
        ("POST", "/v1/search", b"", 422),
        ("POST", "/v1/search", b'{"query": "' + b"x" * 5_000_000 + b'"}', 413),
    ],
)
async def test_a_request_that_makes_no_sense_is_a_problem_too(
    world: World, method: str, path: str, body: bytes | None, status: int
) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) >= FIELDS


async def test_a_wrong_value_is_not_sent_back(world: World) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.post("/v1/search", json={"query": {"CANARY": 1}, "limit": "CANARY"})
    assert len(answer.json()["errors"]) == 2
    assert "CANARY" not in answer.text


async def test_a_hundred_wrong_fields_do_not_make_a_long_answer(world: World) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.post("/v1/search", json={f"f{n}": 1 for n in range(500)})
    assert len(answer.json()["errors"]) <= 20


def test_kinds_of_problems_do_not_share_a_name_with_another_status() -> None:
    statuses: dict[str, set[int]] = {}
    for kind in BY_EXCEPTION.values():
        statuses.setdefault(kind.slug, set()).add(kind.status)
    assert all(len(found) == 1 for found in statuses.values())


def test_an_error_that_nobody_mapped_is_ours() -> None:
    assert problem_of(KeyError("x")).kind is INTERNAL
    assert problem_of(ingest.errors.TenantBreach("globex")).kind is INTERNAL
