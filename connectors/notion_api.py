"""Ask Notion's API, with patience of our own.

notion-client was measured: it sends POST requests but once, so that a search or a query
fails on the first 500; never repeats on 502, 504, 529 and 409; clips Retry-After to a minute;
lets errors of its transport through; and its time-out is one of each read, not of an answer.
Its own retries are off, and every call goes through `Patience`.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from notion_client import AsyncClient
from notion_client.errors import HTTPResponseError, RequestTimeoutError

from connectors.errors import (
    CursorExpired,
    DocumentUnreadable,
    SourceUnavailable,
)
from connectors.feeds import moment
from connectors.notion_model import Block, Database, DataSource, NotionPage, Rendered
from connectors.notion_objects import (
    Garbled,
    Listed,
    page_among,
    read_block,
    read_database,
    read_listing,
    read_markdown,
    read_page,
    read_source,
    read_user,
    source_among,
)
from connectors.notion_refusals import described, passes, told
from connectors.patience import Patience, Trouble
from connectors.politeness import Pace
from connectors.retry_after import retry_after

VERSION = "2026-03-11"
_PAGE_SIZE = 100
_SMALLEST = 10
_TOO_SLOW = 504
_DOUBT = timedelta(hours=1)
"""How far our clock may be ahead."""
_MOST_BYTES = 64_000_000

Got = TypeVar("Got")


class _TooMuch(Exception):
    """The server took too long over so many at once."""


@dataclass(frozen=True, slots=True)
class NotionWorld:
    """What asking Notion needs of the world."""

    base_url: str
    pace: Pace
    now: Callable[[], datetime]
    """In UTC."""
    sleep: Callable[[float], Awaitable[object]]
    within: float = 60.0
    """Seconds that one answer may take, however slowly it drips."""


@asynccontextmanager
async def open_notion(token: str, world: NotionWorld) -> AsyncIterator["NotionApi"]:
    """Open the API for one integration, and close its connections in the end."""
    # No proxy of the environment and no redirect gets to see the token.
    async with httpx.AsyncClient(trust_env=False) as http:
        client = AsyncClient(
            client=http,
            auth=token,
            base_url=world.base_url,
            notion_version=VERSION,
            retry=False,
            timeout_ms=int(world.within * 1000),
            logger=logging.getLogger(__name__),
            log_level=logging.ERROR,
        )
        yield NotionApi(client, http, world)


class NotionApi:
    """Notion as we know it; answers are read and checked.

    Every call raises Missing for what is not there, CredentialsInvalid, and SourceUnavailable
    for whatever passes but did not pass in time.
    """

    def __init__(self, client: AsyncClient, http: httpx.AsyncClient, world: NotionWorld) -> None:
        self._client = client
        self._world = world
        self._said: datetime | None = None
        host = urlsplit(world.base_url).netloc
        self._patience = Patience(
            "Notion", host, world.pace, self._judge, world.sleep, world.within
        )
        http.event_hooks["response"] += [self._note_time, _read_bounded]

    def now(self) -> datetime:
        """Tell the vendor's time as of its last answer, for its times count by it.

        Where answers do not tell it, a time that has passed there whatever our clock says.
        """
        return self._said or self._world.now() - _DOUBT

    async def search_pages(self, start: str | None) -> Listed[NotionPage]:
        """Find pages that are shared with us, those that were edited last first."""
        return await self._search("page", start, page_among)

    async def search_sources(self, start: str | None) -> Listed[DataSource]:
        """Find data sources that are shared with us."""
        return await self._search("data_source", start, source_among)

    async def rows(self, source: str, since: str | None, start: str | None) -> Listed[NotionPage]:
        """List the rows of a data source, those that were edited last first.

        A query ends at 10,000 rows: the next part then begins with the edits before those.
        """
        before, _, cursor = (start or "").rpartition("|")
        order: dict[str, Any] = {
            "sorts": [{"timestamp": "last_edited_time", "direction": "descending"}]
        }
        limits = {"on_or_after": since, "on_or_before": before}
        asked = [
            {"timestamp": "last_edited_time", "last_edited_time": {name: at}}
            for name, at in limits.items()
            if at
        ]
        if asked:
            order["filter"] = {"and": asked}
        query = partial(self._client.data_sources.query, source, **order)
        listed = await self._list(query, cursor or None, page_among)
        if listed.next:
            return replace(listed, next=f"{before}|{listed.next}" if before else listed.next)
        last = listed.found[-1].edited if listed.found else before
        if listed.whole or last == before:
            return listed
        return replace(listed, next=f"{last}|", whole=True)

    async def children(self, block: str, start: str | None) -> Listed[Block]:
        """List the blocks right below a page or a block."""
        ask = partial(self._client.blocks.children.list, block)
        try:
            return await self._list(ask, start, read_block)
        except CursorExpired as error:
            raise DocumentUnreadable("Its blocks changed while they were listed.") from error

    async def page(self, page: str) -> NotionPage:
        """Give a page with its properties."""
        return await self._ask(lambda: self._client.pages.retrieve(page), read_page)

    async def block(self, block: str) -> Block:
        """Give one block; a page is one too."""
        return await self._ask(lambda: self._client.blocks.retrieve(block), read_block)

    async def database(self, database: str) -> Database:
        """Give a database."""
        return await self._ask(lambda: self._client.databases.retrieve(database), read_database)

    async def source(self, source: str) -> DataSource:
        """Give a data source."""
        return await self._ask(lambda: self._client.data_sources.retrieve(source), read_source)

    async def markdown(self, page: str) -> Rendered:
        """Give a page, or the part of it below a block, as the vendor's Markdown."""
        return await self._ask(lambda: self._client.pages.retrieve_markdown(page), read_markdown)

    async def let_in(self) -> None:
        """See that Notion still knows us; raises CredentialsInvalid."""
        with _of_all():
            await self._ask(lambda: self._client.users.me(), read_user)

    async def _search(
        self, kind: str, start: str | None, read: Callable[[Any], Got | None]
    ) -> Listed[Got]:
        told: dict[str, Any] = {
            "filter": {"property": "object", "value": kind},
            "sort": {"timestamp": "last_edited_time", "direction": "descending"},
        }
        with _of_all():
            return await self._list(partial(self._client.search, **told), start, read)

    async def _list(
        self, ask: Callable[..., Any], start: str | None, read: Callable[[Any], Got | None]
    ) -> Listed[Got]:
        """Ask for a part of a listing; for a smaller one where that takes the server too long."""
        size = _PAGE_SIZE
        told: dict[str, Any] = {"start_cursor": start} if start else {}
        impatient = replace(self._patience, judge=self._judge_size)
        while size >= _SMALLEST * 2:
            send = partial(ask, **told, page_size=size)
            try:
                return await self._ask(send, _listing(read), impatient)
            except _TooMuch:
                size //= 2
        return await self._ask(partial(ask, **told, page_size=_SMALLEST), _listing(read))

    async def _ask(
        self,
        ask: Callable[[], Any],
        read: Callable[[object], Got],
        patience: Patience | None = None,
    ) -> Got:
        async def send() -> Got:
            body = await ask()
            try:
                return read(body)
            except (AttributeError, KeyError, TypeError) as error:
                raise Garbled("an object of another shape") from error

        try:
            return await (patience or self._patience).ask(send)
        except HTTPResponseError as error:
            if error.status == _TOO_SLOW:
                raise _TooMuch from error
            raise told(error) from error

    def _judge(self, error: Exception) -> Trouble | None:
        """Say whether it passes."""
        if isinstance(error, HTTPResponseError):
            if not passes(error):
                return None
            now = self._said or self._world.now()
            wait = retry_after(error.headers.get("retry-after", ""), now)
            return Trouble(described(error), wait)
        if isinstance(error, Garbled):
            return Trouble(f"it answered with {error}")
        if isinstance(error, ValueError | httpx.DecodingError):
            return Trouble("it answered with something else than JSON")
        if isinstance(error, httpx.TransportError | RequestTimeoutError):
            return Trouble(f"the connection failed ({type(error).__name__})")
        return None

    def _judge_size(self, error: Exception) -> Trouble | None:
        too_slow = isinstance(error, HTTPResponseError) and error.status == _TOO_SLOW
        return None if too_slow else self._judge(error)

    async def _note_time(self, response: httpx.Response) -> None:
        self._said = moment(response.headers.get("date", "")) or self._said


async def _read_bounded(response: httpx.Response) -> None:
    """Read an answer before the client does, which would read one without end."""
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > _MOST_BYTES:
            raise Garbled("an endless answer")
    response._content = bytes(content)


@contextmanager
def _of_all() -> Iterator[None]:
    """Have what would fail one document be told of the whole source."""
    try:
        yield
    except DocumentUnreadable as error:
        raise SourceUnavailable(str(error)) from error


def _listing(read: Callable[[Any], Got | None]) -> Callable[[object], Listed[Got]]:
    return lambda body: read_listing(body, read)
