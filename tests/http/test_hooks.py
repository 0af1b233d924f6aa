"""Notion's events: a handshake that an admin awaits, and hints that are signed."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from connectors.model import SourceId
from ingest.records import SourceRecord
from ingest.webhook import brought_forward
from tests.http.world import ACME, GLOBEX, NOON, World

PAGES = SourceId("pages")
HOOK = f"/v1/hooks/notion/{PAGES}"
TOKEN = "secret_CANARYtMrTBCGU7jJGZ"
EVENT = json.dumps({"id": "e1", "type": "page.content_updated", "entity": {"id": "p"}}).encode()


def signed(content: bytes, token: str = TOKEN) -> dict[str, str]:
    digest = hmac.new(token.encode(), content, hashlib.sha256).hexdigest()
    return {"X-Notion-Signature": f"sha256={digest}"}


@pytest.fixture
async def admin(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    await world.source(ACME, PAGES, kind="notion")
    await world.wired.credentials.write(ACME, PAGES, {"token": "ntn_x"})
    await due(world, NOON + timedelta(hours=1))
    async with world.client(await world.key(ACME, "admin")) as client:
        yield client


@pytest.fixture
async def notion(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with world.client() as client:
        yield client


async def due(world: World, at: object) -> None:
    await world.wired.ledger.sources.set_due(PAGES, at)  # type: ignore[arg-type]


async def record(world: World) -> SourceRecord:
    found = await world.wired.ledger.sources.source(ACME, PAGES)
    assert found is not None
    return found


async def shake_hands(client: httpx2.AsyncClient, token: str = TOKEN) -> int:
    return (await client.post(HOOK, json={"verification_token": token})).status_code


async def subscribed(world: World) -> None:
    await world.wired.credentials.add(ACME, PAGES, "webhook_token", TOKEN)


async def test_an_awaited_handshake_is_shown_to_the_admin_and_then_signs(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    place = f"/v1/sources/{PAGES}/webhook"
    opened = await admin.post(place)
    waiting = await admin.get(place)
    assert await shake_hands(notion) == 204
    shown = (await admin.get(place)).json()
    assert opened.json() == waiting.json()
    assert opened.json()["url"] == f"http://punnet:8321{HOOK}"
    assert (opened.json()["verification_token"], shown["verification_token"]) == (None, TOKEN)
    assert (await notion.post(HOOK, content=EVENT, headers=signed(EVENT))).status_code == 204
    assert (await record(world)).next_due_at == NOON + timedelta(seconds=10)
    world.wired.clock.advance(901)
    assert (await admin.get(place)).status_code == 404


async def test_a_handshake_that_nobody_awaits_is_refused(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    assert await shake_hands(notion) == 401
    await admin.post(f"/v1/sources/{PAGES}/webhook")
    world.wired.clock.advance(901)
    assert await shake_hands(notion) == 401
    assert "webhook_token" not in await world.wired.credentials.read(ACME, PAGES)


async def test_only_the_first_handshake_counts(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await admin.post(f"/v1/sources/{PAGES}/webhook")
    assert [await shake_hands(notion), await shake_hands(notion, "other")] == [204, 401]
    assert (await world.wired.credentials.read(ACME, PAGES))["webhook_token"] == TOKEN


async def test_a_token_that_nothing_can_be_signed_with_is_refused(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await admin.post(f"/v1/sources/{PAGES}/webhook")
    half = rb'{"verification_token": "\ud800"}'
    assert (await notion.post(HOOK, content=half)).status_code == 401
    assert await shake_hands(notion) == 204


async def test_nothing_is_awaited_that_could_not_be_kept(
    world: World, admin: httpx2.AsyncClient
) -> None:
    ledger = world.wired.ledger.credentials
    held = await ledger.credentials(ACME, PAGES)
    assert held is not None
    await ledger.save_credentials(replace(held, version=held.version + 1, envelope=b"damaged"))
    answer = await admin.post(f"/v1/sources/{PAGES}/webhook")
    assert (answer.status_code, "again" in answer.json()["detail"]) == (409, True)


async def test_a_signature_is_of_the_very_bytes(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await subscribed(world)
    wrong: tuple[tuple[bytes, dict[str, str]], ...] = (
        (EVENT, {}),
        (EVENT, {"X-Notion-Signature": ""}),
        (EVENT, {"X-Notion-Signature": "sha256="}),
        (EVENT, {"X-Notion-Signature": "sha256=" + "0" * 64}),
        (EVENT, signed(EVENT, "other")),
        (EVENT, signed(EVENT, "no token")),
        (EVENT + b" ", signed(EVENT)),
        (b"[" * 60_000, {}),
    )
    said = [(await notion.post(HOOK, content=body, headers=its)).status_code for body, its in wrong]
    assert said == [401] * len(wrong)
    assert (await record(world)).next_due_at == NOON + timedelta(hours=1)


async def test_an_unknown_source_is_refused_as_a_wrong_signature_is(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await world.source(GLOBEX, "theirs", kind="notion")
    told = []
    for name in (PAGES, "theirs", "none", "x" * 500):
        answer = await notion.post(
            f"/v1/hooks/notion/{name}", content=EVENT, headers=signed(EVENT, "no token")
        )
        problem = answer.json()
        problem.pop("request_id")
        told.append((answer.status_code, problem))
    assert told == [told[0]] * 4
    assert told[0][0] == 401


async def test_a_call_that_is_too_large_is_not_read(
    admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    assert (await notion.post(HOOK, content=b"x" * 70_000)).status_code == 413


async def test_many_hints_make_one_run(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await subscribed(world)
    for _ in range(5):
        await notion.post(HOOK, content=EVENT, headers=signed(EVENT))
        world.wired.clock.advance(1)
    assert (await record(world)).next_due_at == NOON + timedelta(seconds=10)
    assert world.queue.items == []


async def test_a_source_without_a_schedule_is_left_alone(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await subscribed(world)
    await due(world, None)
    answer = await notion.post(HOOK, content=EVENT, headers=signed(EVENT))
    assert (answer.status_code, (await record(world)).next_due_at) == (204, None)


async def test_hints_bring_about_no_more_than_a_run_a_minute(
    world: World, admin: httpx2.AsyncClient
) -> None:
    busy = replace(await record(world), last_synced_at=NOON)
    assert brought_forward(busy, NOON) == NOON + timedelta(minutes=1)
    assert brought_forward(busy, NOON + timedelta(minutes=5)) == NOON + timedelta(seconds=310)
    assert brought_forward(replace(busy, removing=True), NOON) is None


async def test_a_new_secret_keeps_the_subscription(
    world: World, admin: httpx2.AsyncClient, notion: httpx2.AsyncClient
) -> None:
    await subscribed(world)
    body = {"credentials": {"token": "ntn_new"}}
    assert (await admin.put(f"/v1/sources/{PAGES}/credentials", json=body)).status_code == 200
    assert (await notion.post(HOOK, content=EVENT, headers=signed(EVENT))).status_code == 204


async def test_only_an_admin_awaits_and_sees_a_token(world: World) -> None:
    await world.source(ACME, PAGES, kind="notion")
    async with world.client(await world.key(ACME, "write", "read")) as client:
        for method in ("POST", "GET"):
            answer = await client.request(method, f"/v1/sources/{PAGES}/webhook")
            assert answer.status_code == 403
    async with world.client(await world.key(GLOBEX, "admin")) as client:
        for method in ("POST", "GET"):
            answer = await client.request(method, f"/v1/sources/{PAGES}/webhook")
            assert answer.status_code == 404


async def test_other_kinds_have_no_webhook(world: World) -> None:
    await world.source(ACME, "files", kind="files")
    async with world.client(await world.key(ACME, "admin")) as client:
        assert (await client.post("/v1/sources/files/webhook")).status_code == 409
        assert (await client.get("/v1/sources/files/webhook")).status_code == 404
