"""Read the cues of WebVTT and SRT, and undo captions that roll."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ingest.parse.clean import has_words, one_line
from ingest.parse.html_facts import read_language

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s|\Z)")
_SPEAKER = re.compile(r"<v(?:\.[^\s>]*)?\s+([^<>]*)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}", re.IGNORECASE)
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|\Z)")
_HEADER = re.compile(r"([A-Za-z-]+)\s*[:=]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from `start` to `end`, in seconds; `rolled` are its lines as written."""

    start: float
    end: float
    speaker: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as one."""
        return " ".join(self.lines)


@dataclass(frozen=True, slots=True)
class BrokenTiming:
    """A line with an arrow that is no timing."""

    line: int
    text: str


@dataclass(slots=True)
class CueReading:
    """All that was read; `loose` is text that belongs to no cue."""

    cues: list[Cue] = field(default_factory=list)
    broken: list[BrokenTiming] = field(default_factory=list)
    loose: str = ""
    title: str = ""
    language: str = ""


def read_cues(text: str) -> CueReading:
    """Read cues in order; one with a broken timing keeps its words at the time before it."""
    reading = CueReading()
    loose: list[str] = []
    for number, block in _blocks(text):
        at = next((i for i, line in enumerate(block) if "-->" in line), None)
        if at is None:
            _read_other(reading, block, loose)
        elif not _COMMENT.match(block[0]):
            _read_cue(reading, block[at:], number + at)
    reading.loose = "\n".join(loose)
    return reading


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give runs of lines between blank ones, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        starts_cue = "-->" in line and any("-->" in above for above in block)
        # Captions that roll have a line of one space at the top, which ends nothing.
        is_top = bool(line) and bool(block) and "-->" in block[-1]
        if ((not line.strip() and not is_top) or starts_cue) and block:
            # Where the blank line is missing, the counter above belongs to the next cue.
            held = [block.pop()] if starts_cue and block[-1].strip().isdigit() else []
            yield number - len(block) - len(held), block
            block = held
        if line.strip():
            block.append(line)


def _read_other(reading: CueReading, block: list[str], loose: list[str]) -> None:
    if block[0].startswith("WEBVTT"):
        _read_header(reading, block)
    elif not _COMMENT.match(block[0]):
        # A blank line within a cue: what follows it was said too.
        lines = _plain(block)
        if reading.cues and has_words(" ".join(lines)) and not block[0].strip().isdigit():
            reading.cues[-1] = replace(reading.cues[-1], lines=reading.cues[-1].lines + lines)
        loose += lines


def _read_header(reading: CueReading, block: list[str]) -> None:
    reading.title = one_line(block[0].removeprefix("WEBVTT").strip(" -\t"))
    for line in block[1:]:
        found = _HEADER.match(line)
        if found and found[1].lower() == "language":
            reading.language = read_language(found[2].strip())
        elif found and found[1].lower() == "title":
            reading.title = one_line(found[2])


def _read_cue(reading: CueReading, block: list[str], number: int) -> None:
    found = _TIMING.match(block[0])
    spoken = "\n".join(block[1:])
    speaker = _SPEAKER.search(spoken)
    lines = _plain(block[1:])
    if found:
        start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    else:
        reading.broken.append(BrokenTiming(number, block[0].strip()))
        start = end = reading.cues[-1].start if reading.cues else 0.0
    if lines:
        reading.cues.append(Cue(start, max(start, end), speaker[1] if speaker else "", lines))


def _plain(lines: Iterable[str]) -> tuple[str, ...]:
    texts = (one_line(html.unescape(_TAG.sub("", line))) for line in lines)
    return tuple(text for text in texts if text)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int((fraction or "0").ljust(3, "0")) / 1000


def unrolled(cues: Iterable[Cue]) -> list[Cue]:
    """Leave out lines that a caption only shows again while it rolls up or grows."""
    told: list[Cue] = []
    shown: tuple[str, ...] = ()
    since = 0.0
    for cue in cues:
        near = cue.start <= since + 1.0
        new = _new_lines(shown, cue.lines) if near else cue.lines
        shown, since = cue.lines, max(since, cue.end) if near else cue.end
        if new:
            told.append(replace(cue, lines=new))
    return told


def _new_lines(shown: tuple[str, ...], lines: tuple[str, ...]) -> tuple[str, ...]:
    """Give the lines after the longest part that ended what was shown before."""
    for size in range(min(len(shown), len(lines)), 0, -1):
        if shown[-size:] == lines[:size]:
            return lines[size:]
    grown = shown[-1] if shown else ""
    if grown and lines and lines[0].startswith(grown + " "):
        return (lines[0][len(grown) :].strip(), *lines[1:])
    return lines
