"""Show a text once: near-duplicates become one hit, and so do neighbours.

What differs in a number, a date, a negation or a condition is never taken for the same:
two pages that contradict each other must both be seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ingest.model import DocumentId, PointId
from ingest.reading import LivePassage
from retrieval.model import Freshness, Hit

_FEWEST_WORDS = 8
"""A shorter text says too little without its page to be the same on another."""
_MORE = 0.1
"""Share of its words that the longer of two texts may have at its ends beyond the other."""
_LETTERS = b"aenstriolcdu"
"""Frequent in every Latin alphabet; texts in others are read at once."""
_FEW = 2
"""Letters of a kind that one of two short texts may have beyond that share."""
_LONGEST_RUN = 3
_WIDEST_GAP = 200
"""Characters; between two neighbours stand a line end or two."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# Words, numbers, and every sign but punctuation and bullets: a tick is not a cross, and vowels
# of Hindi are signs. What stands between two numbers or before "=" is no punctuation.
_TOKEN = re.compile(
    r"[-+\u2212]?\d(?:[\w.,:/\u2013-]*\w)?%?|\w+[#+]*|!(?==)"
    r"|[^\w\s.,;:!?\u2026'\"`\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a()\[\]{}*#|/\\&@"
    r"\u2022\u00b7\u2023\u25aa\u25e6\u2013\u2014\u00ad\u200b-\u200d\ufe0f-]"
)
_TELLING = frozenset(
    """
    no not never none nor neither cannot without except unless only if but until before after
    from since more less least most over under above below t n
    one two three four five six seven eight nine ten eleven twelve half twice hundred thousand
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday
    nicht kein keine keinen keiner nie niemals ohne nur wenn falls außer bis vor nach ab seit
    ne pas jamais aucun aucune sans sauf seulement si mais avant après depuis
    non mai nessun nessuno senza solo se ma prima dopo
    no nunca ningún ninguna sin salvo solamente pero antes después desde
    não nunca sem só mas niet geen nooit zonder maar nie bez tylko ale inte aldrig utan ikke aldri
    uden utan ei eivät ilman ne nikdy jen не нет без только но
    deprecated obsolete outdated superseded withdrawn cancelled canceled expired former formerly
    draft wrong false untrue invalid removed discontinued planned
    veraltet überholt ungültig falsch aufgehoben abgelaufen entwurf geplant früher ehemals
    obsolète périmé annulé faux ancien obsoleto anulado falso antiguo scaduto annullato
    """.split()  # noqa: SIM905
)


# --- near-duplicates --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wording:
    """A passage as it is compared: `said` holds its words, cased and marked alike."""

    said: str
    size: int
    above: frozenset[str]
    """What its title and headings say that may be the whole difference."""


def collapse(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Keep one of the hits that say the same, at the place of the best, naming the other pages.

    Kept is what is fresh before what is stale, then what was verified last, then changed last.
    """
    groups: dict[int, list[Hit]] = {}
    wordings: dict[PointId, _Wording] = {}
    near = _near([hit.passage.text for hit in hits])
    for at, hit in enumerate(hits):
        earlier = (first for first in np.flatnonzero(near[at, :at]).tolist() if first in groups)
        same = (one for one in earlier if _same(hit.passage, hits[one].passage, wordings))
        groups.setdefault(next(same, at), []).append(hit)
    return tuple(map(_kept, groups.values()))


def _near(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Say which texts may be nearly the same: counting letters is far quicker than reading."""
    raw = (np.frombuffer(text.encode("utf-8", "replace"), np.uint8) for text in texts)
    counted = np.array([np.bincount(one, minlength=256) for one in raw], np.float32)
    counted = counted.reshape(len(texts), 256)
    near = np.ones((len(texts), len(texts)), np.bool_)
    for small, capital in zip(_LETTERS, _LETTERS.upper(), strict=True):
        count = counted[:, small] + counted[:, capital]
        near &= count[:, None] * (1 - _MORE) - count <= _FEW
    return near & near.T


def _wording(passage: LivePassage) -> _Wording:
    words = _TOKEN.findall(passage.text.casefold())
    above = _TOKEN.findall(passage.context.casefold())
    return _Wording(f" {' '.join(words)} ", len(words), frozenset(filter(_tells, above)))


def _same(one: LivePassage, other: LivePassage, wordings: dict[PointId, _Wording]) -> bool:
    for passage in (one, other):
        if passage.id not in wordings:
            wordings[passage.id] = _wording(passage)
    shorter, longer = sorted((wordings[one.id], wordings[other.id]), key=lambda its: its.size)
    if shorter.size < _FEWEST_WORDS or longer.size - shorter.size > longer.size * _MORE:
        return False
    before, found, behind = longer.said.partition(shorter.said)
    if not found or shorter.above != longer.above:
        return False
    return not any(map(_tells, (*before.split(), *behind.split())))


def _tells(word: str) -> bool:
    return word in _TELLING or not word.isalpha()


def _kept(same: Sequence[Hit]) -> Hit:
    if len(same) == 1:
        return same[0]
    best, kept = same[0], min(same, key=lambda hit: _age(hit.freshness))
    others = dict.fromkeys(hit.passage.document for hit in same)
    also_in: tuple[DocumentId, ...] = tuple(id_ for id_ in others if id_ != kept.passage.document)
    return replace(kept, rank=best.rank, score=best.score, also_in=also_in)


def _age(freshness: Freshness) -> tuple[bool, float, float]:
    verified, changed = freshness.verified_at, freshness.changed_at
    return (
        freshness.stale,
        -(verified or _LONG_AGO).timestamp(),
        -(changed or _LONG_AGO).timestamp(),
    )


# --- neighbours -------------------------------------------------------------------


def runs(hits: Sequence[Hit], limit: int) -> tuple[tuple[Hit, ...], ...]:
    """Put hits that follow one another under one heading together, three at most, best first.

    Gives as many runs as the limit allows, each in the order of its document.
    """
    found: list[list[Hit]] = []
    for hit in hits:
        home = next((run for run in found if len(run) < _LONGEST_RUN and _extends(run, hit)), None)
        if home is not None:
            home.append(hit)
            home.sort(key=lambda one: one.passage.start)
        elif len(found) == limit:
            break
        else:
            found.append([hit])
    return tuple(map(tuple, found))


def joined(run: Sequence[Hit], text: str) -> Hit:
    """Make one hit of a run: the best one, with the text from the first to the last.

    Where that text is not to be had, it stays the best one alone.
    """
    best = max(run, key=lambda hit: hit.score)
    start, end = run[0].passage.start, run[-1].passage.end
    if len(text) != end - start:
        return best
    passage = replace(
        best.passage,
        text=text,
        context=run[0].passage.context,
        tokens=sum(hit.passage.tokens for hit in run),
        ordinal=run[0].passage.ordinal,
        start=start,
        end=end,
    )
    also_in = dict.fromkeys(id_ for hit in run for id_ in hit.also_in)
    return replace(best, passage=passage, also_in=tuple(also_in))


def _extends(run: Sequence[Hit], hit: Hit) -> bool:
    first, last, its = run[0].passage, run[-1].passage, hit.passage
    if (its.document, its.revision, its.heading_path) != (
        first.document,
        first.revision,
        first.heading_path,
    ):
        return False
    if its.ordinal == last.ordinal + 1:
        return 0 <= its.start - last.end <= _WIDEST_GAP
    return its.ordinal + 1 == first.ordinal and 0 <= first.start - its.end <= _WIDEST_GAP
