"""Walk a page's elements and give its blocks, without recursion, however deep it is."""

from dataclasses import dataclass

from ingest.parse.draft import Draft
from ingest.parse.html_state import WalkState
from ingest.parse.html_table import read_table
from ingest.parse.html_tree import BLOCKS, HEADINGS, LISTS, Element
from ingest.parsed import BlockKind

_PERMALINKS = frozenset({"#", "¶", "§", "🔗", "⚓"})


def drafts_below(root: Element, *, pictures: bool = True) -> list[Draft]:
    """Give the blocks below `root` in reading order, without what was cut.

    `pictures` are told by what stands in their place where they cannot be seen.
    """
    walk = _Walk(tells_pictures=pictures)
    stack: list[Element | str | _End] = [*reversed(root.children)]
    while stack:
        step = stack.pop()
        if isinstance(step, str):
            walk.state.write(step)
        elif isinstance(step, _End):
            walk.leave(step.tag)
        elif not step.is_cut and walk.enter(step):
            if step.tag in BLOCKS:
                stack.append(_End(step.tag))
            stack += reversed(step.children)
    walk.state.end()
    return walk.state.drafts


@dataclass(frozen=True, slots=True)
class _End:
    tag: str


class _Walk:
    def __init__(self, *, tells_pictures: bool) -> None:
        self._tells_pictures = tells_pictures
        self.state = WalkState()
        self._pictured: set[str] = set()

    def enter(self, element: Element) -> bool:
        """Take in an element; False leaves out all that is below it."""
        if element.tag in BLOCKS:
            return self._enter_block(element)
        return self._enter_inline(element)

    def leave(self, tag: str) -> None:
        """Close an element that was entered."""
        state = self.state
        if tag in HEADINGS:
            state.end_heading()
        elif tag == "pre":
            state.end_code()
        elif tag in LISTS:
            state.end_list()
        elif tag == "dt":
            state.end_term()
        else:
            state.break_()

    def _enter_block(self, element: Element) -> bool:
        state, tag = self.state, element.tag
        if tag != "dd":
            state.break_()
        state.mark(element.attributes.get("id"))
        if tag == "table":
            return not self._took_table(element)
        if tag in HEADINGS:
            state.start_heading(int(tag[1]))
        elif tag == "pre":
            state.start_code()
        elif tag in LISTS:
            state.start_list(ordered=tag == "ol", first=element.attributes.get("start"))
        elif tag == "li":
            state.start_item()
        elif tag == "dt":
            state.start_term()
        return True

    def _took_table(self, element: Element) -> bool:
        table = read_table(element)
        if table is None:
            return False
        for link in table.links:
            self.state.link(link.text(), link.attribute("href"))
        self.state.add(BlockKind.PARAGRAPH, table.caption)
        self.state.add(BlockKind.TABLE, table.text, header=table.header)
        return True

    def _enter_inline(self, element: Element) -> bool:
        state, attributes = self.state, element.attributes
        if element.tag == "br":
            state.write("\n", as_is=True)
        elif element.tag == "img":
            self._describe(element.attribute("alt").strip())
        elif element.tag == "a":
            state.mark_inline(attributes.get("id") or attributes.get("name"))
            if state.in_heading and element.text().strip() in _PERMALINKS:
                return False
            target = attributes.get("href")
            if target and target[0] != "#":
                state.link(element.text(), target)
        else:
            state.mark_inline(attributes.get("id"))
        return True

    def _describe(self, alternative: str) -> None:
        # Many pages repeat a picture, or its caption, in every size that they have of it.
        if self._tells_pictures and alternative and alternative not in self._pictured:
            self._pictured.add(alternative)
            self.state.write(f" {alternative} ")
