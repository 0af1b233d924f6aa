"""Tell what of a page is not its content: navigation, banners, controls, what is hidden."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborNode


def words_in(text: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(text.split())


UNSEEN = words_in(
    "script style template noscript svg iframe object embed canvas audio video map "
    "annotation annotation-xml head"
)
"""Tags whose text nobody reads."""
_CONTROLS = words_in("button input select textarea datalist nav dialog menu optgroup")
_ROLES = words_in("navigation search dialog alertdialog menu menubar toolbar tooltip contentinfo")
_ALWAYS = words_in(
    "breadcrumb breadcrumbs consent cookie cookies gdpr headerlink navbar navfooter navheader "
    "navigation onetrust pagination pager share sharedaddy sharing sharebar skiplink "
    "permalink linenos noprint editsection toctoggle"
)
_OUTSIDE_MAIN = words_in(
    "ad ads advert advertisement comments disqus footer masthead menu nav newsletter promo "
    "recirc recommended related sidebar sidebars social sponsor subscribe topbar"
)
_GENERIC = words_in(
    "area articles banner bar block bottom box button buttons c container content desktop "
    "entry global header icons inner item items js left links list m main mobile modal notice "
    "outer overlay page popup post posts primary right secondary section site sub the title top "
    "widget widgets wrap wrapper"
)
"""Words that say nothing beside one that does: `site-footer`, but not `for-update-share`."""
_QUIET = words_in("sr-only visually-hidden screen-reader-text visuallyhidden skip-link")
_ADMONITION = words_in(
    "admonition alert attention callout caution danger hint important info note notice tip warning"
)
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LARGE = 0.4

Attributes = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what to leave out below `root`.

    `in_main` is true when the page itself marked the root as its main content, which is
    then trusted more. `opened` are the ids of what a control of the page shows, such as
    the answer under a question: hidden at first, but content. `length` is that of the
    root's text. A `lenient` judge leaves out only what nobody can see.
    """

    in_main: bool
    opened: frozenset[str]
    length: int
    lenient: bool = False

    def is_noise(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        """Say whether the element and all below it is left out."""
        if tag in UNSEEN:
            return True
        if self.lenient:
            return False
        if tag in _CONTROLS or self._is_hidden(attributes):
            return True
        if tag in {"header", "footer", "aside"}:
            return self._is_margin(node, tag, attributes)
        return bool(attributes) and self._is_labelled_noise(node, tag, attributes)

    def _is_hidden(self, attributes: Attributes) -> bool:
        if not attributes:
            return False
        if attributes.get("id") in self.opened:
            return False
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return True
        if attributes.get("aria-hidden") == "true":
            return True
        return bool(_HIDING_STYLE.search(attributes.get("style") or ""))

    def _is_margin(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        """Say whether a header, footer or aside is page furniture rather than content."""
        if tag == "footer":
            return True
        if tag == "header":
            return node.css_first("h1, h2") is None or not (self.in_main or _in_article(node))
        return not _words_of(attributes) & _ADMONITION

    def _is_labelled_noise(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        role = attributes.get("role") or ""
        if role in _ROLES or (role in {"banner", "complementary"} and not self.in_main):
            return True
        if set((attributes.get("class") or "").split()) & _QUIET:
            return len(node.text()) < 80
        return self._is_named_noise(attributes) and not self._is_weighty(node, tag)

    def _is_named_noise(self, attributes: Attributes) -> bool:
        """Say whether a class or the id is made of noise words, and general ones, alone."""
        noise = _ALWAYS if self.in_main else _ALWAYS | _OUTSIDE_MAIN
        for label in [*(attributes.get("class") or "").split(), attributes.get("id") or ""]:
            words = {word.lower() for word in _WORD.findall(label)}
            if words & noise and words <= noise | _GENERIC:
                return True
        return False

    def _is_weighty(self, node: LexborNode, tag: str) -> bool:
        """Say whether so much stands in it that its class name cannot mean what it says."""
        if tag in {"body", "main", "article", "h1", "h2", "h3"}:
            return True
        return len(node.text()) > _LARGE * self.length or node.css_first("h1") is not None


def _words_of(attributes: Attributes) -> set[str]:
    label = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return {word.lower() for word in _WORD.findall(label)}


def _in_article(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in {"article", "main"}:
            return True
        above = above.parent
    return False
