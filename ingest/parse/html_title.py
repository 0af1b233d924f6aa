"""Find a page's title, without the name of its site."""

import re
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser

from ingest.parse.clean import one_line

_TOLD = ("dc:title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_SITE = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_SEPARATOR = r"(?:\s+[-\u2013\u2014|\u00b7\u2022\u00bb:/]|\s*[|\u00bb])\s+"
_LAST_PART = re.compile(rf"{_SEPARATOR}(?=\S)")


def read_title(tree: LexborHTMLParser, meta: Mapping[str, str], headline: str) -> str:
    """Give the title that structured data, meta tags, the title tag or an h1 tell, in this order.

    A heading of the page that is the title but for the site's name is the better one.
    """
    node = tree.css_first("head > title") or tree.css_first("body > title")
    tagged = one_line(node.text()) if node else ""
    told = next((one_line(meta[name]) for name in _TOLD if meta.get(name, "").strip()), "")
    title = one_line(headline) or told or tagged
    sites = {_solid(meta[name]) for name in _SITE if name in meta}
    headings = [heading for heading in _headings(tree) if _solid(heading) not in sites]
    if not title:
        return headings[0] if headings else ""
    inner = max((h for h in headings if _is_title_part(h, title)), key=len, default="")
    return inner or _without_site(title, sites)


def _headings(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("h1"):
        heading = one_line(node.text()).rstrip("¶#").strip()
        if heading:
            yield heading


def _is_title_part(heading: str, title: str) -> bool:
    """Say whether the title is the heading and a site's name before or after it."""
    if heading == title:
        return True
    if title.startswith(heading):
        return not title[len(heading)].isalnum()
    return title.endswith(heading) and 2 * len(heading) > len(title)


def _without_site(title: str, sites: set[str]) -> str:
    """Cut the last part where it is what the page calls its site, or nearly so."""
    cut = None
    for found in _LAST_PART.finditer(title):
        cut = found
    if cut is None or not title[: cut.start()].strip():
        return title
    last = _solid(title[cut.end() :])
    is_site = any(last == site or (len(last) > 3 and last in site) for site in sites)
    return title[: cut.start()].strip() if is_site else title


def _solid(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
