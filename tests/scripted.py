"""A connector that does what a test has written down, for what no real source does on demand."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.errors import DocumentUnreadable
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Presence,
    Tombstone,
)

Step = Page | Completeness | Exception
WHOLE = Completeness(enumerates_all=True)


@dataclass
class Script:
    """Holds documents, and lists them as it is told; an exception among the steps is raised."""

    texts: dict[str, str]
    page: int = 5
    listing: Callable[["Script"], Iterable[Step]] | None = None
    """Gives the steps of the next scans; None: everything, and the proof of it."""
    fetching: Exception | None = None
    confirming: Exception | None = None
    presence: Mapping[str, Presence] = field(default_factory=dict)
    """What is said of documents that are asked for; else the truth."""

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        steps: Iterable[Step] = (*self.pages(), WHOLE)
        for step in self.listing(self) if self.listing else steps:
            if isinstance(step, Exception):
                raise step
            yield step

    async def fetch(self, entry: Entry) -> Document:
        if self.fetching is not None:
            raise self.fetching
        if entry.ref not in self.texts:
            raise DocumentUnreadable("It is not there.")
        text = self.texts[entry.ref]
        return Document(entry.ref, text, "text/plain", text.encode())

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        if self.confirming is not None:
            raise self.confirming
        there = {ref: Presence.PRESENT if ref in self.texts else Presence.GONE for ref in refs}
        return there | {ref: self.presence[ref] for ref in refs if ref in self.presence}

    def pages(self, refs: Iterable[str] | None = None) -> list[Page]:
        """List these documents, or all."""
        told = sorted(self.texts) if refs is None else list(refs)
        return [
            paged([Entry(ref, self.texts[ref]) for ref in told[at : at + self.page]])
            for at in range(0, len(told), self.page)
        ]


def paged(items: Sequence[Entry | Tombstone | Failure]) -> Page:
    """Make a page of items."""
    return Page(tuple(items), Cursor(items[-1].ref))
