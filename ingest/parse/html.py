"""HTML: the main content of a page as blocks, without what surrounds it."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.errors import Unparsable
from ingest.parse.clean import has_words
from ingest.parse.draft import Draft, Layout, lay_out
from ingest.parse.html_facts import read_facts
from ingest.parse.html_noise import Judge
from ingest.parse.html_remains import cut_headings_of_nothing, cut_margins, cut_surroundings
from ingest.parse.html_root import read_page
from ingest.parse.html_tree import grow
from ingest.parse.html_walk import drafts_below
from ingest.parsed import ParsedDocument

_TAGS = re.compile(r"<[^<>]*>")
_FEW = 200
_MUCH_MORE = 4


def parse_html(text: str) -> ParsedDocument:
    """Give the main content of a page; raises Unparsable for words that nobody would see."""
    # An XML declaration is a comment to an HTML parser, and what stands before it is text.
    tree = LexborHTMLParser(text.lstrip("\ufeff"))
    facts = read_facts(tree)
    layout = _main_content(tree, is_article=facts.is_article)
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
    )


def drafts_of_fragment(fragment: str) -> list[Draft]:
    """Give all blocks of a piece of HTML that stands in a document of another format."""
    body = LexborHTMLParser(fragment).body
    return drafts_below(grow(body).root) if body is not None else []


def _main_content(tree: LexborHTMLParser, *, is_article: bool) -> Layout:
    body = tree.body or _without_frames(tree)
    if body is None:
        return Layout("", ())
    page = read_page(tree, body)
    grown, marked = page.grown, page.marked
    judge = Judge(marked or grown.root, marked is not None, _opened(tree))
    judge.cut(grown)
    strictly = is_article or marked is None
    cut_surroundings(grown, judge.root, strictly=strictly)
    cut_margins(judge.root, is_article=is_article, strictly=strictly)
    cut_headings_of_nothing(judge.root)
    layout = lay_out(drafts_below(judge.root))
    if len(layout.text) >= _FEW:
        return layout
    everything = lay_out(drafts_below(grow(body).root))
    too_little = not layout.blocks or len(everything.text) > _MUCH_MORE * max(
        _FEW, len(layout.text)
    )
    return everything if too_little else layout


def _without_frames(tree: LexborHTMLParser) -> LexborNode | None:
    node = tree.css_first("noframes")
    return LexborHTMLParser(node.text()).body if node else None


def _opened(tree: LexborHTMLParser) -> frozenset[str]:
    """Give the ids of what controls of the page show when they are used."""
    found: set[str] = set()
    for name in ("aria-controls", "data-target", "data-bs-target"):
        for node in tree.css(f"[{name}]"):
            if node.tag in {"button", "a", "summary", "h2", "h3", "h4", "div", "dt"}:
                found |= {part.lstrip("#") for part in (node.attributes[name] or "").split()}
    return frozenset(found)
