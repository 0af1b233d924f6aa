"""Read HTML that is a document's own, not a page of a site: nothing in it is furniture."""

from selectolax.lexbor import LexborHTMLParser

from ingest.parse.draft import Draft
from ingest.parse.html import drafts_of_fragment
from ingest.parse.office_table import is_header

_HIDDEN = (
    '[hidden], [style*="display:none" i], [style*="display: none" i], '
    '[style*="visibility:hidden" i], [style*="visibility: hidden" i]'
)


def drafts_of_visible(html: str) -> list[Draft]:
    """Give the blocks of a mail; what it hides from its reader is bait, for filters or agents."""
    tree = LexborHTMLParser(html)
    for hidden in tree.css(_HIDDEN):
        hidden.decompose()
    return drafts_of_fragment(tree.html or "")


def with_headers(html: str) -> str:
    """Mark the first row of a table's HTML as header row where it reads like one."""
    rows = LexborHTMLParser(html).css("tr")
    if len(rows) < 2 or not is_header([cell.text(strip=True) for cell in rows[0].css("td")]):
        return html
    first, end, rest = html.partition("</tr>")
    return first.replace("<td", "<th").replace("</td>", "</th>") + end + rest
