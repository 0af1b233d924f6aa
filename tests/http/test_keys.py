"""Who may call, and what for."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.security import digest_key, keep_secret
from tests.http.world import ACME, GLOBEX, HOUSE, NOON, PEPPER, World

SEARCH = ("POST", "/v1/search", {"query": "refund"})
SCOPED = [
    ("read", *SEARCH),
    ("read", "GET", "/v1/sources", None),
    ("read", "GET", "/v1/runs", None),
    ("read", "GET", "/v1/documents", None),
    ("read", "POST", "/v1/context", {"query": "refund"}),
    ("feedback", "POST", "/v1/feedback", {"query_id": "q", "verdict": "helpful"}),
    ("feedback", "POST", "/v1/plans/p/outcome", {}),
    ("write", "POST", "/v1/sources", {"kind": "upload", "name": "n"}),
    ("write", "DELETE", "/v1/sources/s", None),
    ("write", "POST", "/v1/sources/s/sync", None),
    ("write", "PUT", "/v1/sources/s/documents/a.md", None),
    ("write", "POST", "/v1/documents/d/verify", None),
    ("admin", "GET", "/v1/keys", None),
    ("admin", "POST", "/v1/keys", {"name": "n", "scopes": ["read"]}),
]
WRONG = [
    "",
    "Basic YWJjOmRlZg==",
    "Bearer ",
    "Bearer pn_",
    "Bearer pn_000000000000_wrong",
    "Bearer nonsense",
    "Bearer pn_ö_ö",
]


@pytest.mark.parametrize("header", WRONG)
async def test_who_has_no_good_key_is_told_to_send_one(world: World, header: str) -> None:
    async with world.client() as client:
        answer = await client.post(
            "/v1/search", json={"query": "x"}, headers={b"Authorization": header.encode()}
        )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:punnet:problem:unauthenticated"


async def test_a_key_with_another_secret_is_not_the_key(world: World) -> None:
    key = await world.key(ACME, "read")
    async with world.client(key[:-1] + ("A" if key[-1] != "A" else "B")) as client:
        assert (await client.post("/v1/search", json={"query": "x"})).status_code == 401


async def test_an_expired_key_is_refused_from_that_second_on(world: World) -> None:
    key = await world.key(ACME, "read", expires_at=NOON + timedelta(seconds=2))
    async with world.client(key) as client:
        assert (await client.get("/v1/sources")).status_code == 200
        world.wired.clock.advance(2)
        assert (await client.get("/v1/sources")).status_code == 401


async def test_a_key_revoked_elsewhere_dies_within_seconds(world: World) -> None:
    key = await world.key(ACME, "read")
    async with world.client(key) as client:
        assert (await client.get("/v1/sources")).status_code == 200
        held = await world.wired.ledger.tenants.list_keys(ACME)
        await world.wired.ledger.tenants.revoke_key(ACME, held[0].id, NOON)
        world.wired.clock.advance(4)
        assert (await client.get("/v1/sources")).status_code == 401


async def test_a_key_revoked_here_dies_at_once(world: World) -> None:
    admin = await world.key(ACME, "admin")
    async with world.client(admin) as client:
        made = (await client.post("/v1/keys", json={"name": "bot", "scopes": ["read"]})).json()
        bot = {"Authorization": f"Bearer {made['key']}"}
        assert (await client.get("/v1/sources", headers=bot)).status_code == 200
        assert (await client.delete(f"/v1/keys/{made['about']['id']}")).status_code == 204
        assert (await client.get("/v1/sources", headers=bot)).status_code == 401
        assert (await client.get("/v1/keys", headers=bot)).status_code == 401


@pytest.mark.parametrize(("scope", "method", "path", "body"), SCOPED)
async def test_every_call_wants_its_own_scope(
    world: World, scope: str, method: str, path: str, body: object
) -> None:
    others = {"read", "feedback", "write"} - {scope}
    async with world.client(await world.key(ACME, *others)) as client:
        refused = await client.request(method, path, json=body)
    assert refused.status_code == 403
    assert f"'{scope}'" in refused.json()["detail"]
    for enough in (scope, "admin"):
        async with world.client(await world.key(ACME, enough)) as client:
            answer = await client.request(method, path, json=body)
        assert answer.status_code not in {401, 403}


async def test_a_secret_is_shown_once_and_kept_nowhere(world: World) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        body = {"name": "bot", "scopes": ["read", "feedback"], "groups": ["customers"]}
        made = await client.post("/v1/keys", json=body)
        listed = await client.get("/v1/keys")
    secret = made.json()["key"]
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert secret.split("_", 2)[2] not in listed.text
    assert "digest" not in listed.text
    (kept,) = [key for key in await world.wired.ledger.tenants.list_keys(ACME) if key.name == "bot"]
    assert kept.digest == digest_key(secret, PEPPER)
    assert len(secret) >= 43


async def test_a_key_never_gives_groups_that_it_does_not_have(world: World) -> None:
    limited = await world.key(ACME, "admin", groups=frozenset({"customers"}))
    async with world.client(limited) as client:
        staff = {"name": "k", "scopes": ["read"], "groups": ["customers", "staff"]}
        assert (await client.post("/v1/keys", json=staff)).status_code == 403
        same = await client.post("/v1/keys", json={"name": "k", "scopes": ["read"]})
    assert same.json()["about"]["groups"] == ["customers"]


async def test_a_key_cannot_be_born_expired(world: World) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        body = {"name": "k", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}
        answer = await client.post("/v1/keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.expires_at"


async def test_only_the_operator_sees_and_makes_tenants(world: World) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        assert (await client.get("/v1/tenants")).status_code == 403
        assert (await client.post("/v1/tenants", json={"name": "x"})).status_code == 403
    async with world.client(await world.key(HOUSE, "read", "write", "feedback")) as client:
        assert (await client.get("/v1/tenants")).status_code == 403


async def test_a_new_tenant_begins_with_an_admin_key(world: World) -> None:
    async with world.client(await world.key(HOUSE, "admin")) as client:
        made = (await client.post("/v1/tenants", json={"name": "Initech"})).json()
        names = [one["name"] for one in (await client.get("/v1/tenants")).json()["items"]]
    assert "Initech" in names
    async with world.client(made["key"]) as client:
        keys = (await client.get("/v1/keys")).json()["items"]
        assert [key["scopes"] for key in keys] == [["admin"]]
        assert (await client.get("/v1/tenants")).status_code == 403


async def test_an_erased_tenant_is_locked_out_before_it_is_gone(world: World) -> None:
    theirs = await world.key(GLOBEX, "admin")
    async with world.client(await world.key(HOUSE, "admin")) as operator:
        assert (await operator.delete(f"/v1/tenants/{GLOBEX}")).status_code == 202
        assert (await operator.delete("/v1/tenants/nobody")).status_code == 404
        assert (await operator.delete(f"/v1/tenants/{HOUSE}")).status_code == 409
    async with world.client(theirs) as client:
        assert (await client.get("/v1/keys")).status_code == 401
    assert [(item.kind, item.subject) for item in world.queue.items] == [("erase", GLOBEX)]


def test_the_pepper_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    first = keep_secret(path, lambda size: b"x" * size)
    assert keep_secret(path, lambda size: b"y" * size) == first == b"x" * 32
    assert path.stat().st_mode & 0o777 == 0o600
