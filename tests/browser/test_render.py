"""Pages built by script are read as a browser shows them, and get no further than our client."""

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.errors import FetchError, FetchFailed, FetchRefused, SettingsInvalid
from connectors.render import RenderLimits, chromium_renderer
from tests.hostile_server import HOLD, Answer, HostileServer, page, redirect, serving
from tests.integration.web_client.asking import AGENT, GOOD, Dialled, resolving, until, web

LIMITS = RenderLimits(total_s=60, settle_s=2)
SCRIPTED = """<!doctype html><title>Help</title><div id=app>Loading…</div>
<link rel=stylesheet href=/style.css onload="document.body.dataset.styled = 'yes'">
<img src=/logo.png><iframe src=/frame></iframe>
<script src=/app.js></script>"""
APP = """(async () => {
  const told = await (await fetch('/api/refunds', {headers: {'x-key': 'public'}})).json();
  document.getElementById('app').textContent = told.text;
})()"""
ROOT = Path(__file__).parents[2]
AROUND = """<!doctype html><body><script>
const say = (name, asking) => asking.then(() => 'reached', () => 'refused')
  .then((end) => document.body.insertAdjacentHTML('beforeend', `<p>${name} ${end}</p>`));
const around = '127.0.0.1:PORT/around';
(async () => {
  await say('private', fetch('http://10.0.0.5/', {mode: 'no-cors'}));
  await say('loopback', fetch('http://' + around, {mode: 'no-cors'}));
  await say('file', fetch('file:///etc/passwd'));
  await say('post', fetch('/around/post', {method: 'POST', body: 'x'}));
  await say('worker', new Promise((ok, no) => {
    new Worker('/worker.js').onmessage = (told) => told.data === 'reached' ? ok() : no();
  }));
})();
for (const evil of [
  () => new WebSocket('ws://' + around),
  () => new EventSource('http://' + around),
  () => navigator.sendBeacon('http://' + around, 'x'),
  () => new WebTransport('https://' + around),
  () => window.open('http://' + around),
  () => navigator.serviceWorker.register('/around/service.js'),
  () => { document.createElement('img').src = 'http://' + around; },
  () => { new Audio('http://' + around).load(); },
  () => document.body.insertAdjacentHTML('beforeend', `<iframe src="http://${around}"></iframe>
    <link rel=preconnect href="http://${around}"><link rel=prefetch href="http://${around}">
    <object data="http://${around}"></object><embed src="http://${around}">`),
  async () => {
    const turn = {urls: 'turn:127.0.0.1:PORT?transport=tcp', username: 'a', credential: 'b'};
    const call = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:STUN'}, turn]});
    call.createDataChannel('x');
    await call.setLocalDescription(await call.createOffer());
  },
]) { try { evil(); } catch (error) {} }
</script>"""
WORKER = """fetch('/around/worker', {method: 'PUT'})
  .then(() => postMessage('reached'), () => postMessage('refused'))"""
PARENT = """
import asyncio, sys
from connectors.render import chromium_renderer
from tests.integration.web_client.asking import web
asyncio.run(chromium_renderer(web(allow_private=True), "x").render(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def installed() -> None:
    """Skip at a desk without a browser; a machine that checks everything must have one."""
    try:
        chromium_renderer(web(), AGENT)
    except SettingsInvalid as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    routes = {
        "/": page(SCRIPTED),
        "/app.js": page(APP, 200, {"content-type": "text/javascript"}),
        "/api/refunds": page('{"text": "Refunds take 5 days"}', 200, {"content-type": "text/json"}),
    }
    async with serving(routes) as hostile:
        yield hostile


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tell the browsers of a test from those of others, which may run meanwhile."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def processes() -> set[int]:
    """The processes of browsers that this test has started, whoever is their parent now."""
    home = f"HOME={tempfile.gettempdir()}/".encode()
    return {int(place.name) for place in Path("/proc").glob("[0-9]*") if _is_at(home, place)}


def _is_at(home: bytes, process: Path) -> bool:
    try:
        return home in (process / "environ").read_bytes()
    except OSError:  # it ended meanwhile
        return False


@pytest.fixture(autouse=True)
async def gone(apart: None) -> AsyncIterator[None]:
    """No test may leave a process of a browser behind."""
    before = processes()
    yield
    await until(lambda: processes() <= before)


async def test_text_that_a_script_fetches_is_read(server: HostileServer) -> None:
    before = processes()
    limits = RenderLimits(total_s=60, pages=2)
    async with (
        web(allow_private=True) as client,
        chromium_renderer(client, AGENT, limits=limits) as renderer,
    ):
        reply = await renderer.render(server.url("/"))
        assert processes() > before
        await renderer.render(server.url("/"))
        await until(lambda: processes() <= before)  # after two pages

    html = reply.content.decode()
    assert "Refunds take 5 days" in html
    assert "Loading" not in html
    assert 'data-styled="yes"' in html
    assert (reply.url, reply.status) == (server.url("/"), 200)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert sorted(set(server.paths)) == ["/", "/api/refunds", "/app.js"]
    assert {asked.headers["user-agent"] for asked in server.requests} == {AGENT}
    assert server.requests[-1].headers["x-key"] == "public"


async def test_a_page_gets_no_further_than_our_client(server: HostileServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stun:
        stun.bind(("127.0.0.1", 0))
        stun.setblocking(False)
        around = AROUND.replace("PORT", str(server.port)).replace(
            "STUN", str(stun.getsockname()[1])
        )
        server.routes["/"] = page(around)
        server.routes["/worker.js"] = page(WORKER, 200, {"content-type": "text/javascript"})
        resolve, _ = resolving([GOOD])
        dialled = Dialled(server.port)
        async with (
            web(resolve=resolve, dial=dialled) as client,
            chromium_renderer(client, AGENT, limits=LIMITS) as renderer,
        ):
            html = (await renderer.render("http://good.example/")).content.decode()
        with pytest.raises(BlockingIOError):
            stun.recv(1)

    assert "<p>private refused</p><p>loopback refused</p><p>file refused</p>" in html
    assert "<p>post refused</p><p>worker refused</p>" in html
    assert set(server.paths) <= {"/", "/worker.js"}
    assert server.connections == len(dialled.to)


async def test_what_is_no_page_says_why(server: HostileServer) -> None:
    server.routes |= {
        "/gone": page("gone", 404),
        "/pdf": page("%PDF", 200, {"content-type": "application/pdf"}),
        "/inside": redirect("http://169.254.169.254/"),
    }
    async with web(allow_private=True) as client, chromium_renderer(client, AGENT) as renderer:
        for path, told in (
            ("/gone", "answered 404"),
            ("/pdf", "is no HTML"),
            ("/inside", "never asked"),
        ):
            with pytest.raises(FetchError, match=told):
                await renderer.render(server.url(path))


async def test_a_page_that_never_ends_is_cut_off_and_the_next_is_read(
    server: HostileServer,
) -> None:
    grow = "document.body.textContent = 'x'.repeat(20000)"
    server.routes |= {
        "/loop": page("<p>Hi<script>while (true) {}</script>"),
        "/waits": page("<p>Hi<script>fetch('/never')</script>"),
        "/grown": page(f"<p>Hi<script>{grow}</script>"),
        "/leaves": page("<p>Hi<script>location = 'http://localhost/'</script>"),
        "/never": Answer((HOLD,)),
    }
    limits = RenderLimits(total_s=5, settle_s=0.3, max_bytes=10_000)
    async with (
        web(allow_private=True) as client,
        chromium_renderer(client, AGENT, limits=limits) as renderer,
    ):
        assert b"Hi" in (await renderer.render(server.url("/waits"))).content
        with pytest.raises(FetchRefused, match="lead to another site"):
            await renderer.render(server.url("/leaves"))
        with pytest.raises(FetchRefused, match="more than 10,000 bytes"):
            await renderer.render(server.url("/grown"))
        with pytest.raises(FetchFailed, match="did not end in 5 s"):
            await renderer.render(server.url("/loop"))
        assert b"Hi" in (await renderer.render(server.url("/waits"))).content


async def test_a_cancelled_page_ends_its_browser(server: HostileServer) -> None:
    server.routes["/loop"] = page("<script src=/slow.js></script>")
    server.routes["/slow.js"] = Answer((HOLD,))
    before = processes()
    async with web(allow_private=True) as client, chromium_renderer(client, AGENT) as renderer:
        rendering = asyncio.create_task(renderer.render(server.url("/loop")))
        await until(lambda: "/slow.js" in server.paths)
        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering
        await until(lambda: processes() <= before)


async def test_no_browser_outlives_its_killed_parent(server: HostileServer, tmp_path: Path) -> None:
    server.routes["/loop"] = page("<script src=/slow.js></script>")
    server.routes["/slow.js"] = Answer((HOLD,))
    program = [sys.executable, "-c", PARENT, server.url("/loop")]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    parent = await asyncio.create_subprocess_exec(*program, cwd=ROOT, env=environment)
    try:
        await until(lambda: "/slow.js" in server.paths)
    finally:
        parent.kill()
        await parent.wait()


async def test_a_browser_that_does_not_start_says_so(server: HostileServer) -> None:
    async with web(allow_private=True) as client:
        with pytest.raises(SettingsInvalid, match="apt-get install chromium"):
            chromium_renderer(client, AGENT, executable="no-such-chromium")
        async with chromium_renderer(client, AGENT, executable="false") as renderer:
            with pytest.raises(FetchFailed, match="Chromium does not start"):
                await renderer.render(server.url("/"))
