"""Detect links that lead to nothing: to pages that are gone here, and to those gone elsewhere.

Of a website nobody knows whether it was crawled whole, so a page that is merely not known is no
broken link: it has been deleted here, or its server was asked and says that it is gone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ingest.freshness.linked import LinkedKnowledge, absolute, address_of, paths_from
from ingest.freshness.model import Finding, FlagKind, Quote
from ingest.freshness.pages import Linking, LinkState, Page
from ingest.parsed import Link

_DELETED, _NO_FILE, _GONE = 0.6, 0.5, 0.4
_AROUND = 120
"""Characters of a link's block that are shown on either side of it."""
_MOST_QUOTES = 4


def broken_links(
    pages: Sequence[Page], known: LinkedKnowledge, checked: Mapping[str, LinkState]
) -> Sequence[Finding]:
    """Find the links of these pages that lead to nothing, those of a page to one target as one.

    `checked` holds what was learnt of addresses, as `addresses_to_check` gives them.
    """
    return [finding for page in pages for finding in _of_page(page, known, checked)]


def leads_nowhere(page: Linking, known: LinkedKnowledge, checked: Mapping[str, LinkState]) -> bool:
    """Say whether a link of the page does: then it is worth reading."""
    return any(_verdict(page, link, known, checked) for link in page.links)


def addresses_to_check(pages: Sequence[Linking], known: LinkedKnowledge) -> frozenset[str]:
    """Give the addresses of the web that these pages lead to and that the ledger cannot judge."""
    found = {
        url
        for page in pages
        for link in page.links
        if (url := _address(page, link)) is not None and not _is_here(page, link, known)
    }
    return frozenset(url for url in found if address_of(url) not in known.deleted)


def _of_page(page: Page, known: LinkedKnowledge, checked: Mapping[str, LinkState]) -> list[Finding]:
    broken: defaultdict[str, list[Link]] = defaultdict(list)
    why: dict[str, tuple[float, str]] = {}
    for link in page.links:
        if verdict := _verdict(page.linking, link, known, checked):
            target = urlsplit(link.target)._replace(fragment="").geturl()
            broken[target].append(link)
            why[target] = verdict
    return [_finding(page, target, links, *why[target]) for target, links in broken.items()]


def _verdict(
    page: Linking, link: Link, known: LinkedKnowledge, checked: Mapping[str, LinkState]
) -> tuple[float, str] | None:
    if _is_here(page, link, known):
        return None
    url, files = _address(page, link), known.files.get(page.source)
    if url and address_of(url) in known.deleted:
        return _DELETED, "a page that was deleted"
    paths = paths_from(link.target, page.ref)
    # Whether the root of a site is that of the folder, only a page below it can tell.
    at_root = link.target.startswith("/") and "/" not in "".join(paths)
    if files and paths and not at_root and files.lack(paths[0]):
        return _NO_FILE, "a page that is not there"
    if url and checked.get(url) is LinkState.GONE:
        return _GONE, "a page that its server says is gone"
    return None


def _is_here(page: Linking, link: Link, known: LinkedKnowledge) -> bool:
    url, files = _address(page, link), known.files.get(page.source)
    paths = paths_from(link.target, page.ref) if files else []
    here = files is not None and any(map(files.hold, paths))
    return here or (url is not None and address_of(url) in known.addresses)


def _address(page: Linking, link: Link) -> str | None:
    return absolute(link.target, page.url)


def _finding(page: Page, target: str, links: Sequence[Link], severity: float, what: str) -> Finding:
    words = page.revision.text[links[0].start : links[0].end]
    return Finding(
        kind=FlagKind.BROKEN_LINK,
        document=page.id,
        revision=page.revision.number,
        key=target,
        severity=severity,
        reason=f"Its link “{words}” leads to {what}: {target}.",
        quotes=tuple(_quote(page, link) for link in links[:_MOST_QUOTES]),
    )


def _quote(page: Page, link: Link) -> Quote:
    """Quote what stands around a link within its block."""
    text = page.revision.text
    within = next((b for b in page.revision.blocks if b.start <= link.start < b.end), None)
    first, last = (within.start, within.end) if within else (link.start, link.end)
    start, end = max(first, link.start - _AROUND), min(last, link.end + _AROUND)
    if start > first:  # no word is cut
        start += next((at + 1 for at, c in enumerate(text[start : link.start]) if c.isspace()), 0)
    if end < last:
        end -= next((at + 1 for at, c in enumerate(text[link.end : end][::-1]) if c.isspace()), 0)
    mark = (link.start - start, link.end - start)
    return Quote(page.id, page.revision.number, start, end, text[start:end], (mark,))
