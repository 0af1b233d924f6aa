"""Write digests as Markdown and as HTML that needs nothing from anywhere."""

import re
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

import api
from ingest.freshness.digest import MonthList, WeekDigest
from ingest.freshness.model import FlagKind

_TEMPLATES = Path(api.__file__).parent / "templates" / "digest"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_LIST = re.compile(r"^(\d+)([.)])|^([-+])(?=\s)")
_LONGEST = 280


def as_html(digest: WeekDigest | MonthList, desk: str | None) -> str:
    """Give the digest as one page; `desk` is the address that its links lead to, if any."""
    return _written(digest, desk, "html")


def as_markdown(digest: WeekDigest | MonthList, desk: str | None) -> str:
    """Give the digest as Markdown, in which no words of pages mark anything."""
    lines = _written(digest, desk, "md").splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip() + "\n"


def _written(digest: WeekDigest | MonthList, desk: str | None, form: str) -> str:
    name = "week" if isinstance(digest, WeekDigest) else "month"
    template = _surroundings().get_template(f"{name}.{form}.j2")
    return template.render(digest=digest, desk=(desk or "").rstrip("/"), kinds=_kinds(digest))


def _surroundings() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": _day,
        "words": _words,
        "md": marked_down,
        "short": _short,
        "sentence": _sentence,
        "address": _address,
    }
    made.tests["web"] = _is_web
    return made


def _kinds(digest: WeekDigest | MonthList) -> list[FlagKind]:
    if isinstance(digest, MonthList):
        return []
    told = {*digest.raised, *digest.ended, *digest.waiting}
    return [kind for kind in FlagKind if kind in told]


def marked_down(words: str) -> str:
    """Give words as Markdown that shows them as they are, on one line."""
    line = _MARKS.sub(r"\\\1", " ".join(words.split()))
    return _LIST.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", line)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"


def _sentence(words: str) -> str:
    said = words[:1].upper() + words[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _address(url: str) -> str:
    return re.sub(r"[<>\s]", "", url)


def _is_web(url: str) -> bool:
    """What stands in documents is nobody's to trust: `javascript:` is no address."""
    return url.startswith(("https://", "http://"))
