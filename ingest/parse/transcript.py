"""Transcripts: WebVTT and SRT as timed lines of about a sentence each."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.errors import Unparsable
from ingest.parse.clean import clean, has_words
from ingest.parse.cues import Cue, read_cues, unrolled
from ingest.parse.draft import Draft, lay_out
from ingest.parsed import BlockKind, ParsedDocument

_LONGEST_LINE = 240
_LONGEST_SECONDS = 30.0
_PAUSE = 3.0
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！", '."', '?"', '!"', ".”", "?”", "!”")  # noqa: RUF001


def parse_transcript(text: str) -> ParsedDocument:
    """Give timed blocks, each at the second its first cue starts; raises Unparsable."""
    reading = read_cues(clean(text))
    if reading.broken and len(reading.broken) >= len(reading.cues):
        raise Unparsable(
            f"its timings cannot be read, first in line {reading.broken[0].line}: "
            f"{reading.broken[0].text!r}; write them as 00:01:02.000 --> 00:01:05.000"
        )
    drafts = [_draft(line) for line in _sentences(unrolled(reading.cues))]
    layout = lay_out(drafts)
    if not layout.blocks and has_words(reading.loose):
        raise Unparsable("it has words but no timed line: is it really WebVTT or SubRip?")
    return ParsedDocument(
        layout.text, layout.blocks, title=reading.title, language=reading.language
    )


@dataclass(slots=True)
class _Line:
    start: float
    end: float
    speaker: str
    text: str

    def takes(self, cue: Cue) -> bool:
        """Say whether the cue goes on with this line."""
        if self.text.endswith(_SENTENCE_ENDS) or cue.speaker != self.speaker:
            return False
        in_time = self.start <= cue.start <= self.end + _PAUSE
        brief = cue.start - self.start < _LONGEST_SECONDS
        return in_time and brief and len(self.text) + len(cue.text) < _LONGEST_LINE


def _sentences(cues: Iterable[Cue]) -> list[_Line]:
    lines: list[_Line] = []
    for cue in cues:
        if lines and lines[-1].takes(cue):
            lines[-1].text += f" {cue.text}"
            lines[-1].end = max(lines[-1].end, cue.end)
        else:
            lines.append(_Line(cue.start, cue.end, cue.speaker, cue.text))
    return lines


def _draft(line: _Line) -> Draft:
    return Draft(BlockKind.TIMED, line.text, seconds=line.start)
