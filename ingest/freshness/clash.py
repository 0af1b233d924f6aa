"""Say whether two sentences cannot both be true, by rules that err on the side of silence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz.distance import Indel

from ingest.freshness.amounts import LOOSE_DAY, Value, stem
from ingest.freshness.claim_words import NEGATIONS, OPPOSITES, STOPS
from ingest.freshness.claims import Claim
from ingest.freshness.subject_words import TOPICS

_SAME_FRAME = 0.6
"""Share of the words of both that both have, from which they speak of the same thing."""
_SAME_WORDS = 0.75
"""The same for sentences that differ in a negation or a name."""
_FEWEST = 2
_ALIKE = 0.85
"""The same for days that no word makes the beginning or the end of anything."""
_LOOSE = 0.25
"""Share of the shorter sentence's words, where a value of one kind stands alone in each."""
_LOOSE_SHARED = 2
_SUBJECT = 3
"""Words that two sentences share must be so many where neither title nor name ties them; words
of business, such as return or refund, count twice."""
_NEVER_LOOSE = ("version", "clock", "date", "year", "count", LOOSE_DAY)
"""Kinds of which a page names many: other words around them mean another one."""
_LONGEST_NAME = 3
_SPELLING = 0.8
"""Names that are so alike are one name, spelt in two ways."""
_EXAMPLES = frozenset(("e.g", "i.e", "z.b", "like", "such", "example", "wie", "ejemplo", "comme"))
_TELLING = 4
Marks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """What cannot both be true, with the words that clash, as offsets into the sentences."""

    code: str
    mine: Marks
    theirs: Marks


def clash(mine: Claim, theirs: Claim, *, same_section: bool) -> Clash | None:
    """Give what the two contradict one another in, None where both may hold."""
    if mine.question or theirs.question or mine.qualifiers != theirs.qualifiers:
        return None
    shared = len(mine.frame & theirs.frame)
    if shared < 1 or _other_years(mine, theirs):
        return None
    together = len(mine.frame | theirs.frame)
    if not same_section and not _tied(mine, theirs):
        return None  # "It takes five days": of what, only the page tells
    if shared >= _SAME_FRAME * together:
        return (
            _values_differ(mine, theirs)
            or _negated(mine, theirs, shared / together)
            or (_other_name(mine, theirs) if same_section else None)
        )
    return _one_value_differs(mine, theirs, shared)


def code_of(family: str) -> str:
    """Name the kind of a clash of values."""
    if family.startswith("money"):
        return "price"
    if family in ("time", "months", "working days"):
        return "duration"
    if family in ("date", "year", LOOSE_DAY):
        return "date"
    if family in ("clock", "percent"):
        return family
    return "version" if family.startswith("version") else "quantity"


def _tied(mine: Claim, theirs: Claim) -> bool:
    """Whether their own words say that they have one subject."""
    shared = mine.frame & theirs.frame
    return len(shared) + len(shared & TOPICS) >= _SUBJECT or bool(mine.names & theirs.names)


def _values_differ(mine: Claim, theirs: Claim) -> Clash | None:
    """The same words around values of the same kinds, of which one or two are others."""
    if _other_names(mine, theirs) or _families(mine) != _families(theirs) or not mine.values:
        return None
    if len(mine.negations) != len(theirs.negations):
        return None
    pairs = list(_paired(mine.values, theirs.values))
    others = [(one, two) for one, two in pairs if one.amount != two.amount]
    if (
        not others
        or len(others) > 2
        or sorted(v.amount for v in mine.values) == sorted(v.amount for v in theirs.values)
    ):
        return None
    if len(mine.frame & theirs.frame) < _FEWEST:
        return None
    return Clash(
        code_of(others[0][0].family),
        tuple((one.start, one.end) for one, _ in others),
        tuple((two.start, two.end) for _, two in others),
    )


def _one_value_differs(mine: Claim, theirs: Claim, shared: int) -> Clash | None:
    """Other words around a single value of a kind, but the same subject."""
    if shared < _LOOSE_SHARED or _other_names(mine, theirs) or mine.supposes or theirs.supposes:
        return None
    if shared < _LOOSE * min(len(mine.frame), len(theirs.frame)):
        return None
    for one in mine.values:
        for two in theirs.values:
            alone = _alone(one, mine) and _alone(two, theirs)
            if alone and one.family == two.family and _exclude(one, two):
                return Clash(code_of(one.family), ((one.start, one.end),), ((two.start, two.end),))
    return None


def _exclude(one: Value, two: Value) -> bool:
    if one.amount == two.amount or not one.words & two.words:
        return False
    if one.bound and two.bound and one.bound != two.bound:
        return False
    return not one.family.startswith(_NEVER_LOOSE)


def _alone(value: Value, claim: Claim) -> bool:
    return sum(other.family == value.family for other in claim.values) == 1


def _negated(mine: Claim, theirs: Claim, share: float) -> Clash | None:
    """One says not what the other says, or the contrary word."""
    if share < _SAME_WORDS or len(mine.frame & theirs.frame) < _TELLING - 1:
        return None
    if _families(mine) != _families(theirs) or _other_names(mine, theirs):
        return None
    if [value.amount for value in mine.values] != [value.amount for value in theirs.values]:
        return None
    if len(mine.negations) + len(theirs.negations) != 1 or mine.doubts or theirs.doubts:
        return None
    if _affirmed(mine) != _affirmed(theirs):
        return None
    return Clash(
        "negation",
        tuple(mine.spans[at] for at in mine.negations),
        tuple(theirs.spans[at] for at in theirs.negations),
    )


def _affirmed(claim: Claim) -> list[str]:
    """Give what it says without what negates it."""
    words = (OPPOSITES.get(word, word) for word in claim.tokens if word not in NEGATIONS)
    return [stem(word) for word in words if word not in STOPS]


def _other_name(mine: Claim, theirs: Claim) -> Clash | None:
    """The same sentence up to one name in its predicate."""
    if mine.negations or theirs.negations or _amounts(mine) != _amounts(theirs):
        return None
    differing = [
        one
        for one in SequenceMatcher(None, mine.tokens, theirs.tokens, autojunk=False).get_opcodes()
        if one[0] != "equal"
    ]
    if len(differing) != 1 or differing[0][0] != "replace":
        return None
    _, a, b, c, d = differing[0]
    if b - a > _LONGEST_NAME or d - c > _LONGEST_NAME or a < _FEWEST:
        return None
    if len(mine.frame & theirs.frame) < _TELLING - 1:
        return None
    if not (_named(mine, a, b) and _named(theirs, c, d)):
        return None
    said = " ".join(mine.tokens[a:b]), " ".join(theirs.tokens[c:d])
    if Indel.normalized_similarity(*said) >= _SPELLING:
        return None
    return Clash("option", (_span(mine, a, b),), (_span(theirs, c, d),))


def _named(claim: Claim, first: int, last: int) -> bool:
    words = [claim.text[a:b] for a, b in claim.spans[first:last]]
    before = claim.tokens[max(0, first - 2) : first]
    example = any(token in _EXAMPLES for token in before)
    return not example and all(word in claim.names and "/" not in word for word in words)


def _span(claim: Claim, first: int, last: int) -> tuple[int, int]:
    return claim.spans[first][0], claim.spans[last - 1][1]


def _other_names(mine: Claim, theirs: Claim) -> bool:
    """Whether each names something that the other does not name."""
    ours = {name.lower() for name in mine.names}
    its = {name.lower() for name in theirs.names}
    return bool(ours - its - set(theirs.tokens)) and bool(its - ours - set(mine.tokens))


def _other_years(mine: Claim, theirs: Claim) -> bool:
    """Whether both speak of years, of other ones, and not merely in what clashes."""
    if not mine.years or not theirs.years or mine.years == theirs.years:
        return False
    told = [value for claim in (mine, theirs) for value in claim.values]
    return any(value.family != "year" for value in told if value.family != LOOSE_DAY)


def _families(claim: Claim) -> Counter[str]:
    return Counter(value.family for value in claim.values)


def _amounts(claim: Claim) -> list[tuple[float, float]]:
    return [value.amount for value in claim.values]


def _paired(mine: tuple[Value, ...], theirs: tuple[Value, ...]) -> Iterator[tuple[Value, Value]]:
    """Pair values of a family in their order."""
    left = sorted(theirs, key=lambda value: value.start)
    for one in mine:
        two = next(value for value in left if value.family == one.family)
        left.remove(two)
        yield one, two
