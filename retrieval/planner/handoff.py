"""Say when a person should take over, and why."""

import re
from collections.abc import Mapping, Sequence

from retrieval.model import Evidence, Freshness, Handoff
from retrieval.planner.case import QuestionType

ASKS_FOR_PERSON = "asks_for_person"
NO_KNOWLEDGE = "no_knowledge"
WEAK_EVIDENCE = "weak_evidence"
STALE_EVIDENCE = "stale_evidence"
CONTRADICTORY_EVIDENCE = "contradictory_evidence"
ACCOUNT_SPECIFIC = "account_specific"
UNANSWERABLE = "unanswerable"

_SURE = 0.5
"""Probability of a question type from which it decides; a doubtful one changes nothing."""
_SURER = 0.8
"""Of the questions of support that were held out, 19 of 21 above it are about an account."""
_UNSURE_EVIDENCE = 0.6
"""Below it the evidence agrees that a question is beyond what could be known."""

_VERB = r"(?:speak|talk|chat)(?:ing)?\s+(?:to|with)"
_SOMEBODY = (
    r"(?:an?\s+|the\s+|your\s+|some\s+|another\s+)?(?:real\s+|live\s+|actual\s+|human\s+)*"
    r"(?:human|person|people|agent|representative|rep|someone|somebody|operator|manager|"
    r"supervisor|advisor)"
)
_GERMAN = r"(?:mensch(?:en)?|mitarbeiter(?:in)?|berater(?:in)?|person|jemandem)"
_FRENCH = r"(?:personne|humain|conseill[eè]re?|agent|quelqu['\u2019]un|opérat(?:eur|rice))"
_SPANISH = r"(?:persona|humano|agente|alguien|operadora?|asesora?)"
_PHRASES = (
    rf"\b{_VERB}\s+{_SOMEBODY}\b",
    r"\b(?:real|live|actual)\s+(?:human|person|agent)\b",
    rf"\b(?:connect|transfer|put|pass)\s+me\s+(?:through\s+)?(?:to|with)\s+{_SOMEBODY}\b",
    rf"\b(?:need|want|get\s+me|give\s+me)\s+{_SOMEBODY}\b(?!\s+(?:who|to|that))",
    r"^\W*(?:an?\s+)?(?:human|agent|operator|representative|real\s+person)(?:\s+please)?\W*$",
    r"\b(?:want|wish|like)\s+to\s+(?:complain|make\s+a\s+complaint)\b",
    (
        rf"\bmit\s+(?:ein(?:em|er)\s+)?(?:echten\s+)?{_GERMAN}\b"
        r"[^.?!]{0,20}\b(?:sprechen|reden|verbinden|chatten)"
    ),
    rf"\b(?:parler|discuter|échanger)\s+(?:à|avec)\s+(?:une?\s+)?(?:vraie?\s+)?{_FRENCH}",
    rf"\bhablar\s+con\s+(?:una?\s+)?{_SPANISH}",
)
_ASKS = re.compile("|".join(_PHRASES), re.IGNORECASE)
_MESSAGES = {
    ASKS_FOR_PERSON: "The customer asks for a person.",
    ACCOUNT_SPECIFIC: (
        "It asks about this customer's own data, it seems, and no facts about that were given."
    ),
    NO_KNOWLEDGE: "The prompt carries no knowledge for this question.",
    UNANSWERABLE: "It is beyond what the knowledge could hold, and nothing found answers it.",
    WEAK_EVIDENCE: "What was found probably does not answer the question.",
    STALE_EVIDENCE: "Everything found is outdated or past its review date.",
    CONTRADICTORY_EVIDENCE: "Pages contradict one another about what is asked.",
}


def decide_handoff(
    question: str,
    evidence: Evidence,
    freshness: Sequence[Freshness],
    types: Mapping[QuestionType, float],
    *,
    facts: bool = False,
    contested: bool = False,
) -> Handoff | None:
    """Give the gravest reason, or None; `freshness` is that of what the answer would rest on.

    `facts` says whether the caller told facts about the customer: an answer may rest on them.
    `contested` says whether pages contradict one another about what is asked.
    """
    if asks_for_person(question):
        return _because(ASKS_FOR_PERSON)
    if _surely(QuestionType.CHIT_CHAT, types):
        return None
    if _surely(QuestionType.ACCOUNT, types):
        return _of_account(evidence, freshness, types[QuestionType.ACCOUNT], facts=facts)
    handoff = _of_knowledge(evidence, freshness, types)
    graver = contested and (handoff is None or handoff.reason == STALE_EVIDENCE)
    return _because(CONTRADICTORY_EVIDENCE) if graver else handoff


def asks_for_person(question: str) -> bool:
    """Recognise a request for a person in English, German, French or Spanish."""
    return _ASKS.search(question) is not None


def _of_account(
    evidence: Evidence, freshness: Sequence[Freshness], surely: float, *, facts: bool
) -> Handoff | None:
    """Judge a question about the customer's own order or account.

    Facts answer it. A page may say where to look, but not how this customer's order stands:
    where that is surely asked, however much is found does not answer it.
    """
    found = bool(freshness) and evidence.sufficient and evidence.probability >= _UNSURE_EVIDENCE
    return None if facts or (found and surely < _SURER) else _because(ACCOUNT_SPECIFIC)


def _of_knowledge(
    evidence: Evidence, freshness: Sequence[Freshness], types: Mapping[QuestionType, float]
) -> Handoff | None:
    if not freshness:
        return _because(NO_KNOWLEDGE)
    beyond = _surely(QuestionType.UNANSWERABLE, types)
    if beyond and evidence.probability < _UNSURE_EVIDENCE:
        return _because(UNANSWERABLE)
    if not evidence.sufficient:
        return _because(WEAK_EVIDENCE)
    return _because(STALE_EVIDENCE) if all(one.stale for one in freshness) else None


def _surely(kind: QuestionType, types: Mapping[QuestionType, float]) -> bool:
    return types.get(kind, 0.0) >= _SURE


def _because(reason: str) -> Handoff:
    return Handoff(reason, _MESSAGES[reason])
