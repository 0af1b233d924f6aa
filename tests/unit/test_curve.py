from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import NAMESPACE_URL, uuid5

import pytest

from ingest.model import Scored, TwoLists
from ingest.reading import LivePassage
from retrieval.model import Found, Hit, PartFound
from retrieval.planner.calibration import Stretch, shipped
from retrieval.planner.curve import read_curve
from retrieval.signals import describe
from tests.questions import hits, page

CALIBRATION = shipped()
REFUNDS = "How long do refunds take after the parcel came back?"
SHIPPING = "What does shipping to Norway cost?"
TEXTS = (
    "Refunds take five working days after the parcel came back to us.",
    "Shipping to Norway costs nine euros, and parcels leave at noon.",
    "Our bicycles come in green, in blue and in a very light grey.",
    "Opening hours are nine to five, and longer before the holidays.",
    "Gift cards are sent by mail, and never expire before three years.",
    "The warranty covers what breaks by itself within two years.",
)
PASSAGES = tuple(
    one for number, text in enumerate(TEXTS) for one in page(f"p{number}", text).passages()
)


def found(question: str, passages: Sequence[LivePassage], cosines: Sequence[float]) -> PartFound:
    """Find passages in the order of their cosines, by both lists alike."""
    ranked = sorted(zip(cosines, passages, strict=True), key=lambda one: -one[0])
    best = tuple(one for _, one in ranked)
    dense = tuple(Scored(one.id, cosine) for cosine, one in ranked)
    sparse = tuple(Scored(one.id, 20 * cosine) for cosine, one in ranked if cosine > 0.2)
    scored = zip(hits(*best), ranked, strict=True)
    listed = tuple(replace(hit, score=2 * cosine) for hit, (cosine, _) in scored)
    lists = TwoLists(dense, sparse)
    return PartFound(question, Found(1, listed, lists), describe(question, lists, best))


ABOUT_REFUNDS = found(REFUNDS, PASSAGES, (0.8, 0.3, 0.15, 0.12, 0.1, 0.09))
ABOUT_SHIPPING = found(SHIPPING, PASSAGES, (0.3, 0.8, 0.15, 0.12, 0.1, 0.09))
OFF_TOPIC = found("What is the capital of Brazil?", PASSAGES, (0.1, 0.09, 0.08, 0.07, 0.06, 0.05))
NOTHING = PartFound("Is it?", Found(1, (), TwoLists((), ())), describe("", TwoLists((), ()), ()))


def ten(hit: Hit) -> int:
    return 10


@pytest.mark.parametrize(
    "parts",
    [
        (ABOUT_REFUNDS,),
        (OFF_TOPIC,),
        (ABOUT_REFUNDS, ABOUT_SHIPPING),
        (ABOUT_REFUNDS, OFF_TOPIC, ABOUT_SHIPPING),
    ],
)
def test_more_passages_never_hold_less(parts: tuple[PartFound, ...]) -> None:
    curve = read_curve(parts, ten, CALIBRATION)
    assert [hit.rank for hit in curve.hits] == [1, 2, 3, 4, 5, 6]
    assert len({hit.passage.id for hit in curve.hits}) == 6
    for line in (curve.probability, *curve.parts):
        assert len(line) == 7
        assert line[0] == 0.0
        assert all(one <= other for one, other in pairwise(line))
        assert line[-1] <= 1.0
    assert curve.probability[-1] <= min(line[-1] for line in curve.parts) + 1e-9
    assert curve.probability[-1] <= curve.answerable


def test_what_answers_comes_first_and_is_soon_enough() -> None:
    curve = read_curve((ABOUT_REFUNDS,), ten, CALIBRATION)
    assert curve.hits[0].passage.text == TEXTS[0]
    off = read_curve((OFF_TOPIC,), ten, CALIBRATION)
    assert curve.answerable > 0.8 > 0.5 > off.answerable
    assert curve.probability[3] > off.probability[3]


def test_each_part_gets_its_best_before_any_gets_more() -> None:
    curve = read_curve((ABOUT_REFUNDS, ABOUT_SHIPPING), ten, CALIBRATION)
    assert {hit.passage.text for hit in curve.hits[:2]} == {TEXTS[0], TEXTS[1]}
    alone = read_curve((ABOUT_REFUNDS,), ten, CALIBRATION)
    assert curve.parts[0][-1] == pytest.approx(alone.parts[0][-1])


def test_a_part_that_found_nothing_leaves_the_whole_open() -> None:
    curve = read_curve((ABOUT_REFUNDS, NOTHING), ten, CALIBRATION)
    assert set(curve.probability) == {0.0}
    assert curve.parts[0][-1] > 0.0
    assert set(curve.parts[1]) == {0.0}
    assert read_curve((NOTHING,), ten, CALIBRATION).probability == (0.0,)


def test_the_same_search_gives_the_same_curve() -> None:
    parts = (ABOUT_SHIPPING, ABOUT_REFUNDS)
    first = read_curve(parts, ten, CALIBRATION)
    assert all(read_curve(parts, ten, CALIBRATION) == first for _ in range(20))


def test_a_doubtful_calibration_doubts_every_size() -> None:
    doubtful = replace(CALIBRATION, reach=Stretch(1.0, -2.0))
    sure, less = (read_curve((ABOUT_REFUNDS,), ten, one) for one in (CALIBRATION, doubtful))
    pairs = list(zip(sure.probability, less.probability, strict=True))[1:]
    assert all(one > other for one, other in pairs)


def test_points_are_told_apart_by_id_alone() -> None:
    twin = replace(PASSAGES[0], id=uuid5(NAMESPACE_URL, "twin"))
    part = found(REFUNDS, (*PASSAGES, twin), (0.8, 0.3, 0.15, 0.12, 0.1, 0.09, 0.79))
    assert len(read_curve((part,), ten, CALIBRATION).hits) == 7


def test_what_is_said_of_one_part_number_is_no_answer_about_another() -> None:
    held = read_curve((ABOUT_REFUNDS,), ten, CALIBRATION)
    signals = replace(ABOUT_REFUNDS.signals, unheld=1.0)
    unheld = read_curve((replace(ABOUT_REFUNDS, signals=signals),), ten, CALIBRATION)
    assert unheld.answerable < held.answerable / 3
    assert unheld.probability[-1] < held.probability[-1] / 3
