"""What is shown once, and what must be seen twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.reading import LivePassage
from retrieval.freshness import judge
from retrieval.merge import collapse, joined, runs
from retrieval.model import Hit
from tests.questions import NOON, hits, page

TERMS = "Refunds reach the card that you paid with within five working days of your request"
SEEN = datetime(2026, 9, 1, tzinfo=UTC)


def said(id_: str, text: str, context: str = "") -> LivePassage:
    return replace(page(id_, text).passages()[0], context=context)


def judged(*passages: LivePassage) -> tuple[Hit, ...]:
    return tuple(
        replace(hit, freshness=judge(hit.passage, NOON), score=1 / hit.rank)
        for hit in hits(*passages)
    )


def documents(found: tuple[Hit, ...]) -> list[str]:
    return [hit.passage.document for hit in found]


# --- near-duplicates --------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        TERMS,
        f"**{TERMS.upper()}**!",
        f"- {TERMS.replace(' ', chr(10))}.",
        f"{TERMS}. Thanks",
    ],
)
def test_the_same_text_in_two_pages_is_one_hit_that_names_both(other: str) -> None:
    (hit,) = collapse(judged(said("help", TERMS), said("terms", other)))
    assert (hit.passage.document, hit.also_in) == ("help", ("terms",))


def test_two_procedures_in_nearly_the_same_words_are_both_seen() -> None:
    form = "File the {} form with the clerk, who opens at eight, and pick it up after four. " * 3
    returns, repairs = form.format(*["return"] * 3), form.format(*["repair"] * 3)
    assert len(collapse(judged(said("help", returns), said("terms", repairs)))) == 2


def test_what_is_said_once_among_many_is_found_whatever_the_script() -> None:
    cyrillic = "Деньги вернутся на вашу карту не позже чем через пять рабочих дней."
    others = [said(f"page-{at}", f"Lamp {at} is mended by turning it at noon.") for at in range(70)]
    found = collapse(judged(said("a", cyrillic), *others, said("b", cyrillic.upper())))
    assert len(found) == 71
    assert found[0].also_in == ("b",)


@pytest.mark.parametrize(
    "other",
    [
        TERMS.replace("five", "ten"),
        TERMS.replace("five", "5"),
        TERMS.replace("reach", "never reach"),
        TERMS.replace("with within", "with not within"),
        TERMS.replace("card", "voucher"),
        TERMS.replace("of your", "before your"),
        f"{TERMS} only",
        f"{TERMS} until March",
        f"{TERMS} 2025",
        f"{TERMS}, and a voucher is sent to whoever asks our support for one",
    ],
)
def test_what_may_contradict_is_seen_twice(other: str) -> None:
    found = collapse(judged(said("help", TERMS), said("terms", other)))
    assert documents(found) == ["help", "terms"]
    assert [hit.also_in for hit in found] == [(), ()]


@pytest.mark.parametrize(("one", "other"), [("costs 5 %", "costs 5 €"), ("1.5 m", "15 m")])
def test_units_and_decimal_points_tell_texts_apart(one: str, other: str) -> None:
    pair = (f"Shipping of a parcel to Norway now {end}" for end in (one, other))
    assert len(collapse(judged(*(said(f"p{at}", text) for at, text in enumerate(pair))))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Monthly export of every report as a file ✅",
            "Monthly export of every report as a file ❌",
        ),
        (
            "Use it only where the state = full holds here",
            "Use it only where the state != full holds here",
        ),
        ("दिन में दुकान शाम तक खुली रहती है", "दीन में दुकान शाम तक खुली रहती है"),
        (
            "Parcels to Norway take 5\u201310 working days now",
            "Parcels to Norway take 5, 10 working days now",
        ),
    ],
)
def test_signs_that_decide_tell_texts_apart(one: str, other: str) -> None:
    assert len(collapse(judged(said("a", one), said("b", other)))) == 2


@pytest.mark.parametrize(
    "other",
    [
        f"{TERMS}. Obsolete",
        f"Veraltet: {TERMS}",
        f"\u041d\u0435 {TERMS}",
        f"{TERMS} não",
    ],
)
def test_a_word_that_takes_all_of_it_back_tells_texts_apart(other: str) -> None:
    assert len(collapse(judged(said("a", TERMS), said("b", other)))) == 2


def test_the_same_text_under_two_versions_is_seen_twice() -> None:
    pair = said("a", TERMS, "Prices of 2025"), said("b", TERMS, "Prices of 2026")
    assert len(collapse(judged(*pair))) == 2
    pair = said("a", TERMS, "Terms"), said("b", TERMS, "Questions")
    assert len(collapse(judged(*pair))) == 1


def test_a_short_text_is_not_taken_for_another_pages() -> None:
    assert len(collapse(judged(said("a", "Press Delete."), said("b", "Press Delete.")))) == 2


def test_the_verified_copy_is_kept_at_the_place_of_the_best() -> None:
    verified = replace(said("terms", TERMS), verified_at=SEEN)
    later = replace(said("blog", TERMS), changed_at=NOON)
    found = collapse(judged(said("help", TERMS), said("other", "Bicycles."), later, verified))
    assert documents(found) == ["terms", "other"]
    assert found[0].also_in == ("help", "blog")
    assert found[0].score == 1.0


def test_a_stale_copy_gives_way_to_a_fresh_one() -> None:
    old = replace(said("old", TERMS), review_by=SEEN, changed_at=NOON)
    (hit,) = collapse(judged(old, said("new", TERMS)))
    assert (hit.passage.document, hit.freshness.stale) == ("new", False)


# --- neighbours -------------------------------------------------------------------


def pieces(*texts: str) -> tuple[LivePassage, ...]:
    """Give one section that was cut, with a space between its passages."""
    cut, at = [], 0
    for ordinal, text in enumerate(texts):
        one = said("long", text)
        its_id = page(f"long{ordinal}", text).passages()[0].id
        cut.append(replace(one, id=its_id, ordinal=ordinal, start=at, end=at + len(text)))
        at += len(text) + 1
    return tuple(cut)


CUT = pieces("First.", "Second.", "Third.", "Fourth.", "Fifth.")
WHOLE = "First. Second. Third. Fourth. Fifth."


def ordinals(found: tuple[tuple[Hit, ...], ...]) -> list[list[int]]:
    return [[hit.passage.ordinal for hit in run] for run in found]


def test_neighbours_become_one_run_in_the_order_of_the_page() -> None:
    other = said("other", "Bicycles.")
    assert ordinals(runs(judged(CUT[2], other, CUT[1]), 5)) == [[1, 2], [0]]


def test_runs_are_three_long_at_most_and_as_many_as_asked_for() -> None:
    assert ordinals(runs(judged(*CUT), 5)) == [[0, 1, 2], [3, 4]]
    assert ordinals(runs(judged(CUT[0], CUT[4], CUT[2]), 2)) == [[0], [4]]


def test_a_heading_ends_a_run() -> None:
    headed = replace(CUT[1], heading_path=("Another",))
    assert ordinals(runs(judged(CUT[0], headed), 5)) == [[0], [1]]


def test_a_joined_hit_is_a_piece_of_the_page_under_the_best_ones_id() -> None:
    (run,) = runs(judged(CUT[2], CUT[1], CUT[3]), 5)
    passage = joined(run, WHOLE[run[0].passage.start : run[-1].passage.end]).passage
    assert (passage.id, passage.text) == (CUT[2].id, WHOLE[passage.start : passage.end])
    assert passage.text == "Second. Third. Fourth."


def test_without_the_text_of_its_page_a_run_is_its_best_hit() -> None:
    (run,) = runs(judged(CUT[2], CUT[1]), 5)
    assert joined(run, "").passage == CUT[2]
