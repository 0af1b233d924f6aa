"""What lifts a passage beside its own text."""

from dataclasses import replace

from ingest.model import PointId
from ingest.reading import LivePassage
from retrieval.fusion import Fused
from retrieval.ranking import refine
from tests.questions import page

LONG = page("refunds", "How long refunds take.", "By card.", "By transfer.").passages()
SHORT = page("parcels", "Parcels leave at noon.").passages()
ALL = {passage.id: passage for passage in (*LONG, *SHORT)}


def order(question: str, *scored: tuple[LivePassage, float]) -> list[PointId]:
    fused = [Fused(passage.id, score) for passage, score in scored]
    return [one.id for one in refine(question, fused, ALL)]


def test_a_neighbour_is_drawn_up_to_the_better_passage_beside_it() -> None:
    found = order("?", (LONG[0], 1.0), (SHORT[0], 0.6), (LONG[1], 0.4))
    assert found == [LONG[0].id, LONG[1].id, SHORT[0].id]


def test_what_is_two_passages_away_is_not_drawn() -> None:
    found = order("?", (LONG[0], 1.0), (SHORT[0], 0.6), (LONG[2], 0.4))
    assert found == [LONG[0].id, SHORT[0].id, LONG[2].id]


def test_neighbours_do_not_lift_the_best_passage_of_their_page() -> None:
    found = order("?", (SHORT[0], 1.0), (LONG[0], 0.9), (LONG[1], 0.8))
    assert found == [SHORT[0].id, LONG[0].id, LONG[1].id]


def test_a_page_that_the_question_names_by_its_title_is_lifted() -> None:
    scored = ((LONG[0], 0.5), (SHORT[0], 0.3))
    assert order("What about parcels?", *scored) == [SHORT[0].id, LONG[0].id]
    assert order("What about bicycles?", *scored) == [LONG[0].id, SHORT[0].id]


def test_a_heading_counts_as_the_title_does() -> None:
    headed = replace(SHORT[0], title="", heading_path=("Delivery", "Norway"))
    passages = {**ALL, headed.id: headed}
    fused = [Fused(LONG[0].id, 0.5), Fused(headed.id, 0.3)]
    assert refine("Norway?", fused, passages)[0].id == headed.id
