"""Where fresh pages are preferred, they come before stale ones that are hardly more relevant."""

from dataclasses import replace

from retrieval.freshness import fresh_first
from retrieval.model import Hit
from tests.questions import hits, page


def ranked(*hits_: tuple[float, bool]) -> list[Hit]:
    """Give hits by score, and whether they are stale."""
    texts = [f"Page {number}." for number in range(len(hits_))]
    plain = hits(*page("help", *texts).passages())
    return [
        replace(hit, score=score, freshness=replace(hit.freshness, stale=stale))
        for hit, (score, stale) in zip(plain, hits_, strict=True)
    ]


def test_fresh_hits_of_comparable_relevance_go_first() -> None:
    found = ranked((2.0, True), (1.8, True), (0.9, False), (0.8, True), (0.8, False))
    texts = [hit.passage.text for hit in fresh_first(found)]
    assert texts == ["Page 2.", "Page 4.", "Page 0.", "Page 1.", "Page 3."]


def test_what_is_off_topic_stays_behind_what_is_stale() -> None:
    found = ranked((2.0, True), (0.5, False), (0.4, True))
    assert fresh_first(found) == tuple(found)


def test_the_scores_stay_with_the_places() -> None:
    found = ranked((2.0, True), (1.0, False))
    assert [hit.score for hit in fresh_first(found)] == [2.0, 1.0]
    assert fresh_first([]) == ()
