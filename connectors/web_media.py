"""Which answers of a website are documents."""

from connectors.media_types import UNKNOWN, media_type_of
from connectors.model import Reply
from connectors.urls import path_of

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXTS = frozenset({"text/markdown", "text/plain", "text/x-markdown", "text/x-rst"})
_FEEDS = frozenset(
    {
        *("application/atom+xml", "application/feed+json", "application/rdf+xml"),
        *("application/rss+xml", "application/xml", "text/xml"),
    }
)
_FILES = frozenset(
    {
        *("application/epub+zip", "application/msword", "application/pdf", "application/rtf"),
        *("application/vnd.ms-excel", "application/vnd.ms-outlook", "message/rfc822"),
        *("application/vnd.ms-powerpoint", "text/csv", "text/rtf", "text/tab-separated-values"),
        *("application/x-subrip", "text/vtt"),
    }
)
_OFFICE = ("application/vnd.oasis.opendocument.", "application/vnd.openxmlformats-officedocument.")


def media_type(reply: Reply) -> str:
    """Give what the header calls it or, where that says nothing, what its name stands for."""
    told = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told and told != UNKNOWN:
        return told
    named = media_type_of(path_of(reply.url))
    # A page without any type is a page for every browser.
    return "text/html" if named == UNKNOWN and not told else named


def is_html(reply: Reply) -> bool:
    """Say whether it is a page."""
    return media_type(reply) in _HTML


def is_feed(reply: Reply) -> bool:
    """Say whether it may be a feed, which is no document but leads to some."""
    return media_type(reply) in _FEEDS


def is_document(reply: Reply, *, files: bool) -> bool:
    """Say whether it is to be kept; `files` are PDF and office files."""
    kind = media_type(reply)
    if kind in _HTML or kind in _TEXTS:
        return True
    return files and (kind in _FILES or kind.startswith(_OFFICE))
