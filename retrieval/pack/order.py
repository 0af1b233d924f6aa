"""Put pieces in the order in which the model reads them, each under its tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.model import DocumentId, PointId
from ingest.reading import LivePassage
from retrieval.cite import link_to
from retrieval.model import Citation, Freshness, Hit, TokenEstimate
from retrieval.pack.prompt import guard, guard_line
from retrieval.planner.tokens import Gauge

_WIDEST = "D99"
_WIDEST_TAG = f"{_WIDEST}§9999"


@dataclass(frozen=True, slots=True)
class Written:
    """A passage in the words of a prompt, without its tags, and what it takes there."""

    hit: Hit
    head: str
    """Of its document, written once."""
    body: str
    head_size: TokenEstimate
    body_size: TokenEstimate


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


def write_hits(hits: Sequence[Hit], gauge: Gauge) -> Mapping[PointId, Written]:
    """Write hits and measure them, each text once."""
    firsts: dict[DocumentId, Hit] = {}
    for hit in hits:
        firsts.setdefault(hit.passage.document, hit)
    heads = {document: _head(hit) for document, hit in firsts.items()}
    bodies = [body_of(hit.passage) for hit in hits]
    texts = [_headline(_WIDEST, head) for head in heads.values()]
    sizes = gauge.texts([*texts, *(_block(_WIDEST_TAG, body) for body in bodies)])
    head_sizes = dict(zip(heads, sizes, strict=False))
    written = {}
    for hit, body, size in zip(hits, bodies, sizes[len(heads) :], strict=True):
        of = hit.passage.document
        written[hit.passage.id] = Written(hit, heads[of], body, head_sizes[of], size)
    return written


def arrange(written: Sequence[Written]) -> tuple[tuple[str, Written], ...]:
    """Give tags: the document of the best hit first, and within a document its own order."""
    numbers: dict[DocumentId, int] = {}
    for one in sorted(written, key=lambda one: one.hit.rank):
        numbers.setdefault(one.hit.passage.document, len(numbers) + 1)

    def place(one: Written) -> tuple[int, int]:
        return numbers[one.hit.passage.document], one.hit.passage.start

    return tuple(
        (f"D{numbers[one.hit.passage.document]}§{one.hit.passage.ordinal + 1}", one)
        for one in sorted(written, key=place)
    )


def write_knowledge(arranged: Sequence[tuple[str, Written]]) -> str:
    """Write pieces out, with a line of provenance at the head of each document."""
    blocks: list[str] = []
    document = ""
    for tag, one in arranged:
        if one.hit.passage.document != document:
            document = one.hit.passage.document
            blocks.append(_headline(tag.partition("§")[0], one.head))
        blocks.append(_block(tag, one.body))
    return "".join(blocks).rstrip("\n")


def name_of(title: str, ref: str, url: str) -> str:
    """Write what a document is called and where it is, on one line."""
    return " | ".join(guard_line(part) for part in (title or ref, url) if part)


def body_of(passage: LivePassage) -> str:
    """Write one passage whole, with the headings and the table head above it."""
    return _body(passage.title, passage.context, passage.text)


@lru_cache(4_096)
def _body(title: str, context: str, text: str) -> str:
    """Write it once: a good passage is found for many questions."""
    context = context.removeprefix(title).removeprefix(" > ")
    above = [line for line in context.split("\n") if line]
    return "\n".join([*(guard(line) for line in above), guard(text)])


def cite(pieces: Sequence[Piece]) -> tuple[Citation, ...]:
    """Say of each tag where its text stands."""
    return tuple(_citation(piece) for piece in pieces)


def _head(hit: Hit) -> str:
    """Say where a document comes from and how far it can be trusted today."""
    passage, freshness = hit.passage, hit.freshness
    dates = {
        "changed": freshness.changed_at,
        "verified": freshness.verified_at,
        "checked": freshness.as_of,
    }
    facts = [f"{name} {at:%Y-%m-%d}" for name, at in dates.items() if at]
    facts += [f"STALE: {guard_line(reason)}" for reason in freshness.reasons if freshness.stale]
    return " | ".join([name_of(passage.title, passage.ref, passage.url), *facts])


# Both end in the line ends behind them: a tokenizer cuts there, so that sizes add up.


def _headline(tag: str, head: str) -> str:
    return f"## [{tag}] {head}\n\n"


def _block(tag: str, body: str) -> str:
    return f"[{tag}]\n{body}\n\n"


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
