"""Ask addresses of the web as a polite robot does, and follow where they lead."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import FetchFailed, FetchRefused
from connectors.http import redirect_of
from connectors.model import Reply
from connectors.politeness import Pace
from connectors.port import Fetcher
from connectors.retry_after import retry_after
from connectors.robots import Robots
from connectors.urls import is_respelled, normalised

MAX_HOPS = 5
_PERMANENT = frozenset({301, 308})
_BUSY = frozenset({429, 503})
_PATIENCE = 120.0
"""Seconds that a server may have us wait before it is asked again in the same crawl."""
_ATTEMPTS = 3
_FIRST_WAIT = 2.0


class Disallowed(FetchRefused):
    """The site's robots.txt does not let us ask this."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where an address led."""

    url: str
    """The last address; without a reply the one that was not asked any more."""
    reply: Reply | None
    moved: bool
    """Whether there was a redirect."""
    permanent: bool
    """Whether all of them were, or led to the same address in another spelling."""


Ahead = Callable[[str], Awaitable[bool]]
"""Says whether an address that a redirect leads to is to be asked."""
Conditions = Callable[[str], Awaitable[Mapping[str, str]]]
"""Gives the headers that an address is asked with."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Obey robots.txt, keep to the pace, and wait when a server says so."""

    fetcher: Fetcher
    robots: Robots
    pace: Pace
    now: Callable[[], datetime]

    async def ask(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Send one GET when it is this host's turn; raises Disallowed, FetchError."""
        rules = await self.robots.rules(url)
        if not rules.known:
            raise FetchFailed(f"The site's robots.txt could not be read: {rules.why}")
        if not rules.allows(url):
            raise Disallowed("The site's robots.txt does not allow it.")
        if rules.delay:
            self.pace.slow_down(host_and_port(url), rules.delay)
        return await self.get(url, headers)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Keep the promise of `Fetcher`, politely, without asking robots.txt."""
        host = host_and_port(url)
        for attempt in range(1, _ATTEMPTS + 1):
            await self.pace.turn(host)
            reply = await self.fetcher.get(url, headers)
            wait = self._wanted(reply, attempt) if reply.status in _BUSY else None
            if wait is None or wait > _PATIENCE or attempt == _ATTEMPTS:
                break
            self.pace.rest(host, wait)
        return reply

    async def follow(self, url: str, conditions: Conditions, ahead: Ahead) -> Landing:
        """Ask an address and those that it redirects to, as far as `ahead` lets us.

        Raises FetchRefused for circles and for more than MAX_HOPS, and what `ask` raises.
        """
        seen = [url]
        permanent = True
        while True:
            reply = await self.ask(url, await conditions(url))
            written = redirect_of(reply)
            if written is None:
                return Landing(url, reply, len(seen) > 1, permanent)
            onward = normalised(written)
            if onward is None:
                raise FetchRefused("It redirects to what is no address of the web.")
            lasts = reply.status in _PERMANENT or is_respelled(url, onward)
            permanent = permanent and lasts
            if onward in seen:
                raise FetchRefused("It redirects in a circle.")
            if len(seen) > MAX_HOPS:
                raise FetchRefused(f"It redirects more than {MAX_HOPS} times.")
            if not await ahead(onward):
                return Landing(onward, None, moved=True, permanent=permanent)
            seen.append(onward)
            url = onward

    def _wanted(self, reply: Reply, attempt: int) -> float | None:
        """Give the seconds that a busy server wants us to wait, by Retry-After if it says."""
        told = retry_after(reply.headers.get("retry-after", ""), self.now())
        if told is None and reply.status == 429:
            return _FIRST_WAIT**attempt
        return told


def host_and_port(url: str) -> str:
    """Give what one robots.txt speaks for, of a normalised address."""
    return url.split("/", 3)[2]
