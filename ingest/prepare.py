"""Turn one listed entry into what becomes of its document, short of its vectors."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import structlog

from connectors.errors import ConnectorError, DocumentUnreadable
from connectors.model import Document, Entry, Source
from connectors.port import Connector
from ingest.chunk import chunk
from ingest.diff import Piece, identify, place, text_hash
from ingest.errors import IngestError, ParserDied, Unparsable
from ingest.facts import describe, embedded_title, redescribe
from ingest.model import DocumentId, ParsedDocument, PointId
from ingest.ports import Clock, Embedder, NewId, Parser, TokenCounter
from ingest.records import (
    Blank,
    Change,
    DocumentFacts,
    DocumentHead,
    DocumentState,
    Fail,
    NewRevision,
    Write,
)
from ingest.stages import Stages

_DEADLY_ATTEMPTS = 3
"""A document that killed its parser so often is left alone until its version changes."""
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)


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
        return Write(self.facts, revision, self.moved_from)


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
        connector: Connector,
        entry: Entry,
        head: DocumentHead | None,
        stages: Stages,
    ) -> Change | Draft:
        """Say what becomes of an entry; whatever is wrong with it alone becomes a Fail."""
        document_id = head.facts.id if head else DocumentId(self._new_id())
        try:
            with stages.measured("fetch"):
                document = entry.document or await connector.fetch(entry)
            return await self._compare(source, entry, document, head, document_id, stages)
        except ParserDied as error:
            return self._failed(document_id, entry, head, str(error), deadly=True)
        except (DocumentUnreadable, Unparsable) as error:
            lasting = isinstance(error, Unparsable)
            return self._failed(document_id, entry, head, str(error), lasting=lasting)
        except (ConnectorError, IngestError):
            raise  # not of this document alone
        except Exception as error:  # a fault of ours stops this document, and no other one
            self._log.exception("document_failed", source=source.id, ref=entry.ref)
            reason = f"{type(error).__name__}, a fault of Punnet: the worker's log says where"
            return self._failed(document_id, entry, head, reason)

    def fail(self, ref: str, reason: str, head: DocumentHead | None) -> Fail:
        """Note that a document could not even be listed; it is tried again at every run."""
        document_id = head.facts.id if head else DocumentId(self._new_id())
        version = head.facts.version if head else ""
        return Fail(document_id, ref, version, reason, self._clock())

    async def _compare(
        self,
        source: Source,
        entry: Entry,
        document: Document,
        head: DocumentHead | None,
        document_id: DocumentId,
        stages: Stages,
    ) -> Change | Draft:
        content_hash = sha256(document.content).hexdigest()
        if head and _same_bytes(head, document, content_hash):
            facts = redescribe(head.facts, document, source, entry.validators)
            return Write(facts, None, entry.moved_from)
        with stages.measured("parse"):
            parsed = await self._parser.parse(document.content, document.media_type, document.ref)
        facts = describe(document_id, source, document, parsed, content_hash, entry.validators)
        if not parsed.blocks:
            return Blank(facts, "it has no words")
        with stages.measured("chunk"):
            title = embedded_title(document, parsed)
            draft = await asyncio.to_thread(self._draft, source, facts, parsed, title, entry, head)
        if head and head.state is DocumentState.LIVE and draft.text_hash == head.text_hash:
            return Write(facts, None, entry.moved_from)
        return draft

    def _draft(
        self,
        source: Source,
        facts: DocumentFacts,
        parsed: ParsedDocument,
        title: str,
        entry: Entry,
        head: DocumentHead | None,
    ) -> Draft:
        chunks = chunk(parsed, title, self._embedder.tokens, self._embedder.recipe.max_tokens)
        pieces = identify(source.tenant, facts.id, chunks)
        return Draft(
            facts=facts,
            moved_from=entry.moved_from,
            parsed=parsed,
            text_hash=text_hash(parsed.text, place(pieces)),
            tokens=self._tokens.count([parsed.text])[0],
            pieces=pieces,
            head=head,
        )

    def _failed(
        self,
        document_id: DocumentId,
        entry: Entry,
        head: DocumentHead | None,
        reason: str,
        *,
        deadly: bool = False,
        lasting: bool = False,
    ) -> Fail:
        attempts = (head.attempts if head else 0) + 1
        given_up = lasting or (deadly and attempts >= _DEADLY_ATTEMPTS)
        delay = min(_FIRST_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_RETRY)
        retry_at = None if given_up else self._clock() + delay
        return Fail(document_id, entry.ref, entry.version, reason, retry_at, entry.moved_from)


def _same_bytes(head: DocumentHead, document: Document, content_hash: str) -> bool:
    """Say whether the live text is already that of these bytes, under the same title.

    A head without a version is to be read anew: its source's labels or settings changed.
    """
    same_title = not document.title or document.title == head.facts.title
    known = head.text_hash != "" and head.facts.version != ""
    return known and head.facts.content_hash == content_hash and same_title
