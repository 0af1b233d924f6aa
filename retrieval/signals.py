"""Describe the shape of a retrieval, for those who must judge its evidence."""

import re
from collections.abc import Sequence

from ingest.model import Scored
from ingest.records import LivePassage
from retrieval.model import Signals

_TOP = 10
_STEM = 5
"""Words are compared by their first letters, which stands in for a stemmer in any language."""
_WORD = re.compile(r"\w{3,}")
_QUESTION_WORDS = frozenset(
    """
    the and for are but not you your with what when where which who whom whose why how can
    could does did has have had was were will would should may might must shall that this
    these those there here from into about than then them they their its our his her any all
    der die das und ist sind wie was wer wann kann ich wir les des une est que qui quel quelle
    comment pour dans los las una por como cual donde cuando puedo
    """.split()  # noqa: SIM905
)


def describe(
    question: str,
    dense: Sequence[Scored],
    sparse: Sequence[Scored],
    best: Sequence[LivePassage],
) -> Signals:
    """Measure live lists and the best passages, ten at most, of one search."""
    leaders = {scored.id for scored in dense[:_TOP]}, {scored.id for scored in sparse[:_TOP]}
    shared = len(leaders[0] & leaders[1]) / _TOP
    return Signals(
        dense=tuple(scored.score for scored in dense),
        sparse=tuple(scored.score for scored in sparse),
        agreement=shared,
        coverage=_coverage(question, best[:_TOP]),
        documents=len({passage.document for passage in best[:_TOP]}),
    )


def _coverage(question: str, best: Sequence[LivePassage]) -> float:
    """Give the share of the question's own words that some of the best passages hold."""
    words = _stems(question) - {word[:_STEM] for word in _QUESTION_WORDS}
    if not words:
        return 1.0 if best else 0.0
    missing = words
    for passage in best:
        if not missing:  # good questions are covered soon, and reading on costs half a millisecond
            break
        missing = missing - _stems(f"{passage.context} {passage.text}")
    return (len(words) - len(missing)) / len(words)


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}
