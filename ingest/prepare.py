"""Turn one listed entry into what becomes of its document, short of its vectors."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import structlog

from connectors.errors import ConnectorError, DocumentUnreadable
from connectors.failpoint import failpoint
from connectors.model import Document, Entry, Failure, Source
from ingest.chunk import chunk
from ingest.diff import Piece, identify, place, text_hash
from ingest.enclosed import DEEPEST, entry_within, no_longer_enclosed, ref_within
from ingest.errors import IngestError, ParserDied, Unparsable
from ingest.facts import describe, embedded_title, narrowed, redescribe
from ingest.model import DocumentId, ParsedDocument, PointId
from ingest.parsed import Attachment
from ingest.portions import Listed, refs_of
from ingest.ports import Clock, Embedder, NewId, Parser, TokenCounter
from ingest.records import (
    Blank,
    Change,
    DocumentFacts,
    DocumentHead,
    DocumentState,
    Drop,
    Fail,
    Keep,
    NewRevision,
    Write,
)
from ingest.stages import Stages

_DEADLY_ATTEMPTS = 3
"""A document that killed its parser so often is left alone for a week."""
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)
_LASTING_RETRY = timedelta(days=7)
"""What cannot be read may be read by a later Punnet, so it is not given up for good."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document whose new text is cut into pieces that still want their vectors."""

    facts: DocumentFacts
    moved_from: str | None
    parsed: ParsedDocument
    text_hash: str
    tokens: int
    pieces: tuple[Piece, ...]
    head: DocumentHead | None

    @property
    def held(self) -> Mapping[PointId, str]:
        """Points that the live revision places already."""
        return self.head.passages if self.head else {}

    def write(self, revision: NewRevision) -> Write:
        """Complete it with its passages."""
        return Write(self.facts, revision, self.moved_from, self.parsed.links)


Item = tuple[Change | Draft, DocumentHead | None]
"""What becomes of a document, and what it was before."""
Fetch = Callable[[Entry], Awaitable[Document]]
"""Reads one document, as a connector does."""


@dataclass(frozen=True, slots=True)
class _Case:
    """An entry with what is known of its document and of what is enclosed in that."""

    source: Source
    entry: Entry
    id: DocumentId
    head: DocumentHead | None
    heads: Mapping[str, DocumentHead]
    """Of this document and of those enclosed in it, by ref."""
    parent: DocumentId | None
    depth: int
    stages: Stages

    @property
    def encloses(self) -> bool:
        """Whether something was found in it the last time."""
        within = ref_within(self.head.facts.ref, "") if self.head else ""
        return any(ref.startswith(within) for ref in self.heads) if within else False


class Preparer:
    """Fetch, compare, parse and cut documents of any source."""

    def __init__(
        self,
        parser: Parser,
        embedder: Embedder,
        tokens: TokenCounter,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._parser = parser
        self._embedder = embedder
        self._tokens = tokens
        self._clock = clock
        self._new_id = new_id
        self._log = structlog.get_logger("punnet.prepare")

    async def prepare(
        self,
        source: Source,
        fetch: Fetch,
        entry: Entry,
        heads: Mapping[str, DocumentHead],
        stages: Stages,
    ) -> list[Item]:
        """Say what becomes of an entry and of what is enclosed in it, itself first.

        Whatever is wrong with one document alone becomes a Fail.
        """
        case = self._case(source, entry, heads, stages)
        items = await self._prepared(case, fetch)
        if isinstance(first := items[0][0], Fail):
            items += _hidden_with(first, heads)
        stays = {ref for item, _ in items if isinstance(item, Fail) for ref in _refs(item)}
        found = {ref for item, _ in items for ref in _refs(item)}
        gone = no_longer_enclosed(case.id, heads, found, stays)
        return [*items, *((Drop(head.facts.ref), head) for head in gone)]

    def fail(self, failure: Failure, heads: Mapping[str, DocumentHead]) -> list[Item]:
        """Note that a document could not even be listed; when it is due, it is tried by its ref."""
        head = head_of(failure, heads)
        document_id = head.facts.id if head else DocumentId(self._new_id())
        access = _narrowed(head, failure.access)
        version = head.facts.version if head and access is None else ""
        retry_at = self._clock() + _delay(head.attempts if head else 0)
        ref, reason = failure.ref, failure.reason
        fail = Fail(document_id, ref, version, reason, retry_at, access=access)
        return [(fail, head), *_hidden_with(fail, heads)]

    def _case(
        self,
        source: Source,
        entry: Entry,
        heads: Mapping[str, DocumentHead],
        stages: Stages,
        outer: _Case | None = None,
    ) -> _Case:
        head = head_of(entry, heads)
        return _Case(
            source=source,
            entry=entry,
            id=head.facts.id if head else DocumentId(self._new_id()),
            head=head,
            heads=heads,
            parent=(outer.parent or outer.id) if outer else None,
            depth=outer.depth + 1 if outer else 0,
            stages=stages,
        )

    async def _prepared(self, case: _Case, fetch: Fetch) -> list[Item]:
        access = frozenset[str]()
        try:
            document = case.entry.document or await fetch(case.entry)
            access = document.access
            failpoint("prepare.fetched")
            change, enclosed = await self._compare(case, document)
        except DocumentUnreadable as error:
            return [(self._failed(case, str(error), error.access), case.head)]
        except ParserDied as error:
            return [(self._failed(case, str(error), access, deadly=True), case.head)]
        except Unparsable as error:
            return [(self._failed(case, str(error), access, lasting=True), case.head)]
        except (ConnectorError, IngestError):
            raise  # not of this document alone
        except Exception as error:  # a fault of ours stops this document, and no other one
            self._log.exception("document_failed", source=case.source.id, ref=case.entry.ref)
            reason = f"{type(error).__name__}, a fault of Punnet: the worker's log says where"
            return [(self._failed(case, reason, access), case.head)]
        items: list[Item] = [(change, case.head)]
        for inner in enclosed if case.depth < DEEPEST else ():
            entry = entry_within(case.entry, document, inner)
            within = self._case(case.source, entry, case.heads, case.stages, case)
            items += await self._prepared(within, fetch)
        return items

    async def _compare(
        self, case: _Case, document: Document
    ) -> tuple[Change | Draft, tuple[Attachment, ...]]:
        """Say what becomes of the document, and what is enclosed in it."""
        head, entry = case.head, case.entry
        content_hash = sha256(document.content).hexdigest()
        if head and not case.encloses and _same_bytes(head, document, content_hash):
            facts = redescribe(head.facts, document, case.source, entry.validators)
            return Write(facts, None, entry.moved_from), ()
        with case.stages.measured("parse"):
            parsed = await self._parser.parse(document.content, document.media_type, document.ref)
        failpoint("prepare.parsed")
        if not document.anchored:
            parsed = _without_anchors(parsed)
        facts = describe(case.id, case.source, document, parsed, content_hash, entry.validators)
        facts = replace(facts, parent=case.parent)
        if not parsed.blocks:
            return Blank(facts, "it has no words"), parsed.attachments
        with case.stages.measured("chunk"):
            title = embedded_title(document, parsed)
            draft = await asyncio.to_thread(self._draft, case, facts, parsed, title)
        if head and head.state is DocumentState.LIVE and draft.text_hash == head.text_hash:
            return Write(facts, None, entry.moved_from, parsed.links), parsed.attachments
        return draft, parsed.attachments

    def _draft(
        self, case: _Case, facts: DocumentFacts, parsed: ParsedDocument, title: str
    ) -> Draft:
        chunks = chunk(parsed, title, self._embedder.tokens, self._embedder.recipe.max_tokens)
        pieces = identify(case.source.tenant, facts.id, chunks)
        return Draft(
            facts=facts,
            moved_from=case.entry.moved_from,
            parsed=parsed,
            text_hash=text_hash(parsed.text, place(pieces)),
            tokens=self._tokens.count([parsed.text])[0],
            pieces=pieces,
            head=case.head,
        )

    def _failed(
        self,
        case: _Case,
        reason: str,
        access: frozenset[str],
        *,
        deadly: bool = False,
        lasting: bool = False,
    ) -> Fail:
        head, entry = case.head, case.entry
        before = head.attempts if head else 0
        hopeless = lasting or (deadly and before + 1 >= _DEADLY_ATTEMPTS)
        delay = _LASTING_RETRY if hopeless else _delay(before)
        # What is enclosed is read with its outer document alone, and so are its retries.
        retry_at = None if case.parent else self._clock() + delay
        moved_from, parent = entry.moved_from, case.parent
        version, still = entry.version, _narrowed(head, access)
        return Fail(case.id, entry.ref, version, reason, retry_at, moved_from, parent, still)


def _narrowed(head: DocumentHead | None, told: frozenset[str]) -> frozenset[str] | None:
    """Say who may see an old text if not who could before."""
    still = narrowed(head.facts, told) if head else frozenset()
    return still if head and still != head.facts.access else None


def _hidden_with(fail: Fail, heads: Mapping[str, DocumentHead]) -> list[Item]:
    """Hide what is enclosed in a document from whom that is hidden from."""
    outer, access = fail.document, fail.access
    within = [one for one in heads.values() if access is not None and one.facts.parent == outer]
    return [
        (Fail(one.facts.id, one.facts.ref, "", fail.reason, None, None, outer, still), one)
        for one in within
        if one.state is not DocumentState.DELETED
        if (still := _narrowed(one, access or frozenset())) is not None
    ]


def _delay(attempts: int) -> timedelta:
    """Say how long to wait after so many failures in a row before this one."""
    delay: timedelta = min(_FIRST_RETRY * 2 ** min(attempts, 10), _LONGEST_RETRY)
    return delay


def head_of(item: Listed, heads: Mapping[str, DocumentHead]) -> DocumentHead | None:
    """Give what is known of an item's document, under its former ref before its own."""
    return next((heads[ref] for ref in refs_of(item) if ref in heads), None)


def _without_anchors(parsed: ParsedDocument) -> ParsedDocument:
    return replace(parsed, blocks=tuple(replace(block, anchor="") for block in parsed.blocks))


def _refs(item: Change | Draft) -> tuple[str, ...]:
    """Give the refs under which the ledger may know the document."""
    if isinstance(item, Keep | Drop):
        return (item.ref,)
    ref = item.ref if isinstance(item, Fail) else item.facts.ref
    former = None if isinstance(item, Blank) else item.moved_from
    return (former, ref) if former else (ref,)


def _same_bytes(head: DocumentHead, document: Document, content_hash: str) -> bool:
    """Say whether the live text is already that of these bytes, under the same title.

    A head without a version is to be read anew: its source's labels or settings changed.
    """
    same_title = not document.title or document.title == head.facts.title
    known = head.text_hash != "" and head.facts.version != ""
    return known and head.facts.content_hash == content_hash and same_title
