"""Where a scan of a `youtube` source stands."""

import json
from dataclasses import dataclass

from connectors.errors import CursorExpired
from connectors.model import Cursor

END = "end"
"""The list after the last one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The next page to list, and what the scan has learnt on its way."""

    listing: str = ""
    """Id of the list that it is in; "" before the first."""
    token: str = ""
    """Of the page in it; "" for the first."""
    doubts: tuple[str, ...] = ()
    """Why not everything was listed."""

    def cursor(self) -> Cursor:
        """Write it down."""
        return Cursor(json.dumps([self.listing, self.token, *self.doubts], ensure_ascii=False))


def standing_of(cursor: Cursor | None) -> Standing:
    """Read what `Standing.cursor` wrote; raises CursorExpired for anything else."""
    if cursor is None:
        return Standing()
    try:
        listing, token, *doubts = json.loads(cursor)
        return Standing(str(listing), str(token), tuple(map(str, doubts)))
    except (ValueError, TypeError) as error:
        raise CursorExpired("The cursor is not one of this kind of source.") from error
