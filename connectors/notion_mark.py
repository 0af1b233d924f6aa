"""Where a scan of a workspace stands, as its cursor says it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.errors import CursorExpired
from connectors.model import Cursor
from connectors.notion_api import VERSION
from connectors.notion_model import Kind, Place

OVERLAP = timedelta(minutes=2)
"""Edits are told to the minute, and searches know of them a little later."""
_MOST_FOUND = 1_000


class Step(StrEnum):
    """The parts of a scan, in their order."""

    PAGES = "pages"
    ROWS = "rows"
    REST = "rest"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a scan has come."""

    full: bool
    """Whether it lists everything, or what was edited since."""
    began: str
    """When the last full scan began, in the vendor's time; "" for none that ended well."""
    started: str = ""
    """When this scan began, in the vendor's time."""
    since: str = ""
    step: Step = Step.PAGES
    source: str = ""
    """The data source whose rows are being listed."""
    at: str = ""
    """Where the part of the listing begins; "" for its beginning."""
    after: str = ""
    """The page of that part after which it goes on; "" for its first."""
    high: str = ""
    """The last edit that was seen."""
    found: tuple[Place, ...] = ()
    """What stands in pages that were read, but was not listed so far."""
    cut: bool = False
    """Whether more was found than a cursor holds."""
    anew: bool = False
    """Whether pages that are known are read all the same, for what stands in them."""

    def seen(self, edited: str) -> "Mark":
        """Take in when a page was edited."""
        return replace(self, high=max(self.high, edited))


def write_mark(mark: Mark) -> Cursor:
    """Give the cursor."""
    held = {
        "v": VERSION,
        "full": mark.full,
        "began": mark.began,
        "started": mark.started,
        "since": mark.since,
        "step": mark.step.value,
        "source": mark.source,
        "at": mark.at,
        "after": mark.after,
        "high": mark.high,
        "found": [[one.kind.value, one.id] for one in mark.found[:_MOST_FOUND]],
        "cut": mark.cut or len(mark.found) > _MOST_FOUND,
        "anew": mark.anew,
    }
    return Cursor(json.dumps({name: value for name, value in held.items() if value}))


def read_mark(cursor: Cursor) -> Mark:
    """Read a cursor of ours; raises CursorExpired for any other."""
    try:
        held = json.loads(cursor)
        if held.get("v") != VERSION:
            raise CursorExpired("The cursor was made for another version of Notion's API.")
        found = tuple(Place(Kind(kind), one) for kind, one in held.get("found", ()))
        texts = {
            name: str(held.get(name, ""))
            for name in ("began", "started", "since", "source", "at", "after", "high")
        }
        return Mark(
            full=bool(held.get("full")),
            step=Step(held["step"]),
            found=found,
            cut=bool(held.get("cut")),
            anew=bool(held.get("anew")),
            **texts,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CursorExpired("The cursor is none of a Notion source.") from error


def ended(mark: Mark, *, proven: bool) -> Cursor:
    """Give where the next scan starts: what it must list again is never 'now'.

    Nor is it after this one began: an edit since then may have come behind its own listing
    and before another one.
    """
    began = mark.began if proven or not (mark.full or mark.cut) else ""
    high = min(mark.high, mark.started)
    return write_mark(Mark(mark.full, began, step=Step.ENDED, high=high, cut=mark.cut))


def next_mark(mark: Mark | None, now: datetime, every: timedelta) -> Mark:
    """Begin a scan: of everything where that is due, else of what was edited since."""
    due = mark is None or not mark.began or not mark.high
    if mark is None or due or now - datetime.fromisoformat(mark.began) >= every:
        anew = mark is not None and mark.cut
        return Mark(full=True, began=written(now), started=written(now), anew=anew)
    since = written(datetime.fromisoformat(mark.high) - OVERLAP)
    return replace(mark, full=False, step=Step.PAGES, started=written(now), since=since)


def written(at: datetime) -> str:
    """Write a time as the vendor does, so that they sort as texts."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
