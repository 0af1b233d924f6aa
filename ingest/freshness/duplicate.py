"""Find pages that say the same twice, and mark the words in which they differ.

Not duplicates: what stands on many pages (a footer, a legal note), one template filled in for
another country, size or product, translations. Two editions of one page are, above all when
a number differs between them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.freshness.differing import Span, differing, words_of
from ingest.freshness.model import Finding, FlagKind, NearPage, NearPair, Page, Quote
from ingest.freshness.wording import Wording, copied, names_in, subject, tells, wording
from ingest.model import DocumentId, PointId
from ingest.reading import LivePassage

_NEAR = 0.8
"""The same words under another title and other headings are rarely farther apart."""
_COPIED = 0.8
"""Share of the shorter page's words that stand on the other one in the same order."""
_SAME_MEANING = 0.9
"""Cosine from which two short entries ask and answer the same in other words."""
_SHORT = 150
"""Words of an entry that one vector still stands for."""
_FEWEST_WORDS = 20
"""Below it equal words under different titles may answer different questions."""
_MANY_PAGES = 5
"""A passage on so many pages is a part of the layout, or meant to be there."""
_MOST_QUOTES = 3
_NEARLY = 0.9
_KINDS = frozenset({FlagKind.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Names each pair of pages once; of several copies, each together with the first alone."""

    copied: float = _COPIED
    same_meaning: float = _SAME_MEANING

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """Duplicates."""
        return _KINDS

    @property
    def nearness(self) -> float:
        """The least cosine of passages that may be copies."""
        return _NEAR

    def look(self, page: Page, near: Sequence[NearPage]) -> Sequence[Finding]:
        """Give what is a duplicate of the page, the gravest words side by side."""
        everywhere = _everywhere(near)
        mine = _Body(page, everywhere)
        found: dict[DocumentId, tuple[_Body, Finding]] = {}
        for other in near:
            theirs = _Body(other.page, everywhere)
            finding = self._compared(mine, theirs, other.pairs)
            if finding is not None:
                found[other.page.id] = theirs, finding
        return [
            finding
            for id_, (body, finding) in found.items()
            if not _has_earlier(body, min(id_, page.id), [one for one, _ in found.values()])
        ]

    def _compared(
        self, mine: "_Body", theirs: "_Body", pairs: Sequence[NearPair]
    ) -> Finding | None:
        if _apart(mine.page, theirs.page):
            return None
        couple = _Couple(mine, theirs, _best(pairs, mine))
        if not couple.pairs:
            return None
        if (
            couple.may_be_copied(self.copied)
            and couple.share >= self.copied
            and not couple.is_template()
        ):
            return couple.finding("copy", _copy_reason(couple))
        if couple.cosine >= self.same_meaning and couple.says_the_same():
            return couple.finding("reworded", _reworded_reason(couple))
        return None


class _Body:
    """A page's own words: without what stands everywhere, unless that is all there is."""

    def __init__(self, page: Page, everywhere: Sequence[Wording]) -> None:
        self.page = page
        common = {
            one.id
            for one in (page.passages if everywhere else ())
            if any(copied(wording(one.text), words) >= _NEARLY for words in everywhere)
        }
        own = [one for one in page.passages if one.id not in common]
        self.passages = own or page.passages
        self.ids = {one.id for one in self.passages}

    @cached_property
    def words(self) -> Wording:
        """All of its own words."""
        return wording("\n".join(one.text for one in self.passages))


@dataclass(frozen=True)
class _Couple:
    """Two pages side by side, the one that was looked at first on the left."""

    mine: _Body
    theirs: _Body
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
        return all(map(bool, names)) and len(told) >= _NEARLY * len(left | right)

    def says_the_same(self) -> bool:
        """Say whether two short entries differ in nothing but their wording."""
        words = self.mine.words, self.theirs.words
        if max(one.size for one in words) > _SHORT or len(self.pairs) < len(self.mine.passages):
            return False
        return words[0].telling == words[1].telling

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


# --- decisions --------------------------------------------------------------------


def _everywhere(near: Sequence[NearPage]) -> list[Wording]:
    """Give the passages of the page that stand nearly the same on many others."""
    standing: defaultdict[PointId, list[NearPair]] = defaultdict(list)
    for pair in (pair for other in near for pair in other.pairs):
        standing[pair.mine.id].append(pair)
    often = [pairs for pairs in standing.values() if len(pairs) >= _MANY_PAGES - 1]
    read = [(wording(pairs[0].mine.text), pairs) for pairs in often]
    return [words for words, pairs in read if len(_pages_with(words, pairs)) >= _MANY_PAGES - 1]


def _pages_with(words: Wording, pairs: Iterable[NearPair]) -> set[DocumentId]:
    found = (pair.theirs for pair in pairs if copied(words, wording(pair.theirs.text)) >= _NEARLY)
    return {passage.document for passage in found}


def _apart(page: Page, other: Page) -> bool:
    """Say yes of translations, and of a document and what is enclosed in it."""
    one, two = page.record.facts, other.record.facts
    if one.language and two.language and one.language != two.language:
        return True
    return one.id == two.parent or two.id == one.parent


def _best(pairs: Iterable[NearPair], mine: _Body) -> list[NearPair]:
    """Keep of each passage the nearest one, in the order of the page."""
    best: dict[PointId, NearPair] = {}
    for pair in pairs:
        kept = best.get(pair.mine.id)
        if pair.mine.id in mine.ids and (kept is None or pair.cosine > kept.cosine):
            best[pair.mine.id] = pair
    return sorted(best.values(), key=lambda pair: pair.mine.ordinal)


def _has_earlier(body: _Body, first: DocumentId, copies: Sequence[_Body]) -> bool:
    """Say whether a third page comes before both and has the same words: then it is named."""
    return any(
        third.page.id < first
        and min(copied(body.words, third.words), copied(third.words, body.words)) >= _COPIED
        for third in copies
        if third.page.id != body.page.id
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


def _named(couple: _Couple) -> str:
    """Name the page that the flag does not stand on."""
    second = max(couple.mine.page, couple.theirs.page, key=lambda page: page.id).record.facts
    first = min(couple.mine.page, couple.theirs.page, key=lambda page: page.id).record.facts
    known = second.title and second.title != first.title
    return f"“{second.title}”" if known else second.ref


def _copy_reason(couple: _Couple) -> str:
    other = _named(couple)
    if not any(couple.differences):
        return f"The same text stands on {other} too."
    much = f"{round(100 * couple.share)} % of the text stands on {other} too"
    if couple.values_differ:
        return (
            f"{much}, and the two differ in numbers or conditions: one of them is not up to date."
        )
    return f"{much}, with some words changed."


def _reworded_reason(couple: _Couple) -> str:
    return f"It says the same as {_named(couple)} in other words."
