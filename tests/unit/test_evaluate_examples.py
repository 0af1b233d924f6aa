"""The example questions name pages and words that the example shop has."""

from pathlib import Path

from retrieval.evaluate.gold import Library, Page, seek
from retrieval.evaluate.questions import read_questions
from retrieval.planner.case import QuestionType
from tests.unit.test_examples import _pages

QUESTIONS = Path(__file__).parents[2] / "examples" / "eval" / "questions.jsonl"


def test_every_gold_of_the_example_questions_is_found() -> None:
    asked = read_questions(QUESTIONS.read_text(encoding="utf-8").splitlines())
    texts = {ref: page.text for ref, page in _pages().items()}
    library = Library(Page(ref, ref, "", ref, 1) for ref in texts)
    found = [seek(gold, library, texts) for one in asked for gold in one.gold]
    assert [one.problem for one in found if one.problem] == []
    assert all(one.has_piece for one in found)
    assert {one.type for one in asked} <= set(QuestionType)
    assert sum(not one.answerable for one in asked) == 8
