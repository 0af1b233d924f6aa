"""Markdown: what a reader sees of it as blocks, with the anchors that links to it use."""

from datetime import datetime

from markdown_it import MarkdownIt

from ingest.errors import Unparsable
from ingest.parse.clean import clean, has_words, one_line
from ingest.parse.dates import read_date
from ingest.parse.draft import Draft, Layout, lay_out
from ingest.parse.front_matter import FrontMatter, split_front_matter
from ingest.parse.html_facts import read_language
from ingest.parse.markdown_walk import drafts_of_tokens
from ingest.parse.plain import parse_plain
from ingest.parsed import BlockKind, ParsedDocument

# The parser silently leaves out what is nested deeper; it needs four frames a level.
_DEEPEST = 100
_PUBLISHED = ("published", "published_at", "date", "created", "created_at", "pubdate")
_MODIFIED = ("updated", "updated_at", "modified", "modified_at", "lastmod", "last_updated")


def parse_markdown(text: str) -> ParsedDocument:
    """Give the blocks, and in `front` the front matter, which may stand alone.

    Raises Unparsable for words of the body that nobody would see.
    """
    front = split_front_matter(clean(text))
    layout = _layout_of(front.body)
    if not layout.blocks and has_words(front.body):
        raise Unparsable("it holds only comments or markup, and no text")
    return ParsedDocument(
        layout.text,
        layout.blocks,
        title=_title(front, layout),
        canonical_url=_text_value(front, ("canonical_url", "canonical")),
        language=read_language(_text_value(front, ("language", "lang"))),
        published_at=_date_value(front, _PUBLISHED),
        modified_at=_date_value(front, _MODIFIED),
        front=front.values,
        links=layout.links,
    )


def _layout_of(body: str) -> Layout:
    reader = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    environment: dict[str, object] = {}
    try:
        tokens = reader.parse(body, environment)
    except RecursionError:
        return _as_plain(body)
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return _as_plain(body)
    drafts = drafts_of_tokens(tokens) + _footnotes(environment)
    layout = lay_out(drafts)
    return layout if layout.blocks else _references_as_text(body, environment)


def _as_plain(body: str) -> Layout:
    plain = parse_plain(body)
    return Layout(plain.text, plain.blocks)


def _references_as_text(body: str, environment: dict[str, object]) -> Layout:
    """Keep a text of link definitions alone, which Markdown would show as nothing."""
    return _as_plain(body) if environment.get("references") else Layout("", ())


def _footnotes(environment: dict[str, object]) -> list[Draft]:
    """Keep one-word footnotes, which read like definitions of links."""
    references = environment.get("references")
    if not isinstance(references, dict):
        return []
    notes = [(str(label), note) for label, note in references.items() if str(label)[:1] == "^"]
    return [
        Draft(BlockKind.PARAGRAPH, f"{label[1:].lower()}: {note['href']} {note['title'] or ''}")
        for label, note in notes
    ]


def _title(front: FrontMatter, layout: Layout) -> str:
    given = _text_value(front, ("title",))
    if given:
        return given
    headings = [block for block in layout.blocks if block.kind is BlockKind.HEADING]
    first = min(headings, key=lambda block: block.level, default=None)
    return layout.text[first.start : first.end] if first else ""


def _text_value(front: FrontMatter, names: tuple[str, ...]) -> str:
    values = (front.values.get(name) for name in names)
    return next((one_line(str(v)) for v in values if isinstance(v, str | int | float) and v), "")


def _date_value(front: FrontMatter, names: tuple[str, ...]) -> datetime | None:
    dates = (read_date(front.values.get(name)) for name in names)
    return next((date for date in dates if date), None)
