"""What a page says until when, and what it may say for ever."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.freshness.expiry import WARNING, ExpiryDetector
from ingest.freshness.model import Finding, FlagKind
from ingest.freshness.pages import Looked, Page
from ingest.parse.markdown import parse_markdown
from ingest.reading import DocumentRecord, Revision
from ingest.records import DocumentState
from tests.builders import ACME, NOON, SHOP, facts

CHRISTMAS = """# Christmas 2024: last days to order

To arrive before Christmas Eve 2024, order by noon on these days:

- United Kingdom, standard: Thursday 19 December 2024
- European Union: Friday 13 December 2024

Gift wrapping needs two days more until 10 December 2024. This year's festive code takes 12% off
everything until 26 December 2024.
"""


def page_of(
    text: str, language: str = "en", *, title: str = "", changed_at: datetime | None = None
) -> Page:
    parsed = parse_markdown(text)
    its = facts("page", language=language, changed_at=changed_at)
    its = replace(its, title=title or parsed.title)
    record = DocumentRecord(its, ACME, SHOP, DocumentState.LIVE, "", 0, 1, 9, 1, NOON, NOON, None)
    revision = Revision(its.id, 1, NOON, None, its.title, parsed.text, parsed.blocks)
    return Page(record, revision, ())


def look(text: str, language: str = "en", at: datetime = NOON) -> Looked:
    return ExpiryDetector().look(page_of(text, language), at)


def found(text: str, language: str = "en") -> tuple[Finding, ...]:
    return look(text, language).findings


@pytest.mark.parametrize(
    ("text", "language", "words", "code"),
    [
        ("Free shipping until 31 December 2024.", "en", "31 December 2024", "until"),
        ("The offer ends on Dec. 31, 2024.", "en", "Dec. 31, 2024", "until"),
        ("Valid until: 2024-12-31", "en", "2024-12-31", "until"),
        ("Order by noon on 19 December 2024.", "en", "19 December 2024", "until"),
        ("The code expires at midnight on 12/31/2024.", "en", "12/31/2024", "until"),
        ("The trial is free until the end of March 2025.", "en", "March 2025", "until"),
        ("The shop is open from 1 May to 30 September 2025.", "en", "30 September 2025", "span"),
        ("Version 2 is supported until 2024.", "en", "2024", "until"),
        ("Dark mode will be available in Q3 2025.", "en", "Q3 2025", "announced"),
        ("As of 2023, we ship to 40 countries.", "en", "2023", "as_of"),
        ("## Sale until 5 May 2025\n\nAll bags.", "en", "5 May 2025", "until"),
        ("## 2.1 Delivery\n\nFree until 5 May 2025.", "en", "5 May 2025", "until"),
        ("## Prices 2024\n\nA parcel costs £5.", "en", "2024", "year"),
        ("## Winter 2023/24\n\nSkis are on sale.", "en", "Winter 2023/24", "season"),
        ("Der Gutschein ist gültig bis zum 31.12.2024.", "de", "31.12.2024", "until"),
        ("Wir raten bis mindestens Ende April 2025 davon ab.", "de", "April 2025", "until"),
        ("Bestellschluss: 19. Dezember 2024", "de", "19. Dezember 2024", "until"),
        ("Die App wird im Juni 2025 eingestellt.", "de", "Juni 2025", "announced"),
        ("## Sommer 2025\n\nAlles günstiger.", "de", "Sommer 2025", "season"),
        ("Stand: Januar 2023", "de", "Januar 2023", "as_of"),
        ("Offre valable jusqu'au 1er mars 2025.", "fr", "1er mars 2025", "until"),
        ("La boutique est fermée du 1er au 15 août 2025.", "fr", "15 août 2025", "span"),
        ("Le service sera disponible en mai 2025.", "fr", "mai 2025", "announced"),
        ("Oferta válida hasta el 3 de marzo de 2025.", "es", "3 de marzo de 2025", "until"),
        ("La tienda estará disponible en junio de 2025.", "es", "junio de 2025", "announced"),
        ("L'offerta scade il 5 maggio 2025.", "it", "5 maggio 2025", "until"),
        ("Closed until 5 May 2025 as the opening was postponed.", "en", "5 May 2025", "until"),
    ],
)
def test_a_statement_is_found_by_its_date(text: str, language: str, words: str, code: str) -> None:
    (finding,) = found(text, language)
    (quote,) = finding.quotes
    assert (finding.kind, finding.code) == (FlagKind.EXPIRED, code)
    assert [quote.text[slice(*mark)] for mark in quote.marks] == [words]
    assert words in finding.reason


@pytest.mark.parametrize(
    "text",
    [
        "The shop was founded in 2019.",
        "New since 5 May 2024: gift cards.",
        "Until 31 December 2023 we were in Leeds.",
        "From 1 May 2021 to 30 June 2022 the office was closed.",
        "© 2019-2024 Acme Ltd",
        "Regulation (EU) 2016/679 applies.",
        "Refunds follow the Consumer Rights Act 2015.",
        "Articles ordered until 31 December 2023 keep the old warranty.",
        "For example, a card that is valid until 31 December 2024 is refused.",
        "As of 31 March 2023, PayPal is no longer accepted.",
        "Orders over £2024 ship free.",
        "Call 020 2024 2025.",
        "The first shop opened on 3 May 2021.",
        "## Changelog\n\n### 2.1\n\nSupported until 3 May 2024.",
        "## 3 May 2024\n\nThe sale ends on 5 May 2024.",
        "## Windows Server 2019\n\nInstall it.",
        "## 2024\n\nWe moved.",
        "```\nVALID UNTIL '2024-05-04'\n```",
        "Create a role that is valid until the end of 2024:\n\n```\nCREATE ROLE a\n```",
        "Seit dem 1. Mai 2024 gibt es Gutscheine.",
        "Bis zum 31.12.2023 war die Filiale in Köln.",
        "Jusqu'au 31 décembre 2023, la boutique était à Lyon.",
        "Hasta el 31 de diciembre de 2023 la tienda estaba en Vigo.",
        "The warranty ends 24 months after delivery.",
        "Deliveries take until 5 May.",
        "The museum shows the years from 2001 until 2010.",
    ],
)
def test_history_and_what_always_holds_is_left_alone(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize("title", ["Release notes", "News", "Company blog", "Changelog"])
def test_pages_that_tell_what_happened_are_left_alone(title: str) -> None:
    page = page_of("The sale ends on 5 May 2024.", title=title)
    assert ExpiryDetector().look(page, NOON) == Looked()


def test_a_list_of_deadlines_is_one_finding_with_a_quote_for_each() -> None:
    (finding,) = found(CHRISTMAS)
    text = page_of(CHRISTMAS).revision.text
    marked = [quote.text[slice(*mark)] for quote in finding.quotes for mark in quote.marks]
    assert all(text[quote.start : quote.end] == quote.text for quote in finding.quotes)
    assert marked == [
        "Christmas 2024",
        "Thursday 19 December 2024",
        "Friday 13 December 2024",
        "10 December 2024",
        "26 December 2024",
    ]
    assert finding.reason.count(".") == 1


def test_the_key_stays_while_one_deadline_after_another_passes() -> None:
    in_december = datetime(2024, 12, 15, tzinfo=UTC)
    (first,), (last,) = look(CHRISTMAS, at=in_december).findings, found(CHRISTMAS)
    assert first.kind is last.kind is FlagKind.EXPIRED
    assert first.key == last.key
    assert len(first.quotes) < len(last.quotes)


def test_sections_that_begin_with_the_same_words_are_one_finding() -> None:
    (finding,) = found("## A\n\nUntil 5 May 2025.\n\n## B\n\nUntil 5 May 2025.")
    assert len(finding.quotes) == 2


def test_another_edit_of_the_page_leaves_the_key() -> None:
    (before,), (after,) = found(CHRISTMAS), found(CHRISTMAS + "\nThank you.\n")
    assert before.key == after.key


def test_what_ends_soon_is_said_to_before_it_does() -> None:
    text = "Free shipping until 30 March 2026."
    (soon,) = found(text)
    (over,) = look(text, at=datetime(2026, 4, 1, tzinfo=UTC)).findings
    assert (soon.kind, over.kind) == (FlagKind.EXPIRING, FlagKind.EXPIRED)
    assert soon.severity < over.severity


def test_a_page_is_looked_at_again_when_a_date_comes_near_and_when_it_passes() -> None:
    text = "Free shipping until 30 June 2026."
    over = datetime(2026, 7, 1, tzinfo=UTC)
    assert look(text) == Looked((), over - WARNING)
    assert look(text, at=over - WARNING).again_at == over
    assert look(text, at=over).again_at is None


def test_a_date_in_numbers_is_read_in_the_order_of_the_language() -> None:
    at = datetime(2026, 1, 20, tzinfo=UTC)
    assert look("Valable jusqu'au 05/01/2026.", "fr", at).findings[0].kind is FlagKind.EXPIRED
    assert look("Valid until 05/01/2026.", "en", at).findings == ()


def test_days_below_a_heading_with_a_year_are_of_that_year() -> None:
    (finding,) = found("## Summer sale 2025\n\nIt ends on 3 August.")
    assert [quote.text for quote in finding.quotes] == ["Summer sale 2025", "It ends on 3 August."]


def test_a_column_of_deadlines_is_found() -> None:
    (finding,) = found("| Code | Valid until |\n|---|---|\n| A | 5 May 2025 |\n| B | 9 May 2027 |")
    assert [quote.text for quote in finding.quotes] == ["A | 5 May 2025"]


def test_words_for_the_year_of_writing_are_over_when_it_is() -> None:
    written = datetime(2024, 5, 1, tzinfo=UTC)
    page = page_of("Save with this year's code.", changed_at=written)
    (finding,) = ExpiryDetector().look(page, NOON).findings
    assert finding.code == "this_year"
    assert ExpiryDetector().look(page, written).findings == ()


def test_an_announcement_without_a_date_is_over_after_a_year() -> None:
    page = page_of("Dark mode is coming soon.", changed_at=datetime(2024, 5, 1, tzinfo=UTC))
    (finding,) = ExpiryDetector().look(page, NOON).findings
    assert finding.code == "soon"


def test_a_title_alone_can_be_over() -> None:
    (finding,) = ExpiryDetector().look(page_of("Hurry.", title="Black Friday 2024"), NOON).findings
    assert (finding.code, finding.quotes) == ("season", ())
