"""Walk a page's elements and give its blocks, without recursion, however deep it is."""

import re

from selectolax.lexbor import LexborNode

from ingest.parse.draft import Draft
from ingest.parse.html_links import is_link_list
from ingest.parse.html_noise import Attributes, Judge, words_in
from ingest.parse.html_state import WalkState
from ingest.parse.html_table import read_table
from ingest.parsed import BlockKind

_HEADING = re.compile(r"h[1-6]\Z")
_BREAKING = words_in(
    "address article aside blockquote body caption center details div dir fieldset figcaption "
    "figure footer form header hgroup hr legend main optgroup option p section summary tbody "
    "td tfoot th thead tr xmp"
)
_LISTS = frozenset({"ul", "ol", "dl", "menu"})
_DEEPEST_MENU = 8
_PERMALINKS = frozenset({"#", "¶", "§", "🔗", "⚓"})


def drafts_below(root: LexborNode, judge: Judge, ids: frozenset[str]) -> list[Draft]:
    """Give the blocks below `root` in reading order; `ids` are all that the page has."""
    walk = _Walk(judge, ids)
    stack: list[LexborNode | str] = []
    _push_children(stack, root)
    while stack:
        step = stack.pop()
        if isinstance(step, str):
            walk.leave(step)
        elif step.is_text_node:
            walk.state.write(step.text_content or "")
        elif walk.enter(step):
            if step.tag in walk.closing:
                stack.append(step.tag)
            _push_children(stack, step)
    walk.state.end()
    return walk.state.drafts


def _push_children(stack: list[LexborNode | str], node: LexborNode) -> None:
    child = node.last_child
    while child is not None:
        stack.append(child)
        child = child.prev


class _Walk:
    closing = _BREAKING | _LISTS | words_in("h1 h2 h3 h4 h5 h6 li dt dd pre table")

    def __init__(self, judge: Judge, ids: frozenset[str]) -> None:
        self.state = WalkState()
        self._judge = judge
        self._ids = ids

    def enter(self, node: LexborNode) -> bool:
        """Take in an element; False leaves out all that is below it."""
        tag = node.tag or "-"
        if tag[0] in "-!":
            return False
        attributes = node.attributes
        if self._judge.is_noise(node, tag, attributes):
            return False
        if tag in _LISTS and self._is_menu(node):
            return False
        if tag in self.closing:
            return self._enter_block(node, tag, attributes)
        return self._enter_inline(node, tag, attributes)

    def leave(self, tag: str) -> None:
        """Close an element that was entered."""
        state = self.state
        if _HEADING.match(tag):
            state.end_heading()
        elif tag == "pre":
            state.end_code()
        elif tag in _LISTS:
            state.end_list()
        elif tag == "dt":
            state.end_term()
        else:
            state.break_()

    def _is_menu(self, node: LexborNode) -> bool:
        # To look into every one of deeply nested lists would take quadratic time.
        if self._judge.lenient or self.state.list_depth > _DEEPEST_MENU:
            return False
        return is_link_list(node, self._ids, in_main=self._judge.in_main)

    def _enter_block(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        state = self.state
        if tag != "dd":
            state.break_()
        state.mark(attributes.get("id"))
        if tag == "table":
            return not self._took_table(node)
        if _HEADING.match(tag):
            state.start_heading(int(tag[1]))
        elif tag == "pre":
            state.start_code()
        elif tag in _LISTS:
            state.start_list(ordered=tag == "ol", first=attributes.get("start"))
        elif tag == "li":
            state.start_item()
        elif tag == "dt":
            state.start_term()
        return True

    def _took_table(self, node: LexborNode) -> bool:
        table = read_table(node, self._judge)
        if table is None:
            return False
        self.state.add(BlockKind.PARAGRAPH, table.caption)
        self.state.add(BlockKind.TABLE, table.text, header=table.header)
        return True

    def _enter_inline(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        state = self.state
        if tag == "br":
            state.write("\n", as_is=True)
        elif tag == "img":
            state.write(f" {attributes.get('alt') or ''} ")
        elif tag == "a":
            state.mark_inline(attributes.get("id") or attributes.get("name"))
            if state.in_heading and node.text().strip() in _PERMALINKS:
                return False
        else:
            state.mark_inline(attributes.get("id"))
        return True
