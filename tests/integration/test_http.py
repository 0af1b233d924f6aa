"""The web client against servers that mean harm, and servers that just break."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.errors import FetchError, FetchFailed, FetchRefused
from connectors.http import Hop, HttpLimits, WebClient, follow
from connectors.http_network import CheckedNetwork, Resolve
from tests.hostile_server import (
    HOLD,
    RESET,
    Answer,
    HostileServer,
    bomb,
    chunked,
    dripping,
    endless,
    fresh,
    head,
    page,
    redirect,
    serving,
    short,
    zipped,
)

AGENT = "Punnet/test"
SMALL = HttpLimits(max_bytes=100_000, connect_s=1, read_s=1, total_s=2)
GOOD = "93.184.215.14"


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with serving({"/": page("<p>Hi")}) as hostile:
        yield hostile


@pytest.fixture
async def client() -> AsyncIterator[WebClient]:
    async with web(allow_private=True, limits=SMALL) as opened:
        yield opened


def web(**changed: Any) -> WebClient:
    """A client that trusts nobody, which is quicker to build."""
    return WebClient(AGENT, **{"tls": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)} | changed)


def resolving(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives one answer after another, and the names it was asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


class Dialled(httpcore2.AsyncNetworkBackend):
    """Notes where it should connect to, and connects to our server instead."""

    def __init__(self, port: int) -> None:
        self.to: list[str] = []
        self._port = port

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the backend's own signature)
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.to.append(host)
        if host.endswith(".99"):
            raise httpcore2.ConnectError("nobody there")
        return await httpcore2.AnyIOBackend().connect_tcp("127.0.0.1", self._port, timeout)


async def refused_by(get: Awaitable[object]) -> str:
    with pytest.raises(FetchError) as caught:
        await get
    assert "httpcore" not in str(caught.value)
    return str(caught.value)


async def closed(server: HostileServer) -> None:
    """Wait until no client holds a connection."""
    await until(lambda: not server.open)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 (what it waits for happens in sockets)
            await asyncio.sleep(0.01)


# --- addresses ---------------------------------------------------------------------


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


# --- names and connections -------------------------------------------------------------


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


# --- answers that are too much -------------------------------------------------------------


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


# --- answers that are broken -----------------------------------------------------------------

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


# --- redirects -----------------------------------------------------------------------------


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


# --- TLS -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own authority for 127.0.0.1 and wiki.example, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wiki.example")])
    names: list[x509.GeneralName] = [
        x509.DNSName("wiki.example"),
        x509.IPAddress(ip_address("127.0.0.1")),
    ]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


@pytest.fixture
def trusted(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_the_name_is_what_the_certificate_must_be_for(
    server_side: ssl.SSLContext, trusted: ssl.SSLContext
) -> None:
    shown: list[str | None] = []
    server_side.sni_callback = lambda connection, name, context: shown.append(name)
    resolve, _ = resolving([GOOD])
    async with serving({"/": page("secret")}, server_side) as server:
        dialled = Dialled(server.port)
        async with web(resolve=resolve, dial=dialled, tls=trusted) as client:
            assert (await client.get("https://wiki.example/", {})).content == b"secret"
            with pytest.raises(FetchFailed, match=r"not trusted \(Hostname mismatch"):
                await client.get("https://other.example/", {})

    assert (shown, dialled.to) == (["wiki.example", "other.example"], [GOOD, GOOD])


async def test_odd_names_reach_their_servers_or_are_told(
    server_side: ssl.SSLContext, trusted: ssl.SSLContext
) -> None:
    resolve, _ = resolving([GOOD])
    async with serving({"/": page("secret")}, server_side) as server:
        client = web(resolve=resolve, dial=Dialled(server.port), tls=trusted)
        for host in ("my_host.example", "xn--a.example", "-a-.example", "a--b.example"):
            assert await refused_by(client.get(f"https://{host}/", {}))


async def test_a_certificate_of_nobody_is_not_trusted(
    server_side: ssl.SSLContext, client: WebClient
) -> None:
    async with serving({"/": page("secret")}, server_side) as server:
        with pytest.raises(FetchFailed, match="certificate that is not trusted"):
            await client.get(server.url("/"), {})
        assert server.requests == []


async def test_a_server_without_tls_says_so(client: WebClient) -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(400, {}))
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(FetchFailed, match="does not speak TLS"):
            await client.get(f"https://127.0.0.1:{port}/", {})


# --- whoever goes away -----------------------------------------------------------------------


async def test_a_cancelled_fetch_closes_its_connection(
    server: HostileServer, client: WebClient
) -> None:
    server.routes = {"/head": Answer((HOLD,)), "/body": Answer((head(200, {}), b"some", HOLD))}
    for path in server.routes:
        server.requests.clear()
        fetching = asyncio.create_task(client.get(server.url(path), {}))
        await until(lambda: bool(server.requests))
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        await closed(server)


async def test_a_cancelled_handshake_closes_its_connection(client: WebClient) -> None:
    left = asyncio.Event()
    greeted = asyncio.Event()

    async def never_shakes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        greeted.set()
        await reader.read()
        left.set()
        writer.close()

    async with await asyncio.start_server(never_shakes, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        fetching = asyncio.create_task(client.get(f"https://127.0.0.1:{port}/", {}))
        await greeted.wait()
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        async with asyncio.timeout(5):
            await left.wait()


async def test_a_closed_client_leaves_no_connection(server: HostileServer) -> None:
    async with web(allow_private=True) as client:
        await client.get(server.url("/"), {})
        assert server.open == 1
    await closed(server)


async def test_many_fetches_at_once_share_few_connections(server: HostileServer) -> None:
    limits = HttpLimits(connections=3)
    async with web(allow_private=True, limits=limits) as client:
        replies = await asyncio.gather(*(client.get(server.url("/"), {}) for _ in range(30)))

    assert {reply.status for reply in replies} == {200}
    assert server.connections <= 3


async def test_no_socket_of_this_machine_is_dialled() -> None:
    resolve, _ = resolving([GOOD])
    network = CheckedNetwork(resolve, Dialled(0), allow_private=True)

    with pytest.raises(NotImplementedError):
        await network.connect_unix_socket("/run/docker.sock")
