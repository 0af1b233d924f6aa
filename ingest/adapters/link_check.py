"""Ask servers whether the pages that links lead to are still there, politely and seldom."""

import asyncio
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from connectors.errors import FetchError
from connectors.http import redirect_of
from connectors.model import Reply
from connectors.politeness import Pace
from ingest.freshness.pages import LinkState
from ingest.ports import Clock

_REMEMBERED = timedelta(days=7)
_DOUBTED = timedelta(days=1)
"""What said nothing of the page is asked again after so long; so is a host without an address."""
_MOST = 200
"""Addresses that one call asks."""
_AT_ONCE = 8
_SECONDS = 120.0
"""What one call may take in all."""
_HOPS = 5
_FAILED = 400
_NO_PAGE = frozenset({404, 410})
_NO_HOST = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})
_STRIKES = 2
"""So often, a day apart, a host must have no address before its pages are gone."""


class Asking(Protocol):
    """What a checker needs of the web client."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Send a GET; raises FetchError."""
        ...

    async def head(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Send a HEAD; raises FetchError."""
        ...


@dataclass(frozen=True, slots=True)
class _Learnt:
    state: LinkState
    until: datetime
    strikes: int = 0


class WebLinkChecker:
    """Asks by HEAD, then by GET where that fails, and remembers what it learnt for a week."""

    def __init__(self, web: Asking, pace: Pace, clock: Clock) -> None:
        """`web` checks every address before it is asked, and `pace` spares each host."""
        self._web = web
        self._pace = pace
        self._clock = clock
        self._learnt: dict[str, _Learnt] = {}

    async def check(self, urls: Collection[str]) -> Mapping[str, LinkState]:
        now = self._clock()
        self._learnt = {
            url: learnt for url, learnt in self._learnt.items() if now < learnt.until + _REMEMBERED
        }
        due = [url for url in sorted(urls) if not self._knows(url, now)][:_MOST]
        room = asyncio.Semaphore(_AT_ONCE)
        try:
            async with asyncio.timeout(_SECONDS), asyncio.TaskGroup() as group:
                for url in due:
                    group.create_task(self._learn(url, room))
        except TimeoutError:
            pass  # what is left waits for the next call
        known = ((url, self._learnt.get(url)) for url in urls)
        return {url: learnt.state for url, learnt in known if learnt}

    def _knows(self, url: str, now: datetime) -> bool:
        learnt = self._learnt.get(url)
        return learnt is not None and now < learnt.until

    async def _learn(self, url: str, room: asyncio.Semaphore) -> None:
        before = self._learnt.get(url)
        async with room:
            try:
                state, strikes = await self._ask(url), 0
            except FetchError as error:
                strikes = (before.strikes if before else 0) + 1 if _has_no_host(error) else 0
                state = LinkState.GONE if strikes >= _STRIKES else LinkState.UNKNOWN
        now = self._clock()
        lasts = _DOUBTED if state is LinkState.UNKNOWN else _REMEMBERED
        self._learnt[url] = _Learnt(state, now + lasts, strikes)

    async def _ask(self, url: str) -> LinkState:
        for _ in range(_HOPS):
            reply = await self._answer(url)
            onward = redirect_of(reply)
            if onward is None:
                break
            url = onward
        else:
            return LinkState.UNKNOWN
        if reply.status in _NO_PAGE:
            return LinkState.GONE
        return LinkState.THERE if reply.status < _FAILED else LinkState.UNKNOWN

    async def _answer(self, url: str) -> Reply:
        """Ask without the body; servers that refuse that are asked for it."""
        host = urlsplit(url).netloc
        await self._pace.turn(host)
        try:
            reply = await self._web.head(url, {})
        except FetchError as error:
            if _has_no_host(error):
                raise
        else:
            if reply.status < _FAILED:
                return reply
        await self._pace.turn(host)
        return await self._web.get(url, {})


def _has_no_host(error: FetchError) -> bool:
    """Say whether the resolver knows that there is no such host, and did not merely fail."""
    cause = error.__cause__
    return isinstance(cause, socket.gaierror) and cause.errno in _NO_HOST
