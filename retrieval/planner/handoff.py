"""Say when a person should take over, and why."""

import re
from collections.abc import Sequence

from retrieval.model import Evidence, Freshness, Handoff

ASKS_FOR_PERSON = "asks_for_person"
NO_KNOWLEDGE = "no_knowledge"
WEAK_EVIDENCE = "weak_evidence"
STALE_EVIDENCE = "stale_evidence"

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
    r"\b(?:need|want|get\s+me)\s+an?\s+(?:human|agent|representative)\b",
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
    NO_KNOWLEDGE: "The prompt carries no knowledge for this question.",
    WEAK_EVIDENCE: "What was found probably does not answer the question.",
    STALE_EVIDENCE: "Everything found is past its review date.",
}


def decide_handoff(
    question: str, evidence: Evidence, freshness: Sequence[Freshness]
) -> Handoff | None:
    """Give the gravest reason, or None; `freshness` is that of what the answer would rest on."""
    reason = _reason(question, evidence, freshness)
    return Handoff(reason, _MESSAGES[reason]) if reason else None


def asks_for_person(question: str) -> bool:
    """Recognise a request for a person in English, German, French or Spanish."""
    return _ASKS.search(question) is not None


def _reason(question: str, evidence: Evidence, freshness: Sequence[Freshness]) -> str | None:
    if asks_for_person(question):
        return ASKS_FOR_PERSON
    if not freshness:
        return NO_KNOWLEDGE
    if not evidence.sufficient:
        return WEAK_EVIDENCE
    return STALE_EVIDENCE if all(one.stale for one in freshness) else None
