"""Find what only leads elsewhere: menus, tables of contents, cards that show other pages."""

from collections import defaultdict

from ingest.parse.html_tree import Element, words_in

_FEWEST = 3
_SHARE = 0.85
_MENU_LENGTH = 40
_CARDS = words_in("a article div figure li section")
_LONGEST_CARD = 400


def is_link_list(element: Element, *, in_main: bool) -> bool:
    """Say whether a list is a table of contents of its own page, or outside main a menu.

    The words of the former stand in the headings as well: nothing is lost with it. Inside
    the main content a list of links to other pages is content.
    """
    if element.links < _FEWEST or element.linked < _SHARE * element.length:
        return False
    if element.inward >= 0.8 * element.links:
        return True
    return not in_main and element.length / element.links < _MENU_LENGTH


def cards_in(element: Element) -> list[Element]:
    """Give the children that are cards, each with a picture, a heading or a block as a link.

    One or two may be a part of the content; from three on they show other pages.
    """
    if not element.shows or element.links < _FEWEST:
        return []
    cards: defaultdict[str, list[Element]] = defaultdict(list)
    for child in element.children:
        if isinstance(child, Element) and child.tag in _CARDS and _is_card(child):
            cards[child.tag].append(child)
    most = max(cards.values(), key=len, default=[])
    return most if len(most) >= _FEWEST else []


def _is_card(element: Element) -> bool:
    return element.shows and 0 < element.length <= _LONGEST_CARD and not element.is_headed
