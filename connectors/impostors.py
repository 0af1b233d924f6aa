"""Find out what hosts show for pages that are not there."""

import asyncio
from collections.abc import Callable, Mapping

from connectors.asking import Asker, host_and_port
from connectors.errors import FetchError
from connectors.soft_404 import NoPage, no_page
from connectors.web_media import is_html
from connectors.web_page import read_reply


class Impostors:
    """Ask each host once for an address that was made up."""

    def __init__(self, asker: Asker, new_id: Callable[[], str]) -> None:
        self._asker = asker
        self._new_id = new_id
        self._found: dict[str, NoPage | None] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def of(self, url: str) -> NoPage | None:
        """Give what the host of a page shows with status 200 in its place; None for an error."""
        host = host_and_port(url)
        async with self._turns.setdefault(host, asyncio.Lock()):
            if host not in self._found:
                self._found[host] = await self._ask(url)
        return self._found[host]

    async def _ask(self, url: str) -> NoPage | None:
        made_up = f"{url.partition('?')[0].rpartition('/')[0]}/{self._new_id()}"
        try:
            landing = await self._asker.follow(made_up, _plainly, _never)
        except FetchError:
            return None
        reply = landing.reply
        if reply is None or reply.status != 200 or not is_html(reply):
            return None
        return no_page(made_up, (await read_reply(reply)).text)


async def _plainly(_: str) -> Mapping[str, str]:
    return {}


async def _never(_: str) -> bool:
    return False
