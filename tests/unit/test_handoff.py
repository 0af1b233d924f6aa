from collections.abc import Mapping

import pytest

from retrieval.model import Evidence
from retrieval.planner.case import QuestionType
from retrieval.planner.handoff import asks_for_person, decide_handoff
from tests.questions import hits, page, stale

REFUNDS = page("refunds", "Refunds take five working days after the parcel came back.")
FRESH = [hit.freshness for hit in hits(*REFUNDS.passages())]
OLD = [hit.freshness for hit in hits(*stale(REFUNDS).passages())]
SURE = Evidence(0.9, sufficient=True)
MIDDLING = Evidence(0.55, sufficient=True)
WEAK = Evidence(0.1, sufficient=False)


def surely(kind: QuestionType) -> Mapping[QuestionType, float]:
    return {QuestionType.LOOKUP: 0.2, kind: 0.8}


LOOKUP = surely(QuestionType.LOOKUP)


def reason(
    evidence: Evidence,
    types: Mapping[QuestionType, float] = LOOKUP,
    *,
    question: str = "How long?",
    facts: bool = False,
) -> str | None:
    decided = decide_handoff(question, evidence, FRESH, types, facts=facts)
    return decided.reason if decided else None


@pytest.mark.parametrize(
    "question",
    [
        "I want to speak to a human",
        "Can I talk with someone?",
        "please connect me to an agent!",
        "get me a representative",
        "Ich möchte mit einem Mitarbeiter sprechen.",
        "Kann ich mit einem echten Menschen reden?",
        "Je voudrais parler à un conseiller",
        "Puis-je parler avec une vraie personne ?",
        "Quiero hablar con una persona",
    ],
)
def test_a_request_for_a_person_is_recognised(question: str) -> None:
    assert asks_for_person(question)
    assert reason(SURE, surely(QuestionType.CHIT_CHAT), question=question) == "asks_for_person"


@pytest.mark.parametrize(
    "question",
    [
        "How many people fit in the tent?",
        "How do I create an API agent?",
        "What is the personal data policy?",
        "Was kostet der Versand für eine Person?",
        "¿Cuántas personas caben?",
    ],
)
def test_a_question_about_people_is_not(question: str) -> None:
    assert not asks_for_person(question)


def test_weak_evidence_hands_over_and_good_does_not() -> None:
    assert reason(SURE) is None
    assert reason(WEAK) == "weak_evidence"


def test_stale_pages_alone_hand_over() -> None:
    assert decide_handoff("How long?", SURE, [*FRESH, *OLD], LOOKUP) is None
    old = decide_handoff("How long?", SURE, OLD, LOOKUP)
    assert old is not None
    assert old.reason == "stale_evidence"


def test_pages_that_contradict_one_another_hand_over() -> None:
    for freshness in (FRESH, OLD):
        decided = decide_handoff("How long?", SURE, freshness, LOOKUP, contested=True)
        assert decided is not None
        assert decided.reason == "contradictory_evidence"
    weak = decide_handoff("How long?", WEAK, FRESH, LOOKUP, contested=True)
    assert weak is not None
    assert weak.reason == "weak_evidence"


def test_an_empty_pack_hands_over() -> None:
    empty = decide_handoff("How long?", SURE, (), LOOKUP)
    assert empty is not None
    assert empty.reason == "no_knowledge"


def test_a_greeting_never_hands_over() -> None:
    assert decide_handoff("Thank you!", WEAK, (), surely(QuestionType.CHIT_CHAT)) is None


def test_a_question_about_an_account_wants_facts() -> None:
    account = surely(QuestionType.ACCOUNT)
    assert reason(WEAK, account) == "account_specific"
    assert reason(MIDDLING, account) == "account_specific"
    assert reason(WEAK, account, facts=True) is None
    assert reason(SURE, account) == "account_specific"
    probably = {QuestionType.ACCOUNT: 0.6, QuestionType.LOOKUP: 0.4}
    assert reason(SURE, probably) is None
    assert reason(WEAK, probably) == "account_specific"
    empty = decide_handoff("Where is my parcel?", WEAK, (), account)
    assert empty is not None
    assert "no facts" in empty.message


def test_what_sounds_unanswerable_needs_the_evidence_to_agree() -> None:
    beyond = surely(QuestionType.UNANSWERABLE)
    assert reason(WEAK, beyond) == "unanswerable"
    assert reason(MIDDLING, beyond) == "unanswerable"
    assert reason(SURE, beyond) is None
    doubtful = {QuestionType.UNANSWERABLE: 0.4, QuestionType.LOOKUP: 0.3}
    assert reason(MIDDLING, doubtful) is None
