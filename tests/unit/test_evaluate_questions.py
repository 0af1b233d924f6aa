"""Reading questions, and finding again what they name as the answer."""

import json
from pathlib import Path

import pytest

from connectors.model import Json
from retrieval.errors import EvaluationInvalid
from retrieval.evaluate.gold import Library, Page, Piece, finds_page, holds, same_url, seek
from retrieval.evaluate.questions import Gold, Question, read_questions
from retrieval.model import Message

TEXT = "# Returns\n\nYou have **30 days**, from the day of delivery.\n\nA refund takes five days."
RETURNS = Page("d_1", "returns.md", "https://shop.example/help/returns/", "Returns", 3)
COPY = Page("d_2", "old/returns.md", "", "Returns", 1)
LIBRARY = Library((RETURNS, COPY))


def read(**row: Json) -> Question:
    return read_questions([json.dumps(row)])[0]


def test_a_question_with_gold_is_answerable_and_one_without_is_not() -> None:
    asked = read(question=" How long? ", gold=[{"ref": "returns.md"}])
    assert (asked.text, asked.answerable, asked.gold) == (
        "How long?",
        True,
        (Gold("ref", "returns.md"),),
    )
    assert not read(question="Do you sell kayaks?").answerable
    assert read(question="How long?", answerable=True).answerable


def test_a_conversation_is_asked_by_its_last_message() -> None:
    turns: list[Json] = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi!"},
        {"role": "user", "content": "How long?"},
    ]
    asked = read(messages=turns, filter={"tags": ["public"]}, type="lookup", review=True)
    assert asked.text == "How long?"
    assert asked.messages[1] == Message("assistant", "Hi!")
    assert (asked.filter, asked.type, asked.review) == ({"tags": ["public"]}, "lookup", True)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ('{"gold": []}', "either 'question' or 'messages'"),
        ('{"question": "a", "messages": []}', "either 'question' or 'messages'"),
        ('{"question": "a", "golden": []}', "unknown field 'golden'"),
        ('{"question": "a", "gold": [{"page": "x"}]}', "unknown field of gold 'page'"),
        ('{"question": "a", "gold": [{"ref": "x", "url": "y"}]}', "one of 'ref', 'url'"),
        ('{"question": "a", "gold": [{"text": "x"}]}', "one of 'ref', 'url'"),
        ('{"question": "a", "gold": [{"ref": "x", "start": 3}]}', "'start' and 'end' together"),
        ('{"question": "a", "gold": [{"ref": "x", "start": 3, "end": 3}]}', "lie before"),
        ('{"question": "a", "gold": [{"ref": "x", "start": true, "end": 3}]}', "from 0"),
        ('{"question": "a", "gold": "x"}', "'gold' must be a list"),
        ('{"question": 3}', "'question' must be text"),
        ('{"question": "a", "answerable": "no"}', "true or false"),
        ('{"question": "a", "filter": []}', "'filter' must be an object"),
        ('{"question": "a", "gold": [{"ref": "x"}], "answerable": false}', "leave one of the two"),
        ('{"messages": [{"role": "bot", "content": "a"}]}', "the role 'bot'"),
        ('{"messages": [{"role": "assistant", "content": "a"}]}', "must be the user's"),
        ('{"messages": [{"role": "user", "content": " "}]}', "a message is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(row: str, says: str) -> None:
    with pytest.raises(EvaluationInvalid, match=f"line 3: .*{says}"):
        read_questions(['{"question": "What?"}', "", row])


def test_a_file_without_a_question_is_refused() -> None:
    with pytest.raises(EvaluationInvalid, match="no question"):
        read_questions(["", "\ufeff"])


def test_questions_are_written_as_the_guide_shows() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "eval.md").read_text(encoding="utf-8")
    shown = guide.partition("```json\n")[2].partition("```")[0]
    asked = read_questions(shown.splitlines())
    assert [one.answerable for one in asked] == [True, True, True, False]


# --- gold -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["http://SHOP.example/help/returns#money", "https://shop.example/help/returns?utm_a=1"]
)
def test_a_page_is_known_by_its_address_however_it_is_written(name: str) -> None:
    found = seek(Gold("url", name), LIBRARY, {})
    assert [place.document for place in found.places] == ["d_1"]


def test_addresses_that_differ_in_their_query_are_two_pages() -> None:
    assert same_url("https://a.example/q?id=1") != same_url("https://a.example/q?id=2")
    assert same_url("http://[") == "http://["


def test_a_quotation_is_found_through_markup_and_typography() -> None:
    found = seek(Gold("ref", "returns.md", text="you have 30 days, from"), LIBRARY, {"d_1": TEXT})
    start = TEXT.index("You have")
    assert [(place.start, place.end) for place in found.places] == [
        (start, TEXT.index("from") + len("from"))
    ]


def test_a_number_is_not_found_inside_of_another() -> None:
    found = seek(Gold("ref", "returns.md", text="3"), LIBRARY, {"d_1": TEXT})
    assert not found.has_piece
    assert "does not hold the text '3' any more" in found.problem


def test_offsets_give_way_to_words_that_have_moved() -> None:
    moved = seek(Gold("ref", "returns.md", 0, 9, "five days"), LIBRARY, {"d_1": TEXT})
    start = TEXT.index("five days")
    assert [(place.start, place.end) for place in moved.places] == [(start, start + 9)]
    stay = seek(Gold("ref", "returns.md", 0, 9), LIBRARY, {"d_1": TEXT})
    assert stay.places[0].text == "# Returns"


def test_offsets_behind_the_end_are_reported_and_the_page_stands_for_them() -> None:
    found = seek(Gold("document", "d_1", 900, 999), LIBRARY, {"d_1": TEXT})
    assert found.problem == "'d_1' does not hold 900 to 999 any more"
    assert [place.document for place in found.places] == ["d_1"]


def test_a_page_that_is_not_there_is_reported() -> None:
    assert seek(Gold("ref", "gone.md"), LIBRARY, {}).problem == (
        "no live page has the ref 'gone.md'"
    )


def test_a_piece_is_held_by_pieces_that_cover_it_together() -> None:
    sought = seek(Gold("ref", "returns.md", 10, 40), LIBRARY, {"d_1": TEXT})
    assert holds(sought, [Piece("d_1", 0, 25, ""), Piece("d_1", 24, 60, "")])
    assert not holds(sought, [Piece("d_1", 0, 25, ""), Piece("d_2", 24, 60, "")])
    assert holds(sought, [Piece("d_1", 11, 39, "")]), "marks at the borders belong to no passage"


def test_a_copy_of_the_page_is_as_good() -> None:
    sought = seek(Gold("ref", "returns.md", text="five days"), LIBRARY, {"d_1": TEXT})
    copy = Piece("d_2", 500, 530, "A refund takes five days.", same=frozenset({"d_1"}))
    assert finds_page(sought, copy)
    assert holds(sought, [copy])
    assert not holds(sought, [Piece("d_2", 500, 530, "Points.", same=frozenset({"d_1"}))])
