"""Find sentences of different pages on the same subject that cannot both be true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from ingest.freshness.claims import Claim, claims_in, qualifiers_of
from ingest.freshness.clash import Clash, clash
from ingest.freshness.model import Finding, FlagKind, Quote
from ingest.freshness.pages import NearPage, Page
from ingest.model import DocumentId
from ingest.reading import LivePassage

NEAR = 0.5
"""Below it, passages of one subject are rare."""
_KINDS = frozenset({FlagKind.CONTRADICTION})
_SEVERITY = {
    "price": 0.9,
    "duration": 0.8,
    "negation": 0.8,
    "percent": 0.8,
    "date": 0.7,
    "clock": 0.7,
    "quantity": 0.7,
    "option": 0.6,
    "version": 0.6,
}
_MOST = 5
"""Findings of one pair of pages: more are two editions of one page, which is another flag."""
_MANY_NAMES = 4
_NAMED_ALIKE = 0.5
_REMEMBERED = 2_048


class Contradictions:
    """Compares sentence with sentence, by rules alone."""

    def __init__(self) -> None:
        self._read = lru_cache(_REMEMBERED)(_claims)
        self._narrowed = lru_cache(_REMEMBERED)(_narrowed)

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """Contradictions."""
        return _KINDS

    @property
    def nearness(self) -> float:
        """The least cosine of passages that may speak of one subject."""
        return NEAR

    def look(self, page: Page, near: Sequence[NearPage]) -> Sequence[Finding]:
        """Give what the page and others contradict one another in."""
        found: dict[tuple[str, str], Finding] = {}
        for other in near:
            its: dict[str, Finding] = {}
            for pair in other.pairs:
                finding = self.compare(page, pair.mine, other.page, pair.theirs)
                if finding is not None:
                    its.setdefault(finding.key, finding)
            worst = sorted(its.values(), key=lambda one: (-one.severity, one.key))[:_MOST]
            found.update(((one.document, one.key), one) for one in worst)
        return list(found.values())

    def compare(
        self, page: Page, mine: LivePassage, other: Page, theirs: LivePassage
    ) -> Finding | None:
        """Give the gravest contradiction of two passages, in whichever order they are given."""
        if mine.language != theirs.language or not self._same_subject(mine, theirs):
            return None
        ours, its = self._claims(page, mine), self._claims(other, theirs)
        if _of_others(ours, its):
            return None
        section = _section(mine) == _section(theirs) or mine.title == theirs.title
        found = [
            (one, two, clashing)
            for one, two in _candidates(ours, its)
            if (clashing := clash(one, two, same_section=section))
        ]
        if not found:
            return None
        one, two, worst = max(found, key=lambda three: _SEVERITY[three[2].code])
        sides = (page, mine, one, worst.mine), (other, theirs, two, worst.theirs)
        return _finding(worst, *sorted(sides, key=lambda side: (_changed(side), side[0].id)))

    def _same_subject(self, mine: LivePassage, theirs: LivePassage) -> bool:
        ours = self._narrowed(mine.title, mine.heading_path)
        return ours == self._narrowed(theirs.title, theirs.heading_path)

    def _claims(self, page: Page, passage: LivePassage) -> tuple[Claim, ...]:
        return self._read(
            _Place(page.id, page.revision.number, passage.start, passage.end, page, passage)
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A passage of a revision; hashing the texts would take longer than comparing them."""

    document: DocumentId
    revision: int
    start: int
    end: int
    page: Page = field(compare=False)
    passage: LivePassage = field(compare=False)


def _claims(place: _Place) -> tuple[Claim, ...]:
    its = place.page.revision
    return claims_in(its.text, its.blocks, place.start, place.end, place.passage.language)


Side = tuple[Page, LivePassage, Claim, tuple[tuple[int, int], ...]]


def _narrowed(title: str, path: tuple[str, ...]) -> frozenset[str]:
    return qualifiers_of(" ".join((title, *path)))


def _section(passage: LivePassage) -> str:
    return passage.heading_path[-1].casefold() if passage.heading_path else passage.title.casefold()


def _candidates(ours: tuple[Claim, ...], its: tuple[Claim, ...]) -> Iterator[tuple[Claim, Claim]]:
    """Pair what says nearly the same, and then what has values and speaks of the same."""
    said = {one.said for one in ours} & {two.said for two in its}
    left = [one for one in ours if one.said not in said]
    right = [two for two in its if two.said not in said]
    yield from _matched(left, right)
    yield from _matched([one for one in left if one.values], [two for two in right if two.values])


def _matched(left: Sequence[Claim], right: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Pair sentences that are nearest to one another."""
    if not left or not right:
        return
    shares = [[_share(one, two) for two in right] for one in left]
    for i, one in enumerate(left):
        j = max(range(len(right)), key=lambda at: shares[i][at])
        if shares[i][j] and all(shares[k][j] <= shares[i][j] for k in range(len(left))):
            yield one, right[j]


def _of_others(ours: Sequence[Claim], its: Sequence[Claim]) -> bool:
    """Whether two passages that are full of names name others: of other people, other places."""
    mine: frozenset[str] = frozenset().union(*(claim.names for claim in ours))
    theirs: frozenset[str] = frozenset().union(*(claim.names for claim in its))
    fewest = min(len(mine), len(theirs))
    return fewest >= _MANY_NAMES and len(mine & theirs) < _NAMED_ALIKE * fewest


def _share(one: Claim, two: Claim) -> float:
    shared = len(one.frame & two.frame)
    return shared / (len(one.frame) + len(two.frame) - shared) if shared else 0.0


def _changed(side: Side) -> float:
    page, passage = side[0], side[1]
    return (passage.changed_at or page.revision.born_at).timestamp()


def _finding(clashing: Clash, old: Side, new: Side) -> Finding:
    said = sorted(side[2].said for side in (old, new))
    words = [_words(side) for side in (old, new)]
    name = new[0].record.facts.title or new[0].record.facts.ref
    return Finding(
        kind=FlagKind.CONTRADICTION,
        document=old[0].id,
        revision=old[0].revision.number,
        key=blake2b("\0".join(said).encode(), digest_size=16).hexdigest(),
        severity=_SEVERITY[clashing.code],
        reason=f"This page says “{words[0]}”, “{name}” says “{words[1]}”.",
        quotes=(_quote(old), _quote(new)),
        other=new[0].id,
        code=clashing.code,
    )


def _words(side: Side) -> str:
    """Give the words that clash, with what stands between them, or the sentence without any."""
    marks, text = side[3], side[2].text
    return " ".join((text[marks[0][0] : marks[-1][1]] if marks else text).split())


def _quote(side: Side) -> Quote:
    page, passage, claim, marks = side
    return Quote(
        page.id, page.revision.number, claim.start, claim.end, claim.text, marks, passage.id
    )
