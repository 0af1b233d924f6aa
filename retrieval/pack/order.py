"""Put pieces in the order in which the model reads them, each under its tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.model import DocumentId, PointId
from ingest.reading import LivePassage
from retrieval.cite import link_to
from retrieval.model import Citation, Freshness, Hit, TokenEstimate
from retrieval.pack.prompt import guard, guard_line
from retrieval.planner.tokens import Gauge

_WIDEST_TAG = "D99§9999"
_JOINT = "\n\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage as it stands in a prompt."""

    tag: str
    passage: LivePassage
    freshness: Freshness

    @property
    def document_tag(self) -> str:
        """The part of the tag that names the document."""
        return self.tag.partition("§")[0]


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens of a passage as it stands in a prompt, with the line ends behind it."""

    head: TokenEstimate
    """Of its document's first line, which is written once."""
    body: TokenEstimate


def costs_of(hits: Sequence[Hit], gauge: Gauge) -> Mapping[PointId, Cost]:
    """Measure hits, each text once."""
    pieces = [Piece(_WIDEST_TAG, hit.passage, hit.freshness) for hit in hits]
    texts = [write_head(piece) + _JOINT for piece in pieces]
    sizes = gauge.texts([*texts, *(write_body(piece) + _JOINT for piece in pieces)])
    heads, bodies = sizes[: len(hits)], sizes[len(hits) :]
    return {
        hit.passage.id: Cost(head, body)
        for hit, head, body in zip(hits, heads, bodies, strict=True)
    }


def arrange(hits: Sequence[Hit]) -> tuple[Piece, ...]:
    """Give the document of the best hit first, and within a document its own order."""
    numbers: dict[DocumentId, int] = {}
    for hit in sorted(hits, key=lambda hit: hit.rank):
        numbers.setdefault(hit.passage.document, len(numbers) + 1)
    ordered = sorted(hits, key=lambda hit: (numbers[hit.passage.document], hit.passage.ordinal))
    return tuple(
        Piece(
            f"D{numbers[hit.passage.document]}§{hit.passage.ordinal + 1}",
            hit.passage,
            hit.freshness,
        )
        for hit in ordered
    )


def write_pieces(pieces: Sequence[Piece]) -> str:
    """Write the pieces out, with a line of provenance at the head of each document."""
    lines: list[str] = []
    document = ""
    for piece in pieces:
        if piece.document_tag != document:
            document = piece.document_tag
            lines.append(write_head(piece))
        lines.append(write_body(piece))
    return "\n\n".join(lines)


def write_head(piece: Piece) -> str:
    """Say where a document comes from and how far it can be trusted today."""
    freshness = piece.freshness
    dates = {
        "changed": freshness.changed_at,
        "verified": freshness.verified_at,
        "checked": freshness.as_of,
    }
    facts = [f"{name} {at:%Y-%m-%d}" for name, at in dates.items() if at]
    facts += [f"STALE: {guard_line(reason)}" for reason in freshness.reasons if freshness.stale]
    return f"## [{piece.document_tag}] " + " | ".join([*_name(piece.passage), *facts])


def write_shared_head(piece: Piece) -> str:
    """Say where a document comes from, in words that change only when the document does."""
    changed = piece.passage.changed_at
    facts = [f"changed {changed:%Y-%m-%d}"] if changed else []
    return f"## [{piece.document_tag}] " + " | ".join([*_name(piece.passage), *facts])


def write_body(piece: Piece) -> str:
    """Write one passage whole under its tag, with the headings and table head above it."""
    passage = piece.passage
    context = passage.context.removeprefix(passage.title).removeprefix(" > ")
    above = [line for line in context.split("\n") if line]
    return "\n".join([f"[{piece.tag}]", *(guard(line) for line in above), guard(passage.text)])


def cite(pieces: Sequence[Piece]) -> tuple[Citation, ...]:
    """Say of each tag where its text stands."""
    return tuple(_citation(piece) for piece in pieces)


def _name(passage: LivePassage) -> list[str]:
    return [guard_line(part) for part in (passage.title or passage.ref, passage.url) if part]


def _citation(piece: Piece) -> Citation:
    passage = piece.passage
    return Citation(
        tag=piece.tag,
        document=passage.document,
        revision=passage.revision,
        title=passage.title,
        url=passage.url,
        link=link_to(passage),
        start=passage.start,
        end=passage.end,
        text=passage.text,
        freshness=piece.freshness,
    )
