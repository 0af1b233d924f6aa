"""ODT, RTF and EPUB: pandoc makes them HTML, as unstructured has it do, and ours reads that.

unstructured's own reading of that HTML takes longer and loses the depth of lists.
"""

import re
import tempfile
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypandoc  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]
from selectolax.lexbor import LexborHTMLParser

from ingest.errors import Unparsable
from ingest.parse import media
from ingest.parse.html import drafts_of_fragment
from ingest.parse.html_facts import read_facts
from ingest.parse.office_chart import parsed_part
from ingest.parse.office_facts import OfficeFacts, as_document, said_title
from ingest.parse.office_said import merged, said_by_file
from ingest.parsed import ParsedDocument

_FORMATS = {media.EPUB: "epub", media.ODT: "odt", media.RTF: "rtf"}
_STEM = "document"
_TITLE_BLOCK = re.compile(r'<header id="title-block-header">.*?</header>', re.DOTALL)
_TEXT_PART = re.compile(r"(?:\.x?html?|(?:\A|/)content\.xml)\Z", re.IGNORECASE)
_MEMORY = ("+RTS", "-M1g", "-RTS")
# pandoc takes a letter right after the stand-in of a Unicode character for a part of it.
_CROWDED = re.compile(rb"(?<!\\)((?:\\\\)*\\u-?\d{1,6})\?")


def parse_by_pandoc(media_type: str, content: bytes, name: str) -> ParsedDocument:
    """Give headings, lists, tables, notes and chapters; pandoc reads nothing but this file."""
    if media_type != media.RTF:
        _check_depth(content, name)
    html = _as_html(content, _FORMATS[media_type], name)
    facts = merged(said_by_file(content, media_type), _facts(html))
    # Its names for sections lead nowhere in the file itself.
    drafts = [replace(one, anchor="") for one in drafts_of_fragment(_TITLE_BLOCK.sub("", html))]
    document = as_document(drafts, facts)
    return replace(document, language=read_facts(LexborHTMLParser(html)).language)


def _check_depth(content: bytes, name: str) -> None:
    """Refuse what nests deeper than 256: pandoc would take minutes and all memory for it."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in filter(_TEXT_PART.search, archive.namelist()):
            try:
                parsed_part(archive.read(member))
            except etree.XMLSyntaxError as error:
                # Other faults are pandoc's to judge: chapters may be HTML that is no XML.
                if "depth" in str(error):
                    raise Unparsable(
                        f"{name} is nested deeper than its parser can follow: simplify it"
                    ) from error


def _as_html(content: bytes, source: str, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{_STEM}.{source}")
        path.write_bytes(_CROWDED.sub(rb"\1 ?", content) if source == "rtf" else content)
        try:
            # In its sandbox pandoc opens no other file and no connection.
            return str(
                pypandoc.convert_file(
                    path, "html", format=source, sandbox=True, extra_args=["--standalone", *_MEMORY]
                )
            )
        except OSError as error:
            raise Unparsable(
                f"pandoc is missing on this machine, or does not start, and {name} needs it: "
                "run `make install`, then change the file or add its source again"
            ) from error
        except RuntimeError as error:
            if "Heap exhausted" in str(error):
                raise Unparsable(f"{name} needs more memory than may be had: split it") from error
            said = " ".join(str(error).replace(folder, "").split())[:300]
            raise Unparsable(
                f"{name} cannot be read as {source.upper()} ({said}): write it anew with the "
                "program that made it"
            ) from error


def _facts(html: str) -> OfficeFacts:
    found = read_facts(LexborHTMLParser(html))
    title = "" if found.title == _STEM else said_title(found.title)
    return OfficeFacts(title, found.published_at, found.modified_at)
