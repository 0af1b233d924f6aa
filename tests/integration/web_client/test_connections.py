"""Encrypted or not, used again or cancelled: connections are trusted with care, and closed."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.errors import FetchFailed
from connectors.http import HttpLimits, WebClient
from connectors.http_network import CheckedNetwork
from tests.hostile_server import HOLD, Answer, HostileServer, head, page, serving
from tests.integration.web_client.asking import (
    GOOD,
    Dialled,
    closed,
    refused_by,
    resolving,
    until,
    web,
)


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
        async with asyncio.timeout(60):
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
    network = CheckedNetwork(resolve, Dialled(0), lambda *_: True)

    with pytest.raises(NotImplementedError):
        await network.connect_unix_socket("/run/docker.sock")
