"""Say what a file is, by what it holds before what it is called."""

import re
from pathlib import PurePosixPath

from connectors.charset import decode

HTML = "text/html"
MARKDOWN = "text/markdown"
PDF = "application/pdf"
PLAIN = "text/plain"
SUBRIP = "application/x-subrip"
VTT = "text/vtt"
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
    "csv": "text/csv",
    "eml": "message/rfc822",
    "json": "application/json",
    "rst": "text/x-rst",
    "tsv": "text/tab-separated-values",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OLE = {
    "doc": "application/msword",
    "msg": "application/vnd.ms-outlook",
    "ppt": "application/vnd.ms-powerpoint",
    "xls": "application/vnd.ms-excel",
}
_HTML_START = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+"
    r"<(?:!doctype\s+html|html|head|body|title|meta|link)\b",
    re.IGNORECASE | re.DOTALL,
)
_SRT_START = re.compile(r"\s*\d+[ \t]*\r?\n\s*\d+:\d\d:\d\d[,.]\d+\s*-->")
_ALIASES = {
    "application/srt": SUBRIP,
    "application/xhtml+xml": HTML,
    "text/srt": SUBRIP,
    "text/x-markdown": MARKDOWN,
    "text/x-web-markdown": MARKDOWN,
}


def media_type_of(name: str, head: bytes) -> str:
    """Give the media type of a file from its name and first bytes (HEAD_BYTES are enough).

    What the bytes prove (PDF, HTML, WebVTT, archives, other binary) outweighs the
    extension; text without such proof is what its extension says, else text/plain.
    """
    extension = PurePosixPath(name).suffix.lower().lstrip(".")
    if b"%PDF-" in head[:1024]:
        return PDF
    if is_binary(head):
        return _binary_type(extension, head)
    text = decode(head).lstrip("\ufeff")
    proven = _proven_text(text)
    return proven or _BY_EXTENSION.get(extension, PLAIN)


def corrected(declared: str, name: str, head: bytes) -> str:
    """Give the media type that a source declared, unless the bytes prove another."""
    sniffed = media_type_of(name, head)
    plain = declared.split(";")[0].strip().lower()
    declared = _ALIASES.get(plain, plain)
    vague = declared in {"", PLAIN, UNKNOWN, PDF} or not declared.startswith("text/")
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


def _proven_text(text: str) -> str | None:
    if _HTML_START.match(text):
        return HTML
    if re.match(r"WEBVTT(?:[ \t\r\n]|$)", text):
        return VTT
    return SUBRIP if _SRT_START.match(text) else None


def _binary_type(extension: str, head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _OFFICE.get(extension, "application/zip")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _OLE.get(extension, "application/x-ole-storage")
    # Its tables take time and memory, and few documents come here.
    import puremagic

    try:
        return puremagic.from_string(head, mime=True) or UNKNOWN
    except (puremagic.PureError, ValueError):
        return UNKNOWN
