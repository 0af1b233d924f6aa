"""The list of pages: all of them, the stalest first, or those that answer some words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from api.deps import Sealed, Served, Services
from api.desk.asking import PAGE, address, chosen, sources_of
from api.desk.doors import Seeing, Shown, desk_router
from api.desk.shell import Visitor
from api.desk.words import N_
from connectors.model import SourceId
from ingest.freshness.standing import PageFilter
from ingest.model import DocumentId
from ingest.reading import DocumentFilter, DocumentRecord
from ingest.records import DocumentState, SourceRecord
from retrieval.model import Hit, SearchRequest

router = desk_router()
PATH = "/documents"
_HITS = 20
_EXCERPT = 280
STATES = {
    DocumentState.LIVE: N_("Answers"),
    DocumentState.QUARANTINED: N_("Kept from answering"),
    DocumentState.FAILED: N_("Could not be read"),
    DocumentState.NO_CONTENT: N_("Has no words"),
    DocumentState.DELETED: N_("Gone at its source"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which pages somebody wants to see."""

    q: str = ""
    source: str = ""
    state: str = ""
    stale: str = ""
    owner: str = ""
    after: str = ""

    def at(self, after: str | None = None) -> str:
        """Give the address of this list, or of its next page."""
        named = {"q": self.q, "source": self.source, "state": self.state, "stale": self.stale}
        return address(PATH, {**named, "owner": self.owner, "after": after or ""})

    def filter(self, groups: frozenset[str] | None) -> PageFilter:
        """Give it as the ledger reads it."""
        return PageFilter(
            groups=groups,
            source=SourceId(self.source) if self.source else None,
            state=chosen(DocumentState, self.state),
            stale={"yes": True, "no": False}.get(self.stale),
            owner=self.owner or None,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A page in the list."""

    record: DocumentRecord
    source: str
    state: str
    excerpt: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The page of the list."""

    lines: tuple[Line, ...]
    asked: Asked
    further: str
    sources: Sequence[SourceRecord]
    owners: Sequence[str]
    states: dict[DocumentState, str]


def _asked(
    q: Annotated[str, Query(max_length=1_000)] = "",
    source: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=40)] = "",
    stale: Annotated[str, Query(max_length=10)] = "",
    owner: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Asked:
    return Asked(q.strip(), source, state, stale, owner, after)


@router.get(PATH)
async def documents(
    me: Seeing,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    asked: Annotated[Asked, Depends(_asked)],
) -> Response:
    """Show pages; to htmx the list alone."""
    tenant, sources = me.caller.tenant, await sources_of(served, me.caller)
    names = {one.source.id: one.source.name for one in sources}
    further = None
    if asked.q:
        lines = await _found(served, me, asked, names)
    else:
        last = sealed.open("desk/documents", tenant, asked.after or None)
        where = asked.filter(me.caller.groups)
        found = await served.ledger.standing.stalest(tenant, where, last, PAGE + 1)
        page, further = sealed.page("desk/documents", tenant, found, PAGE, lambda r: r.facts.id)
        lines = [_line(one, names) for one in page]
    shown = Listing(
        lines=tuple(lines),
        asked=asked,
        further=asked.at(further) if further else "",
        sources=sources,
        owners=await served.ledger.standing.owners(tenant),
        states=STATES,
    )
    template = "documents_list" if me.partial else "documents"
    return desk.show(me, template, listing=shown)


async def _found(
    served: Services, me: Visitor, asked: Asked, names: dict[SourceId, str]
) -> list[Line]:
    """Search as agents do, and give each page once, at its best passage."""
    sources = frozenset({SourceId(asked.source)}) if asked.source else None
    where = DocumentFilter(groups=me.caller.groups, sources=sources)
    found = await served.searcher.search(me.caller.tenant, SearchRequest(asked.q, _HITS, where))
    best: dict[DocumentId, Hit] = {}
    for hit in found.hits:
        best.setdefault(hit.passage.document, hit)
    lines = []
    for document, hit in best.items():
        record = await served.ledger.reading.document(me.caller.tenant, document)
        if record is not None and _fits(record, asked):
            link = f"{PATH}/{document}?at={hit.passage.start}#p-{hit.passage.id}"
            lines.append(_line(record, names, _excerpt(hit.passage.text), link))
    return lines


def _fits(record: DocumentRecord, asked: Asked) -> bool:
    """Say whether a page that was found is also one of those that are asked for."""
    where = asked.filter(None)
    return (
        where.state in (None, record.state)
        and where.stale in (None, record.stale)
        and where.owner in (None, record.owner)
    )


def _line(
    record: DocumentRecord, names: dict[SourceId, str], excerpt: str = "", link: str = ""
) -> Line:
    source = names.get(record.source, "")
    return Line(record, source, STATES[record.state], excerpt, link or f"{PATH}/{record.facts.id}")


def _excerpt(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _EXCERPT else f"{words[:_EXCERPT].rsplit(' ', 1)[0]} …"
