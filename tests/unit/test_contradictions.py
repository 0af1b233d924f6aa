"""What is taken for a contradiction, and above all what is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.freshness.contradiction import Contradictions
from ingest.freshness.model import Finding
from ingest.freshness.pages import NearPage, NearPair, Page
from tests.builders import NOON
from tests.live_pages import page


def found(
    one: str, two: str, *, language: str = "en", titles: tuple[str, str] = ("", "")
) -> Finding | None:
    """Compare two pages of a sentence each."""
    mine = page("one.md", one, title=titles[0] or "Help", language=language)
    theirs = page("two.md", two, title=titles[1] or "Questions", language=language)
    return Contradictions().compare(mine, mine.passages[0], theirs, theirs.passages[0])


CONTRADICTIONS = [
    (
        "en",
        "duration",
        "A gift card is valid for 24 months.",
        "A gift card is valid for 12 months.",
    ),
    (
        "en",
        "duration",
        "You can return anything you bought from us within 30 days of the day it reached you.",
        "You have 14 days from delivery to return an item that you do not want to keep.",
    ),
    ("en", "price", "Gift wrapping costs £3.50 an item.", "Gift wrapping costs £4 an item."),
    ("en", "percent", "Students get 15% off every order.", "Students get 10% off every order."),
    (
        "en",
        "date",
        "Summer tickets can be booked until 31 August.",
        "Summer tickets can be booked until 15 September.",
    ),
    (
        "en",
        "clock",
        "Our shop in York opens at 10 am.",
        "Our shop in York opens at 9:30 am.",
    ),
    (
        "en",
        "negation",
        "Gift cards can be used in our two shops.",
        "Gift cards cannot be used in our two shops.",
    ),
    (
        "en",
        "negation",
        "Automatic backups are enabled on the free server.",
        "Automatic backups are disabled on the free server.",
    ),
    (
        "en",
        "version",
        "It runs on standard Python 3.7+ alone.",
        "It runs on standard Python 3.8+ alone.",
    ),
    (
        "de",
        "quantity",
        "Halten Sie mindestens 1 bis 2 Meter Abstand zu anderen Menschen.",
        "Halten Sie mindestens 1,5 Meter Abstand zu anderen Menschen.",
    ),
    (
        "de",
        "duration",
        "Ein Gutschein gilt 24 Monate ab dem Tag des Kaufs.",
        "Ein Gutschein gilt 36 Monate ab dem Tag des Kaufs.",
    ),
    (
        "fr",
        "duration",
        "Les points fidélité expirent après 18 mois.",
        "Les points fidélité expirent après 12 mois.",
    ),
    (
        "es",
        "price",
        "La entrega urgente cuesta 9,95 € por pedido.",
        "La entrega urgente cuesta 12,50 € por pedido.",
    ),
]


@pytest.mark.parametrize(("language", "code", "one", "two"), CONTRADICTIONS)
def test_a_contradiction_is_found_whichever_page_is_looked_at(
    language: str, code: str, one: str, two: str
) -> None:
    there, back = found(one, two, language=language), found(two, one, language=language)
    assert there is not None
    assert back is not None
    assert there.code == back.code == code
    assert there.key == back.key


HARMLESS = [
    (
        "the same in other units",
        "Send it back within 14 days of delivery.",
        "Send it back within 2 weeks of delivery.",
    ),
    (
        "a year in months",
        "The warranty lasts 1 year from delivery.",
        "The warranty lasts 12 months from delivery.",
    ),
    (
        "another country",
        "Delivery to Ireland costs £6.50 a parcel.",
        "Delivery to Norway costs £12.50 a parcel.",
    ),
    ("another way", "Express delivery takes 1 day.", "Standard delivery takes 3 days."),
    ("other days", "A refund takes 5 working days.", "A refund takes 5 days."),
    (
        "another subject",
        "You may pay by invoice within 30 days of delivery.",
        "A repair takes 10 days.",
    ),
    ("a question", "Can I return it within 30 days?", "Can I return it within 14 days?"),
    ("another year", "In 2019 tickets cost £10 each.", "In 2020 tickets cost £12 each."),
    ("the day of a page", "Last updated: 4 March 2025.", "Last updated: 9 April 2026."),
    (
        "a number of a section",
        "Details stand in Section 8.19 below.",
        "Details stand in Section 9.17 below.",
    ),
    ("a step", "3. Reload the page and try again.", "4. Reload the page and try again."),
    ("no doubt", "We do not know whether it is not open.", "We do not know whether it is open."),
    (
        "a spelling",
        "Follow us and our founder on Twitter daily.",
        "Follow us and our founder on Twiter daily.",
    ),
    (
        "an example",
        "Ask another search engine, e.g. Yelp, about it.",
        "Ask another search engine, e.g. Bing, about it.",
    ),
    ("odd digits", "The field is 30 m² or ½ of it ².", "The field is 30 m² or ¾ of it ³."),
    ("of what?", "It takes 5 days.", "It takes 9 days."),
]


@pytest.mark.parametrize(
    ("one", "two"), [case[1:] for case in HARMLESS], ids=[c[0] for c in HARMLESS]
)
def test_what_may_both_be_true_is_no_contradiction(one: str, two: str) -> None:
    assert found(one, two) is None


def test_another_name_contradicts_only_on_the_same_subject() -> None:
    one, two = "Place results are powered by Yelp.", "Place results are powered by Tripadvisor."
    same = found(one, two, titles=("Places", "Places"))
    assert same is not None
    assert same.code == "option"
    assert found(one, two, titles=("Places", "Restaurants")) is None


def test_pages_on_other_products_are_not_compared() -> None:
    one, two = "The pack weighs 1.2 kg without straps.", "The pack weighs 1.9 kg without straps."
    assert found(one, two, titles=("PX20 pack", "PX30 pack")) is None


def test_another_language_is_not_compared() -> None:
    mine = page("one.md", "Delivery in Berlin takes 3 days.", language="en")
    theirs = page("two.md", "Delivery in Berlin takes 5 days.", language="de")
    assert not Contradictions().look(mine, [beside(mine, theirs)])


def test_the_page_that_changed_longer_ago_is_blamed_and_both_are_quoted() -> None:
    new = page("new.md", "Hello.", "A gift card is valid for 24 months.", title="Gift cards")
    old = page("old.md", "A gift card is valid for 12 months.", title="Old gift cards")
    old = replace(old, passages=(replace(old.passages[0], changed_at=NOON - timedelta(days=9)),))
    (finding,) = Contradictions().look(new, [beside(new, old)])
    assert (finding.document, finding.other) == (old.id, new.id)
    assert finding.reason == "This page says “12 months”, “Gift cards” says “24 months”."
    for quote, of in zip(finding.quotes, (old, new), strict=True):
        assert quote.text == of.revision.text[quote.start : quote.end]
        assert [quote.text[a:b] for a, b in quote.marks] == [quote.text[-10:-1]]


def test_what_a_page_says_word_for_word_is_not_held_against_another_sentence() -> None:
    both = (
        "Parcels to the islands take 5 days to arrive. Parcels to the city take 2 days to arrive."
    )
    mine, theirs = page("one.md", both), page("two.md", both)
    assert not Contradictions().look(mine, [beside(mine, theirs)])


def beside(mine: Page, theirs: Page) -> NearPage:
    """Put every passage of a page beside every one of another."""
    return NearPage(
        theirs, tuple(NearPair(one, two, 0.9) for one in mine.passages for two in theirs.passages)
    )
