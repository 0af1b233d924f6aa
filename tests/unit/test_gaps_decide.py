"""What counts as a gap, which come first, and when one ends or comes back."""

from datetime import timedelta

import pytest

from ingest.topics import AskedQuestion, Lately, Standing, TopicState
from retrieval.gaps.decide import (
    by_volume,
    fine_again,
    gaps_of,
    grew,
    reopens,
    to_try,
    volume_of,
)
from retrieval.gaps.naming import central, clipped, distinctive
from retrieval.gaps.standing import concerns_knowledge, standing_of
from retrieval.planner.case import QuestionType
from tests.builders import NOON, vector
from tests.gaps import asked, topic, week

HOUR = timedelta(hours=1)
OPEN = TopicState.OPEN


@pytest.mark.parametrize(
    ("question", "standing"),
    [
        (asked(sufficient=True, handoff=None), Standing.ANSWERED),
        (asked(sufficient=False, handoff="weak_evidence"), Standing.WEAK),
        (asked(sufficient=False, handoff=None), Standing.WEAK),
        (asked(sufficient=True, handoff="no_knowledge"), Standing.WEAK),
        (asked(sufficient=True, handoff="stale_evidence"), Standing.ANSWERED),
        (asked(sufficient=False, handoff="account_specific"), Standing.UNKNOWN),
        (asked(kind="chat", sufficient=True, declined=True), Standing.REFUSED),
        (asked(kind="search"), Standing.UNKNOWN),
        (asked(kind="search", finds=False), Standing.WEAK),
    ],
)
def test_the_record_of_a_question_tells_how_it_fared(
    question: AskedQuestion, standing: Standing
) -> None:
    assert standing_of(question) is standing


@pytest.mark.parametrize(
    ("question", "chit_chat"),
    [
        (asked("Hello there"), 0.9),
        (asked("Let me talk to a human"), 0.0),
        (asked("Why?", handoff="asks_for_person"), 0.0),
        (asked(superseded=True), 0.0),
        (asked("?!"), 0.0),
    ],
)
def test_what_no_page_could_answer_is_left_out(question: AskedQuestion, chit_chat: float) -> None:
    assert not concerns_knowledge(question, {QuestionType.CHIT_CHAT: chit_chat})
    assert concerns_knowledge(asked(), {})


def test_gaps_are_ordered_by_how_often_and_how_lately() -> None:
    old = topic("old", week(7, asked=9, weak=9))
    new = topic("new", week(0, asked=9, weak=9))
    said = topic("said", week(0, asked=9, bad=6))
    single = topic("single", week(0, asked=1, weak=1))
    fine = topic("fine", week(0, asked=99))
    found = gaps_of([single, fine, old, new, said], OPEN, NOON)
    assert [gap.topic.id for gap in found] == ["said", "new", "old", "single"]
    assert [gap.thin for gap in found] == [False, False, False, True]
    assert found[1].weight == pytest.approx(9)
    assert found[2].weight == pytest.approx(9 * 0.5 ** (7 / 4))


def test_one_bad_word_is_no_thin_gap() -> None:
    (gap,) = gaps_of([topic("t", week(asked=1, bad=1))], OPEN, NOON)
    assert not gap.thin


def test_closed_gaps_are_shown_apart_the_latest_first() -> None:
    trouble = week(asked=2, weak=2)
    first = topic("a", trouble, state=TopicState.RESOLVED, ended_at=NOON)
    last = topic("b", trouble, state=TopicState.RESOLVED, ended_at=NOON + HOUR)
    waiting = topic("c", trouble)
    found = gaps_of([first, last, waiting], TopicState.RESOLVED, NOON)
    assert [gap.topic.id for gap in found] == ["b", "a"]


def test_the_change_is_between_seven_days_and_the_seven_before() -> None:
    volume = volume_of(topic("t", week(2, asked=5), week(1, asked=12), week(0, asked=1)), NOON)
    counts = (volume.week_before.asked, volume.last_week.asked, volume.this_week.asked)
    assert (counts, volume.change) == ((5, 12, 1), 0)
    assert volume_of(topic(lately=Lately(3, 5)), NOON).change == -2


def test_topics_are_ordered_by_what_is_asked_now() -> None:
    past, now = topic("past", week(5, asked=99)), topic("now", week(1, asked=2), week(asked=1))
    assert [one.topic.id for one in by_volume([past, now, topic("never")], NOON)] == ["now", "past"]


def test_a_resolved_topic_comes_back_with_new_trouble_alone() -> None:
    ended = {"state": TopicState.RESOLVED, "ended_at": NOON}
    assert not reopens(topic(trouble_at=NOON, **ended))  # type: ignore[arg-type]
    assert reopens(topic(trouble_at=NOON + HOUR, **ended))  # type: ignore[arg-type]
    assert not reopens(topic(trouble_at=NOON + HOUR))


@pytest.mark.parametrize(("troubles", "back"), [(5, False), (9, False), (10, True)])
def test_a_dismissed_topic_comes_back_when_its_trouble_doubles(
    troubles: int, *, back: bool
) -> None:
    dismissed = topic(state=TopicState.DISMISSED, troubles=troubles, troubles_at_end=5)
    assert bool(reopens(dismissed)) is back


def test_a_gap_is_tried_again_once_the_knowledge_has_changed() -> None:
    weak = asked(sufficient=False, sequence=4)
    assert to_try(topic(checked=3), [weak], 5)
    assert not to_try(topic(checked=3), [weak], 4)
    assert not to_try(topic(checked=5), [weak], 5)
    assert not to_try(topic(), [], 5)


def test_evidence_says_nothing_of_what_was_refused_with_enough_of_it() -> None:
    refused = asked(kind="chat", sufficient=True, declined=True, sequence=1)
    assert not to_try(topic(), [asked(sufficient=False, sequence=1), refused], 5)


def test_evidence_that_hardly_grew_ends_nothing() -> None:
    before = asked(evidence=0.53)
    assert not grew(before, 0.62)
    assert grew(before, 0.8)
    assert grew(asked(kind="search", finds=False), 0.8)


def test_three_good_answers_in_a_row_end_a_gap() -> None:
    good, bad = asked(standing=Standing.ANSWERED), asked(standing=Standing.WEAK)
    silent = asked(kind="search")
    assert fine_again([good, silent, good, good, bad])
    assert not fine_again([good, good])
    assert not fine_again([good, good, bad, good])
    assert not fine_again([good, asked(standing=Standing.ANSWERED, bad=True), good, good])


def test_words_that_tell_a_topic_from_others_name_it() -> None:
    asked = {
        "ship": ["Do you ship to Malta?", "Can you ship parcels to Malta?", "malta ship?"],
        "pay": ["Can I pay by card?", "Do you take my card?", "pay with a card"],
    }
    named = distinctive(asked)
    assert set(named["ship"][:2]) == {"ship", "malta"}
    assert named["pay"][0] == "card"
    assert named == distinctive(dict(reversed(asked.items())))


def test_the_same_words_by_many_weigh_as_once() -> None:
    named = distinctive({"t": ["pay by card", "lost card", *["zebra"] * 9]})
    assert named["t"][0] == "card"


def test_a_topic_of_little_words_has_a_name_all_the_same() -> None:
    assert distinctive({"t": ["What is this?"]})["t"]
    assert distinctive({"t": ["42?"]}) == {"t": ()}


def test_the_most_central_question_names_a_topic_the_shorter_of_equals() -> None:
    middle = vector("middle")
    found = central({"long one": middle, "short": middle, "far": vector("far")}, middle)
    assert found == "short"


def test_a_long_name_is_cut_into_one_line() -> None:
    assert clipped("a\n b") == "a b"
    assert len(clipped("word " * 99)) == 200
