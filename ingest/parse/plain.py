"""Plain text: paragraphs are what blank lines set apart."""

import re

from ingest.parse.clean import clean
from ingest.parse.draft import Draft, lay_out
from ingest.parsed import BlockKind, ParsedDocument

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_TITLE_LENGTH = 80


def parse_plain(text: str) -> ParsedDocument:
    """Give one block to each paragraph, lines as they are; a short first line is the title."""
    paragraphs = paragraphs_of(text)
    title = paragraphs[0].strip() if _starts_with_title(paragraphs) else ""
    drafts = [Draft(BlockKind.PARAGRAPH, part) for part in paragraphs]
    if title:
        drafts[0] = Draft(BlockKind.HEADING, title, level=1)
    layout = lay_out(drafts)
    return ParsedDocument(layout.text, layout.blocks, title=title.strip("=#* "))


def paragraphs_of(text: str) -> list[str]:
    """Give what blank lines set apart, each with its lines as they are."""
    return [part for part in _BLANK_LINES.split(clean(text)) if part.strip()]


def _starts_with_title(paragraphs: list[str]) -> bool:
    """Say whether the first paragraph reads like a title: one short line, not a sentence."""
    if len(paragraphs) < 2:
        return False
    first = paragraphs[0].strip()
    ends_like_a_sentence = first.endswith((".", ",", ";", ":", "…", "。"))
    wordy = any(character.isalpha() for character in first)
    return "\n" not in first and len(first) <= _TITLE_LENGTH and wordy and not ends_like_a_sentence
