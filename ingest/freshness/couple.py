"""Two pages side by side: what of one stands on the other, and which words differ."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.freshness.differing import Span, differing, words_of
from ingest.freshness.model import Finding, FlagKind, Quote
from ingest.freshness.pages import NearPair, Page
from ingest.freshness.wording import NEARLY, Wording, copied, names_in, subject, tells, wording
from ingest.reading import LivePassage

_SHORT = 150
"""Words of an entry that one vector still stands for."""
_FEWEST_WORDS = 20
"""Below it equal words under different titles may answer different questions."""
_MOST_QUOTES = 3
_ALIKE = 0.6
"""Share of words from which two short entries are a form filled in twice."""


class Body:
    """A page's own words: without what stands everywhere, unless that is all there is."""

    def __init__(self, page: Page, everywhere: Sequence[Wording]) -> None:
        self.page = page
        common = {
            one.id
            for one in (page.passages if everywhere else ())
            if any(copied(wording(one.text), words) >= NEARLY for words in everywhere)
        }
        own = [one for one in page.passages if one.id not in common]
        self.passages = own or page.passages
        self.ids = {one.id for one in self.passages}

    @cached_property
    def words(self) -> Wording:
        """All of its own words."""
        return wording("\n".join(one.text for one in self.passages))


@dataclass(frozen=True)
class Couple:
    """Two pages side by side, the one that was looked at first on the left."""

    mine: Body
    theirs: Body
    pairs: Sequence[NearPair]
    """The passages that belong together, in order."""

    @property
    def cosine(self) -> float:
        """Of the farthest of its passages."""
        return min(pair.cosine for pair in self.pairs)

    @cached_property
    def share(self) -> float:
        """How much of the shorter page stands on the other one."""
        bodies = sorted((self.mine, self.theirs), key=lambda one: (one.words.size, one.page.id))
        return copied(bodies[0].words, bodies[1].words)

    def may_be_copied(self, least: float) -> bool:
        """Say no where too little is near for a copy: far quicker than to compare."""
        sizes = [
            (
                sum(len(one.text) for one in near.values()),
                sum(len(one.text) for one in body.passages),
            )
            for near, body in (
                ({pair.mine.id: pair.mine for pair in self.pairs}, self.mine),
                ({pair.theirs.id: pair.theirs for pair in self.pairs}, self.theirs),
            )
        ]
        return any(near >= least * whole for near, whole in sizes)

    @cached_property
    def differences(self) -> tuple[frozenset[str], frozenset[str]]:
        """The words that differ on each side, as they are written."""
        left, right = set[str](), set[str]()
        for pair in self.pairs:
            found = differing(pair.mine.text, pair.theirs.text)
            left.update(_cut(pair.mine.text, found.left))
            right.update(_cut(pair.theirs.text, found.right))
        return frozenset(left), frozenset(right)

    @cached_property
    def values_differ(self) -> bool:
        """Whether numbers, negations or conditions are among the differences."""
        return any(tells(word) for side in self.differences for word in side)

    def is_template(self) -> bool:
        """Say whether the two are about different things, told in the same words."""
        left, right = self.differences
        if min(self.mine.words.size, self.theirs.words.size) < _FEWEST_WORDS:
            return bool(left or right) or not self._same_subject()
        names = names_in(left, self.pairs), names_in(right, self.pairs)
        if not self._same_subject():
            return self.values_differ or any(names)
        told = {word for word in left | right if tells(word)}.union(*names)
        return all(map(bool, names)) and len(told) >= NEARLY * len(left | right)

    def says_the_same(self) -> bool:
        """Say whether two short entries differ in nothing but their wording.

        Where few words differ, it is those that matter: shoes are not bags.
        """
        words = self.mine.words, self.theirs.words
        if max(one.size for one in words) > _SHORT or len(self.pairs) < len(self.mine.passages):
            return False
        share = min(copied(*words), copied(*reversed(words)))
        alike = share >= _ALIKE and (all(self.differences) or not self._same_subject())
        return words[0].telling == words[1].telling and not alike

    def finding(self, code: str, reason: str) -> Finding:
        """Say it of the page with the lesser id, so that both sides say the same."""
        swapped = self.theirs.page.id < self.mine.page.id
        first, second = (self.theirs, self.mine) if swapped else (self.mine, self.theirs)
        return Finding(
            FlagKind.DUPLICATE,
            first.page.id,
            first.page.revision.number,
            f"duplicate:{second.page.id}",
            self._severity(),
            reason,
            tuple(_quotes(self.pairs, swapped=swapped)),
            second.page.id,
            code,
        )

    def _severity(self) -> float:
        if self.values_differ:
            return 0.6
        return 0.4 if any(self.differences) else 0.3

    def _same_subject(self) -> bool:
        return subject(self.mine.page.record.facts.title) == subject(
            self.theirs.page.record.facts.title
        )


# --- words ------------------------------------------------------------------------


def _cut(text: str, spans: Iterable[Span]) -> Iterator[str]:
    for start, end in spans:
        part = text[start:end]
        yield from (part[a:b] for a, b in words_of(part) if part[a].isalnum())


def _quotes(pairs: Sequence[NearPair], *, swapped: bool) -> Iterable[Quote]:
    """Give passages side by side: those that differ before those that do not."""
    marked = [(pair, differing(pair.mine.text, pair.theirs.text)) for pair in pairs]
    marked.sort(key=lambda one: not (one[1].left or one[1].right))
    for pair, found in marked[:_MOST_QUOTES]:
        sides = [(pair.mine, found.left), (pair.theirs, found.right)]
        for passage, marks in reversed(sides) if swapped else sides:
            yield _quote(passage, marks)


def _quote(passage: LivePassage, marks: tuple[Span, ...]) -> Quote:
    return Quote(
        passage.document,
        passage.revision,
        passage.start,
        passage.end,
        passage.text,
        marks,
        passage.id,
    )
