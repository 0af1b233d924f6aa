"""Which words the desk shows: what its templates and its code mark, and what they do not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

import api

DESK = Path(api.__file__).parent / "desk"
TEMPLATES = DESK.parent / "templates" / "desk"
_MARKERS = {"N_", "gettext", "say", "ngettext", "say_many"}
_JINJA = re.compile(
    r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL
)
_TOLD = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
_EXAMPLE = re.compile(r"[/*]")
_ATTRIBUTE = re.compile(r'\b[a-z-]+="[^"]*"')
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


def marked_in_templates(*names: str) -> set[str]:
    """Give the messages of these templates, or of all."""
    room = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    found: set[str] = set()
    for path in TEMPLATES.glob("*.j2"):
        if names and path.name.removesuffix(".html.j2") not in names:
            continue
        for _, _, message in room.extract_translations(path.read_text()):  # type: ignore[attr-defined]
            found |= {one for one in _strings(message) if one}
    return found


def marked_in_code(*names: str) -> set[str]:
    """Give the messages that modules of the desk mark."""
    found: set[str] = set()
    for path in DESK.glob("*.py"):
        if names and path.stem not in names:
            continue
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and _name(call.func) in _MARKERS:
                found |= {
                    one.value
                    for one in call.args
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return found


def bare(template: Path) -> Iterator[str]:
    """Give the words of a template that nobody could translate."""
    text = _JINJA.sub(" ", template.read_text())
    told = [words for words in _TOLD.findall(text) if not _EXAMPLE.search(words)]
    for piece in (_ATTRIBUTE.sub(" ", _HIDDEN.sub(" ", text)), *told):
        yield from re.findall(r"[A-Za-z]{2,}", re.sub(r"&\w+;", " ", piece))


def _strings(message: object) -> tuple[str | None, ...]:
    """Give the message, or both of one that counts; none where it is no plain string."""
    if message is None or isinstance(message, str):
        return (message,)
    return tuple(message) if isinstance(message, tuple) else ()


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
