"""Tell what of a page is not its content: navigation, banners, controls, what is hidden."""

import re
from dataclasses import dataclass

from ingest.parse.html_links import cards_in, is_link_list
from ingest.parse.html_names import Meant, meant_by_classes, meant_by_id, words_of
from ingest.parse.html_tree import BLOCKS, HEADINGS, LISTS, Element, Grown, words_in

CONTROLS = words_in("button input select textarea datalist nav dialog menu optgroup footer")
"""Tags that are no content wherever they stand."""
_ROLES = words_in("navigation search dialog alertdialog menu menubar toolbar tooltip contentinfo")
_QUIET = words_in("sr-only visually-hidden screen-reader-text visuallyhidden skip-link")
_ADMONITION = words_in(
    "admonition alert attention callout caution danger hint important info note notice tip warning"
)
_BUTTON = words_in("btn button cta")
_CODE = words_in("pre code")
_TRUSTED = words_in("body main h1 h2 h3")
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNREADABLE_STYLE = re.compile(
    r"(?:left|top|text-indent)\s*:\s*-\d{3}|(?<!-)color\s*:\s*transparent"
    r"|font-size\s*:\s*[01](?:px|pt)?\s*(?:;|$)",
    re.IGNORECASE,
)
_LARGE = 0.4
_LEAST_SHOWN_LATER = 500
_VISIBLE = 0.2
_LINKED = 0.3
_DENSE = 0.6
_FEW = 200
_REST = 200
_OFFERED = 0.3
_LED = 0.6
_LED_BY_LINE = 0.7
_TEASERS = words_in("article aside blockquote div figure ol p section ul")
_LONGEST_BYLINE = 300
_LONGEST_TEASERS = 3
"""An item with white space before and after it: longer lists are content."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what to leave out below `root`.

    `in_main` is true when the page itself marked the root as its main content, which is
    then trusted more. `opened` are the ids of what a control of the page shows, such as
    the answer under a question: hidden at first, but content.
    """

    root: Element
    in_main: bool
    is_article: bool
    opened: frozenset[str]

    def cut(self, grown: Grown) -> None:
        """Mark what is left out."""
        elements = grown.elements
        in_code = [False] * len(elements)
        for place, (element, outer) in enumerate(zip(elements, grown.outer, strict=True)):
            in_code[place] = in_code[outer] or element.tag in _CODE
            if elements[outer].is_cut:
                element.is_cut = True
            elif in_code[outer]:
                element.is_cut = _is_line_number(element)
            elif element is not self.root:
                element.is_cut |= self._is_noise(element)
            if not element.is_cut:
                self._cut_cards(element)

    def cut_hidden(self, grown: Grown) -> None:
        """Mark only what nobody sees."""
        for element in grown.elements:
            element.is_cut = bool(element.attributes) and self._is_hidden(element)

    def _cut_cards(self, element: Element) -> None:
        cards = cards_in(element)
        total = sum(card.length for card in cards)
        if total < _LARGE * self.root.length and self._rest(element) >= _REST:
            for card in cards:
                card.is_cut = True

    def _rest(self, element: Element) -> int:
        return self.root.prose - element.prose

    def _is_noise(self, element: Element) -> bool:
        tag = element.tag
        if element.attributes:
            if self._is_hidden(element):
                return not self._is_shown_later(element)
            if self._is_labelled(element):
                return True
        if tag in {"header", "aside"}:
            return self._is_margin(element)
        if tag == "figcaption" and self.is_article:
            return element.length < _LONGEST_BYLINE
        if tag == "form":
            return self._is_small(element)
        return self._leads_elsewhere(element)

    def _is_hidden(self, element: Element) -> bool:
        attributes = element.attributes
        if attributes.get("id") in self.opened:
            return False
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return True
        if attributes.get("aria-hidden") == "true":
            return True
        style = attributes.get("style") or ""
        return bool(style) and (_is_unreadable(element, style) or bool(_HIDING_STYLE.search(style)))

    def _is_margin(self, element: Element) -> bool:
        """Say whether a header or aside is page furniture rather than content."""
        if element.tag == "header":
            return not (element.is_headed or (element.prose and not _looks_linked(element)))
        return not (_words(element) & _ADMONITION or self._holds_page(element))

    def _is_labelled(self, element: Element) -> bool:
        attributes = element.attributes
        role, label = attributes.get("role"), attributes.get("class") or ""
        if role in _ROLES or (role in {"banner", "complementary"} and not self.in_main):
            return True
        if element.tag == "a":
            return role == "button" or any(_BUTTON & set(words_of(name)) for name in label.split())
        if not _QUIET.isdisjoint(label.split()):
            return element.length < 80
        if element.tag in _TRUSTED:
            return False
        meant = meant_by_classes(label)
        name = attributes.get("id")
        if name and (self.is_article or not _is_named_by_heading(element)):
            meant |= {meant_by_id(name)}
        return any(self._is_meant(element, one) for one in meant if one)

    def _is_meant(self, element: Element, meant: Meant) -> bool:
        if meant is Meant.COMMENTS:
            return element.tag in BLOCKS and self._rest(element) >= _REST
        if self._is_weighty(element):
            return False
        if meant is Meant.MARGIN:
            return not self.in_main or _looks_idle(element)
        if meant is Meant.BYLINE:
            return self.is_article and element.length < _LONGEST_BYLINE
        if meant is Meant.OFFER and (self.is_article or not self.in_main):
            return element.tag in BLOCKS and element.prose < _OFFERED * self.root.prose
        if meant in {Meant.FURNITURE, Meant.OFFER}:
            return element.tag in BLOCKS and _looks_idle(element)
        return True

    def _is_weighty(self, element: Element) -> bool:
        """Say whether so much stands in it that its class name cannot mean what it says."""
        if element.is_headed or element.prose > _LARGE * self.root.prose:
            return True
        is_long = element.length > _LARGE * self.root.length
        return is_long and element.linked < _DENSE * element.length

    def _holds_page(self, aside: Element) -> bool:
        is_headed = aside.is_headed or not self.root.is_headed
        return is_headed and aside.prose > _LARGE * self.root.prose

    def _is_shown_later(self, element: Element) -> bool:
        """Say whether it is the main content that waits for a script, not words for machines.

        Only much text, beside which hardly any is visible, in what the page itself marks as
        its main content; never what is told to be outside the window, tiny or transparent.
        """
        if not self.in_main or _is_unreadable(element, element.attribute("style")):
            return False
        return (
            element.prose >= _LEAST_SHOWN_LATER and self._rest(element) < _VISIBLE * element.prose
        )

    def _is_small(self, element: Element) -> bool:
        return element.prose < _FEW and element.length < _LARGE * self.root.length

    def _is_teaser(self, element: Element) -> bool:
        """Say whether it stands in an article and only shows another one."""
        if element.tag not in _TEASERS or element.linked <= _LED * element.length:
            return False
        if element.tag in LISTS and len(element.children) > _LONGEST_TEASERS:
            return False
        if element.tag == "p" and element.linked < _LED_BY_LINE * element.length:
            return False
        return not _has_title(element) and self._rest(element) >= _REST

    def _leads_elsewhere(self, element: Element) -> bool:
        """Say whether it is a menu, a table of contents, or cards that show other pages."""
        if self.is_article and self._is_teaser(element):
            return True
        if element.links < 3 or element.tag not in BLOCKS:
            return False
        if element.tag in LISTS and is_link_list(element, in_main=self.in_main):
            return True
        if self.in_main or self._rest(element) < _REST:
            return False
        return element.prose <= _LARGE * self.root.prose and (
            element.linked > _DENSE * element.length
        )


def _is_unreadable(element: Element, style: str) -> bool:
    # Blocks within set a size of their own: without one there is no space between them.
    found = _UNREADABLE_STYLE.search(style)
    return found is not None and not (element.has_block and "font-size" in found[0])


def _is_line_number(element: Element) -> bool:
    # Whatever else the classes within code say is the language's, not the page's.
    return any(meant_by_id(label) is Meant.NOISE for label in element.words("class"))


def _is_named_by_heading(element: Element) -> bool:
    """Say whether it is a section whose id was made of the heading it starts with."""
    if element.tag != "section" and not element.attribute("class").startswith("sect"):
        return False
    first = next((child for child in element.children if isinstance(child, Element)), None)
    if first is None or first.tag not in HEADINGS:
        return False
    return words_of(first.text().lower()) == words_of(element.attribute("id").lower())


def _has_title(element: Element) -> bool:
    stack = [element]
    while stack:
        element = stack.pop()
        if element.tag == "h1":
            return True
        stack += [child for child in element.children if isinstance(child, Element)]
    return False


def _looks_idle(element: Element) -> bool:
    return element.prose < _FEW or _looks_linked(element)


def _looks_linked(element: Element) -> bool:
    return element.linked > _LINKED * element.length


def _words(element: Element) -> set[str]:
    return set(words_of(f"{element.attribute('class')} {element.attribute('id')}"))
