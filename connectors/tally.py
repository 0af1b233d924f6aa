"""How far a crawl has come, as its cursor tells it."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from connectors.errors import CursorExpired
from connectors.model import Cursor, Entry
from connectors.visiting import Finding

_MOST_DOUBTS = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """What a crawl counted up to the end of a step, so that it can go on from there."""

    crawl: str
    step: int = 0
    asked: int = 0
    given: int = 0
    """Documents."""
    queued: int = 0
    """Addresses that links led to first."""
    unread: int = 0
    """Addresses of which it is not known where they lead."""
    disallowed: int = 0
    impostors: int = 0
    """Addresses with a page that only says that there is none."""
    doubts: tuple[str, ...] = ()
    """Why it cannot be complete, whatever the pages say."""

    def after(self, findings: Sequence[Finding], starts: Sequence[str]) -> "Tally":
        """Count a step."""
        items = [item for finding in findings for item in finding.items]
        failed_starts = tuple(
            f"The start page {finding.visits[0].url}: {finding.problem}"
            for finding in findings
            if finding.visits[0].url in starts and _is_lost(finding)
        )
        return replace(
            self.doubting(failed_starts),
            step=self.step + 1,
            asked=self.asked + len(findings),
            given=self.given + sum(isinstance(item, Entry) for item in items),
            unread=self.unread + sum(not finding.read for finding in findings),
            disallowed=self.disallowed + sum(finding.disallowed for finding in findings),
            impostors=self.impostors + sum(finding.impostor for finding in findings),
        )

    def doubting(self, reasons: Sequence[str]) -> "Tally":
        """Note why the crawl cannot be complete."""
        told = tuple(dict.fromkeys((*self.doubts, *reasons)))
        return replace(self, doubts=told[:_MOST_DOUBTS])

    @property
    def cursor(self) -> Cursor:
        """Where a scan goes on after the step."""
        return Cursor(json.dumps(astuple(self), ensure_ascii=False))

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know."""
        told = list(self.doubts)
        if self.unread:
            told.append(f"Pages not read, so that where they lead is not known: {self.unread}.")
        if self.disallowed:
            told.append(f"Addresses left out, as robots.txt wants it: {self.disallowed}.")
        if self.impostors:
            told.append(
                "Addresses that answer 200 with a page that says that there is none (soft 404), "
                f"of which no new documents were made: {self.impostors}."
            )
        return tuple(told)

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return not self.doubts and not self.unread


def read_cursor(cursor: Cursor) -> Tally:
    """Read what `Tally.cursor` wrote; raises CursorExpired for anything else."""
    try:
        crawl, step, asked, given, queued, unread, disallowed, impostors, doubts = json.loads(
            cursor
        )
        counts = (step, asked, given, queued, unread, disallowed, impostors)
        return Tally(crawl, *counts, doubts=tuple(doubts))
    except (ValueError, TypeError) as error:
        raise CursorExpired("The cursor is none of a crawl.") from error


def _is_lost(finding: Finding) -> bool:
    """Say whether it is not known what a start page leads to."""
    return not finding.read or finding.disallowed or finding.visits[0].missing_since is not None
