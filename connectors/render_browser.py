"""A headless Chromium that reaches nothing by itself, and that leaves nothing behind."""

import asyncio
import os
import shlex
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from playwright.async_api import Browser, BrowserContext, async_playwright
from playwright.async_api import Error as BrowserError

from connectors.errors import FetchFailed

_START_S = 30.0
_END_S = 10.0
_NO_WAY_OUT = (
    # What is not asked of our client knows no name, and has a proxy that does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=socks5://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    # The newer and the older name: calls between browsers heed neither names nor interception.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-pings",
)
_SMALL = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--mute-audio",
)


class Chromium:
    """A browser in a process group of its own, which is killed whole, whatever it is doing."""

    def __init__(self, executable: str, memory_bytes: int) -> None:
        """Begin to start it. `memory_bytes` is what each of its processes may hold."""
        self._folder = Path(mkdtemp(prefix="punnet-browser-"))
        self._launcher = _write_launcher(self._folder, executable, memory_bytes)
        self._playwright = async_playwright()
        self._browser = asyncio.create_task(self._start())

    async def ready(self) -> None:
        """Wait until it runs; raises FetchFailed when it does not start."""
        try:
            # Who is cancelled here must not break off the start, or its processes are lost.
            await asyncio.shield(self._browser)
        except (BrowserError, OSError) as error:
            raise FetchFailed(
                f"Chromium does not start: {str(error).splitlines()[0]} If it lacks a sandbox, "
                "allow unprivileged user namespaces or install the package chromium-sandbox."
            ) from error

    async def new_context(self, user_agent: str) -> BrowserContext:
        """Give a browser without a past: no cookies, nothing stored."""
        browser = await asyncio.shield(self._browser)
        return await browser.new_context(
            user_agent=user_agent, service_workers="block", accept_downloads=False
        )

    async def end(self) -> None:
        """Kill the browser's processes and wait until they are gone; nothing is raised."""
        with suppress(BrowserError, TimeoutError):
            async with asyncio.timeout(_END_S):
                self._kill()
                await asyncio.wait([self._browser])
                self._kill()  # for it may have got far only now
                await self._playwright.__aexit__()
        self._browser.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self) -> Browser:
        driver = await self._playwright.start()
        return await driver.chromium.launch(
            executable_path=str(self._launcher),
            args=[*_NO_WAY_OUT, *_SMALL],
            # Root cannot have the sandbox; the limits and the missing way out remain.
            chromium_sandbox=os.geteuid() != 0,
            # None of our secrets, which stand in the environment.
            env={"HOME": str(self._folder), "PATH": os.defpath},
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=_START_S * 1000,
        )

    def _kill(self) -> None:
        """Kill the group that the launcher leads, as long as it is there."""
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            leader = int((self._folder / "pid").read_text())
            # Otherwise it is gone, and its number somebody else's.
            if os.getsid(leader) == leader:
                os.killpg(leader, signal.SIGKILL)


def _write_launcher(folder: Path, executable: str, memory_bytes: int) -> Path:
    """Write the program that notes its process and sets its limits before it is the browser."""
    # In whole megabytes: Chromium crashes at a limit that is no multiple of a memory page.
    kilobytes = memory_bytes // 2**20 * 1024
    launcher = folder / "chromium"
    launcher.write_text(
        "#!/bin/sh\n"
        f"ulimit -d {kilobytes}\n"
        "ulimit -c 0\n"
        f"echo $$ >{shlex.quote(str(folder / 'pid'))}\n"
        f'exec {shlex.quote(executable)} "$@"\n'
    )
    launcher.chmod(0o700)
    return launcher
