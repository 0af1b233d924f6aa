"""Find the statements of a text that hold until a date, and when each is over."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingest.freshness.dates_in_text import DateInText, Precision, dates_in, days_without_year
from ingest.freshness.expiry_rules import Rule, Surroundings, ends_at, rule_of
from ingest.freshness.expiry_words import HISTORY, SOON, THIS_YEAR
from ingest.parsed import Block, BlockKind

_SOON_LASTS = timedelta(days=365)
_SENTENCE_END = re.compile(r"(?:(?<!\d)(?<!\s\w)|(?<=\d{4}))[.!?]['\")\]]*\s+(?=[^\s\da-z])|\n{2,}")
_LONGEST = 500
"""Characters of a sentence that are looked at on either side of its date."""
_ROWS = frozenset({BlockKind.TABLE, BlockKind.TIMED})
_ENTRY = re.compile(r"\W*(?:v(?:ersion)?\.?\s?)?\d+(?:\.\d+)+[^A-Za-z]*\Z", re.IGNORECASE)
_FEW_WORDS = 20
"""A heading that is little more than a date heads an entry of a journal."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, `text[start:end]`, that is over when its date has passed."""

    start: int
    end: int
    date: tuple[int, int]
    """The words of the date, as offsets into the text."""
    over: datetime
    rule: Rule
    section: int
    """Which heading it stands under, by its number; 0 before the first."""


def statements_in(
    text: str, blocks: Sequence[Block], language: str, written_at: datetime
) -> list[Statement]:
    """Give the statements in their order.

    `written_at` is when the text was written, for words such as "this year's".
    """
    dates = dates_in(text, language)
    lowered = text.lower()
    same = len(lowered) == len(text)  # or its offsets would not be those of the text
    relative = [*THIS_YEAR.finditer(lowered), *SOON.finditer(lowered)] if same else []
    if not dates and not relative:
        return []
    reading = _Reading(text, blocks)
    dates += reading.days_under_years(dates)
    found = [reading.statement(date) for date in dates]
    found += [reading.relative(match, written_at) for match in relative]
    return sorted((one for one in found if one), key=lambda one: one.date)


class _Reading:
    def __init__(self, text: str, blocks: Sequence[Block]) -> None:
        self._text = text
        self._blocks = blocks
        self._starts = [block.start for block in blocks]
        self._sections: list[int] = []
        self._told: list[bool] = []
        """Of each block, whether it stands in a section that tells history."""
        self._note_sections()

    def statement(self, date: DateInText) -> Statement | None:
        at = self._block_at(date.start)
        if at is None or self._told[at]:
            return None
        start, end = self._sentence(self._blocks[at], date.start, date.end)
        rule = rule_of(date, self._surroundings(at, date, start, end))
        if rule is None:
            return None
        over = date.over + rule.lasts
        return Statement(start, end, (date.start, date.end), over, rule, self._sections[at])

    def relative(self, match: re.Match[str], written_at: datetime) -> Statement | None:
        at = self._block_at(match.start())
        if at is None or self._told[at]:
            return None
        start, end = self._sentence(self._blocks[at], *match.span())
        if match.re is SOON:
            rule, over = Rule.SOON, written_at + _SOON_LASTS
        else:
            rule, over = Rule.THIS_YEAR, datetime(written_at.year + 1, 1, 1, tzinfo=UTC)
        return Statement(start, end, match.span(), over, rule, self._sections[at])

    def days_under_years(self, dates: Sequence[DateInText]) -> Iterator[DateInText]:
        """Give days without a year below a heading that names one."""
        years: dict[int, int] = {}
        for date in dates:
            at = self._block_at(date.start)
            if at is not None and self._blocks[at].kind is BlockKind.HEADING:
                years[self._sections[at]] = (date.over - timedelta(days=1)).year
        for block, section in zip(self._blocks, self._sections, strict=True):
            if section in years and block.kind is not BlockKind.CODE:
                within = self._text[block.start : block.end]
                for day in days_without_year(within, years[section]):
                    yield day.moved(block.start)

    def _note_sections(self) -> None:
        number = 0
        path: list[tuple[int, bool]] = []
        for block in self._blocks:
            if block.kind is BlockKind.HEADING:
                number += 1
                while path and path[-1][0] >= block.level:
                    path.pop()
                path.append((block.level, _heads_history(self._text[block.start : block.end])))
            self._sections.append(number)
            self._told.append(block.kind is BlockKind.CODE or any(told for _, told in path))

    def _block_at(self, offset: int) -> int | None:
        at = bisect_right(self._starts, offset) - 1
        return at if at >= 0 and offset < self._blocks[at].end else None

    def _sentence(self, block: Block, start: int, end: int) -> tuple[int, int]:
        """Give the bounds of the sentence, or of a row of a table, around an offset."""
        if block.kind in _ROWS:
            begin = self._text.rfind("\n", block.start, start) + 1 or block.start
            stop = self._text.find("\n", end, block.end)
            return max(begin, block.start), block.end if stop < 0 else stop
        begin, stop = max(block.start, start - _LONGEST), min(block.end, end + _LONGEST)
        for mark in _SENTENCE_END.finditer(self._text, begin, stop):
            if mark.end() <= start:
                begin = mark.end()
            elif mark.start() >= end:
                return begin, mark.start() + len(mark[0].rstrip())
        return begin, stop

    def _surroundings(self, at: int, date: DateInText, start: int, end: int) -> Surroundings:
        block, text = self._blocks[at], self._text
        follows = self._blocks[at + 1].kind if at + 1 < len(self._blocks) else None
        column = ""
        if block.kind is BlockKind.TABLE and block.header:
            cells = block.header.split("|")
            number = text.count("|", start, date.start)
            column = cells[number] if number < len(cells) else ""
        return Surroundings(
            sentence=text[start:end],
            before=text[start : date.start],
            after=text[date.end : end],
            kind=block.kind,
            column=column,
            shows_code=follows is BlockKind.CODE,
            lead=self._lead(at) if block.kind is BlockKind.LIST_ITEM else "",
        )

    def _lead(self, at: int) -> str:
        """Give the sentence that a list hangs on, where it ends with a colon."""
        before = at
        while before >= 0 and self._blocks[before].kind is BlockKind.LIST_ITEM:
            before -= 1
        if before < 0 or self._blocks[before].kind is not BlockKind.PARAGRAPH:
            return ""
        lead = self._text[self._blocks[before].start : self._blocks[before].end]
        return re.split(r"[.!?]\s", lead)[-1] if lead.rstrip().endswith(":") else ""


def _heads_history(heading: str) -> bool:
    if HISTORY.search(heading) or _ENTRY.match(heading):
        return True
    days = [date for date in dates_in(heading) if date.precision is Precision.DAY]
    return any(
        len(heading) - (day.end - day.start) < _FEW_WORDS and not ends_at(heading[: day.start])
        for day in days
    )
