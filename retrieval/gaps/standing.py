"""Say of a kept question how it fared, and whether the knowledge could answer it at all."""

from collections.abc import Mapping
from enum import StrEnum

from ingest.topics import AskedQuestion, Standing
from retrieval.planner.case import QuestionType
from retrieval.planner.handoff import (
    ACCOUNT_SPECIFIC,
    ASKS_FOR_PERSON,
    NO_KNOWLEDGE,
    UNANSWERABLE,
    WEAK_EVIDENCE,
    asks_for_person,
)

CHAT, CONTEXT, SEARCH = "chat", "context", "search"
KINDS = (CHAT, CONTEXT, SEARCH)
"""Kinds of questions that somebody asked in earnest."""
DECLINED = "declined"
"""Where a chat's record says that the model itself gave no answer."""
SUPERSEDED = "superseded"
"""Where it says that a larger prompt was tried after it."""
_WEAK = frozenset({NO_KNOWLEDGE, WEAK_EVIDENCE, UNANSWERABLE})
_SURE = 0.5


class Verdict(StrEnum):
    """What was right or wrong with an answer, as somebody says."""

    HELPFUL = "helpful"
    HALLUCINATED = "hallucinated"
    OUTDATED = "outdated"
    MISSING = "missing"
    WRONG_SOURCE = "wrong_source"
    SHOULD_HAVE_ESCALATED = "should_have_escalated"


BAD = frozenset(Verdict) - {Verdict.HELPFUL}


def standing_of(question: AskedQuestion) -> Standing:
    """Read from a question's record how it fared."""
    detail, reason = question.detail, question.detail.get("handoff")
    if detail.get(DECLINED):
        return Standing.REFUSED
    if question.kind == SEARCH:
        return Standing.UNKNOWN if question.finds else Standing.WEAK
    if reason == ACCOUNT_SPECIFIC:
        return Standing.UNKNOWN
    return Standing.WEAK if lacked_evidence(question) or reason in _WEAK else Standing.ANSWERED


def lacked_evidence(question: AskedQuestion) -> bool:
    """Say whether what was found did not suffice, so that a new page can change that."""
    if question.kind == SEARCH:
        return not question.finds
    return question.detail.get("sufficient") is False


def concerns_knowledge(question: AskedQuestion, types: Mapping[QuestionType, float]) -> bool:
    """Leave out greetings, requests for a person, and what was asked again at once."""
    if question.detail.get(SUPERSEDED) or question.detail.get("handoff") == ASKS_FOR_PERSON:
        return False
    if not any(letter.isalpha() for letter in question.text) or asks_for_person(question.text):
        return False
    return types.get(QuestionType.CHIT_CHAT, 0.0) < _SURE


def went_wrong(question: AskedQuestion) -> bool:
    """Say whether it got no answer, or a bad one."""
    return question.bad or question.standing in (Standing.WEAK, Standing.REFUSED)
