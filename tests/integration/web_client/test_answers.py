"""The web client against servers that mean harm, and servers that just break."""

import gzip

import pytest

from connectors.errors import FetchFailed, FetchRefused
from connectors.http import HttpLimits, WebClient
from tests.hostile_server import (
    HOLD,
    RESET,
    Answer,
    HostileServer,
    bomb,
    chunked,
    dripping,
    endless,
    head,
    page,
    short,
    zipped,
)
from tests.integration.web_client.asking import closed, refused_by, web


async def test_a_bomb_is_put_out_early(server: HostileServer, client: WebClient) -> None:
    server.routes["/"] = bomb()

    with pytest.raises(FetchRefused, match="more than 100,000 bytes"):
        await client.get(server.url("/"), {})

    await closed(server)
    assert server.sent < 10_000_000  # what fits into the sockets' buffers


async def test_a_body_without_end_is_left(server: HostileServer, client: WebClient) -> None:
    server.routes["/"] = endless(bytes(10_000))

    with pytest.raises(FetchRefused, match="more than 100,000 bytes"):
        await client.get(server.url("/"), {})

    await closed(server)
    assert server.sent < 10_000_000


async def test_a_body_that_says_it_is_large_is_not_read(
    server: HostileServer, client: WebClient
) -> None:
    for length in ("100001", "9" * 18):
        server.routes["/"] = Answer((head(200, {"content-length": length}), HOLD))
        with pytest.raises(FetchRefused, match="more than 100,000 bytes"):
            await client.get(server.url("/"), {})


async def test_what_just_fits_is_taken(server: HostileServer, client: WebClient) -> None:
    for answer in (page(bytes(100_000)), zipped(bytes(100_000)), chunked(*[bytes(1000)] * 100)):
        server.routes["/"] = answer
        assert (await client.get(server.url("/"), {})).content == bytes(100_000)

    for answer in (page(bytes(100_001)), zipped(bytes(100_001)), chunked(*[bytes(1001)] * 100)):
        server.routes["/"] = answer
        with pytest.raises(FetchRefused):
            await client.get(server.url("/"), {})


async def test_endless_headers_are_left(server: HostileServer, client: WebClient) -> None:
    many = {f"x-{number}": "y" for number in range(500)}
    large = {"x": "y" * 80_000}
    for answer in (
        page("", 200, many),
        page("", 200, large),
        endless(b"x: y\r\n" * 1000),
        Answer((b"HTTP/1.1 200 OK\r\nx: ", *[b"y" * 10_000] * 50)),
        Answer([b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000, close=True),
    ):
        server.routes["/"] = answer
        assert await refused_by(client.get(server.url("/"), {}))


async def test_slow_drips_end_at_the_deadline(server: HostileServer) -> None:
    limits = HttpLimits(read_s=5, total_s=0.3)
    server.routes = {"/body": dripping(b"x", 0.02), "/head": Answer((b"HTTP/1.1 ", HOLD))}
    async with web(allow_private=True, limits=limits) as client:
        for path in ("/body", "/head"):
            with pytest.raises(FetchFailed, match=r"did not answer whole in 0\.3 s"):
                await client.get(server.url(path), {})
    await closed(server)


async def test_silence_ends_early(server: HostileServer) -> None:
    limits = HttpLimits(read_s=0.1)
    server.routes["/"] = Answer((HOLD,))
    async with web(allow_private=True, limits=limits) as client:
        with pytest.raises(FetchFailed, match=r"sent nothing for 0\.1 s"):
            await client.get(server.url("/"), {})


GZIPPED = gzip.compress(b"text " * 100)
BROKEN = {
    "reset at once": Answer((RESET,)),
    "reset in the head": Answer((b"HTTP/1.1 200 OK\r\nConte", RESET)),
    "reset in the body": Answer((head(200, {"content-length": "10"}), b"four", 0.02, RESET)),
    "hung up": Answer((), close=True),
    "short": short(b"four", 10),
    "chunks without end": chunked(b"one", b"two", ended=False),
    "chunks of nonsense": Answer((head(200, {"transfer-encoding": "chunked"}), b"zz\r\n")),
    "no HTTP": Answer((b"SSH-2.0-OpenSSH_9.2\r\n",), close=True),
    "nonsense": Answer((bytes(range(256)) * 10,), close=True),
    "two lengths": Answer(
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",)
    ),
    "an odd length": Answer((b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nxx",)),
    "a vast length": Answer((head(200, {"content-length": "9" * 5000}), HOLD)),
    "no gzip": page(b"plain text", 200, {"content-encoding": "gzip"}),
    "half a gzip": page(GZIPPED[:-12], 200, {"content-encoding": "gzip"}),
    "a wrong sum": page(GZIPPED[:-8] + bytes(8), 200, {"content-encoding": "gzip"}),
    "an unknown coding": page(b"x", 200, {"content-encoding": "br"}),
    "gzip in gzip": page(gzip.compress(GZIPPED), 200, {"content-encoding": "gzip, gzip"}),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_is_no_page(
    server: HostileServer, client: WebClient, name: str
) -> None:
    server.routes["/broken"] = BROKEN[name]

    assert await refused_by(client.get(server.url("/broken"), {}))

    assert (await client.get(server.url("/"), {})).content == b"<p>Hi"


async def test_gzip_is_undone(server: HostileServer, client: WebClient) -> None:
    told = {"content-encoding": "gzip"}
    for answer in (
        zipped("text"),
        page(gzip.compress(b"te") + gzip.compress(b"xt"), 200, told),
        page(gzip.compress(b"text") + bytes(20), 200, told),
        Answer((head(200, told), *(bytes([one]) for one in gzip.compress(b"text"))), close=True),
    ):
        server.routes["/"] = answer
        assert (await client.get(server.url("/"), {})).content == b"text"

    server.routes["/"] = page(b"", 200, told)
    assert (await client.get(server.url("/"), {})).content == b""


async def test_headers_of_ours_that_cannot_be_sent_are_refused(
    server: HostileServer, client: WebClient
) -> None:
    for headers in ({"x": "a\r\nHost: evil"}, {"a b": "x"}, {"": "x"}):
        assert await refused_by(client.get(server.url("/"), headers))
    assert server.requests == []
    assert (await client.get(server.url("/"), {"x": "ü→"})).status == 200
