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
    """What is taken together or not at all, each of `hits` under a tag of its own."""

    hits: tuple[Hit, ...]
    smaller: tuple["Unit", ...] = ()
    """Taken instead where it does not fit."""


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
    left_out: int = 0
    size: TokenEstimate = _NOTHING
    _documents: set[DocumentId] = field(default_factory=set)
    _wordings: list["_Wording"] = field(default_factory=list)

    def take(self, unit: Unit) -> None:
        """Take it, else what is smaller, else nothing."""
        if len(unit.hits) == 1 and self._holds(unit.hits[0].passage):
            return
        missing = [hit for hit in unit.hits if hit.passage.id not in self.written]
        if missing:
            self.written |= write_hits(missing, self.gauge)
        wanted = [self.written[hit.passage.id] for hit in unit.hits]
        cost = add(*self._costs(wanted))
        if fits(cost, self.room):
            self._add(wanted, cost)
            return
        for one in unit.smaller:
            self.take(one)
        self.left_out += len(unit.hits) == 1 and not unit.smaller

    def _costs(self, wanted: Sequence[Written]) -> Iterable[TokenEstimate]:
        yield _NOTHING
        for document in {one.hit.passage.document for one in wanted} - self._documents:
            yield next(one for one in wanted if one.hit.passage.document == document).head_size
        yield from (one.body_size for one in wanted)

    def _add(self, wanted: Sequence[Written], cost: TokenEstimate) -> None:
        self.taken += wanted
        self.room -= cost.p99
        self.size = add(self.size, cost)
        self._documents |= {one.hit.passage.document for one in wanted}
        self._wordings += (_wording(one.hit.passage) for one in wanted)

    def _holds(self, passage: LivePassage) -> bool:
        """Say whether its place is taken, or another document says it in the same words."""
        if any(_covers(one.hit.passage, passage) for one in self.taken):
            return True
        its = _wording(passage)
        return its.said.count(" ") > _FEWEST_WORDS and any(map(its.is_in, self._wordings))


def _covers(taken: LivePassage, other: LivePassage) -> bool:
    same = taken.document == other.document
    return same and taken.start <= other.start and other.end <= taken.end


@dataclass(frozen=True, slots=True)
class _Wording:
    """What a passage says and under which heading, in whatever case and on whatever lines."""

    document: DocumentId
    under: str
    said: str

    def is_in(self, other: "_Wording") -> bool:
        """Say whether another document says it too; a figure that differs is a difference."""
        elsewhere = self.document != other.document and self.under == other.under
        return elsewhere and self.said in other.said


def _wording(passage: LivePassage) -> _Wording:
    under = passage.heading_path[-1].casefold() if passage.heading_path else ""
    return _Wording(passage.document, under, f" {' '.join(passage.text.casefold().split())} ")
