"""Put what unstructured passes over in a Word document into plain paragraphs and runs.

It reads the paragraphs and tables that stand directly in the body, and in them the runs that
stand directly in a paragraph: not content controls, text boxes, formulas, charts or notes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from ingest.parse.office_chart import chart_rows
from ingest.parse.office_formula import formula_text

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WRAPPERS = ("w:sdt", "w:smartTag", "w:customXml", "w:ins", "w:moveTo", "w:fldSimple")
_GONE = ("w:del", "w:moveFrom")
_CONTENTS = "Table of Contents"
_NOTES = (("w:footnoteReference", "footnotes"), ("w:endnoteReference", "endnotes"))
_LINKS = ("http://", "https://", "mailto:")


def plain_body(document: Document) -> None:
    """Rewrite the document's body in place."""
    body = document.element.body
    _drop(body)
    _add_addresses(document, body)
    _append_notes(document, body)
    for formula in list(body.iter(f"{_MATH}oMath")):
        _replace(formula, [_run(f" {formula_text(formula)} ")])
    for wrapper in list(body.iter(f"{_MATH}oMathPara", *map(qn, _WRAPPERS))):
        inner = wrapper.find(qn("w:sdtContent"))
        _replace(wrapper, list(wrapper if inner is None else inner))
    _lift_boxes(body)
    _add_charts(document, body)


def _drop(body: Any) -> None:
    """Leave out what was deleted, tables of contents, and the second form of drawings."""
    for element in list(body.iter(*map(qn, _GONE), f"{_MC}Fallback")):
        _replace(element, [])
    for gallery in list(body.iter(qn("w:docPartGallery"))):
        control = next(gallery.iterancestors(qn("w:sdt")), None)
        if gallery.get(qn("w:val")) == _CONTENTS and control is not None:
            _replace(control, [])
    for style in list(body.iter(qn("w:pStyle"))):
        if (style.get(qn("w:val")) or "").upper().startswith("TOC") and _is_entry(style):
            _replace(style.getparent().getparent(), [])


def _is_entry(style: Any) -> bool:
    return bool((style.get(qn("w:val")) or "")[3:].strip().isdecimal())


def _add_addresses(document: Document, body: Any) -> None:
    """Write where a link leads behind its words, unless they say so themselves."""
    for link in body.iter(qn("w:hyperlink")):
        relation = document.part.rels.get(link.get(_RELATION) or "")
        address = relation.target_ref if relation is not None and relation.is_external else ""
        words = "".join(text.text or "" for text in link.iter(qn("w:t")))
        if address.startswith(_LINKS) and words.strip() and words.strip() not in address:
            link.append(_run(f" ({address})"))


def _append_notes(document: Document, body: Any) -> None:
    """Number the notes as they are referred to, and write them at the end."""
    parts = {relation.reltype.rpartition("/")[2]: relation for relation in _relations(document)}
    number = 0
    for tag, kind in _NOTES:
        if kind not in parts:
            continue
        notes = {note.get(qn("w:id")): note for note in parse_xml(parts[kind].target_part.blob)}
        for mark in list(body.iter(qn(tag))):
            note = notes.get(mark.get(qn("w:id")))
            if note is not None:
                number += 1
                _replace(mark, [_text(f"[{number}]")])
                _end_of(body).addprevious(_paragraph(f"[{number}] {_words(note)}"))


def _relations(document: Document) -> Iterator[Any]:
    return (relation for relation in document.part.rels.values() if not relation.is_external)


def _end_of(body: Any) -> Any:
    end = body.find(qn("w:sectPr"))
    if end is None:
        end = OxmlElement("w:sectPr")
        body.append(end)
    return end


def _lift_boxes(body: Any) -> None:
    """Move what stands in text boxes behind the paragraph that holds the box."""
    for box in list(body.iter(qn("w:txbxContent"))):
        holder = box
        while holder.getparent() is not None and holder.getparent() is not body:
            holder = holder.getparent()
        after = holder
        for inner in list(box):
            after.addnext(inner)
            after = inner
        _replace(box, [])


def _add_charts(document: Document, body: Any) -> None:
    for chart in list(body.iter(_CHART)):
        part = document.part.related_parts.get(chart.get(_RELATION) or "")
        rows = chart_rows(part.blob) if part is not None else []
        if any(map(any, rows)):
            holder = chart
            while holder.getparent() is not body:
                holder = holder.getparent()
            holder.addnext(_table(rows))


def _replace(element: Any, others: list[Any]) -> None:
    parent = element.getparent()
    if parent is None:
        return
    for other in others:
        element.addprevious(other)
    parent.remove(element)


def _words(element: Any) -> str:
    return "".join(text.text or "" for text in element.iter(qn("w:t"))).strip()


def _text(words: str) -> Any:
    text = OxmlElement("w:t")
    text.text = words
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return text


def _run(words: str) -> Any:
    run = OxmlElement("w:r")
    run.append(_text(words))
    return run


def _table(rows: Sequence[Sequence[str]]) -> Any:
    table = OxmlElement("w:tbl")
    for cells in rows:
        row = OxmlElement("w:tr")
        for words in cells:
            cell = OxmlElement("w:tc")
            cell.append(_paragraph(words))
            row.append(cell)
        table.append(row)
    return table


def _paragraph(words: str) -> Any:
    paragraph = OxmlElement("w:p")
    paragraph.append(_run(words))
    return paragraph
