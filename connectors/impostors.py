"""Find out what hosts show for pages that are not there."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.asking import Asker, Landing, host_and_port
from connectors.errors import FetchFailed, FetchRefused
from connectors.soft_404 import NoPage, no_page
from connectors.web_media import is_html
from connectors.web_page import read_reply

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Nothing:
    """What a host does, instead of saying so, for an address that it does not have."""

    page: NoPage | None = None
    """What it shows with status 200."""
    target: str = ""
    """Where it sends its readers."""


class Impostors:
    """Ask each host once for an address that was made up."""

    def __init__(self, asker: Asker, new_id: Callable[[], str]) -> None:
        self._asker = asker
        self._new_id = new_id
        self._found: dict[str, Nothing] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def of(self, url: str) -> Nothing:
        """Give what the host of a page does where there is none."""
        host = host_and_port(url)
        async with self._turns.setdefault(host, asyncio.Lock()):
            if host not in self._found:
                self._found[host] = await self._ask(url)
        return self._found[host]

    async def _ask(self, url: str) -> Nothing:
        made_up = f"{url.partition('?')[0].rpartition('/')[0]}/{self._new_id()}"
        for _ in range(_ATTEMPTS):
            try:
                return await _judged(await self._asker.follow(made_up, _plainly, _never))
            except FetchFailed:
                continue  # unknown it would let every error page in
            except FetchRefused:
                break
        return Nothing()


async def _judged(landing: Landing) -> Nothing:
    reply = landing.reply
    if reply is None:
        return Nothing(target=landing.url)
    if reply.status != 200 or not is_html(reply):
        return Nothing()
    return Nothing(no_page(landing.url, (await read_reply(reply)).text))


async def _plainly(_: str) -> Mapping[str, str]:
    return {}


async def _never(_: str) -> bool:
    return False
