"""Turn the elements that unstructured gives into blocks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from unstructured.documents.elements import Element

from ingest.parse.draft import Draft
from ingest.parse.html import drafts_of_fragment
from ingest.parse.office_html import with_headers
from ingest.parsed import BlockKind

_FURNITURE = frozenset({"Footer", "Header", "Image", "PageBreak", "PageNumber"})


def drafts_of(elements: Iterable[Element], headings_to_depth: int) -> Iterator[Draft]:
    """Give the blocks of elements; a title deeper than `headings_to_depth` is a paragraph.

    Where unstructured takes titles from styles all are to be believed, where it asks the
    grammar none of those that it found so, which are deeper.
    """
    for element in elements:
        category, depth = element.category, element.metadata.category_depth or 0
        page = element.metadata.page_number
        if category in _FURNITURE:
            continue
        if category == "Table":
            yield from _table(element, page)
        elif category == "Title" and depth <= headings_to_depth:
            yield Draft(BlockKind.HEADING, element.text, depth + 1, page=page)
        elif category == "ListItem":
            yield Draft(BlockKind.LIST_ITEM, element.text, depth + 1, page=page)
        else:
            yield Draft(BlockKind.PARAGRAPH, element.text, page=page)


def _table(element: Element, page: int | None) -> Iterator[Draft]:
    html = element.metadata.text_as_html
    if not html:
        yield Draft(BlockKind.PARAGRAPH, element.text, page=page)
        return
    for draft in drafts_of_fragment(with_headers(html)):
        yield replace(draft, page=page)
