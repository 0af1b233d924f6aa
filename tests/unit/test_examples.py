"""The example knowledge base says what its questions ask for."""

import json
import runpy
from html import unescape
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = EXAMPLES / "shop"


QUESTIONS = [json.loads(line) for line in (EXAMPLES / "questions.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["question"])
def test_every_answer_stands_in_its_page(question: dict[str, list[str]]) -> None:
    assert bool(question["refs"]) is bool(question["answerable"])
    for ref in question["refs"]:
        text = _text(SHOP / ref)
        assert [part for part in question["answer_contains"] if part not in text] == []


def test_the_pdf_is_what_its_script_writes() -> None:
    script = runpy.run_path(str(EXAMPLES / "make_pdf.py"))
    assert script["write_pdf"]() == (SHOP / "warranty-and-repairs.pdf").read_bytes()


def test_one_page_exists_twice_and_one_contradicts_another() -> None:
    assert (SHOP / "gift-cards.md").read_bytes() == (SHOP / "old-site/gift-cards.md").read_bytes()
    assert "within **30 days**" in _text(SHOP / "returns.md")
    assert "14 days from delivery to return" in _text(SHOP / "faq.html")


def _text(page: Path) -> str:
    if page.suffix != ".pdf":
        return " ".join(unescape(page.read_text()).split())
    with pypdfium2.PdfDocument(page) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).split())
