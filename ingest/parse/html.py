"""HTML: the main content of a page as blocks, without what surrounds it."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.errors import Unparsable
from ingest.parse.clean import has_words
from ingest.parse.draft import Draft, Layout, lay_out
from ingest.parse.html_facts import read_facts
from ingest.parse.html_noise import UNSEEN, Judge
from ingest.parse.html_walk import drafts_below
from ingest.parsed import ParsedDocument

_TAGS = re.compile(r"<[^<>]*>")
_FEW = 200
_MUCH_MORE = 4
_MAIN = "main, [role='main']"


def parse_html(text: str) -> ParsedDocument:
    """Give the main content of a page; raises Unparsable for words that nobody would see."""
    tree = LexborHTMLParser(_without_declaration(text))
    facts = read_facts(tree)
    tree.strip_tags(sorted(UNSEEN - {"head"}))
    layout = _main_content(tree)
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
    """Give the blocks of a piece of HTML that stands in a document of another format."""
    body = LexborHTMLParser(fragment).body
    if body is None:
        return []
    judge = Judge(in_main=True, opened=frozenset(), length=len(fragment))
    return drafts_below(body, judge, frozenset())


def _without_declaration(text: str) -> str:
    # An XML declaration is a comment to an HTML parser, and what stands before it is text.
    return text.lstrip("\ufeff")


def _main_content(tree: LexborHTMLParser) -> Layout:
    body = tree.body
    if body is None:
        return Layout("", ())
    ids = frozenset(i for node in tree.css("[id]") if (i := node.attributes.get("id")))
    whole = len(body.text())
    root = _marked_root(tree, whole)
    judge = Judge(root is not None, _opened(tree), len(root.text()) if root else whole)
    layout = lay_out(drafts_below(root or body, judge, ids))
    if len(layout.text) >= _FEW:
        return layout
    everything = lay_out(
        drafts_below(body, Judge(in_main=False, opened=ids, length=whole, lenient=True), ids)
    )
    too_little = not layout.blocks or len(everything.text) > _MUCH_MORE * max(
        _FEW, len(layout.text)
    )
    return everything if too_little else layout


def _marked_root(tree: LexborHTMLParser, whole: int) -> LexborNode | None:
    """Find what the page marks as its main content, if most of its text stands there."""
    marked = tree.css(_MAIN)
    if marked:
        root = max(marked, key=lambda node: len(node.text()))
        return root if len(root.text()) >= min(_FEW, whole / 4) else None
    articles = tree.css("article")
    outer = [node for node in articles if not _within_article(node)]
    if len(outer) == 1 and len(outer[0].text()) >= whole / 3:
        return outer[0]
    return None


def _within_article(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag == "article":
            return True
        above = above.parent
    return False


def _opened(tree: LexborHTMLParser) -> frozenset[str]:
    """Give the ids of what controls of the page show when they are used."""
    found: set[str] = set()
    for name in ("aria-controls", "data-target", "data-bs-target"):
        for node in tree.css(f"[{name}]"):
            if node.tag in {"button", "a", "summary", "h2", "h3", "h4", "div", "dt"}:
                found |= {part.lstrip("#") for part in (node.attributes[name] or "").split()}
    return frozenset(found)
