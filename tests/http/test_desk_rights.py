"""What each kind of key may open and do at the desk: every route, every link and every form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from fastapi.routing import APIRoute

from api.desk.mount import PAGES
from ingest.freshness.model import Finding, FlagKind, Quote
from ingest.records import RunState
from tests.desk import OURS, Browser, at_the_desk
from tests.http.world import ACME, GLOBEX, NOON, World

ANYBODY, READ, WRITE, REPORT, ADMIN = "anybody", "read", "write", "feedback", "admin"
ALL = " of all pages"
"""What keys that are limited to groups may not."""
OPEN: Mapping[str, str] = {
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": ANYBODY,
    "POST /preferences": ANYBODY,
    "GET /": READ,
    "GET /review": READ,
    "POST /review/actions": WRITE,
    "GET /review/{flag_id}": READ,
    "GET /documents": READ,
    "GET /documents/{document_id}": READ,
    "GET /documents/{document_id}/changes/{number}": READ,
    "GET /documents/{document_id}/passage": READ,
    "POST /documents/{document_id}/verify": WRITE,
    "POST /documents/{document_id}/report": REPORT,
    "POST /documents/{document_id}/quarantine": WRITE,
    "POST /documents/{document_id}/release": WRITE,
    "POST /documents/{document_id}/entrust": WRITE,
    "GET /contradictions": READ,
    "POST /contradictions/{flag_id}/right": WRITE,
    "POST /contradictions/{flag_id}/undo": WRITE,
    "GET /gaps": READ + ALL,
    "GET /gaps/{gap_id}": READ + ALL,
    "GET /topics": READ + ALL,
    "POST /gaps/{gap_id}/dismiss": WRITE + ALL,
    "POST /gaps/{gap_id}/resolve": WRITE + ALL,
    "POST /gaps/{gap_id}/reopen": WRITE + ALL,
    "GET /sources": READ,
    "GET /sources/new": WRITE,
    "POST /sources/new": WRITE,
    "GET /sources/{source_id}": READ,
    "POST /sources/{source_id}/sync": WRITE,
    "POST /sources/{source_id}/retry": WRITE,
    "POST /sources/{source_id}/pause": WRITE,
    "POST /sources/{source_id}/resume": WRITE,
    "POST /sources/{source_id}/schedule": WRITE,
    "POST /sources/{source_id}/upload": WRITE,
    "GET /runs/{run_id}": READ,
    "GET /runs/{run_id}/events": READ,
    "POST /runs/{run_id}/confirm": WRITE,
    "POST /runs/{run_id}/refuse": WRITE,
    "GET /ask": READ,
    "POST /ask": READ,
    "GET /settings": READ,
    "GET /settings/keys": ADMIN,
    "POST /settings/keys": ADMIN,
    "POST /settings/keys/{key_id}/revoke": ADMIN,
    "GET /settings/webhooks": ADMIN + ALL,
    "POST /settings/webhooks": ADMIN + ALL,
    "POST /settings/webhooks/{hook_id}/test": ADMIN + ALL,
    "POST /settings/webhooks/{hook_id}/resume": ADMIN + ALL,
    "POST /settings/webhooks/{hook_id}/remove": ADMIN + ALL,
    "GET /settings/rules": READ,
    "POST /settings/rules": WRITE,
    "POST /settings/rules/remove": WRITE,
    "GET /settings/audit": ADMIN + ALL,
    "GET /settings/about": READ,
}
"""Whom each route is for. A new route is a new line, or the first test fails."""
_CLOSED = ("refused", "led to the door")
_LINKS = re.compile(r'(?:href|hx-get|method="get" action)="(/[^"?#]*)')
_FORMS = re.compile(r'(?:method="post" action|formaction)="(/[^"?#]*)')


@dataclass(frozen=True, slots=True)
class Holder:
    """A key, by what it may."""

    scopes: tuple[str, ...]
    groups: frozenset[str] | None = None

    def may(self, route: str) -> bool:
        wanted = OPEN[route].removesuffix(ALL)
        if OPEN[route].endswith(ALL) and self.groups is not None:
            return False
        enough = {wanted, ADMIN, WRITE if wanted == REPORT else ADMIN}
        return wanted == ANYBODY or not enough.isdisjoint(self.scopes)


STAFF = frozenset({"staff"})
HOLDERS = {
    "nobody": Holder(()),
    "reader": Holder((READ,)),
    "reporter": Holder((READ, REPORT)),
    "bare reporter": Holder((REPORT,)),
    "writer": Holder((READ, WRITE)),
    "bare writer": Holder((WRITE,)),
    "admin": Holder((ADMIN,)),
    "reader of a group": Holder((READ,), STAFF),
    "writer of a group": Holder((READ, REPORT, WRITE), STAFF),
    "admin of a group": Holder((ADMIN,), STAFF),
}


def routes() -> Iterator[APIRoute]:
    for page in PAGES:
        yield from (one for one in page.router.routes if isinstance(one, APIRoute))


def named(route: APIRoute) -> str:
    method = next(iter(route.methods or ()))
    return f"{method} {route.path}"


def test_every_route_of_the_desk_says_whom_it_is_for() -> None:
    assert {named(route) for route in routes()} == set(OPEN)


async def test_what_a_key_may_not_do_is_refused_and_what_it_may_is_not(world: World) -> None:
    """Ids are made up: who may ask is told that there is nothing, who may not is told that."""
    wrong: dict[str, str] = {}
    for name, holder in HOLDERS.items():
        async with at_the_desk(world, await key_of(world, holder)) as browser:
            carried = await token(browser)
            # Signing out would end what is tried here.
            for route in (one for one in OPEN if "/sign-" not in one):
                told = await asked(browser, route, carried)
                if (told not in _CLOSED) is not holder.may(route):
                    wrong[f"{name}: {route}"] = told
    assert wrong == {}


async def test_no_page_shows_what_a_key_may_not_do(world: World) -> None:
    pages, shown = await furnished(world), {}
    for name, holder in HOLDERS.items():
        if not holder.may("GET /"):
            continue
        async with at_the_desk(world, await key_of(world, holder)) as browser:
            for path in pages:
                answer = await browser.open(path)
                for way in ways(answer.text) if answer.status_code == 200 else ():
                    if not holder.may(way):
                        shown[f"{name} at {path}"] = way
    assert shown == {}


async def test_another_tenant_opens_nothing_of_ours(world: World) -> None:
    pages = [path for path in await furnished(world) if path.count("/") > 1 and "id" in path]
    async with at_the_desk(world, await world.key(GLOBEX, ADMIN)) as browser:
        told = {path: (await browser.open(path)).status_code for path in pages}
    assert told == dict.fromkeys(pages, 404)


async def key_of(world: World, holder: Holder) -> str:
    if not holder.scopes:
        return ""
    return await world.key(ACME, *holder.scopes, groups=holder.groups)


async def token(browser: Browser) -> str:
    page = await browser.open("/settings/about")
    if page.status_code == 303:
        page = await browser.open("/sign-in")
    found = re.search(r'"X-Punnet-Token":"(\w+)"', page.text)
    assert found
    return found[1]


async def asked(browser: Browser, route: str, token: str) -> str:
    """Ask for a route with ids that are none, and say how that was met."""
    method, _, path = route.partition(" ")
    path = re.sub(r"\{number\}", "2", path)
    path = re.sub(r"\{\w+\}", "x_none", path)
    headers = {**OURS, "X-Punnet-Token": token}
    answer = await browser.client.request(method, path, headers=headers)
    if answer.status_code == 403:
        return "refused"
    led = answer.headers.get("location", "").startswith("/sign-in")
    return "led to the door" if led else str(answer.status_code)


def ways(page: str) -> set[str]:
    """Give the routes that the links and forms of a page lead to."""
    led = {("GET", path) for path in _LINKS.findall(page)}
    led |= {("POST", path) for path in _FORMS.findall(page)}
    return set(filter(None, (way(*one) for one in led)))


@cache
def way(method: str, path: str) -> str:
    """Give the route that answers; "" for what is none of the desk's."""
    found = (
        one for one in routes() if method in (one.methods or ()) and one.path_regex.fullmatch(path)
    )
    return next(map(named, found), "")


async def furnished(world: World) -> list[str]:
    """Put something onto every page that all may see, and give the pages."""
    source = await world.source(ACME, "id-help")
    await world.page(ACME, source, "a.md", "It was 14 days.", version="1")
    texts = {"a.md": "It takes 14 days.", "b.md": "It takes 30 days."}
    mine, other = [
        await world.page(ACME, source, ref, text, version="2") for ref, text in texts.items()
    ]
    await world.failed(ACME, source, "x.pdf", "1")
    quotes = (Quote(mine, 2, 0, 2, "It"), Quote(other, 1, 0, 2, "It"))
    found = Finding(FlagKind.CONTRADICTION, mine, 2, "k", 0.7, "At odds.", quotes, other, "x")
    settled = await world.wired.ledger.flags.settle(ACME, list(FlagKind), None, [found], NOON)
    run = await world.run(ACME, source, RunState.NEEDS_CONFIRMATION)
    (flag,) = settled.raised
    return [
        *("/", "/review", f"/review/{flag.id}", "/documents", f"/documents/{mine}"),
        *(f"/documents/{mine}/changes/2", "/contradictions", "/gaps", "/topics", "/sources"),
        *(f"/sources/{source}", "/sources/new", "/sources/new?kind=web", f"/runs/{run}", "/ask"),
        *("/settings/keys", "/settings/webhooks", "/settings/rules", "/settings/audit"),
        "/settings/about",
    ]
