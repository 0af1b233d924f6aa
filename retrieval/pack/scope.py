"""Find the part of the knowledge that a question is about: a source, a tag or a folder."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.model import Hit
from retrieval.pack.holdings import Bulk, Holdings, Label, ScopeKind, labels_of

_LOOKED_AT = 10
"""Hits whose documents the part must hold."""
_HELD = 0.8
"""Share of those documents that it must hold, at least."""
_SMALL = 0.5
"""Share of all tokens that it stays below: a larger part saves too little."""
_CLOSEST = tuple(ScopeKind)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of what the caller may see."""

    label: Label
    bulk: Bulk


def scope_of(hits: Sequence[Hit], holdings: Holdings) -> Scope | None:
    """Give the smallest part that holds most documents of the best hits, if it is small.

    It holds four fifths of the documents of the ten best hits, and less than half of all
    tokens. Of equally small ones the deepest path goes before a tag and a tag before a source.
    """
    best = sorted(hits, key=lambda hit: hit.rank)[:_LOOKED_AT]
    found = {hit.passage.document for hit in best} & holdings.records.keys()
    held = Counter(label for one in found for label in labels_of(holdings.records[one]))
    most = _SMALL * holdings.whole.total
    scopes = [
        Scope(label, holdings.parts[label])
        for label, count in held.items()
        if count >= _HELD * len(found) and holdings.parts[label].total < most
    ]
    return min(scopes, key=_size, default=None)


def _size(scope: Scope) -> tuple[int, int, int, str]:
    kind, value = scope.label.kind, scope.label.value
    return scope.bulk.total, _CLOSEST.index(kind), -len(value), value
