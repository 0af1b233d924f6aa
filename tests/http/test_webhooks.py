"""Webhooks are the admins' own, and their secrets are shown once."""

import pytest

from tests.http.world import ACME, GLOBEX, HOUSE, World

PATH = "/v1/webhooks"
URL = "https://hooks.example.com/punnet"


async def test_a_webhook_is_made_listed_tried_and_removed(world: World) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        made = await client.post(PATH, json={"url": URL, "events": ["flag"]})
        assert made.status_code == 201
        assert made.json()["signing_key"].startswith("whsec_")
        hook = made.json()["about"]
        assert (await client.get(PATH)).json() == {"items": [hook]}
        tried = await client.post(f"{PATH}/{hook['id']}/test")
        assert tried.json() == {"status": 204, "trouble": ""}
        assert (await client.delete(f"{PATH}/{hook['id']}")).status_code == 204
        assert (await client.delete(f"{PATH}/{hook['id']}")).status_code == 404


async def test_a_webhook_of_another_tenant_is_not_there(world: World) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        hook = (await client.post(PATH, json={"url": URL})).json()["about"]["id"]
    async with world.client(await world.key(GLOBEX, "admin")) as client:
        assert (await client.get(PATH)).json() == {"items": []}
        for path in (f"{PATH}/{hook}/test", f"{PATH}/{hook}/resume"):
            assert (await client.post(path)).status_code == 404
        assert (await client.delete(f"{PATH}/{hook}")).status_code == 404


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "ftp://example.com/", "http://10.0.0.1/"])
async def test_only_the_operators_webhooks_lead_into_our_network(world: World, url: str) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        refused = await client.post(PATH, json={"url": url})
    assert refused.status_code == 422
    async with world.client(await world.key(HOUSE, "admin")) as client:
        made = await client.post(PATH, json={"url": url})
    assert made.status_code == (422 if url.startswith("ftp") else 201)


async def test_who_may_not_see_all_pages_is_told_of_none(world: World) -> None:
    key = await world.key(ACME, "admin", groups=frozenset({"sales"}))
    async with world.client(key) as client:
        assert (await client.post(PATH, json={"url": URL})).status_code == 403
        assert (await client.get(PATH)).status_code == 403


async def test_only_admins_have_webhooks(world: World) -> None:
    async with world.client(await world.key(ACME, "write")) as client:
        assert (await client.get(PATH)).status_code == 403
