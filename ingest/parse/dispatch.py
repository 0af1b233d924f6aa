"""Give each document to the parser of its media type."""

from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath

from connectors.charset import decode
from ingest.errors import Unparsable
from ingest.parse import media
from ingest.parse.clean import has_words
from ingest.parsed import ParsedDocument

_OF_OFFICE = frozenset("docx epub msg odt pdf pptx rtf xls xlsx".split())  # noqa: SIM905
_PLAIN_TYPES = frozenset(
    {
        "application/json",
        "application/ld+json",
        "application/toml",
        "application/xml",
        "application/x-yaml",
        "application/yaml",
    }
)


def parse_document(content: bytes, media_type: str, name: str) -> ParsedDocument:
    """Parse bytes by what they are, which may differ from what they are said to be.

    Raises Unparsable for a type that nobody here reads, and whenever words went in but
    none came out.
    """
    return parser_of(content, media_type, name)()


def parser_of(content: bytes, media_type: str, name: str) -> Callable[[], ParsedDocument]:
    """Give what parses these bytes, with all that it needs imported already.

    Raises Unparsable for what is refused unread.
    """
    if not content:
        return partial(ParsedDocument, "", ())
    found = media.corrected(media_type, name, content[: media.HEAD_BYTES])
    if found == media.PDF:
        from ingest.parse.pdf import parse_pdf

        return partial(parse_pdf, content, name)
    if found in media.OFFICE:
        from ingest.parse.office import office_parser

        return office_parser(found, content, name)
    parse = _text_parser(found)
    if parse is None or media.is_binary(content[: media.HEAD_BYTES]):
        raise Unparsable(_refusal(found, name))
    return partial(_parsed_text, parse, found, content)


def _refusal(found: str, name: str) -> str:
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    if ending in _OF_OFFICE:
        return (
            f"{name} is broken or no {ending.upper()} at all: write it anew with the program "
            "that made it"
        )
    return f"{found} is a type that is not read here: give it as HTML, PDF, an office file or text"


def _parsed_text(
    parse: Callable[[str], ParsedDocument], found: str, content: bytes
) -> ParsedDocument:
    text = decode(content).lstrip("\ufeff")
    document = parse(text)
    # Words of front matter are kept as such: who read them judged the rest.
    if not document.blocks and not document.front and has_words(text):
        raise Unparsable(f"it was read as {found}, but no text came out of it")
    return document


def _text_parser(media_type: str) -> Callable[[str], ParsedDocument] | None:
    """Find the parser; each is imported when first needed, for a child reads few types."""
    if media_type == media.HTML:
        from ingest.parse.html import parse_html

        return parse_html
    if media_type == media.MARKDOWN:
        from ingest.parse.markdown import parse_markdown

        return parse_markdown
    if media_type in {media.VTT, media.SUBRIP}:
        from ingest.parse.transcript import parse_transcript

        return parse_transcript
    if media_type in {media.CSV, media.TSV}:
        from ingest.parse.separated import parse_separated

        return parse_separated
    if media_type.startswith("text/") or media_type in _PLAIN_TYPES:
        from ingest.parse.plain import parse_plain

        return parse_plain
    return None
