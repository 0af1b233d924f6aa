"""HTML: the main content of a page as blocks, without what surrounds it."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.errors import Unparsable
from ingest.parse.clean import has_words
from ingest.parse.draft import Draft, Layout, lay_out
from ingest.parse.html_facts import PageFacts, read_facts
from ingest.parse.html_noise import Judge
from ingest.parse.html_odds import cut_unlikely
from ingest.parse.html_remains import cut_headings_of_nothing, cut_margins, cut_surroundings
from ingest.parse.html_root import read_page
from ingest.parse.html_tree import Element, grow
from ingest.parse.html_walk import drafts_below
from ingest.parse.links import rebased
from ingest.parsed import Link, ParsedDocument

_TAGS = re.compile(r"<[^<>]*>")
_OPENING = ("aria-controls", "data-target", "data-bs-target")
_OPENERS = frozenset({"button", "a", "summary", "h2", "h3", "h4", "div", "dt"})
_FEW = 200
_MUCH_MORE = 4


def parse_html(text: str) -> ParsedDocument:
    """Give the main content of a page; raises Unparsable for words that nobody would see."""
    # An XML declaration is a comment to an HTML parser, and what stands before it is text.
    tree = LexborHTMLParser(text.lstrip("\ufeff"))
    facts = read_facts(tree)
    layout = _main_content(tree, facts)
    if not layout.blocks and has_words(_TAGS.sub(" ", text)):
        raise Unparsable(
            "the page has no visible text: it may be built by a script in the browser; "
            "give the rendered page, or another format"
        )
    return ParsedDocument(
        layout.text,
        layout.blocks,
        title=facts.title,
        canonical_url=facts.canonical_url,
        language=facts.language,
        published_at=facts.published_at,
        modified_at=facts.modified_at,
        links=_links_of(tree, layout),
    )


def drafts_of_fragment(fragment: str) -> list[Draft]:
    """Give all blocks of a piece of HTML that stands in a document of another format."""
    body = LexborHTMLParser(fragment).body
    return drafts_below(grow(body).root) if body is not None else []


def rough_content(tree: LexborHTMLParser, body: LexborNode, facts: PageFacts) -> Element:
    """Give what holds the main content, marked where rules say that a part of it is none."""
    page = read_page(tree, body)
    grown, marked = page.grown, page.marked
    judge = Judge(marked or grown.root, marked is not None, facts.is_article, _opened(tree))
    judge.cut(grown)
    strictly = facts.is_article or marked is None
    cut_surroundings(grown, judge.root, strictly=strictly)
    cut_margins(judge.root, facts.title, is_article=facts.is_article, strictly=strictly)
    cut_headings_of_nothing(judge.root)
    return judge.root


def _main_content(tree: LexborHTMLParser, facts: PageFacts) -> Layout:
    body = tree.body or _without_frames(tree)
    if body is None:
        return Layout("", ())
    root = rough_content(tree, body, facts)
    cut_unlikely(root, is_article=facts.is_article)
    layout = lay_out(drafts_below(root, pictures=not facts.is_article))
    if len(layout.text) >= _FEW:
        return layout
    everything = _all_visible(tree, body)
    too_little = not layout.blocks or len(everything.text) > _MUCH_MORE * max(
        _FEW, len(layout.text)
    )
    return everything if too_little else layout


def _links_of(tree: LexborHTMLParser, layout: Layout) -> tuple[Link, ...]:
    base = tree.css_first("base[href]") if layout.links else None
    return rebased(layout.links, base.attributes["href"] or "") if base else layout.links


def _all_visible(tree: LexborHTMLParser, body: LexborNode) -> Layout:
    grown = grow(body)
    Judge(grown.root, in_main=False, is_article=False, opened=_opened(tree)).cut_hidden(grown)
    return lay_out(drafts_below(grown.root))


def _without_frames(tree: LexborHTMLParser) -> LexborNode | None:
    node = tree.css_first("noframes")
    return LexborHTMLParser(node.text()).body if node else None


def _opened(tree: LexborHTMLParser) -> frozenset[str]:
    """Give the ids of what controls of the page show when they are used."""
    found: set[str] = set()
    for node in tree.css(", ".join(f"[{name}]" for name in _OPENING)):
        if node.tag in _OPENERS:
            attributes = node.attributes
            for name in _OPENING:
                found |= {part.lstrip("#") for part in (attributes.get(name) or "").split()}
    return frozenset(found)
