"""Describe the shape of a retrieval, for those who must judge its evidence."""

import re
from collections.abc import Collection, Sequence

from ingest.model import TwoLists
from ingest.reading import LivePassage
from retrieval.identifiers import unheld
from retrieval.model import Signals

_TOP = 10
_STEM = 5
"""Words are compared by their first letters, which stands in for a stemmer in any language."""
_WORD = re.compile(r"\w{3,}")
_OF_ANY_QUESTION = frozenset(
    word[:_STEM]
    for word in """
    the and for are but not you your with what when where which who whom whose why how can
    could does did has have had was were will would should may might must shall that this
    these those there here from into about than then them they their its our his her any all
    der die das und ist sind wie was wer wann kann ich wir les des une est que qui quel quelle
    comment pour dans los las una por como cual donde cuando puedo
    """.split()  # noqa: SIM905
)


def describe(question: str, lists: TwoLists, best: Sequence[LivePassage]) -> Signals:
    """Measure live lists and the best passages, ten at most, of one search."""
    leaders = {one.id for one in lists.dense[:_TOP]}, {one.id for one in lists.sparse[:_TOP]}
    texts = [f"{one.context} {one.text}" for one in best[:_TOP]]
    return Signals(
        dense=tuple(one.score for one in lists.dense),
        sparse=tuple(one.score for one in lists.sparse),
        agreement=len(leaders[0] & leaders[1]) / _TOP,
        coverage=_coverage(question, texts),
        documents=len({passage.document for passage in best[:_TOP]}),
        unheld=unheld(question, texts),
    )


def own_words(question: str) -> set[str]:
    """Give the stems of a question's words but of those that any question has."""
    return stems(question) - _OF_ANY_QUESTION


def stems(text: str) -> set[str]:
    """Give the beginnings of a text's words of three letters and more."""
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}


def begins_in(text: str, stem: str) -> bool:
    """Say whether a word of a casefolded text begins with the stem.

    Looking for the few words of a question is ten times as quick as taking a text apart.
    """
    return beginning_of(text, stem) >= 0


def beginning_of(text: str, stem: str, start: int = 0) -> int:
    """Give the first place from `start` where a word begins with the stem, or -1."""
    at = text.find(stem, start)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(stem, at + 1)
    return at


def _coverage(question: str, texts: Collection[str]) -> float:
    """Give the share of the question's own words that some of the best passages hold."""
    words = own_words(question)
    if not words:
        return 1.0 if texts else 0.0
    missing = words
    for text in map(str.casefold, texts):
        if not missing:
            break
        missing = {word for word in missing if not begins_in(text, word)}
    return (len(words) - len(missing)) / len(words)
