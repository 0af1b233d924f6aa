from dataclasses import replace

import pytest

from ingest.model import TwoLists
from retrieval.model import Curve, Found, PartFound
from retrieval.planner.calibration import shipped
from retrieval.planner.evidence import (
    LOST_IN_PARSING,
    Held,
    judge_evidence,
    judge_pack,
    judge_whole,
    pack_probability,
    threshold_of,
    whole_probability,
)
from tests.questions import GOOD, hits, page

HITS = hits(
    *page("refunds", "Refunds take five days.", "They reach your card.").passages(),
    *page("shipping", "Parcels leave at noon.").passages(),
)
CALIBRATION = replace(shipped(), beyond=0.5)
ONE = Curve(HITS, (0.0, 0.5, 0.7, 0.8), ((0.0, 0.5, 0.7, 0.8),), answerable=0.95)
TWO = Curve(
    HITS,
    (0.0, 0.08, 0.18, 0.72),
    ((0.0, 0.8, 0.9, 0.9), (0.0, 0.1, 0.2, 0.8)),
    answerable=0.9,
)


def parts(*texts: str) -> list[PartFound]:
    return [PartFound(text, Found(1, HITS, TwoLists((), ())), GOOD) for text in texts]


def test_a_pack_is_judged_by_how_much_of_the_curve_it_takes() -> None:
    asked = parts("How long do refunds take?")
    assert judge_evidence(asked, ONE, 2, 0.6).sufficient
    assert judge_evidence(asked, ONE, 2, 0.6).probability == 0.7
    assert not judge_evidence(asked, ONE, 1, 0.6).sufficient
    assert judge_evidence(asked, ONE, 0, 0.6).probability == 0.0


def test_parts_without_evidence_are_named_and_a_single_question_is_not() -> None:
    asked = parts("How long do refunds take?", "When do parcels leave?")
    assert judge_evidence(asked, TWO, 2, 0.5).missing_parts == ("When do parcels leave?",)
    assert judge_evidence(asked, TWO, 3, 0.5).missing_parts == ()
    assert judge_evidence(parts("How long?"), ONE, 0, 0.5).missing_parts == ()


def test_a_pack_of_the_first_hits_is_worth_what_the_curve_says() -> None:
    for curve in (ONE, TWO):
        for taken in (1, 3):
            ids = frozenset(hit.passage.id for hit in HITS[:taken])
            said = pack_probability(curve, CALIBRATION, Held(passages=ids))
            # Parts of a curve need not multiply to its whole; at its end they are made to.
            assert said == pytest.approx(curve.probability[taken], abs=0.02)


def test_a_page_held_whole_is_worth_more_than_its_hits() -> None:
    refunds = HITS[0].passage.document
    ids = frozenset(hit.passage.id for hit in HITS[:2])
    hits_alone = pack_probability(ONE, CALIBRATION, Held(passages=ids))
    whole_page = pack_probability(ONE, CALIBRATION, Held(documents={refunds}))
    every_page = pack_probability(
        ONE, CALIBRATION, Held(documents={hit.passage.document for hit in HITS})
    )
    assert hits_alone < whole_page < every_page
    assert every_page == pytest.approx(0.875)
    assert pack_probability(ONE, CALIBRATION, Held()) == 0.0


def test_what_a_pack_leaves_out_is_missed() -> None:
    asked = parts("How long do refunds take?", "When do parcels leave?")
    refunds = Held(documents={HITS[0].passage.document})
    judged = judge_pack(asked, TWO, CALIBRATION, refunds, 0.5)
    assert judged.missing_parts == ("When do parcels leave?",)
    assert not judged.sufficient


def test_the_whole_knowledge_is_as_good_as_the_knowledge() -> None:
    judged = judge_whole(parts("How long?"), ONE, 0.5)
    assert judged.probability == pytest.approx(0.95 * (1 - LOST_IN_PARSING))
    assert judged.sufficient
    nothing = Curve((), (0.0,), ((0.0,),), answerable=0.1)
    assert whole_probability(nothing) < 0.1
    assert pack_probability(nothing, CALIBRATION, Held()) == 0.0


def test_the_probability_alone_says_what_is_sufficient() -> None:
    doubtful = replace(ONE, answerable=0.1)
    judged = judge_whole(parts("What is the capital of Brazil?"), doubtful, 0.55)
    assert judged.probability < 0.1
    assert not judged.sufficient


def test_a_message_has_to_reach_as_much_for_each_part() -> None:
    assert threshold_of(1, 0.5) == 0.5
    assert threshold_of(2, 0.5) == 0.25
    two = parts("How long do refunds take?", "When do parcels leave?")
    assert judge_evidence(two, TWO, 2, 0.4).probability == 0.18
    assert judge_evidence(two, TWO, 2, 0.4).sufficient
    assert not judge_evidence(two, TWO, 2, 0.5).sufficient
