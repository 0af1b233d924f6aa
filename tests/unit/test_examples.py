"""The example knowledge base says what its questions ask for, as Punnet reads it."""

import json
import runpy
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from ingest.adapters.language_fasttext import FastTextDetector
from ingest.enclosed import ref_within
from ingest.language import label
from ingest.parse.dispatch import parse_document
from ingest.parsed import ParsedDocument

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = EXAMPLES / "shop"
SCRIPTS = sorted(EXAMPLES.glob("make_*.py"))
FORMATS = [
    *(".csv", ".docx", ".eml", ".epub", ".html", ".md", ".msg", ".odt"),
    *(".pdf", ".pptx", ".rtf", ".srt", ".txt", ".vtt", ".xlsx"),
]

QUESTIONS = [json.loads(line) for line in (EXAMPLES / "questions.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["question"])
def test_every_answer_stands_in_its_page(question: dict[str, list[str]]) -> None:
    assert bool(question["refs"]) is bool(question["answerable"])
    for ref in question["refs"]:
        assert [part for part in question["answer_contains"] if part not in _text(ref)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_what_scripts_write_is_what_is_there(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    for name, content in runpy.run_path(str(script))["files"]().items():
        assert _members(content) == _members((SHOP / name).read_bytes()), name


def test_every_format_is_there_and_small() -> None:
    files = [path for path in SHOP.rglob("*") if path.is_file()]
    assert sorted({path.suffix for path in files}) == FORMATS
    assert [path.name for path in files if path.stat().st_size > 41_000] == []


def test_every_page_is_in_the_language_of_its_folder() -> None:
    detector = FastTextDetector.open()
    found = {ref: label(page, detector).language for ref, page in _pages().items()}
    told = {ref: ref[:2] if ref.startswith(("de/", "fr/")) else "en" for ref in found}
    assert found == told


def test_one_page_exists_twice_and_one_contradicts_another() -> None:
    assert (SHOP / "gift-cards.md").read_bytes() == (SHOP / "old-site/gift-cards.md").read_bytes()
    assert "within 30 days" in _text("returns.md")
    assert "14 days from delivery to return" in _text("faq.html")


def test_one_translation_has_the_prices_of_the_year_before() -> None:
    old, new = _pages()["de/versand.html"], _pages()["shipping.html"]
    assert [page.modified_at and page.modified_at.year for page in (old, new)] == [2025, 2026]
    assert "Norwegen | 11,00 £" in old.text
    assert "Norway | £12.50" in new.text


@cache
def _pages() -> dict[str, ParsedDocument]:
    """Give every page by its ref, what is attached to mails as well."""
    return {
        ref: page
        for path in sorted(SHOP.rglob("*"))
        if path.is_file()
        for ref, page in _with_attachments(path.relative_to(SHOP).as_posix(), path.read_bytes(), "")
    }


def _with_attachments(
    ref: str, content: bytes, media_type: str
) -> Iterator[tuple[str, ParsedDocument]]:
    page = parse_document(content, media_type, ref)
    yield ref, page
    for one in page.attachments:
        yield from _with_attachments(ref_within(ref, one.name), one.content, one.media_type)


def _text(ref: str) -> str:
    return " ".join(_pages()[ref].text.split())


def _members(content: bytes) -> dict[str, bytes]:
    """Give what an archive holds with its dates: packed, it may differ from zlib to zlib."""
    if not content.startswith(b"PK"):
        return {"": content}
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {f"{one.filename} {one.date_time}": archive.read(one) for one in archive.infolist()}
