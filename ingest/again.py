"""Read documents of a source again without a scan: those whose reading failed."""

from collections.abc import AsyncIterator, Mapping, Sequence

from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
)
from connectors.port import Connector

_PAGE = 64


class Again:
    """List what is known, as a connector that lists nothing else; it moves no cursor."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        """List all of `known`."""
        refs = sorted(known)
        for at in range(0, len(refs), _PAGE):
            entries = tuple(
                Entry(ref, known[ref].tried, known[ref].validators) for ref in refs[at : at + _PAGE]
            )
            yield Page(entries, cursor)
        yield Completeness(enumerates_all=False, cursor=cursor)

    async def fetch(self, entry: Entry) -> Document:
        """Read one."""
        return await self._connector.fetch(entry)

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        """Ask the source."""
        return await self._connector.confirm_gone(refs)
