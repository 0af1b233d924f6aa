"""Divide what a page lists into portions that are looked at together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.model import Entry, Failure, KnownDocument, Tombstone

Listed = Entry | Tombstone | Failure
_MOST = 16
"""Changed items whose documents are looked up at once."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Items in the order of their page: all of them unchanged, or no document among them twice."""

    items: tuple[Listed, ...]
    unchanged: bool

    @property
    def refs(self) -> tuple[str, ...]:
        """Under which the documents may be known."""
        return tuple(ref for item in self.items for ref in refs_of(item))


def portions(items: Sequence[Listed], known: Mapping[str, KnownDocument]) -> Iterator[Portion]:
    """Give all items, those that are as they were apart from the others."""
    taken: list[Listed] = []
    refs: set[str] = set()
    kind = False
    for item in items:
        unchanged = is_unchanged(item, known)
        clash = not unchanged and (len(taken) >= _MOST or not refs.isdisjoint(refs_of(item)))
        if taken and (clash or unchanged is not kind):
            yield Portion(tuple(taken), kind)
            taken, refs = [], set()
        kind = unchanged
        taken.append(item)
        refs.update(refs_of(item))
    if taken:
        yield Portion(tuple(taken), kind)


def refs_of(item: Listed) -> tuple[str, ...]:
    """Give the refs under which the item may be known, its former one first."""
    if isinstance(item, Entry) and item.moved_from:
        return (item.moved_from, item.ref)
    return (item.ref,)


def is_unchanged(item: Listed, known: Mapping[str, KnownDocument]) -> bool:
    """Say whether we hold the item in the version that was listed."""
    if not isinstance(item, Entry) or item.moved_from:
        return False
    held = known.get(item.ref)
    return held is not None and held.version == item.version != ""
