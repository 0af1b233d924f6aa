"""A person lets a source into his Google account: once, in time, and with nothing lost."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from connectors.endpoints import Endpoints
from connectors.errors import SourceUnavailable
from connectors.google_consent import Request, TokenService
from connectors.google_credentials import OAuthClient
from connectors.model import SourceId
from ingest.consent import Consent
from tests.faulty import EMPTY_OBJECT, GARBAGE, JSON, RESET, Faults, served, slow, status
from tests.hostile_server import Answer, bomb, endless, page, serving
from tests.http.world import ACME, GLOBEX, World
from tests.vendors.google_consent import CLIENT, CLIENT_SECRET, REFRESH_TOKEN, GoogleConsent

DRIVE = SourceId("drive")


@dataclass
class Desk:
    """A source that waits for consent, Google, and a browser."""

    world: World
    google: GoogleConsent
    faults: Faults
    api: httpx2.AsyncClient
    browser: httpx2.AsyncClient

    async def ask(self) -> str:
        answer = await self.api.post(f"/v1/sources/{DRIVE}/oauth")
        assert answer.status_code == 201, answer.text
        address: str = answer.json()["authorization_url"]
        return address

    async def held(self) -> dict[str, str]:
        return dict(await self.world.wired.credentials.read(ACME, DRIVE))


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    google, faults = GoogleConsent(), Faults()
    async with served(google.answer, faults) as server, httpx2.AsyncClient() as http:
        service = TokenService(http, server.url("/token"), within=2)
        wired = world.wired
        consent = Consent(wired.credentials, Endpoints(), service.trade, wired.clock, os.urandom)
        await world.source(ACME, DRIVE, kind="gdrive")
        await wired.credentials.write(ACME, DRIVE, {"oauth_client": CLIENT})
        async with clients(world, consent) as (api, browser):
            yield Desk(world, google, faults, api, browser)


@asynccontextmanager
async def clients(
    world: World, consent: Consent
) -> AsyncIterator[tuple[httpx2.AsyncClient, httpx2.AsyncClient]]:
    key = await world.key(ACME, "write")
    api, browser = world.client(key, consent=consent), world.client(consent=consent)
    async with api, browser:
        yield api, browser


async def test_a_yes_connects_the_source_and_has_it_read(desk: Desk) -> None:
    address = await desk.ask()
    asked = parse_qs(urlsplit(address).query)
    page = await desk.browser.get(desk.google.says_yes(address))
    assert address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert asked["scope"] == ["https://www.googleapis.com/auth/drive.readonly"]
    assert asked["redirect_uri"] == ["http://punnet:8321/v1/oauth/callback"]
    assert (page.status_code, "Connected" in page.text) == (200, True)
    assert await desk.held() == {"oauth_client": CLIENT, "refresh_token": f"{REFRESH_TOKEN}-1"}
    assert [item.kind for item in desk.world.queue.items] == ["sync"]


async def test_the_page_runs_nothing_loads_nothing_and_is_kept_nowhere(desk: Desk) -> None:
    page = await desk.browser.get(desk.google.says_yes(await desk.ask()))
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text


async def test_a_link_works_once(desk: Desk) -> None:
    back = desk.google.says_yes(await desk.ask())
    await desk.browser.get(back)
    again = await desk.browser.get(back)
    assert (again.status_code, "used up" in again.text) == (400, True)
    assert desk.google.tokens == 1


async def test_a_link_ends_after_ten_minutes(desk: Desk) -> None:
    back = desk.google.says_yes(await desk.ask())
    desk.world.wired.clock.advance(600)
    assert (await desk.browser.get(back)).status_code == 400
    assert await desk.held() == {"oauth_client": CLIENT}


@pytest.mark.parametrize("query", ["", "state=", "state=x&code=4/abc", "code=4/abc", "error=no"])
async def test_a_state_that_we_never_gave_does_nothing(desk: Desk, query: str) -> None:
    await desk.ask()
    page = await desk.browser.get(f"/v1/oauth/callback?{query}")
    assert (page.status_code, desk.google.tokens) == (400, 0)


async def test_a_no_changes_nothing(desk: Desk) -> None:
    page = await desk.browser.get(desk.google.says_no(await desk.ask()))
    assert (page.status_code, "did not let us in" in page.text) == (400, True)
    assert await desk.held() == {"oauth_client": CLIENT}
    assert desk.world.queue.items == []


NESTED = page("[" * 60_000, 200, JSON)
TROUBLES = [status(503), status(500), RESET, GARBAGE, EMPTY_OBJECT, slow(60), NESTED]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda _: "")
async def test_a_token_service_that_fails_loses_nothing(desk: Desk, trouble: Answer) -> None:
    await desk.world.wired.credentials.add(ACME, DRIVE, "refresh_token", "the one before")
    desk.faults.order(trouble, times=None)
    page = await desk.browser.get(desk.google.says_yes(await desk.ask()))
    assert (page.status_code, "Connect again later" in page.text) == (502, True)
    assert (await desk.held())["refresh_token"] == "the one before"
    desk.faults.calm()
    assert (await desk.browser.get(desk.google.says_yes(await desk.ask()))).status_code == 200


@pytest.mark.parametrize("answer", [endless(b" " * 65_536, JSON), bomb()], ids=["long", "bomb"])
async def test_of_an_endless_answer_little_is_read(answer: Answer) -> None:
    async with serving({"/token": answer}) as server, httpx2.AsyncClient() as http:
        service = TokenService(http, server.url("/token"), within=5)
        client = OAuthClient("id", "secret")
        with pytest.raises(SourceUnavailable, match="Connect again later"):
            await service.trade(client, Request("https://kb.example.com", "v"), "code", ())
        assert server.sent < 20_000_000


async def test_a_code_that_google_refuses_is_told_without_it(desk: Desk) -> None:
    back = desk.google.says_yes(await desk.ask())
    desk.google.asked.clear()
    page = await desk.browser.get(back)
    assert (page.status_code, "invalid_grant" in page.text) == (502, True)
    assert "canary" not in page.text


async def test_a_box_that_was_left_unticked_is_named(desk: Desk) -> None:
    desk.google.untick = True
    page = await desk.browser.get(desk.google.says_yes(await desk.ask()))
    assert (page.status_code, "drive.readonly" in page.text) == (502, True)
    assert await desk.held() == {"oauth_client": CLIENT}


async def test_a_consent_that_does_not_last_is_none(desk: Desk) -> None:
    desk.google.lasting = False
    page = await desk.browser.get(desk.google.says_yes(await desk.ask()))
    assert (page.status_code, "lasting token" in page.text) == (502, True)


async def test_a_source_that_was_removed_meanwhile_is_told(desk: Desk) -> None:
    back = desk.google.says_yes(await desk.ask())
    await desk.world.wired.ledger.sources.remove_source(ACME, DRIVE)
    assert (await desk.browser.get(back)).status_code == 400


async def test_a_source_that_is_being_removed_is_given_nothing_more(desk: Desk) -> None:
    back = desk.google.says_yes(await desk.ask())
    await desk.world.wired.schedule.remove_source(ACME, DRIVE)
    page = await desk.browser.get(back)
    assert (page.status_code, "removed meanwhile" in page.text) == (409, True)
    assert await desk.held() == {"oauth_client": CLIENT}


async def test_without_a_client_there_is_nothing_to_ask(desk: Desk) -> None:
    await desk.world.wired.credentials.write(ACME, DRIVE, {"refresh_token": "x"})
    answer = await desk.api.post(f"/v1/sources/{DRIVE}/oauth")
    assert (answer.status_code, "oauth_client" in answer.json()["detail"]) == (409, True)
    await desk.world.wired.credentials.write(ACME, DRIVE, {"oauth_client": "CANARY"})
    answer = await desk.api.post(f"/v1/sources/{DRIVE}/oauth")
    assert (answer.status_code, "CANARY" in answer.text) == (409, False)


async def test_a_kind_without_an_account_is_not_connected(desk: Desk) -> None:
    await desk.world.source(ACME, "pages", kind="files")
    assert (await desk.api.post("/v1/sources/pages/oauth")).status_code == 422


async def test_an_asking_that_is_moved_to_another_source_is_worthless(desk: Desk) -> None:
    await desk.world.source(GLOBEX, "theirs", kind="gdrive")
    back = desk.google.says_yes(await desk.ask())
    state = parse_qs(urlsplit(back).query)["state"][0]
    consent = desk.world.wired.consent
    taken = await consent.take(state)
    assert taken is not None
    moved = replace(taken, tenant=GLOBEX, source=SourceId("theirs"))
    await desk.world.wired.ledger.credentials.invite(moved)
    assert (await desk.browser.get(back)).status_code == 502
    assert desk.google.tokens == 0


async def test_the_callback_is_where_the_operator_says(world: World) -> None:
    world.settings = world.settings.model_copy(update={"public_url": "https://kb.example.com"})
    await world.source(ACME, DRIVE, kind="gdrive")
    await world.wired.credentials.write(ACME, DRIVE, {"oauth_client": CLIENT})
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.post(f"/v1/sources/{DRIVE}/oauth", headers={"Host": "evil.example"})
    assert "redirect_uri=https%3A%2F%2Fkb.example.com%2Fv1%2Foauth%2Fcallback" in answer.text
    assert CLIENT_SECRET not in answer.text


async def test_what_is_kept_of_an_asking_opens_nothing(desk: Desk) -> None:
    address = await desk.ask()
    state = parse_qs(urlsplit(address).query)["state"][0]
    database = desk.world.wired.ledger.credentials.database  # type: ignore[attr-defined]
    async with database.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM invitation")).all()
    assert len(rows) == 1
    assert state not in repr(rows)
    assert "redirect" not in repr(rows)
