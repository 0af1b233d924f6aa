"""Documents that were pushed to us."""

from collections.abc import AsyncIterator, Mapping, Sequence

from connectors.errors import DocumentUnreadable
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Source,
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
        known: Mapping[str, KnownDocument],  # noqa: ARG002 - the store's versions say it all
    ) -> AsyncIterator[Page | Completeness]:
        after = cursor or ""
        while uploads := await self._store.list_uploads(self._tenant, self._source, after, PAGE):
            after = uploads[-1].ref
            yield Page(tuple(Entry(one.ref, one.version) for one in uploads), Cursor(after))
        yield Completeness(enumerates_all=True)

    async def fetch(self, entry: Entry) -> Document:
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
        return {ref: await self._presence(ref) for ref in refs}

    async def _presence(self, ref: str) -> Presence:
        held = await self._store.read_upload(self._tenant, self._source, ref)
        return Presence.GONE if held is None else Presence.PRESENT
