"""Documents that were pushed to us.

A cursor is the number of the last push that was looked at: a scan costs what came since.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from connectors.errors import DocumentUnreadable
from connectors.failpoint import failpoint
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Push,
    Source,
    Tombstone,
)
from connectors.port import UploadStore

PAGE = 64


class UploadConnector:
    """Read what the store holds for one source; nothing but its removal makes it go."""

    def __init__(self, source: Source, store: UploadStore) -> None:
        self._tenant = source.tenant
        self._source = source.id
        self._store = store

    async def scan(
        self,
        cursor: Cursor | None,
        known: Mapping[str, KnownDocument],  # noqa: ARG002 - the store knows what it holds
    ) -> AsyncIterator[Page | Completeness]:
        after = int(cursor or 0)
        if cursor is not None:
            # It was stored with all that came before it.
            await self._store.forget_removals(self._tenant, self._source, after)
            failpoint("upload.forgotten")
        more = True
        while more:
            pushes = await self._store.list_uploads(self._tenant, self._source, after, PAGE)
            failpoint("upload.page")
            if pushes:
                after = pushes[-1].number
                yield _page(pushes, after)
            more = len(pushes) == PAGE
        yield Completeness(enumerates_all=cursor is None, cursor=_cursor(after))

    async def fetch(self, entry: Entry) -> Document:
        failpoint("upload.fetch")
        held = await self._store.read_upload(self._tenant, self._source, entry.ref)
        if held is None:
            raise DocumentUnreadable("It was removed after it was listed.")
        upload, content = held
        return Document(
            ref=upload.ref,
            version=upload.version,
            media_type=upload.media_type,
            content=content,
            title=upload.title,
            url=upload.url,
            changed_at=upload.changed_at,
            access=upload.access,
            tags=upload.tags,
        )

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        there = {push.ref for push in await self._find(refs)}
        return {ref: Presence.PRESENT if ref in there else Presence.GONE for ref in refs}

    async def _find(self, refs: Sequence[str]) -> Sequence[Push]:
        return await self._store.find_uploads(self._tenant, self._source, refs)


def _page(pushes: Sequence[Push], after: int) -> Page:
    return Page(tuple(_item(push) for push in pushes), _cursor(after))


def _item(push: Push) -> Entry | Tombstone:
    return Entry(push.ref, push.upload.version) if push.upload else Tombstone(push.ref)


def _cursor(after: int) -> Cursor:
    return Cursor(str(after))
