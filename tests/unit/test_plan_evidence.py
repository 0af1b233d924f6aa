from dataclasses import replace

import pytest

from retrieval.model import Evidence
from retrieval.planner.evidence import DEFAULT_THRESHOLD, answer_probability, judge_evidence
from retrieval.planner.handoff import asks_for_person, decide_handoff
from tests.questions import GOOD, NOON, WEAK, hits, page, stale

REFUNDS = page("refunds", "Refunds take five working days after the parcel came back.")
SURE = Evidence(0.9, sufficient=True)


def test_good_signals_suffice_and_weak_ones_do_not() -> None:
    assert answer_probability(GOOD) > 0.8
    assert answer_probability(WEAK) < 0.05
    found = hits(*REFUNDS.passages())
    assert judge_evidence("How long?", GOOD, found, DEFAULT_THRESHOLD).sufficient
    assert not judge_evidence("How long?", WEAK, found, DEFAULT_THRESHOLD).sufficient
    assert judge_evidence("How long?", GOOD, (), DEFAULT_THRESHOLD) == Evidence(0.0, False)


def test_what_is_said_of_another_identifier_weighs_against_an_answer() -> None:
    near = replace(GOOD, dense=(0.55, 0.4, 0.4), coverage=0.5, agreement=0.6)
    assert answer_probability(near) > DEFAULT_THRESHOLD
    assert answer_probability(replace(near, unheld=1.0)) < DEFAULT_THRESHOLD


def test_the_part_of_a_question_that_nothing_touches_is_named() -> None:
    question = "How long do refunds take? Which colours have your bicycles?"
    evidence = judge_evidence(question, GOOD, hits(*REFUNDS.passages()), DEFAULT_THRESHOLD)
    assert evidence.missing_parts == ("Which colours have your bicycles?",)
    single = judge_evidence("Which colours have bicycles?", GOOD, hits(*REFUNDS.passages()), 0.2)
    assert single.missing_parts == ()


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


def test_the_gravest_reason_hands_over() -> None:
    fresh = [hit.freshness for hit in hits(*REFUNDS.passages())]
    old = [hit.freshness for hit in hits(*stale(REFUNDS).passages())]
    weak = Evidence(0.1, sufficient=False)
    assert old[0].stale
    assert decide_handoff("How long?", SURE, fresh) is None
    assert decide_handoff("How long?", SURE, [*fresh, *old]) is None
    reasons = {
        decided.reason
        for decided in (
            decide_handoff("How long?", SURE, old),
            decide_handoff("How long?", weak, old),
            decide_handoff("How long?", SURE, ()),
            decide_handoff("I want to talk to a human", weak, old),
        )
        if decided
    }
    assert reasons == {"stale_evidence", "weak_evidence", "no_knowledge", "asks_for_person"}
    assert NOON.tzinfo is not None
