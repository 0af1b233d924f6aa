"""The words of a text as duplicates are compared: how many of them stand elsewhere, which tell."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.freshness.differing import words_of
from ingest.freshness.pages import NearPair

_RUN = 4
"""Words in a row that are no coincidence any more."""
NEARLY = 0.9
"""Share from which two texts are the same but for a word or two."""
_TELLING = frozenset(
    """
    no not never none neither nor cannot without except unless only until before after
    nicht kein keine keinen keiner nie niemals ohne nur außer bis vor nach ab
    ne pas jamais aucun aucune sans sauf seulement avant après
    no nunca ningún ninguna sin salvo solo solamente antes después
    non mai nessun nessuno senza prima dopo
    """.split()  # noqa: SIM905
)
_EDITION = re.compile(
    r"\(?\b(?:v(?:ersion)?\.?\s*\d[\w.]*|\d+(?:\.\d+)+|(?:19|20)\d\d|\d+(?:st|nd|rd|th) edition|"
    r"old|copy(?: of)?|archived?|draft|final|legacy|outdated|deprecated|"
    r"alt|kopie(?: von)?|archiviert|entwurf|ancien(?:ne)?|copie(?: de)?|brouillon|"
    r"antiguo|antigua|copia(?: de)?|borrador)\b\)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text, cased alike and without signs."""

    words: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]
    """Every so many words in a row; of a shorter text all of them."""

    @property
    def size(self) -> int:
        """How many words."""
        return len(self.words)

    @property
    def telling(self) -> frozenset[str]:
        """Numbers, negations and conditions."""
        return frozenset(filter(tells, self.words))


def wording(text: str) -> Wording:
    """Read a text."""
    found = (text[start:end].casefold() for start, end in words_of(text))
    words = tuple(word for word in found if word[0].isalnum())
    ends = range(min(_RUN, len(words)), len(words) + 1)
    return Wording(words, frozenset(words[max(end - _RUN, 0) : end] for end in ends))


def copied(text: Wording, other: Wording) -> float:
    """Give the share of the text's words that stand in the other one, four or more in a row."""
    if not text.words:
        return 0.0
    covered, upto = 0, 0
    width = min(_RUN, text.size)
    for start in range(text.size - width + 1):
        if text.words[start : start + width] in other.runs:
            covered += start + width - max(upto, start)
            upto = start + width
    return covered / text.size


def tells(word: str) -> bool:
    """Say whether a word may be the whole difference: a number, a negation, a condition."""
    return any(letter.isdigit() for letter in word) or word.casefold() in _TELLING


def subject(title: str) -> frozenset[str]:
    """Give what a title is about, whichever edition it is."""
    return frozenset(wording(_EDITION.sub(" ", title)).words)


def names_in(words: Iterable[str], pairs: Sequence[NearPair]) -> frozenset[str]:
    """Give those words that are written like names in the middle of a sentence."""
    capital = {word for word in words if word[:1].isupper()}
    texts = [text for pair in pairs for text in (pair.mine.text, pair.theirs.text)]
    return frozenset(
        word
        for word in capital
        if any(re.search(rf"[\w,;] {re.escape(word)}\b", text) for text in texts)
    )
