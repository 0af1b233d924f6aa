"""Documents, blocks and questions are told apart by language."""

import pytest

from ingest.adapters.language_fasttext import FastTextDetector
from ingest.adapters.model_languages import pairs
from ingest.chunk import chunk
from ingest.language import LabellingParser, asked_in, label, primary, surely_in
from ingest.model import Block, BlockKind, ParsedDocument
from tests.fakes import FakeTokens

ENGLISH = "Refunds reach your account within five working days after we have received the parcel."
GERMAN = "Erstattungen sind innerhalb von fünf Werktagen nach Eingang des Pakets auf Ihrem Konto."


@pytest.fixture(scope="module")
def detector() -> FastTextDetector:
    return FastTextDetector.open()


def document(
    *parts: str, declared: str = "", kind: BlockKind = BlockKind.PARAGRAPH
) -> ParsedDocument:
    text, blocks = "\n".join(parts), []
    for part in parts:
        start = text.index(part)
        blocks.append(Block(kind, start, start + len(part)))
    return ParsedDocument(text, tuple(blocks), language=declared)


def test_most_short_questions_are_told_apart_in_every_language_of_the_probe(
    detector: FastTextDetector,
) -> None:
    told = [detector.guess(pair.question)[0].language == pair.language for pair in pairs()]
    assert sum(told) / len(told) > 0.95


def test_answers_are_told_apart_without_a_fault(detector: FastTextDetector) -> None:
    wrong = [pair for pair in pairs() if detector.guess(pair.answer)[0].language != pair.language]
    assert len(wrong) <= 2


@pytest.mark.parametrize("question", ["退款多久到账", "我的订单", "哪一种"])
def test_short_chinese_is_not_taken_for_japanese(question: str, detector: FastTextDetector) -> None:
    assert surely_in(question, detector.guess(question)) == "zh"


@pytest.mark.parametrize("text", ["", "12345 €", "?!", "\ud800"])
def test_a_text_without_letters_is_in_no_language(text: str, detector: FastTextDetector) -> None:
    assert detector.guess(text) == ()
    assert asked_in(detector.guess(text)) == ()


def test_an_order_number_tells_no_language(detector: FastTextDetector) -> None:
    assert surely_in("FAQ", detector.guess("FAQ")) == ""


@pytest.mark.parametrize("question", ["Can I donate to DuckDuckGo?", "What\u2019s COVID-19?"])
def test_a_short_question_with_a_name_is_not_surely_foreign(
    question: str, detector: FastTextDetector
) -> None:
    assert surely_in(question, detector.guess(question)) == ""


@pytest.mark.parametrize(
    ("question", "language"),
    [("Wo ist mein Paket?", "de"), ("Who runs DuckDuckGo?", "en"), ("Kann ich spenden?", "de")],
)
def test_a_short_question_that_is_clear_all_the_same_has_its_language(
    question: str, language: str, detector: FastTextDetector
) -> None:
    assert surely_in(question, detector.guess(question)) == language


def test_a_document_gets_its_language(detector: FastTextDetector) -> None:
    assert label(document(GERMAN), detector).language == "de"


def test_a_wrong_declaration_does_not_win_against_clear_text(detector: FastTextDetector) -> None:
    assert label(document(GERMAN, declared="en-US"), detector).language == "de"


def test_a_declaration_wins_where_the_text_tells_little(detector: FastTextDetector) -> None:
    assert label(document("Bluetooth", declared="de-AT"), detector).language == "de"


def test_a_paragraph_in_another_language_is_labelled(detector: FastTextDetector) -> None:
    labelled = label(document(ENGLISH, GERMAN, ENGLISH + " Please wait."), detector)
    assert labelled.language == "en"
    assert [block.language for block in labelled.blocks] == ["", "de", ""]


def test_a_foreign_word_does_not_change_a_blocks_language(detector: FastTextDetector) -> None:
    labelled = label(document(GERMAN, "Bluetooth Headphones"), detector)
    assert [block.language for block in labelled.blocks] == ["", ""]


def test_code_has_no_language(detector: FastTextDetector) -> None:
    code = document("SELECT name FROM orders WHERE paid_at IS NOT NULL", kind=BlockKind.CODE)
    assert label(code, detector).language == ""


def test_tags_are_read_as_their_language() -> None:
    assert [primary(tag) for tag in ("de-AT", "pt_BR", "nb", "EN", "")] == [
        "de",
        "pt",
        "no",
        "en",
        "",
    ]


async def test_a_labelled_parser_labels_what_the_other_gives(detector: FastTextDetector) -> None:
    class German:
        async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
            return document(content.decode())

    parsed = await LabellingParser(German(), detector).parse(GERMAN.encode(), "text/plain", "a")
    assert parsed.language == "de"


def test_a_chunk_is_in_the_language_of_most_of_it(detector: FastTextDetector) -> None:
    labelled = label(document(ENGLISH, GERMAN, GERMAN + " Danke für Ihre Geduld."), detector)
    (english,) = chunk(label(document(ENGLISH), detector), "", FakeTokens(), 200)
    (mixed,) = chunk(labelled, "", FakeTokens(), 200)
    assert (english.language, mixed.language) == ("en", "de")
