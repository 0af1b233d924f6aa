"""The web client asks only who may be asked, and asks them themselves."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from connectors.errors import FetchFailed, FetchRefused
from connectors.http import HttpLimits, WebClient
from tests.hostile_server import Answer, HostileServer, fresh, head, page
from tests.integration.web_client.asking import AGENT, GOOD, Dialled, refused_by, resolving, web


async def test_a_page_is_fetched_whole(server: HostileServer, client: WebClient) -> None:
    server.routes["/a b"] = page("never", 500)
    server.routes["/a%20b"] = page("text", 200, {"X-One": "1", "x-one": "2"})

    reply = await client.get(server.url("/a b#part"), {"If-None-Match": '"v1"'})

    assert (reply.url, reply.status, reply.content) == (server.url("/a%20b"), 200, b"text")
    assert reply.headers["x-one"] == "1, 2"
    assert server.requests[0].headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": AGENT,
        "accept": "*/*",
        "accept-encoding": "gzip",
        "if-none-match": '"v1"',
    }


async def test_a_status_is_no_error(server: HostileServer, client: WebClient) -> None:
    server.routes["/"] = fresh("text", '"v1"')
    for status in (201, 301, 404, 410, 429, 500, 599):
        server.routes[f"/{status}"] = page("x", status)
        assert (await client.get(server.url(f"/{status}"), {})).status == status

    reply = await client.get(server.url("/"), {"If-None-Match": '"v1"'})
    assert (reply.status, reply.content) == (304, b"")


async def test_a_private_server_is_not_asked(server: HostileServer) -> None:
    async with web() as client:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"):
            assert await refused_by(client.get(f"http://{host}/", {}))
            assert await refused_by(client.get(server.url("/", host), {}))

    assert server.connections == 0


async def test_a_name_that_leads_inside_is_refused() -> None:
    for address in ("10.0.0.1", "127.0.0.1", "::1", "169.254.169.254", "64:ff9b::a00:1"):
        resolve, _ = resolving([address])
        async with web(resolve=resolve) as client:
            told = await refused_by(client.get("http://wiki.example/", {}))
        assert told.startswith("The address of wiki.example is ")
        assert address not in told


async def test_one_bad_address_refuses_the_good_ones() -> None:
    for answer in ([GOOD, "10.0.0.1"], ["10.0.0.1", GOOD], [GOOD, "::ffff:127.0.0.1"]):
        resolve, _ = resolving(answer)
        dialled = Dialled(0)
        async with web(resolve=resolve, dial=dialled) as client:
            with pytest.raises(FetchRefused):
                await client.get("http://two.example/", {})
        assert dialled.to == []


async def test_metadata_is_refused_even_where_private_addresses_are_allowed() -> None:
    resolve, _ = resolving(["169.254.169.254"])
    async with web(allow_private=True, resolve=resolve) as client:
        for url in ("http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://meta.example/"):
            assert "never asked" in await refused_by(client.get(url, {}))


async def test_a_name_that_changes_its_answer_is_asked_once(server: HostileServer) -> None:
    resolve, asked = resolving([GOOD], ["127.0.0.1"])
    dialled = Dialled(server.port)
    async with web(resolve=resolve, dial=dialled) as client:
        for _ in range(3):
            assert (await client.get("http://rebind.example/", {})).status == 200

    assert asked == ["rebind.example"]
    assert dialled.to == [GOOD]
    assert {request.headers["host"] for request in server.requests} == {"rebind.example"}


async def test_a_name_is_checked_again_for_every_new_connection(server: HostileServer) -> None:
    resolve, asked = resolving([GOOD], ["127.0.0.1"])
    server.routes["/"] = Answer((head(200, {"connection": "close"}), b"Hi"), close=True)
    dialled = Dialled(server.port)
    async with web(resolve=resolve, dial=dialled) as client:
        await client.get("http://rebind.example/", {})
        with pytest.raises(FetchRefused):
            await client.get("http://rebind.example/", {})

    assert (len(asked), dialled.to) == (2, [GOOD])


async def test_a_kept_connection_serves_no_other_name(server: HostileServer) -> None:
    resolve, asked = resolving([GOOD], ["10.0.0.1"])
    async with web(resolve=resolve, dial=Dialled(server.port)) as client:
        await client.get("http://good.example/", {})
        with pytest.raises(FetchRefused):
            await client.get("http://bad.example/", {"Host": "good.example"})

    assert asked == ["good.example", "bad.example"]
    assert len(server.requests) == 1


async def test_connections_are_used_again(server: HostileServer, client: WebClient) -> None:
    for _ in range(5):
        await client.get(server.url("/"), {})

    assert server.connections == 1


async def test_the_next_address_is_tried(server: HostileServer) -> None:
    resolve, _ = resolving(["8.8.8.99", "2606:4700::1111"])
    dialled = Dialled(server.port)
    async with web(resolve=resolve, dial=dialled) as client:
        assert (await client.get("http://two.example/", {})).status == 200

    assert dialled.to == ["8.8.8.99", "2606:4700::1111"]


async def test_a_name_without_address_says_so() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with web(resolve=resolve) as client:
        with pytest.raises(FetchFailed, match=r"nowhere\.example has no address"):
            await client.get("http://nowhere.example/", {})


async def test_a_resolver_that_hangs_is_left() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    limits = HttpLimits(connect_s=0.05)
    async with web(resolve=resolve, limits=limits) as client:
        with pytest.raises(FetchFailed, match=r"Looking up slow.example took longer than 0\.05 s"):
            await client.get("http://slow.example/", {})


async def test_nobody_listening_says_so(client: WebClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(FetchFailed, match=f"takes no connection at port {port}"):
        await client.get(f"http://127.0.0.1:{port}/", {})
