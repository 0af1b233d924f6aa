"""List a Notion workspace.

Search finds what is shared, but not all of it, and not at once. So its data sources are
queried too, pages that stand in pages which were read are looked up, and so is every page
that we hold and nothing listed. All listings come with the last edits first: what is edited
meanwhile moves to where we have been, and nothing moves past us; the next scan finds it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.errors import DocumentUnreadable, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.model import (
    Completeness,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Tombstone,
)
from connectors.notion_api import NotionApi
from connectors.notion_mark import Mark, Step, ended, write_mark
from connectors.notion_model import Kind, NotionPage, Place
from connectors.notion_objects import Listed
from connectors.notion_pages import Got, PageLister
from connectors.notion_refusals import Missing
from connectors.notion_scope import Scope

Item = Entry | Tombstone | Failure
Ask = Callable[[str | None], Awaitable[Listed[NotionPage]]]
_AT_ONCE = 16
"""Pages looked up one by one that make a page of the scan."""
_LIMIT = "Notion lists no more than 10,000 pages at once: nothing was deleted"
_CUT = (
    "the run before was interrupted with more pages found than it could note down: nothing was "
    "deleted, and the next run reads everything"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a listing: where it begins, and where the next one does."""

    at: str
    pages: Sequence[NotionPage]
    onward: str


@dataclass(slots=True)
class NotionScan:
    """One scan; it remembers what it has listed, and a resumed one only what came since."""

    api: NotionApi
    lister: PageLister
    scope: Scope
    roots: Sequence[str]
    known: Mapping[str, KnownDocument]
    mark: Mark
    resumed: bool
    _notes: list[str] = field(default_factory=list)
    _queried: set[str] = field(default_factory=set)

    async def steps(self) -> AsyncIterator[Page | Completeness]:
        """List what the mark says is to be listed, from where it stands."""
        self.lister.found.update((one.id, one) for one in self.mark.found)
        parts = [self._all_pages(), self._rows(), self._found()]
        if self.mark.full and not self.resumed:
            parts.append(self._unlisted())
        for part in parts:
            async for page in part:
                yield page
        failpoint("notion.ended")
        if self.mark.cut:
            self._notes.append(_CUT)
        proven = not self._notes
        yield Completeness(
            enumerates_all=self.mark.full and proven,
            cursor=ended(self.mark, proven=proven),
            notes=tuple(self._notes),
        )

    async def _all_pages(self) -> AsyncIterator[Page]:
        if self.mark.step is Step.PAGES:
            async for page in self._listing(self.api.search_pages):
                yield page
            self._go_on(Step.ROWS)

    def _go_on(self, step: Step) -> None:
        self.mark = replace(self.mark, step=step, source="", at="", after="")

    async def _listing(self, ask: Ask, *, notes_place: bool = True) -> AsyncIterator[Page]:
        """Go through a listing; the cursor of each page of it leads to what comes after it."""
        at, after = (self.mark.at, self.mark.after) if notes_place else ("", "")
        async for part in self._parts(ask, at):
            rest = _rest(part.pages, after if part.at == at else "")
            portions = list(self.lister.portions(rest, self.mark.since))
            for pages in portions:
                items = await self._items(pages)
                if notes_place:
                    self._note(part, pages[-1].id, is_last=pages is portions[-1])
                yield self._page(items)

    async def _parts(self, ask: Ask, at: str) -> AsyncIterator[_Part]:
        begun = {at}
        while True:
            listed = await ask(at or None)
            failpoint("notion.listed")
            if not (listed.whole or listed.next):
                self._notes.append(_LIMIT)
            # Behind the last edits that are asked for, there are but older ones.
            old = any(page.edited < self.mark.since for page in listed.found)
            onward = "" if old else _onward(listed, begun) or ""
            yield _Part(at, listed.found, onward)
            if not onward:
                return
            at = onward

    def _note(self, part: _Part, after: str, *, is_last: bool) -> None:
        """Note where a scan resumes that was interrupted after this page."""
        if not is_last:
            self.mark = replace(self.mark, at=part.at, after=after)
        elif part.onward:
            self.mark = replace(self.mark, at=part.onward, after="")
        elif self.mark.step is Step.PAGES:
            self._go_on(Step.ROWS)
        else:
            # This sorts behind this data source, and before the next.
            self.mark = replace(self.mark, source=f"{self.mark.source}+", at="", after="")

    async def _rows(self) -> AsyncIterator[Page]:
        if self.mark.step is not Step.ROWS:
            return
        begin = self.mark
        for source in sorted(await self._sources()):
            if source < begin.source:
                self._queried.add(source)
                continue
            again = source == begin.source
            at, after = (begin.at, begin.after) if again else ("", "")
            self.mark = replace(self.mark, source=source, at=at, after=after)
            async for page in self._rows_of(source, notes_place=True):
                yield page
        self._go_on(Step.REST)

    async def _rows_of(self, source: str, *, notes_place: bool) -> AsyncIterator[Page]:
        if source in self._queried:
            return
        self._queried.add(source)
        since = self.mark.since or None

        async def ask(start: str | None) -> Listed[NotionPage]:
            return await self.api.rows(source, since, start)

        try:
            async for page in self._listing(ask, notes_place=notes_place):
                yield page
        except Missing:
            # Single rows of it may be shared; those are found as any page is.
            return
        except DocumentUnreadable as error:
            self._notes.append(f"the table {source} cannot be listed: nothing was deleted: {error}")

    async def _sources(self) -> set[str]:
        """Find the data sources within the scope, and where the roots are not to be had."""
        sources: set[str] = set()
        start: str | None = None
        begun: set[str] = set()
        while True:
            listed = await self.api.search_sources(start)
            for one in listed.found:
                if not one.trashed and await self._holds(one.id, one.parent):
                    sources.add(one.id)
            start = _onward(listed, begun)
            if start is None:
                break
        for root in self.roots:
            sources |= await self._of_root(root)
        return sources

    async def _holds(self, one: str, parent: Place) -> bool:
        try:
            return await self.scope.holds(one, parent)
        except DocumentUnreadable:
            return False

    async def _of_root(self, root: str) -> set[str]:
        """Give the data sources that a root is; a page is noted as found."""
        if root in self.lister.seen:
            return set()
        try:
            page = await self.api.page(root)
        except DocumentUnreadable:
            return await self._of_database(root)
        if not page.trashed:
            self.lister.found[root] = Place(Kind.PAGE, root)
        return set()

    async def _of_database(self, root: str) -> set[str]:
        try:
            return set((await self.api.database(root)).sources)
        except DocumentUnreadable:
            pass
        try:
            source = await self.api.source(root)
        except DocumentUnreadable:
            self._notes.append(
                f"the root {root} cannot be seen: nothing was deleted; share it with the "
                "integration, or take it out of 'roots'"
            )
            return set()
        return set() if source.trashed else {source.id}

    async def _found(self) -> AsyncIterator[Page]:
        """Look up what stands in pages that were read, and what stands in that."""
        while self.lister.found:
            batch = list(self.lister.found.values())[:_AT_ONCE]
            databases = [one.id for one in batch if one.kind is Kind.DATABASE]
            pages = [one.id for one in batch if one.kind is not Kind.DATABASE]
            items = await self._items(await self._looked_up(pages))
            self._leave(pages)
            if items:
                yield self._page(items)
            for one in databases:
                async for page in self._rows_in(one):
                    yield page
            self._leave(databases)

    def _leave(self, looked_up: Sequence[str]) -> None:
        for one in looked_up:
            self.lister.found.pop(one, None)

    async def _rows_in(self, database: str) -> AsyncIterator[Page]:
        try:
            sources = (await self.api.database(database)).sources
        except DocumentUnreadable:
            # A view of a database that is not shared: no such database, or one without tables.
            return
        for source in sources:
            async for page in self._rows_of(source, notes_place=False):
                yield page

    async def _unlisted(self) -> AsyncIterator[Page]:
        """Look up what we hold and nothing listed; what is not there is left out."""
        held = [ref for ref in self.known if "/" not in ref and ref not in self.lister.seen]
        for at in range(0, len(held), _AT_ONCE):
            pages = [
                page
                for page in await self._looked_up(held[at : at + _AT_ONCE])
                if page.trashed or not await self.scope.in_trash(page)
            ]
            if items := await self._items(pages):
                yield self._page(items)
            # Search may miss tables too; what else is in them comes by hundreds.
            for source in {one.parent.id for one in pages if one.parent.kind is Kind.DATA_SOURCE}:
                async for page in self._rows_of(source, notes_place=False):
                    yield page
        async for page in self._found():
            yield page

    async def _looked_up(self, refs: Sequence[str]) -> list[NotionPage]:
        pages = []
        for ref in refs:
            if ref in self.lister.seen:
                continue
            try:
                pages.append(await self.api.page(ref))
            except DocumentUnreadable:
                continue
        return pages

    async def _items(self, pages: Sequence[NotionPage]) -> tuple[Item, ...]:
        items = await self.lister.items(pages)
        for page in pages:
            self.mark = self.mark.seen(page.edited)
        failpoint("notion.read")
        return items

    def _page(self, items: tuple[Item, ...]) -> Page:
        return Page(items, write_mark(replace(self.mark, found=tuple(self.lister.found.values()))))


def _onward(listed: Listed[Got], begun: set[str]) -> str | None:
    """Give where the next part begins; it must be none of those that began before."""
    if listed.next in begun:
        raise SourceUnavailable("Notion lists the same things again and again.")
    if listed.next is not None:
        begun.add(listed.next)
    return listed.next


def _rest(pages: Sequence[NotionPage], after: str) -> Sequence[NotionPage]:
    """Give what comes after a page, or all of it where that page is not here any more."""
    at = next((number for number, page in enumerate(pages) if page.id == after), -1)
    return pages[at + 1 :]
