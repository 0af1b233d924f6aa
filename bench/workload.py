"""Messages with one, two or four questions of a public set, searched whole and part by part."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bench.sets import RetrievalSet, Span
from bench.shelf import Shelf, embed_questions
from ingest.model import PointId
from ingest.ports import Embedder
from ingest.reading import LivePassage
from retrieval.model import Found, Hit, PartFound
from retrieval.pack.order import write_hits
from retrieval.planner.parts import split_parts
from retrieval.planner.tokens import Gauge
from retrieval.signals import describe

SETS = ("chunking-eval", "hotpotqa-100", "covidqa-long")
TOGETHER = (1, 2, 4)
_PAGES_APART = frozenset({"covidqa-long"})
"""Sets of so many pages that halves can be told by page; in the others, by question."""
Letter = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Message:
    """What a customer writes, with what was found and what was needed."""

    set: str
    text: str
    questions: int
    half: int
    """0 or 1: what is fitted on one half is measured on the other."""
    gold: frozenset[Letter]
    """The characters that the answer needs, by page and place; blanks are left out."""
    whole: Found
    """What the message as one question finds."""
    parts: tuple[PartFound, ...]
    heads: Mapping[str, int]
    bodies: Mapping[PointId, int]
    """Tokens of a page's line of provenance and of a passage under its tag."""

    def size(self, hits: Sequence[Hit]) -> list[int]:
        """Give the tokens of the first n hits as they are packed, n = 0 … len(hits)."""
        sizes, seen = [0], set[str]()
        for hit in hits:
            page = hit.passage.document
            head = 0 if page in seen else self.heads[page]
            seen.add(page)
            sizes.append(sizes[-1] + head + self.bodies[hit.passage.id])
        return sizes

    def body(self, hit: Hit) -> int:
        """Give the tokens of one passage under its tag."""
        return self.bodies[hit.passage.id]

    def holds(self, hit: Hit) -> bool:
        """Say whether a hit holds any of what is needed."""
        return any(_in(one, hit.passage) for one in self.gold)

    def full_at(self, hits: Sequence[Hit]) -> int | None:
        """Give the least n whose hits hold all that is needed; None where all do not."""
        missing = set(self.gold)
        for number, hit in enumerate(hits, start=1):
            passage = hit.passage
            missing -= {one for one in missing if _in(one, passage)}
            if not missing:
                return number
        return None


def _in(letter: Letter, passage: LivePassage) -> bool:
    page, place = letter
    return passage.ref == page and passage.start <= place < passage.end


async def messages(
    shelf: Shelf, embedder: Embedder, gauge: Gauge, without: Collection[str] = ()
) -> list[Message]:
    """Ask a set, less the pages of `without`, its questions alone and joined.

    Each question is asked once in each size; what its gone pages held is needed none the less.
    """
    said = [keys for size in TOGETHER for keys in _joined(shelf.data, size)]
    texts = [_text(shelf.data, keys) for keys in said]
    parts = [split_parts(text) or (text,) for text in texts]
    await embed_questions(shelf, embedder, [*texts, *(one for found in parts for one in found)])
    gold = {key: _gold(shelf, key) for key, _ in shelf.data.asked}
    found = []
    for keys, text, split in zip(said, texts, parts, strict=True):
        needed = frozenset().union(*(gold[key] for key in keys))
        whole = shelf.search(text, without)
        searched = [whole if one == text else shelf.search(one, without) for one in split]
        own = tuple(map(part_found, split, searched))
        found.append(_message(shelf.data, keys, needed, whole, own, gauge))
    return found


def part_found(text: str, found: Found) -> PartFound:
    """Describe a search as the planner does."""
    best = [hit.passage for hit in found.hits]
    return PartFound(text, found, describe(text, found.lists, best))


def _message(
    data: RetrievalSet,
    keys: Sequence[str],
    needed: frozenset[Letter],
    whole: Found,
    parts: tuple[PartFound, ...],
    gauge: Gauge,
) -> Message:
    hits = {
        hit.passage.id: hit for found in (whole, *(p.found for p in parts)) for hit in found.hits
    }
    written = write_hits(list(hits.values()), gauge)
    return Message(
        set=data.name,
        text=_text(data, keys),
        questions=len(keys),
        half=half_of(data, keys[0]),
        gold=needed,
        whole=whole,
        parts=parts,
        heads={one.hit.passage.document: one.head_size.expected for one in written.values()},
        bodies={id_: one.body_size.expected for id_, one in written.items()},
    )


def half_of(data: RetrievalSet, key: str) -> int:
    """Put a question, or all those of one page, into one of two halves."""
    by = data.spans[key][0].page if data.name in _PAGES_APART else key
    return sha256(f"{data.name}/{by}".encode()).digest()[0] % 2


def _joined(data: RetrievalSet, size: int) -> Iterator[tuple[str, ...]]:
    """Put questions of one half together, by a fixed seed; what is left over is left out."""
    for half in (0, 1):
        asked = [key for key, _ in data.asked if half_of(data, key) == half]
        random.Random(size).shuffle(asked)
        for at in range(0, len(asked) - size + 1, size):
            yield tuple(asked[at : at + size])


def _text(data: RetrievalSet, keys: Sequence[str]) -> str:
    return " ".join(_ended(data.questions[key]) for key in keys)


def _ended(text: str) -> str:
    """End a question as people do who write another one behind it."""
    return text if text.rstrip()[-1:] in "?.!" else f"{text.rstrip()}?"


def _gold(shelf: Shelf, key: str) -> frozenset[Letter]:
    """Give the needed characters that any passage holds: blanks between two are in none."""
    pages = {page.id: page.text for page in shelf.data.pages}
    spans = shelf.data.spans.get(key) or [
        Span(page, 0, len(pages[page])) for page in sorted(shelf.data.relevant[key])
    ]
    wanted = {
        (span.page, place)
        for span in spans
        for place in range(span.start, span.end)
        if not pages[span.page][place].isspace()
    }
    named = {span.page for span in spans}
    passages = [one for one in shelf.passages.values() if one.ref in named]
    return frozenset(one for one in wanted if any(_in(one, passage) for passage in passages))
