"""The desk's doors: who comes in, with which forms, and what those are told who may not."""

import pytest

from api.security import prefix_of
from tests.desk import OURS, at_the_desk, token_of
from tests.http.world import ACME, GLOBEX, World

PAGES = ("/", "/review", "/documents", "/contradictions")


async def test_who_is_not_signed_in_is_led_to_the_door_and_back(world: World) -> None:
    key = await world.key(ACME, "read")
    async with at_the_desk(world) as browser:
        led = await browser.open("/review?kind=expired")
        assert (led.status_code, led.headers["location"]) == (
            303,
            "/sign-in?next=%2Freview%3Fkind%3Dexpired",
        )
        page = await browser.open(led.headers["location"])
        assert 'value="/review?kind=expired"' in page.text
        came = await browser.send("/sign-in", "/sign-in", key=key, next="/review?kind=expired")
        assert came.headers["location"] == "/review?kind=expired"
        assert (await browser.open("/review?kind=expired")).status_code == 200


async def test_nobody_is_led_elsewhere(world: World) -> None:
    key = await world.key(ACME, "read")
    async with at_the_desk(world) as browser:
        for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "\n"):
            came = await browser.send("/sign-in", "/sign-in?next=/", key=key, next=elsewhere)
            assert came.headers["location"] == "/"
            await browser.send("/sign-out", "/")


async def test_every_wrong_key_is_told_the_same(world: World) -> None:
    good = await world.key(ACME, "read")
    async with at_the_desk(world) as browser:
        told = {
            (await browser.sign_in(key)).text.replace(token_of(await browser.open("/sign-in")), "")
            for key in ("nonsense", good[:-1] + "x", "pn_000000000000_x", "")
        }
        assert len(told) == 1
        assert "does not open anything" in told.pop()


async def test_who_guesses_too_often_must_wait(world: World) -> None:
    good = await world.key(ACME, "read")
    async with at_the_desk(world) as browser:
        page = await browser.open("/sign-in")
        desk = browser.client._transport.app.state.desk  # type: ignore[attr-defined]
        for _ in range(10):
            desk.throttle.failed(("127.0.0.1", prefix_of(good)), world.wired.clock())
        form = {"token": token_of(page), "key": good}
        assert (await browser.client.post("/sign-in", data=form, headers=OURS)).status_code == 429
        async with at_the_desk(world, await world.key(ACME, "read")) as another:
            assert (await another.open("/")).status_code == 200
        world.wired.clock.advance(601)
        assert (await browser.sign_in(good)).status_code == 303


async def test_a_session_ends_with_its_key(world: World) -> None:
    key = await world.key(ACME, "read")
    (held,) = await world.wired.ledger.tenants.list_keys(ACME)
    async with at_the_desk(world, key) as browser:
        assert (await browser.open("/")).status_code == 200
        await world.wired.ledger.tenants.revoke_key(ACME, held.id, world.wired.clock())
        world.wired.clock.advance(4)
        assert (await browser.open("/")).headers["location"] == "/sign-in"
        assert (await browser.sign_in(await world.key(ACME, "read"))).status_code == 303


async def test_a_session_ends_when_nothing_is_asked_in_it(world: World) -> None:
    key = await world.key(ACME, "read")
    hour, clock = 3_600, world.wired.clock
    async with at_the_desk(world, key) as browser:
        for _ in range(3):
            clock.advance(11 * hour)
            assert (await browser.open("/")).status_code == 200
        clock.advance(13 * hour)
        assert (await browser.open("/")).status_code == 303


async def test_signing_out_ends_the_session_and_copies_of_it(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        stolen = browser.client.cookies["punnet_session"]
        assert (await browser.send("/sign-out", "/")).headers["location"] == "/sign-in"
        assert (await browser.open("/")).status_code == 303
        browser.client.cookies.clear()
        browser.client.cookies.set("punnet_session", stolen)
        assert (await browser.open("/")).status_code == 303


async def test_a_form_without_our_token_changes_nothing(world: World) -> None:
    page, key = await _page(world), await world.key(ACME, "write", "read")
    async with at_the_desk(world, key) as browser, at_the_desk(world, key) as other:
        stolen = token_of(await other.open("/"))
        for form in ({}, {"token": ""}, {"token": stolen}, {"token": "ä"}):
            told = await browser.client.post(f"{page}/verify", data=form, headers=OURS)
            assert told.status_code == 403
        token = token_of(await browser.open("/"))
        headers = {**OURS, "X-Punnet-Token": token}
        assert (await browser.client.post(f"{page}/verify", headers=headers)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_a_form_from_elsewhere_changes_nothing(world: World, headers: dict[str, str]) -> None:
    page = await _page(world)
    async with at_the_desk(world, await world.key(ACME, "write", "read")) as browser:
        form = {"token": token_of(await browser.open("/"))}
        told = await browser.client.post(f"{page}/verify", data=form, headers=headers)
        assert told.status_code == 403
        assert "another website" in told.text
        here = {"Origin": "http://punnet"}
        assert (
            await browser.client.post(f"{page}/verify", data=form, headers=here)
        ).status_code == 303


async def test_cookies_and_pages_are_kept_to_ourselves(world: World) -> None:
    async with at_the_desk(world) as browser:
        page = await browser.open("/sign-in")
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        cookie = page.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "secure" not in cookie
        assert "style=" not in page.text
        assert "<script>" not in page.text
    async with at_the_desk(world) as browser:
        safe = await browser.client.get("https://punnet/sign-in")
        assert "; secure" in safe.headers["set-cookie"].lower()
        assert safe.headers["set-cookie"].startswith("__Host-")


async def test_what_a_key_may_not_do_is_neither_shown_nor_done(world: World) -> None:
    page = await _page(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        shown = (await browser.open(page)).text
        assert "/verify" not in shown
        assert "/report" not in shown
        assert "/quarantine" not in shown
        deeds = ("verify", "report", "quarantine", "release", "entrust")
        for path in (*(f"{page}/{deed}" for deed in deeds), "/review/actions"):
            refused = await browser.send(path, "/")
            assert refused.status_code == 403, path
            assert "scope" in refused.text
    async with at_the_desk(world, await world.key(ACME, "read", "feedback")) as browser:
        shown = (await browser.open(page)).text
        assert "/report" in shown
        assert "/verify" not in shown


async def test_what_is_not_there_and_what_is_not_theirs_look_the_same(world: World) -> None:
    page, hidden = await _page(world), await _page(world, "b.md", frozenset({"staff"}))
    strangers = await world.key(GLOBEX, "read")
    customers = await world.key(ACME, "read", groups=frozenset({"customers"}))
    for key, path in ((strangers, page), (customers, hidden)):
        async with at_the_desk(world, key) as browser:
            theirs = await browser.open(path)
            nowhere = await browser.open("/documents/d_nowhere")
            assert theirs.status_code == nowhere.status_code == 404
            assert theirs.text.replace(path, "") == nowhere.text.replace("/documents/d_nowhere", "")
            assert "b.md" not in (await browser.open("/documents")).text


async def test_a_key_for_some_groups_is_not_led_to_questions(world: World) -> None:
    customers = await world.key(ACME, "read", groups=frozenset({"customers"}))
    async with at_the_desk(world, customers) as browser:
        assert 'href="/gaps"' not in (await browser.open("/")).text
        assert "Where it answered" not in (await browser.open(await _page(world))).text
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        assert 'href="/gaps"' in (await browser.open("/")).text


async def test_the_desk_speaks_the_language_and_shows_the_colours_chosen(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        assert "Übersicht" in (await browser.open("/", **{"Accept-Language": "de"})).text
        await browser.send("/preferences", "/", language="de", theme="dark")
        page = (await browser.open("/")).text
        assert '<html lang="de" data-theme="dark">' in page
        await browser.send("/preferences", "/", language="xx", theme="pink")
        assert '<html lang="en">' in (await browser.open("/")).text


async def test_htmx_gets_parts_and_is_told_where_to_go(world: World) -> None:
    async with at_the_desk(world) as browser:
        led = await browser.open("/review", **{"HX-Request": "true"})
        assert (led.status_code, led.headers["hx-redirect"]) == (204, "/sign-in")
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        assert "<html" not in (await browser.open("/review", **{"HX-Request": "true"})).text
        told = await browser.open("/documents/d_nowhere", **{"HX-Request": "true"})
        assert (told.status_code, "<html" in told.text) == (404, False)


async def test_messages_and_addresses_fit_into_headers(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        headers = {"X-Punnet-Token": token_of(await browser.open("/")), "HX-Request": "true"}
        form = {"action": "resolve", "back": "/review?assigned=日本"}
        led = await browser.client.post("/review/actions", data=form, headers={**OURS, **headers})
        assert led.headers["hx-location"] == "/review?assigned=%E6%97%A5%E6%9C%AC"
        form = {"action": f"resolve:{'x' * 9_000}"}
        led = await browser.client.post("/review/actions", data=form, headers={**OURS, **headers})
        assert all(len(one) < 4_000 for one in led.headers.get_list("set-cookie"))


async def test_an_address_that_is_none_is_a_page_to_people_alone(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        people = await browser.open("/nowhere", Accept="text/html,*/*")
        assert (people.status_code, 'href="/review"' in people.text) == (404, True)
        assert people.headers["x-frame-options"] == "DENY"
        for path, accepted in (("/nowhere", "*/*"), ("/v1/nowhere", "text/html")):
            told = await browser.open(path, Accept=accepted)
            assert told.headers["content-type"] == "application/problem+json"


async def test_what_pages_load_is_kept_by_browsers_until_it_changes(world: World) -> None:
    async with at_the_desk(world) as browser:
        page = (await browser.open("/sign-in")).text
        address = page.partition('stylesheet" href="')[2].partition('"')[0]
        style = await browser.open(address)
        assert "immutable" in style.headers["cache-control"]
        assert style.headers["content-type"].startswith("text/css")
        plain = await browser.open("/static/desk.css", **{"Accept-Encoding": "identity"})
        assert plain.headers["cache-control"] == "no-cache"
        assert plain.text == style.text
        assert (await browser.open("/static/chart.LICENSE.md")).status_code == 404


async def _page(world: World, ref: str = "a.md", access: frozenset[str] = frozenset()) -> str:
    if await world.wired.ledger.sources.source(ACME, "help") is None:  # type: ignore[arg-type]
        await world.source(ACME, "help")
    source = (await world.wired.ledger.sources.list_sources(ACME))[0].source.id
    return f"/documents/{await world.page(ACME, source, ref, 'One two three.', access=access)}"
