"""Pages that say the same twice."""

from collections.abc import Sequence
from itertools import product

from ingest.freshness.differing import differing
from ingest.freshness.duplicate import Duplicates
from ingest.freshness.model import Finding
from ingest.freshness.pages import NearPage, NearPair, Page
from tests.live_pages import page

GIFTS = (
    "A gift card can hold any amount from £10 to £500. It is sent by e-mail within an hour.",
    "Type the sixteen characters into the box at the checkout. You can use up to three cards.",
    "A gift card is valid for 24 months from the day it was bought. We remind you by e-mail.",
)
FOOTER = "Our team answers every day from nine to five, by telephone, by e-mail and by letter."
ABROAD = "We deliver parcels to France within 3 days for £4.99, and to your door on Saturdays too."


def near(mine: Page, *others: Page) -> Sequence[NearPage]:
    """Pair passages by the words that they share, as an embedding model would."""
    found = []
    for other in others:
        couples = product(mine.passages, other.passages)
        alike = [(a, b, differing(a.text, b.text).share) for a, b in couples]
        pairs = tuple(NearPair(a, b, 0.5 + share / 2) for a, b, share in alike if share > 0.6)
        found.append(NearPage(other, pairs))
    return found


def look(mine: Page, *others: Page) -> Sequence[Finding]:
    return Duplicates().look(mine, near(mine, *others))


def marked(finding: Finding) -> list[list[str]]:
    return [[quote.text[a:b] for a, b in quote.marks] for quote in finding.quotes]


def test_the_same_text_on_two_pages_is_named_once_whichever_is_looked_at() -> None:
    one, other = page("gift-cards", *GIFTS), page("old/gift-cards", *GIFTS)
    (found,) = look(one, other)
    assert [found] == list(look(other, one))
    assert (found.document, found.other) == (one.id, other.id)
    assert found.reason == "The same text stands on “Title of old/gift-cards” too."
    assert marked(found) == [[]] * 6


def test_of_two_editions_the_words_that_differ_are_marked_and_a_number_weighs_more() -> None:
    old = [GIFTS[0], GIFTS[1], GIFTS[2].replace("24", "12")]
    new = page("gifts", *GIFTS, title="Gift cards")
    (found,) = look(new, page("old", *old, title="Gift cards (old)"))
    assert marked(found)[:2] == [["24"], ["12"]]
    assert "differ in numbers" in found.reason
    for quote in found.quotes[::2]:
        assert new.revision.text[quote.start : quote.end] == quote.text
    worded = [GIFTS[0], GIFTS[1], GIFTS[2].replace("remind", "tell")]
    (milder,) = look(new, page("old", *worded, title="Gift cards (old)"))
    assert milder.severity < found.severity


def test_a_page_that_stands_whole_within_a_longer_one_is_a_duplicate() -> None:
    rest = [f"Paragraph {word} about quite another matter altogether." for word in "abcdef"]
    (found,) = look(page("gifts", *GIFTS), page("manual", *rest, *GIFTS))
    assert found.other == "doc-manual"


def test_one_template_for_two_countries_is_no_duplicate() -> None:
    german = ABROAD.replace("France", "Germany").replace("3", "4").replace("4.99", "5.99")
    for title in ("Delivery", ""):
        france = page("fr", ABROAD, ABROAD, title=title or "Delivery to France")
        germany = page("de", german, german, title=title or "Delivery to Germany")
        assert look(france, germany) == []


def test_what_stands_on_many_pages_makes_none_of_them_a_duplicate() -> None:
    own = ("one", "two", "three", "four", "five")
    pages = [page(word, f"Only this page is about {word}.", FOOTER) for word in own]
    assert look(pages[0], *pages[1:]) == []
    (found,) = look(pages[0], pages[1])
    assert found.other in {"doc-one", "doc-two"}


def test_of_many_copies_each_is_named_with_the_first_alone() -> None:
    copies = [page(ref, *GIFTS) for ref in "abcdefg"]
    named = {
        (one.document, one.other)
        for mine in copies
        for one in look(mine, *(other for other in copies if other is not mine))
    }
    assert named == {("doc-a", f"doc-{ref}") for ref in "bcdefg"}


def test_a_translation_is_no_duplicate_of_its_original() -> None:
    names = ("Punnet Forte", "Punnet Piano", "Punnet Largo", "Punnet Allegro") * 6
    assert look(page("en", " ".join(names)), page("de", " ".join(names), language="de")) == []


def test_short_answers_to_different_questions_are_no_duplicates() -> None:
    shoes = page("shoes", "Yes, within 30 days.", title="Can I return shoes?")
    bags = page("bags", "Yes, within 30 days.", title="Can I return bags?")
    assert look(shoes, bags) == []
    again = page("shoes-2", "Yes, within 30 days.", title="Can I return shoes?")
    assert [one.code for one in look(shoes, again)] == ["copy"]


def test_a_short_entry_in_other_words_is_named_unless_a_number_or_a_not_differs() -> None:
    mine = page("a", "How do I send something back that I bought? Print the label at home.")
    said = "What must I do to return a purchase? Print our label yourself."
    for text, expected in (
        (said, ["reworded"]),
        (f"{said} It is not free.", []),
        (f"{said} You have 14 days.", []),
    ):
        other = page("b", text)
        pair = NearPair(mine.passages[0], other.passages[0], 0.93)
        found = Duplicates().look(mine, [NearPage(other, (pair,))])
        assert [one.code for one in found] == expected


def test_an_enclosed_document_is_no_duplicate_of_what_it_is_enclosed_in() -> None:
    assert look(page("mail", *GIFTS), page("mail!/gifts.txt", *GIFTS, parent="doc-mail")) == []
