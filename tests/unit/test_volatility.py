from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.freshness.signs import signs_of, statements
from ingest.freshness.volatility import (
    ORDINARY,
    apart_from_housekeeping,
    content_volatility,
    hazard,
    told,
)
from tests.ageing import NOW, aging, ago

PRICES = "The current price is $49 a month. The latest offer is available until the weekend."
TERM = "The term was invented in 1994. It means a small piece of writing that was kept in a box."


@pytest.mark.parametrize(
    ("volatile", "calm"),
    [
        (PRICES, TERM),
        (
            "Der aktuelle Preis beträgt 49 €. Die Wartezeit ist derzeit eine Stunde.",
            "Der Begriff wurde 1994 erfunden. Er bedeutet ein kleines Stück und war in einer Kiste",
        ),
        (
            "Le prix actuel est de 49 €. Le nouveau tarif est disponible cette semaine.",
            "Le terme fut inventé en 1994. Il désigne un petit morceau et était dans une boîte.",
        ),
        (
            "El precio actual es de 49 €. La nueva tarifa está disponible esta semana.",
            "El término fue inventado en 1994. Significa un trozo pequeño y era de una caja.",
        ),
    ],
    ids=["en", "de", "fr", "es"],
)
def test_prices_and_offers_change_sooner_than_history(volatile: str, calm: str) -> None:
    assert content_volatility("", volatile) > 1.5 * content_volatility("", calm)


def test_it_says_what_speaks_for_change() -> None:
    assert {"prices", "now"} <= set(told("Plans", PRICES).signs)
    assert "past" not in told("Plans", TERM).signs


def test_a_word_means_what_its_language_says() -> None:
    (english,), (german,) = signs_of(["what was it for"]), signs_of(["was ist das und wer"])
    assert "past" in english
    assert "past" not in german


def test_a_text_is_cut_at_sentences_and_lines() -> None:
    assert statements("One. Two!\nThree\n\n---\n") == ["One.", "Two!", "Three"]


@given(st.text(max_size=200), st.text(max_size=2_000))
def test_every_text_has_some_volatility(title: str, text: str) -> None:
    assert 0 < content_volatility(title, text) <= 400


def test_a_page_without_history_is_believed_to_be_what_its_words_tell() -> None:
    assert hazard(aging(created=NOW, volatility=3.0), NOW).a_year == pytest.approx(3.0)
    assert hazard(aging(created=NOW, volatility=None), NOW).a_year == pytest.approx(ORDINARY)


def test_own_edits_outweigh_words() -> None:
    busy = aging(created=ago(700), edits=[ago(days) for days in range(30, 700, 60)], volatility=0.1)
    quiet = aging(created=ago(2_000), volatility=4.0)
    assert hazard(busy, NOW).a_year > 3
    assert hazard(quiet, NOW).a_year < 0.5


def test_a_burst_on_one_day_counts_once() -> None:
    morning = datetime(2026, 3, 1, 8, tzinfo=UTC)
    burst = [morning + timedelta(minutes=n) for n in range(9)]
    many, once = aging(created=ago(900), edits=burst), aging(created=ago(900), edits=burst[-1:])
    assert hazard(many, NOW) == hazard(once, NOW)
    assert hazard(many, NOW).edits == 1


def test_late_edits_count_more_than_early_ones() -> None:
    early = aging(created=ago(1_500), edits=[ago(1_400), ago(1_300)])
    late = aging(created=ago(1_500), edits=[ago(200), ago(100)])
    assert hazard(late, NOW).a_year > hazard(early, NOW).a_year


def test_edits_after_the_time_are_not_known() -> None:
    page = aging(created=ago(900), edits=[ago(100)])
    assert hazard(page, ago(300)).edits == 0


def test_the_longer_the_surer_a_page_must_change() -> None:
    belief = hazard(aging(created=ago(900), edits=[ago(100)]), NOW)
    said = [belief.within(time) for time in (-1, 0, 0.1, 1, 10, 1_000)]
    assert said[:2] == [0, 0]
    assert said == sorted(said)
    assert said[-1] < 1


def test_days_on_which_much_of_a_source_changed_tell_of_no_page() -> None:
    pages = [aging(document=str(n), edits=[ago(50), ago(n + 100)]) for n in range(20)]
    assert [page.edits for page in apart_from_housekeeping(pages)] == [
        (ago(n + 100),) for n in range(20)
    ]


def test_a_few_pages_that_change_together_are_no_housekeeping() -> None:
    pages = [aging(document=str(n), edits=[ago(50)]) for n in range(5)]
    assert apart_from_housekeeping(pages) == pages
