"""What every connector promises."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from connectors.model import (
    Address,
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Push,
    Reached,
    Reply,
    SourceId,
    TenantId,
    Upload,
    Visit,
)


class Connector(Protocol):
    """List, read and confirm the documents of one source."""

    def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        """Yield pages and, as the last item, Completeness; or raise, never end short.

        With a cursor of an earlier page it resumes after that page; with that of an ended
        scan it lists at least what changed since, or everything. Whatever could not be listed
        is a Failure in a page or an exception; it is never left out silently. Raises
        SourceUnavailable, CursorExpired.
        """
        ...

    async def fetch(self, entry: Entry) -> Document:
        """Read one document whole, as it is now; its ref must do, whenever it was listed.

        Raises DocumentUnreadable, SourceUnavailable.
        """
        ...

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        """Say of each ref whether the source still has it; a ref left out counts as unknown."""
        ...


class UploadStore(Protocol):
    """Hold the documents that were pushed to `upload` sources, and in which order.

    Once a number of a source was seen, no lower one of that source comes up any more.
    """

    async def put_upload(
        self, tenant: TenantId, source: SourceId, upload: Upload, content: bytes
    ) -> None:
        """Make the document durable before returning; the same ref again replaces it."""
        ...

    async def list_uploads(
        self, tenant: TenantId, source: SourceId, after: int, limit: int
    ) -> Sequence[Push]:
        """Give up to `limit` uploads and removals numbered above `after`, in their order."""
        ...

    async def find_uploads(
        self, tenant: TenantId, source: SourceId, refs: Sequence[str]
    ) -> Sequence[Push]:
        """Give those of the uploads that are there."""
        ...

    async def read_upload(
        self, tenant: TenantId, source: SourceId, ref: str
    ) -> tuple[Upload, bytes] | None:
        """Give one upload with its bytes, or None."""
        ...

    async def remove_upload(self, tenant: TenantId, source: SourceId, ref: str) -> bool:
        """Forget all of one upload but that it was removed; False when there was none."""
        ...

    async def forget_removals(self, tenant: TenantId, source: SourceId, up_to: int) -> None:
        """Forget removals numbered up to this, which were carried out."""
        ...


class Fetcher(Protocol):
    """Ask the web for one address at a time, safely."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Send one GET and give what came back, whatever its status.

        Redirects are left to the caller. Raises FetchRefused for an address that may not be
        asked (checked for every IP address that its name has) and for an answer that is too
        large; FetchFailed for what may go better another time.
        """
        ...


class Renderer(Protocol):
    """Show a page as it stands once its scripts have run, as a browser does."""

    async def render(self, url: str) -> Reply:
        """Give the page's HTML after its scripts; raises FetchRefused, FetchFailed."""
        ...


class Frontier(Protocol):
    """Hold which addresses the crawls of a source have to visit, and what they learnt there.

    A crawl goes by steps, numbered from 1; each page of its scan is one. Addresses that are
    held are visited first, the others in the order of their depth, then as they were added.
    """

    async def begin(self, tenant: TenantId, source: SourceId, crawl: str) -> None:
        """Start a crawl with nothing to visit.

        What was learnt by the three before it stays.
        """
        ...

    async def rewind(self, tenant: TenantId, source: SourceId, crawl: str, step: int) -> bool:
        """Have what was visited after this step visited again; False when it is no such crawl."""
        ...

    async def add(
        self, tenant: TenantId, source: SourceId, crawl: str, addresses: Sequence[Address]
    ) -> int:
        """Put addresses into the queue and say how many of them this crawl did not know.

        What it knows already keeps its place; it takes the lesser depth, and is linked
        from then on when the new address is not held.
        """
        ...

    async def waiting(
        self, tenant: TenantId, source: SourceId, crawl: str, limit: int
    ) -> Sequence[Address]:
        """Give the next addresses, which stay in the queue until they are visited."""
        ...

    async def visited(
        self,
        tenant: TenantId,
        source: SourceId,
        crawl: str,
        step: int,
        visits: Sequence[Visit],
    ) -> None:
        """Note what this step learnt, and take its addresses out of the queue.

        An address that was not in the queue counts as visited all the same.
        """
        ...

    async def learnt(
        self, tenant: TenantId, source: SourceId, urls: Sequence[str]
    ) -> Mapping[str, Visit]:
        """Give what is known of those of these addresses that were visited, in any crawl."""
        ...

    async def reached(
        self, tenant: TenantId, source: SourceId, crawl: str, urls: Sequence[str]
    ) -> Mapping[str, Reached]:
        """Say of each address that the crawl has in its queue or has visited how it stands."""
        ...
