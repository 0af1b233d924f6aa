"""Give Word's styles names that say what they do: a heading of a house style is a heading."""

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.styles.style import ParagraphStyle

_BODY_TEXT_LEVEL = 9
_LONGEST_CHAIN = 20
_KEPT = ("Heading ", "Title", "Subtitle")


def name_headings(document: Document) -> None:
    """Name each style with an outline level `Heading N`, for the name is all that is looked at.

    The level may stand in the style or in one that it is based on.
    """
    for style in document.styles:
        if style.type != WD_STYLE_TYPE.PARAGRAPH or not isinstance(style, ParagraphStyle):
            continue
        if (style.name or "").startswith(_KEPT):
            continue
        level = _outline_level(style)
        if level is not None and level < _BODY_TEXT_LEVEL:
            style.name = f"Heading {level + 1}"


def _outline_level(style: ParagraphStyle) -> int | None:
    step: object = style
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(step, ParagraphStyle):
            return None
        name = step.name or ""
        if name.startswith("Heading ") and name[8:].isdecimal():
            return int(name[8:]) - 1
        properties = step.element.find(qn("w:pPr"))
        marked = None if properties is None else properties.find(qn("w:outlineLvl"))
        value = None if marked is None else marked.get(qn("w:val"))
        if value is not None:
            return int(value)
        step = step.base_style
    return None
