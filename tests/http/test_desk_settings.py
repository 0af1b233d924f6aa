"""Settings at the desk: keys and secrets shown once, and who may open which tab."""

import re
from datetime import timedelta

import pytest

from tests.desk import at_the_desk
from tests.http.world import ACME, GLOBEX, HOUSE, NOON, World

HOOK = "https://93.184.215.14/punnet"
STAFF = frozenset({"staff"})


async def test_a_key_is_shown_once_and_opens(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "admin")) as browser:
        form = {"name": "Widget", "scopes": "read", "groups": "customers, staff"}
        made = await browser.send("/settings/keys", "/settings/keys", **form, expires="2026-03-05")
        secret = re.search(r'id="secret"[^>]*>(pn_[\w-]+)<', made.text)
        assert secret
        assert secret[1] not in (await browser.open("/settings/keys")).text
    (key,) = [one for one in await world.wired.ledger.tenants.list_keys(ACME) if one.name != "test"]
    assert (key.name, key.scopes) == ("Widget", frozenset({"read"}))
    assert key.groups == frozenset({"customers", "staff"})
    assert key.expires_at == NOON.replace(hour=0) + timedelta(days=4)
    async with at_the_desk(world, secret[1]) as browser:
        assert (await browser.open("/documents")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "", "scopes": "read"}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": "everything"}, "scopes"),
        ({"name": "x", "scopes": "read", "expires": "soon"}, "expires"),
        ({"name": "x", "scopes": "read", "expires": "2020-01-01"}, "expires"),
    ],
)
async def test_a_key_that_cannot_be_is_told_at_its_field(
    world: World, fields: dict[str, str], field: str
) -> None:
    async with at_the_desk(world, await world.key(ACME, "admin")) as browser:
        told = await browser.send("/settings/keys", "/settings/keys", **fields)
    assert told.status_code == 422
    assert f'id="{field}-wrong"' in told.text
    assert len(await world.wired.ledger.tenants.list_keys(ACME)) == 1


async def test_a_revoked_key_opens_nothing(world: World) -> None:
    other = await world.key(ACME, "read")
    found = await world.wired.ledger.tenants.list_keys(ACME)
    async with at_the_desk(world, await world.key(ACME, "admin")) as browser:
        await browser.send(f"/settings/keys/{found[0].id}/revoke", "/settings/keys")
        foreign = await browser.send("/settings/keys/k_none/revoke", "/settings/keys")
    assert foreign.status_code == 404
    async with at_the_desk(world) as browser:
        assert (await browser.sign_in(other)).status_code == 401


async def test_a_webhook_is_made_tried_and_removed(world: World) -> None:
    here = "/settings/webhooks"
    async with at_the_desk(world, await world.key(ACME, "admin")) as browser:
        made = await browser.send(here, here, url=HOOK, events="sync")
        assert re.search(r'id="secret"[^>]*>whsec_', made.text)
        (hook,) = await world.wired.ledger.hooks.hooks(ACME)
        await browser.send(f"{here}/{hook.id}/test", here)
        assert 'class="notice good"' in (await browser.open(here)).text
        await browser.send(f"{here}/{hook.id}/resume", here)
        private = await browser.send(here, here, url="http://10.0.0.1/")
        assert (private.status_code, 'id="url-wrong"' in private.text) == (422, True)
        await browser.send(f"{here}/{hook.id}/remove", here)
        assert (await browser.send(f"{here}/{hook.id}/test", here)).status_code == 404
    assert await world.wired.ledger.hooks.hooks(ACME) == []


async def test_rules_are_set_and_taken_away(world: World) -> None:
    await world.source(ACME, "help")
    here = "/settings/rules"
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        await browser.send(here, here, about="source:help", every_days="30", owner="maria")
        await browser.send(here, here, about="tag", subject="pricing", every_days="90")
        await browser.send(here, here, about="all", owner="sam")
        page = (await browser.open(here)).text
        assert page.index("All pages</b>") < page.index("help</b>") < page.index("pricing</b>")
        await browser.send(here, here, about="tag")
        assert "Say how often" in (await browser.open(here)).text
        await browser.send(here, here, about="all", every_days="0")
        assert 'class="notice bad"' in (await browser.open(here)).text
        await browser.send(f"{here}/remove", here, scope="tag", subject="pricing")
        assert "pricing</b>" not in (await browser.open(here)).text


async def test_the_audit_names_who_did_what(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "admin", name="Ada")) as browser:
        await browser.send("/settings/rules", "/settings/rules", about="all", owner="sam")
        page = (await browser.open("/settings/audit")).text
    assert re.search(r"<b>Ada</b>\s+set a review rule", page)


async def test_each_sees_the_tabs_that_are_open_to_him(world: World) -> None:
    reader = await world.key(ACME, "read")
    limited = await world.key(ACME, "admin", groups=STAFF)
    async with at_the_desk(world, reader) as browser:
        assert (await browser.open("/settings")).headers["location"] == "/settings/rules"
        page = (await browser.open("/settings/rules")).text
        assert 'href="/settings/keys"' not in page
        assert "Set the rule" not in page
        for tab in ("keys", "webhooks", "audit"):
            assert (await browser.open(f"/settings/{tab}")).status_code == 403
        for deed in ("keys", "keys/k/revoke", "webhooks", "webhooks/w/remove", "rules"):
            sent = await browser.send(f"/settings/{deed}", "/settings/rules")
            assert sent.status_code == 403, deed
    async with at_the_desk(world, limited) as browser:
        assert (await browser.open("/settings/audit")).status_code == 403
        given = {"name": "x", "scopes": "read", "groups": "board"}
        told = await browser.send("/settings/keys", "/settings/keys", **given)
        assert 'id="groups-wrong"' in told.text


async def test_settings_are_told_to_the_operator_alone(world: World) -> None:
    for tenant, told in ((HOUSE, True), (ACME, False), (GLOBEX, False)):
        async with at_the_desk(world, await world.key(tenant, "admin")) as browser:
            page = (await browser.open("/settings/about")).text
            assert ("PUNNET_MAX_COST_USD" in page) is told
            assert "pepper" not in page.lower()
