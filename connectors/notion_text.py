"""Write Notion's rich text, and what else a page is made of, as Markdown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from connectors.notion_model import Fields

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&!])")
_AT_START = re.compile(r"^([#+=-]|\d{1,9}(?=[.)]))", re.MULTILINE)
_TICKS = re.compile(r"`+")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of Markdown that stands on lines of its own."""

    text: str
    is_item: bool = False
    """Whether it is an item of a list, between which no lines are left."""


def joined(parts: Sequence[Part]) -> str:
    """Put them one below the other."""
    lines: list[str] = []
    before: Part | None = None
    for part in parts:
        if not part.text.strip():
            continue
        if before is not None:
            lines.append("\n" if before.is_item and part.is_item else "\n\n")
        lines.append(part.text)
        before = part
    return "".join(lines)


def item(marker: str, text: str, children: Sequence[Part]) -> Part:
    """Write an item of a list with what stands below it."""
    below = joined(children)
    own = f"{marker} {text}".rstrip().replace("\n", f"\n{_INDENT}")
    if not below:
        return Part(own if text else "", is_item=True)
    gap = "\n" if children[0].is_item else "\n\n"
    return Part(own + gap + indented(below), is_item=True)


def indented(text: str) -> str:
    """Move it into an item of a list."""
    return "\n".join(_INDENT + line if line else line for line in text.split("\n"))


def heading(signs: str, text: str) -> str:
    """Write a heading, which is one line; signs at its end belong to its words."""
    one_line = re.sub(r"\\?\n", " ", text)
    return signs + " " + re.sub(r"(?<!\\)#$", r"\#", one_line)


def quoted(text: str) -> str:
    """Write it as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def fenced(code: str, language: str = "") -> str:
    """Write code so that nothing in it ends it."""
    longest = max((len(run) for run in _TICKS.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language.split(' ')[0]}\n{code}\n{fence}"


def code_span(code: str) -> str:
    """Write code within a line."""
    longest = max((len(run) for run in _TICKS.findall(code)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if code[:1] == "`" or code[-1:] == "`" else ""
    return f"{fence}{edge}{code}{edge}{fence}" if code.strip() else code


def table(rows: Sequence[Sequence[str]], *, with_header: bool) -> str:
    """Write a table; without a header, Markdown wants an empty one."""
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    whole = [[*row, *[""] * (width - len(row))] for row in rows]
    lines = whole if with_header else [[""] * width, *whole]
    lines.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def link(text: str, address: str) -> str:
    """Write a link; without an address that people can use, its words alone."""
    if not address.startswith(("http://", "https://", "mailto:")):
        return text
    safe = address.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    safe = safe.replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"[{text}]({safe})" if text.strip() else f"<{safe}>"


def escaped(text: str) -> str:
    """Write words so that Markdown takes none of them for a sign."""
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return _AT_START.sub(_marked, _SPECIAL.sub(r"\\\1", lines))


def plain(rich: object) -> str:
    """Give the words of rich text, as they are."""
    return "".join(str(one.get("plain_text") or "") for one in _spans(rich))


def markdown(rich: object) -> str:
    """Give rich text as Markdown: its words, links and code."""
    pieces: list[str] = []
    for is_code, several in groupby(_spans(rich), _is_code):
        if is_code:
            # Two of them side by side would end each other.
            pieces.append(code_span(plain(list(several)).replace("\n", " ")))
        else:
            pieces += map(_span, several)
    return lines("".join(pieces).strip())


def lines(text: str) -> str:
    """Write Markdown of one or more lines so that each stays one, and begins nothing else."""
    return _AT_START.sub(_marked, text).replace("\n", "\\\n")


def _spans(rich: object) -> list[Fields]:
    return [one for one in rich if isinstance(one, dict)] if isinstance(rich, list) else []


def _is_code(one: Fields) -> bool:
    return one.get("type") == "equation" or bool((one.get("annotations") or {}).get("code"))


def _span(one: Fields) -> str:
    words = str(one.get("plain_text") or "")
    text = _SPECIAL.sub(r"\\\1", re.sub(r"\n[ \t]+", "\n", words))
    address = str(one.get("href") or "")
    if address.startswith("/"):
        address = f"https://www.notion.so{address}"
    if not address or not words.strip():
        return text
    # A link that begins or ends with a space would swallow the gap between two words.
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    return f"{before}{link(text.strip(), address)}{after}"


def _marked(found: re.Match[str]) -> str:
    sign = found[1]
    return f"{sign}\\" if sign[0].isdigit() else f"\\{sign}"


def _cell(text: str) -> str:
    one_line = re.sub(r"\\?\n", "<br>", text.strip())
    return re.sub(r"(?<!\\)((?:\\\\)*)\|", r"\1\\|", one_line)
