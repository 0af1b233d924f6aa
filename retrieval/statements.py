"""Cut an answer into statements while it is being written; joined, they are the answer again."""

import re
from dataclasses import dataclass
from enum import StrEnum

from retrieval.cite import TAG

_TAGS = rf"\s*[\[(【]\s*{TAG}(?:\s*[,;]?\s*{TAG})*\s*[\])】]"
_TAGS_AFTER = re.compile(rf"(?:{_TAGS})+[.;]?")
_TAG_BEGUN = re.compile(r"\s*(?:[\[(【][\sD\d§,;–-]*)?\Z")  # noqa: RUF001
"""What may still become tags when more of it comes."""
_END = re.compile(
    r"[.!?…]+[\"'”’»)\]*_]*(?=[\s\[(【]|\Z)"  # noqa: RUF001
    r"|[。！？]+[」』”）]*"  # noqa: RUF001 - as Chinese ends
)
_WIDE_END = "。！？"  # noqa: RUF001
_BLOCK = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]|\||```|~~~)")
_BLOCK_BEGUN = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)]?|`{1,2}|~{1,2})?\Z")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t][^\n]*|\*\*[^*\n]+\*\*:?[ \t]*)(?=\n)")
_HEADING_BEGUN = re.compile(r"[ \t]*(?:#{1,6}(?:[ \t][^\n]*)?|\*\*?(?:[^*\n]+\*{0,2}:?[ \t]*)?)\Z")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\[„“\"'’])(?:[A-Za-zÄÖÜ]|(?:\w\.\s?)+\w|Mr|Mrs|Ms|Dr|Prof|St|No|Nr"  # noqa: RUF001
    r"|[Aa]rt|Abs|Inc|Ltd|Co|bzw|ca|vs|pp|Sr|Sra|Ud|Uds|Mme|Mlle|fig|Fig|approx|max|min|[Tt]el|ext|Str|Hr|Fr|inkl"
    r"|zzgl|usw|env|núm|pág|etc)\.\Z"
)
_ANSWERED = re.compile(r"\s*(?:yes|no|ja|nein|oui|non|sí|si)[.!]\Z", re.I)
"""What says nothing without the sentence behind it."""
_LONGEST_ABBREVIATION = 24
_LONGEST_MARK = 8
_LONGEST = 4_000
"""Characters without an end, in a sentence or a list, before one is made."""
_TELLING = re.compile(r"[.!?…。！？\n\])】|*#`~-]")  # noqa: RUF001
_MONTH_LETTERS = 3
_DAY = re.compile(r"(?:^|\s)\d{1,2}\.\Z")
_MONTH = re.compile(r"\s+(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[zc])")
_LEAD_IN = re.compile(rf":[*_\s]*(?:{_TAGS})?\s*\Z")


class Kind(StrEnum):
    """What a unit of an answer is, by its form."""

    SENTENCE = "sentence"
    BLOCK = "block"
    """A list, a table or code, with the line that leads to it."""
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of an answer that stands or falls as one, with the blanks before it."""

    text: str
    kind: Kind


class Segmenter:
    """Gives each unit as soon as it is certain where it ends; tags behind it belong to it."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[Unit]:
        """Take more of the answer, and give the units that are complete now."""
        news = self._held[-_LONGEST_MARK:] + text
        self._held += text
        # Most words end nothing: what is held is looked at only where something may have ended.
        return self._cut(final=False) if _TELLING.search(news) else []

    def finish(self) -> list[Unit]:
        """Give what is left once the answer is complete."""
        return self._cut(final=True)

    def _cut(self, *, final: bool) -> list[Unit]:
        units: list[Unit] = []
        while (found := _first(self._held, final=final)) is not None:
            end, kind = found
            units.append(Unit(self._held[:end], kind))
            self._held = self._held[end:]
        return units


def units_of(text: str) -> list[Unit]:
    """Cut a whole answer."""
    segmenter = Segmenter()
    return [*segmenter.feed(text), *segmenter.finish()]


def _first(text: str, *, final: bool) -> tuple[int, Kind] | None:
    """Find where the first unit ends, and what it is; None while that cannot be told."""
    start = len(text) - len(text.lstrip())
    if start == len(text):
        return (start, Kind.HEADING) if final and text else None
    if not final and (_BLOCK_BEGUN.match(text, start) or _HEADING_BEGUN.match(text, start)):
        return None
    if _BLOCK.match(text, start):
        return _tagged(text, _block_end(text, start, final=final), Kind.BLOCK, final=final)
    if heading := _HEADING.match(text, start) or (final and _HEADING_BEGUN.match(text, start)):
        return heading.end(), Kind.HEADING
    return _sentence(text, start, final=final)


def _sentence(text: str, start: int, *, final: bool) -> tuple[int, Kind] | None:
    line_end = text.find("\n", start, start + _LONGEST)
    endless = line_end < 0 and len(text) > start + _LONGEST
    if endless:
        line_end = start + _LONGEST
    stop = len(text) if line_end < 0 else line_end
    for end in _END.finditer(text, start, stop):
        certain = _ends(text, start, end, final=final)
        if certain is None:
            return None
        if certain:
            return _tagged(text, end.end(), Kind.SENTENCE, final=final)
    if line_end < 0 and not final:
        return None
    if not _LEAD_IN.search(text, start, stop):
        return _tagged(text, stop, Kind.SENTENCE, final=final)
    return _led(text, stop, final=final)


def _led(text: str, stop: int, *, final: bool) -> tuple[int, Kind] | None:
    """End a line that ends with a colon: what it leads to is one with it."""
    following = stop + len(text[stop:]) - len(text[stop:].lstrip())
    if not final and _BLOCK_BEGUN.match(text, following):
        return None
    if not _BLOCK.match(text, following):
        return stop, Kind.HEADING
    return _tagged(text, _block_end(text, following, final=final), Kind.BLOCK, final=final)


def _ends(text: str, start: int, end: re.Match[str], *, final: bool) -> bool | None:
    """Say whether a full stop ends its sentence; None where what follows is not there yet."""
    if end[0][0] in _WIDE_END:
        return True
    after = end.end()
    if after == len(text):
        return True if final else None
    rest = text[after:].lstrip()
    if not text[after].isspace() and not _TAGS_AFTER.match(text, after):
        # A bracket may become tags.
        return None if not final and _TAG_BEGUN.match(text, after) else False
    if _ANSWERED.match(text, start, after):
        return False
    if end[0][0] in "!?":
        return True
    near = max(start, end.start() - _LONGEST_ABBREVIATION)
    if _ABBREVIATED.search(text, near, end.start() + 1):
        return False
    day = _DAY.search(text, near, end.start() + 1)
    if len(rest) < (_MONTH_LETTERS if day else 1) and not final:
        return None
    return not (rest[:1].islower() or (day and _MONTH.match(text, after)))


def _block_end(text: str, start: int, *, final: bool) -> int | None:
    """Find the line end where a list, a table or code is over; None while it may go on."""
    if fence := _FENCE.match(text, start):
        closing = re.compile(rf"\n[ \t]*{re.escape(fence[1])}[ \t]*(?=\n|\Z)")
        closed = closing.search(text, fence.end())
        ended = closed is not None and (final or closed.end() < len(text))
        return closed.end() if closed and ended else (len(text) if final else None)
    end = start
    for line in re.finditer(r"[^\n]*\n|[^\n]+\Z", text[start:]):
        here = start + line.start()
        whole = line[0].endswith("\n") or final
        goes_on = here == start or not line[0].strip() or line[0][0] in " \t"
        if not whole and not goes_on and not _BLOCK.match(text, here):
            return None if _BLOCK_BEGUN.match(text, here) else end
        if (not goes_on and not _BLOCK.match(text, here)) or end - start > _LONGEST:
            return end
        if line[0].strip():
            end = start + line.start() + len(line[0].rstrip("\n"))
    return end if final else None


def _tagged(text: str, end: int | None, kind: Kind, *, final: bool) -> tuple[int, Kind] | None:
    """Take the tags behind a unit with it."""
    if end is None:
        return None
    if tags := _TAGS_AFTER.match(text, end):
        end = tags.end()
    if not final and _TAG_BEGUN.match(text, end):
        return None
    return end, kind
