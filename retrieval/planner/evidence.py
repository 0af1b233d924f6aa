"""Judge whether what was found answers the question: a first, honest threshold.

A logistic over four signals, fitted by bench/evidence.py on mtrag-human-subset and
covid-faq-paraphrase with the default model as built, the chunker and BM25: 391 questions as
they are; the same with their gold pages taken out of the corpus, where neighbours on the
same topic remain; and 400 asked of the other corpus, off topic. Half of the weight lies on
the answerable. AUROC, five folds apart by question: off topic 0.98, gold taken out 0.65, the
nine questions that people labelled as unanswerable 0.82 (0.79 against those of their own
set). On covid-faq, never fitted on: off topic 0.99, gold taken out 0.60.

So it tells a question that the knowledge does not touch, and barely one that it touches
without answering. At the threshold 5 % of the answerable questions are called weak, 86 %
of those off topic, and 11 % of those whose gold page is gone. One thing is a rule and not
fitted: an identifier of the question that no passage holds. It is found in 1 % of covid-faq's
answerable questions, nearly all of them slips of the pen. With another embedding model
the cosines lie elsewhere and the constants must be fitted again.
"""

import math
import re
from collections.abc import Sequence

from retrieval.model import Evidence, Hit, Signals

_BIAS = -4.84
_COSINE = 4.18
_LEAD = 3.68
_COVERAGE = 2.08
_AGREEMENT = 1.56
DEFAULT_THRESHOLD = 0.25

_RUNNERS_UP = slice(1, 10)
_STEM = 5
_WORD = re.compile(r"\w{4,}")
_MARKS = "?\uff1f\u061f"
_PART_END = re.compile(f"(?<=[{_MARKS}])")
_FEWEST_WORDS = 2
_READ = 10
"""Hits that are read for the parts of a question."""


def judge_evidence(
    question: str, signals: Signals, hits: Sequence[Hit], threshold: float
) -> Evidence:
    """Say how likely the hits answer the question, and which of its parts none of them touches."""
    if not hits:
        return Evidence(0.0, sufficient=False, missing_parts=())
    probability = answer_probability(signals)
    missing = _missing_parts(question, hits)
    return Evidence(round(probability, 4), probability >= threshold, missing)


def answer_probability(signals: Signals) -> float:
    """Estimate that the passages answer the question, in [0, 1]."""
    best, lead, coverage, agreement = features(signals)
    score = _BIAS + _COSINE * best + _LEAD * lead + _COVERAGE * coverage + _AGREEMENT * agreement
    # What is said of E30 is no answer about E31: as grave as if no word of it were found.
    return 1.0 / (1.0 + math.exp(_COVERAGE * signals.unheld - score))


def features(signals: Signals) -> tuple[float, float, float, float]:
    """Give the best cosine, its lead over the mean of the next nine, coverage and agreement."""
    best = signals.dense[0] if signals.dense else 0.0
    others = signals.dense[_RUNNERS_UP]
    lead = best - sum(others) / len(others) if others else 0.0
    return best, lead, signals.coverage, signals.agreement


def _missing_parts(question: str, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Name the questions of a message that no passage shares half of its longer words with."""
    pieces = (piece.strip() for piece in _PART_END.split(question))
    parts = [piece for piece in pieces if piece.strip(_MARKS) and piece[-1] in _MARKS]
    if len(parts) < 2:  # a single question is judged as a whole
        return ()
    passages = [_stems(f"{hit.passage.context} {hit.passage.text}") for hit in hits[:_READ]]
    return tuple(part for part in parts if _is_missing(_stems(part), passages))


def _is_missing(words: set[str], passages: Sequence[set[str]]) -> bool:
    if len(words) < _FEWEST_WORDS:
        return False
    return max(len(words & passage) for passage in passages) * 2 < len(words)


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}
