"""Fill a prompt with what is worth most and fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.model import DocumentId, PointId
from ingest.reading import LivePassage
from retrieval.model import ContextPack, Hit, TokenEstimate
from retrieval.pack.frame import Frame, fitted
from retrieval.pack.order import Piece, Written, arrange, cite, write_hits, write_knowledge
from retrieval.planner.budget import fits
from retrieval.planner.tokens import Gauge, add

_NOTHING = TokenEstimate(0, 0)
_FEWEST_WORDS = 8
"""A shorter text says too little without its page to be the same on another."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Hits of one document that are taken together or not at all, each under its own tag."""

    hits: tuple[Hit, ...]
    smaller: tuple["Unit", ...] = ()
    """Taken instead where it does not fit."""

    @property
    def document(self) -> DocumentId:
        """Whose they are."""
        return self.hits[0].passage.document


def singly(hits: Iterable[Hit]) -> tuple[Unit, ...]:
    """Let each hit be taken for itself, by rank."""
    return tuple(Unit((hit,)) for hit in sorted(hits, key=lambda hit: hit.rank))


def fill(
    frame: Frame,
    units: Sequence[Unit],
    budget: int,
    gauge: Gauge,
    written: Mapping[PointId, Written],
) -> ContextPack:
    """Take units in their order while they fit at the 99th percentile; raises NothingFits.

    What is too large makes way for the next. What another document says in the same words is
    taken once. Without anything the prompt says that nothing was found.
    """
    frame = fitted(frame, budget, gauge)
    box = _Box(gauge, dict(written), budget - frame.around.p99)
    for unit in units:
        box.take(unit)
    arranged = arrange(box.taken)
    pieces = [Piece(tag, one.hit.passage, one.hit.freshness) for tag, one in arranged]
    size = add(frame.around, box.size) if pieces else frame.without
    messages = frame.messages(write_knowledge(arranged))
    return ContextPack(messages, size, cite(pieces), box.left_out, frame.warnings)


@dataclass(slots=True)
class _Box:
    """What was taken so far, and the room that is left."""

    gauge: Gauge
    written: dict[PointId, Written]
    room: int
    taken: list[Written] = field(default_factory=list)
    size: TokenEstimate = _NOTHING
    left_out: int = 0
    _spans: dict[DocumentId, list[tuple[int, int]]] = field(default_factory=dict)
    _said: dict[str, list[LivePassage]] = field(default_factory=dict)
    """By the heading that it is said under."""
    _words: dict[PointId, str] = field(default_factory=dict)

    def take(self, unit: Unit) -> None:
        """Take it, else what is smaller, else nothing."""
        if len(unit.hits) == 1 and self._holds(unit.hits[0].passage):
            return
        wanted = self._write(unit.hits)
        sizes = [one.body_size for one in wanted]
        if unit.document not in self._spans:
            sizes.append(wanted[0].head_size)
        cost = add(*sizes)
        if fits(cost, self.room):
            self._add(unit, wanted, cost)
            return
        for one in unit.smaller:
            self.take(one)
        self.left_out += len(unit.hits) == 1 and not unit.smaller

    def _write(self, hits: Sequence[Hit]) -> Sequence[Written]:
        missing = [hit for hit in hits if hit.passage.id not in self.written]
        if missing:
            self.written |= write_hits(missing, self.gauge)
        return [self.written[hit.passage.id] for hit in hits]

    def _add(self, unit: Unit, wanted: Sequence[Written], cost: TokenEstimate) -> None:
        self.taken += wanted
        self.room -= cost.p99
        self.size = add(self.size, cost)
        spans = self._spans.setdefault(unit.document, [])
        for hit in unit.hits:
            spans.append((hit.passage.start, hit.passage.end))
            self._said.setdefault(_under(hit.passage), []).append(hit.passage)

    def _holds(self, passage: LivePassage) -> bool:
        """Say whether its place is taken, or another document says it in the same words.

        A figure that differs is a difference, and so is another heading.
        """
        spans = self._spans.get(passage.document, ())
        if any(start <= passage.start and passage.end <= end for start, end in spans):
            return True
        said = self._said.get(_under(passage), ())
        others = [one for one in said if one.document != passage.document]
        if not others:
            return False
        words = self._wording(passage)
        long = words.count(" ") > _FEWEST_WORDS
        return long and any(words in self._wording(other) for other in others)

    def _wording(self, passage: LivePassage) -> str:
        """Give what it says, in whatever case and on whatever lines."""
        if passage.id not in self._words:
            self._words[passage.id] = f" {' '.join(passage.text.casefold().split())} "
        return self._words[passage.id]


def _under(passage: LivePassage) -> str:
    return passage.heading_path[-1].casefold() if passage.heading_path else ""
