"""One page: what it says, how far it can be trusted, what is said of it, and what it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from api.deps import Served, Services
from api.desk.documents import PATH, STATES
from api.desk.doors import Seeing, Shown, desk_router
from api.desk.flags import KINDS, FlagView, Piece, Said, pieces, view_of
from api.desk.reading import Text, laid_out
from api.desk.shell import Visitor
from api.errors import NotFound
from api.routes.access import actor_of
from ingest.freshness.differing import Hunk, Line, changes
from ingest.freshness.model import WAITING, Aging, FlagFilter, FlagKind
from ingest.freshness.standing import Answered
from ingest.model import DocumentId
from ingest.reading import DocumentRecord, Revision
from ingest.records import SourceRecord

router = desk_router()
ONE = PATH + "/{document_id}"
REPORTABLE = (FlagKind.OUTDATED, FlagKind.INCORRECT, FlagKind.MISSING)
_FLAGS = 50
_QUESTIONS = 8
_ANSWERED_WITHIN = timedelta(days=30)
_LONGEST_DIFF = 400_000
"""Characters of both texts together: comparing more would keep everybody waiting."""

Offset = Annotated[int, Query(ge=0, le=2**31)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """All that the page shows of a document."""

    record: DocumentRecord
    state: str
    source: SourceRecord | None
    aging: Aging | None
    text: Text | None
    flags: tuple[FlagView, ...]
    revisions: Sequence[Revision]
    answered: Sequence[Answered] | None
    """None: not for this visitor."""
    reportable: tuple[tuple[FlagKind, Said], ...]

    @property
    def path(self) -> str:
        """Give its address."""
        return f"{PATH}/{self.record.facts.id}"


@router.get(ONE)
async def document(
    document_id: str, me: Seeing, desk: Shown, served: Served, at: Offset = 0
) -> Response:
    """Show a page, at the part of its text that holds the offset."""
    caller, actor = me.caller, actor_of(me.caller)
    record = await served.review.page(actor, DocumentId(document_id))
    name = record.facts.id
    where = FlagFilter(states=WAITING, documents=frozenset({name}))
    flags = await served.review.flags(actor, where, None, _FLAGS)
    source = await served.ledger.sources.source(caller.tenant, record.source)
    marks = [
        (quote.start, quote.end)
        for flag in flags
        for quote in flag.finding.quotes
        if quote.document == name and quote.revision == record.revision
    ]
    page = DocumentPage(
        record=record,
        state=STATES[record.state],
        source=source,
        aging=await served.ledger.freshness.aging(caller.tenant, name, served.clock()),
        text=await _text(served, record, marks, at),
        flags=tuple(map(view_of, flags)),
        revisions=await served.ledger.reading.list_revisions(caller.tenant, name),
        answered=await _answered(served, me, name),
        reportable=tuple((kind, KINDS[kind]) for kind in REPORTABLE),
    )
    return desk.show(me, "document", page=page)


@dataclass(frozen=True, slots=True)
class Change:
    """A place where two versions of a text differ."""

    before: tuple[str, ...]
    old: tuple[tuple[Piece, ...], ...]
    new: tuple[tuple[Piece, ...], ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between a version of a page and the one before it."""

    record: DocumentRecord
    older: Revision
    newer: Revision
    changes: tuple[Change, ...]
    too_long: bool


@router.get(ONE + "/changes/{number}")
async def changed(
    document_id: str, number: Number, me: Seeing, desk: Shown, served: Served
) -> Response:
    """Show what a version of a page changed of the kept one before it."""
    record = await served.review.page(actor_of(me.caller), DocumentId(document_id))
    kept = await served.ledger.reading.list_revisions(me.caller.tenant, record.facts.id)
    before = next((one.number for one in kept if one.number < number), None)
    newer = await _revision(served, record, number)
    older = await _revision(served, record, before) if before else None
    if newer is None or older is None:
        raise NotFound
    too_long = len(older.text) + len(newer.text) > _LONGEST_DIFF
    found = () if too_long else changes(older.text, newer.text)
    compared = Comparison(record, older, newer, tuple(map(_change, found)), too_long)
    return desk.show(me, "changes_part" if me.partial else "changes", compared=compared)


def _change(hunk: Hunk) -> Change:
    return Change(
        tuple(line.text for line in hunk.before),
        _marked(hunk.old),
        _marked(hunk.new),
        tuple(line.text for line in hunk.after),
    )


def _marked(lines: Sequence[Line]) -> tuple[tuple[Piece, ...], ...]:
    return tuple(pieces(line.text, line.marks) for line in lines)


async def _revision(served: Services, record: DocumentRecord, number: int) -> Revision | None:
    return await served.ledger.reading.revision(record.tenant, record.facts.id, number)


async def _text(
    served: Services, record: DocumentRecord, marks: Sequence[tuple[int, int]], at: int
) -> Text | None:
    """Give the live text in its passages; None where there is none."""
    revision = await _revision(served, record, record.revision) if record.revision else None
    if revision is None:
        return None
    reading = served.ledger.reading
    sequence = (await reading.snapshot(record.tenant)).sequence
    passages = await reading.placements(record.tenant, sequence, record.facts.id)
    return laid_out(revision, passages, marks, at)


async def _answered(
    served: Services, me: Visitor, document: DocumentId
) -> Sequence[Answered] | None:
    """Give questions that rested on it: only who sees all pages may see what others asked."""
    if me.caller.groups is not None:
        return None
    since = served.clock() - _ANSWERED_WITHIN
    return await served.ledger.standing.answered(me.caller.tenant, document, since, _QUESTIONS)
