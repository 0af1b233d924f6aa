"""Find the lists of a page that only lead elsewhere, such as menus and tables of contents."""

from selectolax.lexbor import LexborNode

_FEWEST = 3
_SHARE = 0.85
_MENU_LENGTH = 40


def is_link_list(node: LexborNode, ids: frozenset[str], *, in_main: bool) -> bool:
    """Say whether a list is a table of contents of its own page, or outside main a menu.

    The words of the former stand in the headings as well: nothing is lost with it. Inside
    the main content a list of links to other pages is content. `ids` are all of the page.
    """
    links = node.css("a[href]")
    if len(links) < _FEWEST:
        return False
    text = _solid(node.text())
    linked = sum(_solid(link.text()) for link in links)
    if linked < _SHARE * text:
        return False
    inward = sum((link.attributes.get("href") or "").partition("#")[2] in ids for link in links)
    if inward >= 0.8 * len(links):
        return True
    return not in_main and text / len(links) < _MENU_LENGTH


def _solid(text: str) -> int:
    return len("".join(text.split()))
