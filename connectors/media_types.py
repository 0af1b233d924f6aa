"""Tell a file's media type by its name, the same on every machine."""

from mimetypes import MimeTypes
from pathlib import PurePosixPath
from types import MappingProxyType

UNKNOWN = "application/octet-stream"

_BY_SUFFIX = MappingProxyType(
    {
        ".adoc": "text/asciidoc",
        ".csv": "text/csv",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".eml": "message/rfc822",
        ".epub": "application/epub+zip",
        ".htm": "text/html",
        ".html": "text/html",
        ".json": "application/json",
        ".log": "text/plain",
        ".markdown": "text/markdown",
        ".md": "text/markdown",
        ".mdx": "text/markdown",
        ".msg": "application/vnd.ms-outlook",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".org": "text/org",
        ".pdf": "application/pdf",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".rst": "text/x-rst",
        ".rtf": "application/rtf",
        ".srt": "application/x-subrip",
        ".text": "text/plain",
        ".tsv": "text/tab-separated-values",
        ".txt": "text/plain",
        ".vtt": "text/vtt",
        ".xhtml": "application/xhtml+xml",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xml": "application/xml",
        ".yaml": "application/yaml",
        ".yml": "application/yaml",
    }
)
_PLAIN_NAMES = frozenset({"authors", "changelog", "changes", "contributing", "license", "readme"})


def media_type_of(name: str) -> str:
    """Give the media type that the name's ending stands for, or UNKNOWN."""
    path = PurePosixPath(name)
    known = _BY_SUFFIX.get(path.suffix.lower())
    if known:
        return known
    if path.name.lower() in _PLAIN_NAMES:
        return "text/plain"
    # A fresh MimeTypes holds Python's own table alone, never the machine's.
    kind, encoding = MimeTypes().guess_type(path.name)
    return UNKNOWN if kind is None or encoding else kind
