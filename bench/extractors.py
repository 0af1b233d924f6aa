"""Libraries that find the main content of a page, each behind the same two calls."""

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.errors import Unparsable
from ingest.parse.draft import Draft, lay_out
from ingest.parse.html import drafts_of_fragment, parse_html
from ingest.parse.markdown import parse_markdown
from ingest.parse.plain import parse_plain
from ingest.parsed import BlockKind, ParsedDocument

_STOPLISTS = {
    "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian",
    "tr": "Turkish", "pt": "Portuguese",
}  # fmt: skip
_EMPTY = ParsedDocument("", ())


@dataclass(frozen=True, slots=True)
class Extractor:
    """`read` is what is timed; `shown` turns what it gave into blocks, untimed."""

    name: str
    read: Callable[[str], Any]
    shown: Callable[[Any], ParsedDocument]
    title: Callable[[str], str] | None = None

    def extract(self, page: str) -> ParsedDocument:
        """Give the blocks of a page; an empty document where the library gives nothing."""
        given = self.read(page)
        return self.shown(given) if given else _EMPTY


def available() -> Iterator[Extractor]:
    """Give what is installed, ours first; says which libraries are not."""
    yield Extractor("Punnet", _ours, lambda parsed: parsed, lambda page: _ours(page).title)
    for module, make in (
        ("trafilatura", _trafilatura),
        ("resiliparse.extract.html2text", _resiliparse),
        ("html_to_markdown", _html_to_markdown),
        ("readability", _readability),
        ("justext", _justext),
        ("unstructured.partition.html", _unstructured),
    ):
        try:
            yield from make(importlib.import_module(module))
        except ImportError:
            print(f"{module}: not measured, it is not installed")


def _ours(page: str) -> ParsedDocument:
    try:
        return parse_html(page)
    except Unparsable:
        return _EMPTY


def _trafilatura(library: Any) -> Iterator[Extractor]:
    def title(page: str) -> str:
        return getattr(library.extract_metadata(page), "title", None) or ""

    def setting(name: str, **chosen: Any) -> Extractor:
        shown = parse_markdown if "output_format" in chosen else parse_plain
        return Extractor(
            f"trafilatura {name}", lambda page: library.extract(page, **chosen), shown, title
        )

    yield setting("default")
    yield setting("markdown", output_format="markdown")
    yield setting("no comments", include_comments=False)
    yield setting("fast", fast=True)
    yield setting("precision", favor_precision=True)
    yield setting("recall", favor_recall=True)


def _resiliparse(library: Any) -> Iterator[Extractor]:
    def read(page: str) -> Any:
        return library.extract_plain_text(
            page, preserve_formatting="minimal_html", main_content=True
        )

    yield Extractor("resiliparse", read, _of_html)


def _html_to_markdown(library: Any) -> Iterator[Extractor]:
    preset = library.PreprocessingPreset.AGGRESSIVE
    cleaning = library.PreprocessingOptions(enabled=True, preset=preset)
    options = library.ConversionOptions(preprocessing=cleaning, extract_metadata=False)

    def read(page: str) -> Any:
        return library.convert(page, options).content

    yield Extractor("html-to-markdown", read, parse_markdown)


def _readability(library: Any) -> Iterator[Extractor]:
    def read(page: str) -> Any:
        try:
            return library.Document(page).summary(html_partial=True)
        except Exception:  # It wraps whatever went wrong in exceptions of several kinds.
            return ""

    yield Extractor(
        "readability-lxml", read, _of_html, lambda page: str(library.Document(page).short_title())
    )


def _justext(library: Any) -> Iterator[Extractor]:
    def read(page: str) -> Any:
        declared = re.search(r"<html[^>]*\slang=[\"']?([a-z]{2})", page[:5000], re.IGNORECASE)
        language = _STOPLISTS.get(declared[1].lower() if declared else "en", "English")
        paragraphs = library.justext(page.encode(), library.get_stoplist(language), encoding="utf8")
        return "\n\n".join(part.text for part in paragraphs if not part.is_boilerplate)

    yield Extractor("justext", read, parse_plain)


def _unstructured(library: Any) -> Iterator[Extractor]:
    kinds = {
        "Title": BlockKind.HEADING,
        "ListItem": BlockKind.LIST_ITEM,
        "Table": BlockKind.TABLE,
        "CodeSnippet": BlockKind.CODE,
    }
    # The model that it would download; sentences are all that is asked of it.
    tokenize: Any = importlib.import_module("unstructured.nlp.tokenize")
    sentences = importlib.import_module("spacy").blank("en")
    sentences.add_pipe("sentencizer")
    tokenize._get_nlp = lambda: sentences

    def shown(elements: Any) -> ParsedDocument:
        drafts = [
            Draft(kinds.get(part.category, BlockKind.PARAGRAPH), part.text) for part in elements
        ]
        layout = lay_out(drafts)
        return ParsedDocument(layout.text, layout.blocks)

    yield Extractor("unstructured", lambda page: library.partition_html(text=page), shown)


def _of_html(markup: str) -> ParsedDocument:
    layout = lay_out(drafts_of_fragment(markup))
    return ParsedDocument(layout.text, layout.blocks)
