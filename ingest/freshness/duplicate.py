"""Find pages that say the same twice, and mark the words in which they differ.

Not duplicates: what stands on many pages (a footer, a legal note), one template filled in for
another country, size or product, translations. Two editions of one page are, above all when
a number differs between them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.freshness.couple import Body, Couple
from ingest.freshness.model import Finding, FlagKind
from ingest.freshness.pages import NearPage, NearPair, Page
from ingest.freshness.wording import NEARLY, Wording, copied, wording
from ingest.model import DocumentId, PointId

_NEAR = 0.8
"""The same words under another title and other headings are rarely farther apart."""
_COPIED = 0.8
"""Share of the shorter page's words that stand on the other one in the same order."""
_SAME_MEANING = 0.9
"""Cosine from which two short entries ask and answer the same in other words."""
_MANY_PAGES = 5
"""A passage on so many pages is a part of the layout, or meant to be there."""
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
        mine = Body(page, everywhere)
        found: dict[DocumentId, tuple[Body, Finding]] = {}
        for other in near:
            theirs = Body(other.page, everywhere)
            finding = self._compared(mine, theirs, other.pairs)
            if finding is not None:
                found[other.page.id] = theirs, finding
        return [
            finding
            for id_, (body, finding) in found.items()
            if not _has_earlier(body, min(id_, page.id), [one for one, _ in found.values()])
        ]

    def _compared(self, mine: "Body", theirs: "Body", pairs: Sequence[NearPair]) -> Finding | None:
        if _apart(mine.page, theirs.page):
            return None
        couple = Couple(mine, theirs, _best(pairs, mine))
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
    found = (pair.theirs for pair in pairs if copied(words, wording(pair.theirs.text)) >= NEARLY)
    return {passage.document for passage in found}


def _apart(page: Page, other: Page) -> bool:
    """Say yes of translations, and of a document and what is enclosed in it."""
    one, two = page.record.facts, other.record.facts
    if one.language and two.language and one.language != two.language:
        return True
    return one.id == two.parent or two.id == one.parent


def _best(pairs: Iterable[NearPair], mine: Body) -> list[NearPair]:
    """Keep of each passage the nearest one, in the order of the page."""
    best: dict[PointId, NearPair] = {}
    for pair in pairs:
        kept = best.get(pair.mine.id)
        if pair.mine.id in mine.ids and (kept is None or pair.cosine > kept.cosine):
            best[pair.mine.id] = pair
    return sorted(best.values(), key=lambda pair: pair.mine.ordinal)


def _has_earlier(body: Body, first: DocumentId, copies: Sequence[Body]) -> bool:
    """Say whether a third page comes before both and has the same words: then it is named."""
    return any(
        third.page.id < first
        and min(copied(body.words, third.words), copied(third.words, body.words)) >= _COPIED
        for third in copies
        if third.page.id != body.page.id
    )


# --- reasons ----------------------------------------------------------------------


def _named(couple: Couple) -> str:
    """Name the page that the flag does not stand on."""
    second = max(couple.mine.page, couple.theirs.page, key=lambda page: page.id).record.facts
    first = min(couple.mine.page, couple.theirs.page, key=lambda page: page.id).record.facts
    known = second.title and second.title != first.title
    return f"“{second.title}”" if known else second.ref


def _copy_reason(couple: Couple) -> str:
    other = _named(couple)
    if not any(couple.differences):
        return f"The same text stands on {other} too."
    much = f"{round(100 * couple.share)} % of the text stands on {other} too"
    if couple.values_differ:
        return (
            f"{much}, and the two differ in numbers or conditions: one of them is not up to date."
        )
    return f"{much}, with some words changed."


def _reworded_reason(couple: Couple) -> str:
    return f"It says the same as {_named(couple)} in other words."
