"""Secrets come in, are sealed, open what they must, and never go out again."""

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from api.telemetry import configure_logging
from connectors.errors import CredentialsInvalid
from connectors.model import SourceId
from ingest.errors import LedgerConflict
from ingest.records import RunKind
from ingest.vault import Vault
from tests.http.world import ACME, GLOBEX, HOUSE, MASTER, NOON, World

CANARY = "CANARY-5b1f-secret"
NOTION: dict[str, Any] = {
    "kind": "notion",
    "name": "Handbook",
    "settings": {},
    "schedule": {"every": "15m"},
    "credentials": {"token": CANARY},
}


async def test_a_source_is_added_with_its_credentials_which_are_only_named(world: World) -> None:
    async with world.client(await world.key(ACME, "write", "read")) as client:
        made = await client.post("/v1/sources", json=NOTION)
        place = made.headers["location"]
        listed = (await client.get("/v1/sources")).json()["items"]
        read = await client.get(place)
        told = await client.get(f"{place}/credentials")
    assert made.status_code == 201
    assert made.json() == read.json() == listed[0]
    assert made.json()["credentials"] == ["token"]
    assert made.json()["next_due_at"] == "2026-03-02T12:00:00Z"
    assert told.json() == {"names": ["token"], "changed_at": "2026-03-02T12:00:00Z"}
    held = await world.wired.credentials.read(ACME, SourceId(made.json()["id"]))
    assert held == {"token": CANARY}


async def test_a_source_whose_credentials_were_not_kept_tells_so_when_it_is_due(
    world: World,
) -> None:
    def full(_: int) -> bytes:
        raise LedgerConflict("it ends here")

    broken = replace(world.wired.credentials, vault=Vault((MASTER,), full))
    async with world.client(await world.key(ACME, "write"), credentials=broken) as client:
        assert (await client.post("/v1/sources", json=NOTION)).status_code == 409
    (record,) = await world.wired.ledger.sources.list_sources(ACME)
    assert record.next_due_at == NOON + timedelta(minutes=1)


async def test_who_may_not_write_does_not_see_the_names_at_the_source(world: World) -> None:
    await world.source(ACME, "pages", kind="notion")
    async with world.client(await world.key(ACME, "read")) as client:
        assert (await client.get("/v1/sources/pages")).json()["credentials"] is None
        assert (await client.put("/v1/sources/pages/credentials", json={})).status_code == 403


async def test_new_credentials_replace_the_old_and_have_the_source_read_from_the_beginning(
    world: World,
) -> None:
    source = await world.source(ACME, "videos", kind="youtube")
    await world.wired.credentials.write(ACME, source, {"api_key": "old", "proxy": "http://p"})
    async with world.client(await world.key(ACME, "write")) as client:
        place = f"/v1/sources/{source}/credentials"
        answer = await client.put(place, json={"credentials": {"api_key": CANARY}})
    assert (answer.status_code, answer.json()["names"]) == (200, ["api_key"])
    assert await world.wired.credentials.read(ACME, source) == {"api_key": CANARY}
    record = await world.wired.ledger.sources.source(ACME, source)
    assert record is not None
    assert record.cursor is None
    assert [item.kind for item in world.queue.items] == ["sync"]
    (run,) = await world.wired.ledger.runs.list_runs(ACME, source, None, 9)
    assert run.kind is RunKind.FULL


async def test_removed_credentials_are_gone(world: World) -> None:
    source = await world.source(ACME, "pages", kind="notion")
    await world.wired.credentials.write(ACME, source, {"token": CANARY})
    async with world.client(await world.key(ACME, "write")) as client:
        place = f"/v1/sources/{source}/credentials"
        assert (await client.delete(place)).status_code == 204
        assert (await client.delete(place)).status_code == 404
    assert await world.wired.ledger.credentials.credentials(ACME, source) is None


@pytest.mark.parametrize(
    ("kind", "credentials", "says"),
    [
        ("notion", {"tokn": CANARY}, "did you mean 'token'"),
        ("notion", {"service_account": CANARY}, "Allowed: token"),
        ("files", {"token": CANARY}, "need none"),
        ("notion", {"token": ""}, "body.credentials.token"),
        ("notion", {"token": [CANARY]}, "body.credentials.token"),
        ("notion", {"token": CANARY + "\0"}, "body.credentials.token"),
        ("notion", {"token": CANARY * 5_000}, "body.credentials.token"),
        ("notion", {}, "body.credentials"),
        ("notion", CANARY, "body.credentials"),
        ("notion", {"token": f"{CANARY} more"}, "one line"),
        ("gdrive", {"service_account": f'{{"x": "{CANARY}"}}'}, "no key file"),
        ("youtube", {"proxy": CANARY}, "must be an address"),
        ("youtube", {"proxy": f"http://{CANARY}:3128"}, "operator's own"),
    ],
)
async def test_what_is_no_credential_of_the_kind_is_refused_unseen(
    world: World, kind: str, credentials: object, says: str
) -> None:
    source = await world.source(ACME, "s", kind=kind)
    async with world.client(await world.key(ACME, "admin")) as client:
        place = f"/v1/sources/{source}/credentials"
        answer = await client.put(place, json={"credentials": credentials})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert CANARY not in answer.text
    assert await world.wired.ledger.credentials.credentials(ACME, source) is None


async def test_a_source_whose_credentials_have_another_form_is_not_added(world: World) -> None:
    wrong = {**NOTION, "kind": "gdrive", "credentials": {"service_account": CANARY}}
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.post("/v1/sources", json=wrong)
    assert (answer.status_code, CANARY in answer.text) == (422, False)
    assert await world.wired.ledger.sources.list_sources(ACME) == []


async def test_only_an_admin_of_the_operator_sets_a_proxy(world: World) -> None:
    source = await world.source(HOUSE, "videos", kind="youtube")
    proxy = {"credentials": {"proxy": "http://user:pw@proxy.example:3128"}}
    said = []
    for scope in ("write", "admin"):
        async with world.client(await world.key(HOUSE, scope)) as client:
            answer = await client.put(f"/v1/sources/{source}/credentials", json=proxy)
            said.append(answer.status_code)
    assert said == [403, 200]


async def test_an_envelope_that_is_moved_opens_nowhere(world: World) -> None:
    ledger = world.wired.ledger.credentials
    for tenant, name in ((ACME, "a"), (GLOBEX, "b"), (ACME, "c")):
        await world.source(tenant, name, kind="notion")
    await world.wired.credentials.write(ACME, SourceId("a"), {"token": CANARY})
    sealed = await ledger.credentials(ACME, SourceId("a"))
    assert sealed is not None
    database = world.wired.ledger.credentials.database  # type: ignore[attr-defined]
    async with database.writing() as connection:
        for tenant, name in ((GLOBEX, "b"), (ACME, "c")):
            row = (name, tenant, 1, '["token"]', NOON.isoformat(sep=" "), sealed.envelope)
            await connection.exec_driver_sql("INSERT INTO credential VALUES (?,?,?,?,?,?)", row)
    for tenant, name in ((GLOBEX, "b"), (ACME, "c")):
        with pytest.raises(CredentialsInvalid, match="again"):
            await world.wired.credentials.read(tenant, SourceId(name))


async def test_what_an_older_key_sealed_is_sealed_anew(world: World) -> None:
    old = world.wired.credentials
    source = await world.source(ACME, "pages", kind="notion")
    await old.write(ACME, source, {"token": CANARY})
    newer = b"2" * 32
    both = replace(old, vault=Vault((newer, MASTER), old.vault.random))
    assert (await both.reseal(), await both.reseal()) == (1, 0)
    alone = replace(old, vault=Vault((newer,), old.vault.random))
    assert await alone.read(ACME, source) == {"token": CANARY}
    assert await old.reseal() == 0


async def test_of_two_who_change_them_at_once_one_is_told(world: World) -> None:
    source = await world.source(ACME, "pages", kind="notion")
    first = await world.wired.credentials.write(ACME, source, {"token": "1"})
    await world.wired.credentials.write(ACME, source, {"token": "2"})
    with pytest.raises(LedgerConflict):
        await world.wired.ledger.credentials.save_credentials(replace(first, version=2))
    assert await world.wired.credentials.read(ACME, source) == {"token": "2"}


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Hold every line that is logged, as an operator sees them, from the lowest level on."""
    before = structlog.get_config()
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    yield stream
    structlog.configure(**before)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)


async def test_a_secret_is_in_no_answer_no_log_and_no_file(
    world: World, tmp_path: Path, logged: io.StringIO
) -> None:
    said = []
    async with world.client(await world.key(ACME, "admin")) as client:
        calls: list[tuple[str, str, object]] = [
            ("POST", "/v1/sources", NOTION),
            ("POST", "/v1/sources", {**NOTION, "kind": "upload"}),
            ("POST", "/v1/sources", {**NOTION, "name": 7}),
            ("POST", "/v1/sources", {**NOTION, "credentials": [CANARY]}),
        ]
        for method, path, body in calls:
            said.append(await client.request(method, path, json=body))
        place = said[0].headers["location"]
        for method, path, body in (
            ("PUT", "credentials", {"credentials": {"token": CANARY}}),
            ("PUT", "credentials", {"credentials": {"wrong": CANARY}}),
            ("POST", "credentials", {"credentials": {"token": CANARY}}),
            ("GET", "credentials", None),
            ("POST", "oauth", None),
            ("POST", "webhook", None),
            ("GET", "webhook", None),
            ("POST", "sync", None),
        ):
            said.append(await client.request(method, f"{place}/{path}", json=body))
        paths = (place, "/v1/sources", "/v1/runs", "/openapi.json", "/docs", "/metrics")
        said += [await client.get(path) for path in paths]
        said.append(await client.delete(place))
    assert {answer.status_code for answer in said} >= {200, 201, 202, 405, 422}
    assert not any(CANARY in answer.text + str(answer.headers) for answer in said)
    assert "/v1/sources/{source_id}/credentials" in logged.getvalue()
    assert CANARY not in logged.getvalue()
    assert not any(CANARY.encode() in file.read_bytes() for file in tmp_path.glob("ledger.db*"))
