"""Redirects are followed one by one, each checked."""

import pytest

from connectors.errors import FetchRefused
from connectors.http import Hop, WebClient, follow
from tests.hostile_server import HostileServer, page, redirect, serving
from tests.integration.web_client.asking import GOOD, Dialled, resolving, web


async def test_redirects_are_left_to_the_caller(server: HostileServer, client: WebClient) -> None:
    server.routes["/old"] = redirect("/")

    assert (await client.get(server.url("/old"), {})).status == 302
    assert server.paths == ["/old"]


async def test_redirects_are_followed_with_the_way_there(
    server: HostileServer, client: WebClient
) -> None:
    server.routes["/old"] = redirect("dir/../older?q=1#part", 301)
    server.routes["/older"] = redirect("/Ã¼mlaut", 308)  # UTF-8, as many servers send it
    server.routes["/%C3%BCmlaut"] = page("there")

    end = await follow(client, server.url("/old"), {})

    assert (end.reply.url, end.reply.content) == (server.url("/%C3%BCmlaut"), b"there")
    assert end.hops == (Hop(server.url("/old"), 301), Hop(server.url("/older?q=1"), 308))
    assert (await follow(client, server.url("/"), {})).hops == ()


async def test_a_redirect_inside_is_refused(server: HostileServer) -> None:
    resolve, _ = resolving([GOOD])
    for onward in (
        "http://10.0.0.5/",
        "http://169.254.169.254/latest/",
        server.url("/"),
        "file:///etc/passwd",
        "//[::1]/",
        "http://user:pw@good.example/",
        "http://good.example:22/",
        "gopher://good.example/",
        "http://[::1/",
    ):
        server.routes["/out"] = redirect(onward)
        async with web(resolve=resolve, dial=Dialled(server.port)) as client:
            with pytest.raises(FetchRefused):
                await follow(client, "http://good.example/out", {})

    assert set(server.paths) == {"/out"}


async def test_circles_are_noticed(server: HostileServer, client: WebClient) -> None:
    server.routes |= {"/a": redirect("/b"), "/b": redirect("/a#x"), "/self": redirect("/self")}

    for start, asked in (("/a", ["/a", "/b"]), ("/self", ["/self"])):
        server.requests.clear()
        with pytest.raises(FetchRefused, match="in a circle"):
            await follow(client, server.url(start), {})
        assert server.paths == asked


async def test_a_way_without_end_is_left(server: HostileServer, client: WebClient) -> None:
    server.routes |= {f"/{step}": redirect(f"/{step + 1}") for step in range(10)}

    with pytest.raises(FetchRefused, match="more than 5 times"):
        await follow(client, server.url("/0"), {})
    assert server.paths == ["/0", "/1", "/2", "/3", "/4", "/5"]
    assert (await follow(client, server.url("/5"), {}, hops=5)).reply.status == 404


async def test_every_hop_is_checked_by_the_caller(server: HostileServer, client: WebClient) -> None:
    server.routes |= {"/old": redirect("/new"), "/new": redirect("/secret")}
    checked: list[str] = []

    async def check(url: str) -> None:
        checked.append(url)
        if url.endswith("/secret"):
            raise FetchRefused("robots.txt says no")

    with pytest.raises(FetchRefused, match="says no"):
        await follow(client, server.url("/old"), {}, check=check)
    assert checked == [server.url("/new"), server.url("/secret")]
    assert server.paths == ["/old", "/new"]


async def test_what_proves_who_we_are_stays_at_its_host(
    server: HostileServer, client: WebClient
) -> None:
    server.routes |= {"/here": redirect("/there"), "/there": redirect(server.url("/", "127.0.0.2"))}
    headers = {"Authorization": "Bearer s3cret", "Accept": "text/html"}
    async with serving({"/": page("elsewhere")}) as other:
        server.routes["/there"] = redirect(other.url("/"))
        await follow(client, server.url("/here"), headers)

    assert [asked.headers.get("authorization") for asked in server.requests] == [
        "Bearer s3cret",
        "Bearer s3cret",
    ]
    assert "authorization" not in other.requests[0].headers
    assert other.requests[0].headers["accept"] == "text/html"
