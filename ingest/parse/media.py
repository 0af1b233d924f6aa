"""Say what a file is, by what it holds before what it is called."""

import re
from pathlib import PurePosixPath
from types import MappingProxyType

from connectors.charset import decode

CSV = "text/csv"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EPUB = "application/epub+zip"
HTML = "text/html"
MAIL = "message/rfc822"
MARKDOWN = "text/markdown"
MSG = "application/vnd.ms-outlook"
ODT = "application/vnd.oasis.opendocument.text"
PDF = "application/pdf"
PLAIN = "text/plain"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
RTF = "application/rtf"
SUBRIP = "application/x-subrip"
TSV = "text/tab-separated-values"
VTT = "text/vtt"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
XLS = "application/vnd.ms-excel"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNKNOWN = "application/octet-stream"

HEAD_BYTES = 4096
"""How much of a file is enough to tell."""

_BY_EXTENSION = {
    "htm": HTML,
    "html": HTML,
    "xhtml": HTML,
    "markdown": MARKDOWN,
    "md": MARKDOWN,
    "mdown": MARKDOWN,
    "mdx": MARKDOWN,
    "mkd": MARKDOWN,
    "qmd": MARKDOWN,
    "pdf": PDF,
    "srt": SUBRIP,
    "vtt": VTT,
    "csv": CSV,
    "eml": MAIL,
    "json": "application/json",
    "mht": MAIL,
    "mhtml": MAIL,
    "rst": "text/x-rst",
    "tab": TSV,
    "tsv": TSV,
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}
ZIP = "application/zip"
OLE = "application/x-ole-storage"
"""What Office wrote until 2007, and Outlook still does: which of them, its streams say."""
OFFICE = frozenset({ZIP, OLE, RTF, MAIL})
"""What may be an office file or an e-mail."""
OOXML_MAIN = MappingProxyType(
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": DOCX,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template": DOCX,
        "application/vnd.ms-word.document.macroenabled": DOCX,
        "application/vnd.ms-word.template.macroenabledtemplate": DOCX,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": PPTX,
        "application/vnd.openxmlformats-officedocument.presentationml.slideshow": PPTX,
        "application/vnd.openxmlformats-officedocument.presentationml.template": PPTX,
        "application/vnd.ms-powerpoint.presentation.macroenabled": PPTX,
        "application/vnd.ms-powerpoint.slideshow.macroenabled": PPTX,
        "application/vnd.ms-powerpoint.template.macroenabled": PPTX,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": XLSX,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template": XLSX,
        "application/vnd.ms-excel.sheet.macroenabled": XLSX,
        "application/vnd.ms-excel.template.macroenabled": XLSX,
        "application/vnd.ms-excel.sheet.binary.macroenabled": XLSB,
    }
)
"""What an Office file is, by the type of its main part."""
_HTML_START = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+"
    r"<(?:!doctype\s+html|html|head|body|title|meta|link)\b",
    re.IGNORECASE | re.DOTALL,
)
_MAIL_START = re.compile(
    r"(?:From |(?:Delivered-To|From|MIME-Version|Message-ID|Received|Return-Path|Subject"
    r"|X-[\w-]+):)"
    r"(?=(?:[^\n]+\n)*?From:)(?=(?:[^\n]+\n)*?(?:Date|Message-ID|MIME-Version):)",
    re.IGNORECASE,
)
_SRT_START = re.compile(r"\s*\d+[ \t]*\r?\n\s*\d+:\d\d:\d\d[,.]\d+\s*-->")
_ALIASES = {
    "application/csv": CSV,
    "application/srt": SUBRIP,
    "application/xhtml+xml": HTML,
    "multipart/related": MAIL,
    "text/srt": SUBRIP,
    "text/x-markdown": MARKDOWN,
    "text/x-web-markdown": MARKDOWN,
}


def media_type_of(name: str, head: bytes) -> str:
    """Give the media type of a file from its name and first bytes (HEAD_BYTES are enough).

    What the bytes prove (PDF, HTML, WebVTT, archives, other binary) outweighs the
    extension; text without such proof is what its extension says, else text/plain. Which
    office file an archive is, is not told by its first bytes: see `office_archive`.
    """
    extension = PurePosixPath(name).suffix.lower().lstrip(".")
    if b"%PDF-" in head[:1024]:
        return PDF
    if is_binary(head):
        return _binary_type(head)
    text = decode(head).lstrip("\ufeff")
    proven = _proven_text(text, extension)
    return proven or _BY_EXTENSION.get(extension, PLAIN)


def corrected(declared: str, name: str, head: bytes) -> str:
    """Give the media type that a source declared, unless the bytes prove another."""
    sniffed = media_type_of(name, head)
    plain = declared.split(";")[0].strip().lower()
    declared = _ALIASES.get(plain, plain)
    vague = declared in {"", PLAIN, UNKNOWN, PDF} or not declared.startswith(("text/", MAIL))
    return declared if sniffed == PLAIN and not vague else sniffed


def is_binary(head: bytes) -> bool:
    """Say whether these bytes cannot be text in any charset."""
    if head.startswith(b"{\\rtf"):
        return True
    if not head or _marked_wide(head):
        return False
    text = decode(head)
    control = sum(c < " " and c not in "\t\n\r\f\x0b\x1b\x1a" for c in text)
    return control > 0.02 * len(text) or (b"\0" in head and "\0" in text and control > 4)


def _marked_wide(head: bytes) -> bool:
    return head[:2] in {b"\xff\xfe", b"\xfe\xff"} and len(head) > 2


def _proven_text(text: str, extension: str) -> str | None:
    if _HTML_START.match(text):
        return HTML
    if re.match(r"WEBVTT(?:[ \t\r\n]|$)", text):
        return VTT
    if _SRT_START.match(text):
        return SUBRIP
    # A page of advice may begin with the headers of a mail; a file that says nothing is one.
    unnamed = extension not in _BY_EXTENSION and extension not in {"txt", "text", "log"}
    return MAIL if unnamed and _MAIL_START.match(text.replace("\r\n", "\n")) else None


def _binary_type(head: bytes) -> str:
    for start, media_type in ((b"PK", ZIP), (b"\xd0\xcf\x11\xe0", OLE), (b"{\\rtf", RTF)):
        if head.startswith(start):
            return media_type
    # Its tables take time and memory, and few documents come here.
    import puremagic

    try:
        return puremagic.from_string(head, mime=True) or UNKNOWN
    except (puremagic.PureError, ValueError):
        return UNKNOWN
