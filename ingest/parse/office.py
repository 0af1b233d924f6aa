"""Find the parser of an office file, an e-mail or a table, by what it holds."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO

import olefile  # type: ignore[import-untyped]

from ingest.errors import Unparsable
from ingest.parse import media
from ingest.parse.office_archive import OfficeArchive
from ingest.parsed import ParsedDocument

Parse = Callable[[bytes, str], ParsedDocument]

_STREAMS = {
    "EncryptedPackage": "",
    "WordDocument": "application/msword",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "Workbook": media.XLS,
    "Book": media.XLS,
    "__properties_version1.0": media.MSG,
}
_SAVE_AS = {
    "application/msword": "a Word file from before 2007 (DOC): save it as DOCX",
    "application/vnd.ms-powerpoint": "a PowerPoint file from before 2007 (PPT): save it as PPTX",
    "application/vnd.oasis.opendocument.presentation": "an ODP file: save it as PPTX or PDF",
    "application/vnd.oasis.opendocument.spreadsheet": "an ODS file: save it as XLSX or CSV",
    media.XLSB: "a binary workbook (XLSB): save it as XLSX",
    media.ZIP: "a zip archive: unpack it, and give the files in it",
    media.OLE: "of a kind that is not read here: save it as DOCX, XLSX, PPTX or PDF",
}
# What the libraries raise on files that are not what their format says.
_BROKEN = (
    LookupError,
    ValueError,
    AttributeError,
    TypeError,
    AssertionError,
    OSError,
    EOFError,
    SyntaxError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)


def office_parser(found: str, content: bytes, name: str) -> Callable[[], ParsedDocument]:
    """Give what parses it, its libraries imported; raises Unparsable for what is refused."""
    if found == media.ZIP:
        archive = OfficeArchive(content, name)
        found = archive.media_type
        if archive.is_strict:
            raise Unparsable(f"{name} is Strict Open XML: save it as an ordinary {name[-4:]} file")
        return partial(_parsed_archive, _parser(found, name), content, name, archive)
    if found == media.OLE:
        found = _ole_type(content, name)
    return partial(_parsed, _parser(found, name), content, name)


def _parser(found: str, name: str) -> Parse:
    """Import the parser when it is first needed, for some of them take seconds."""
    if found == media.DOCX:
        from ingest.parse.office_docx import parse_docx
        from ingest.parse.unstructured_offline import stay_offline

        stay_offline()
        return parse_docx
    if found == media.PPTX:
        from ingest.parse.office_pptx import parse_pptx
        from ingest.parse.unstructured_offline import stay_offline

        stay_offline()
        return parse_pptx
    if found in {media.XLSX, media.XLS}:
        from ingest.parse.office_sheets import parse_xls, parse_xlsx

        return parse_xlsx if found == media.XLSX else parse_xls
    if found in {media.ODT, media.RTF, media.EPUB}:
        from ingest.parse.office_pandoc import parse_by_pandoc

        return partial(parse_by_pandoc, found)
    return _mail_parser(found, name)


def _mail_parser(found: str, name: str) -> Parse:
    if found == media.MSG:
        from ingest.parse.mail_msg import parse_msg

        return parse_msg
    if found == media.MAIL:
        from ingest.parse.mail import parse_mail

        return parse_mail
    raise Unparsable(f"{name or 'it'} is {_SAVE_AS.get(found, _SAVE_AS[media.ZIP])}")


def _ole_type(content: bytes, name: str) -> str:
    try:
        with olefile.OleFileIO(BytesIO(content)) as ole:
            streams = {path[0] for path in ole.listdir()}
    except _BROKEN as error:
        raise _unreadable(name, error) from error
    found = next((kind for stream, kind in _STREAMS.items() if stream in streams), media.OLE)
    if not found:
        raise Unparsable(f"{name or 'the file'} is encrypted: give it without a password")
    return found


def _parsed(parse: Parse, content: bytes, name: str) -> ParsedDocument:
    try:
        return parse(content, name)
    except _BROKEN as error:
        raise _unreadable(name, error) from error
    except RecursionError as error:
        raise Unparsable(
            f"{name or 'the file'} is nested deeper than its parser can follow: simplify it"
        ) from error


def _parsed_archive(
    parse: Parse, content: bytes, name: str, archive: OfficeArchive
) -> ParsedDocument:
    document = _parsed(parse, content, name)
    missing = "" if document.blocks else archive.missing_text()
    if missing:
        raise Unparsable(f"{name or 'the file'}: {missing}")
    return document


def _unreadable(name: str, error: Exception) -> Unparsable:
    return Unparsable(
        f"{name or 'the file'} is broken and cannot be opened "
        f"({type(error).__name__}: {error}): write it anew with the program that made it"
    )
