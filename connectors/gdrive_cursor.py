"""Where a scan of Drive stands, as text."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from connectors.errors import CursorExpired
from connectors.gdrive_settings import DriveSettings
from connectors.model import Cursor


@dataclass(frozen=True, slots=True)
class Position:
    """How far a full listing is."""

    corpus: str
    within: tuple[str, ...] = ()
    """The folders that were being listed; none: the whole corpus."""
    page: str = ""
    """Token of the next page."""
    done: bool = False
    """Whether these folders, or the corpus, are listed to their end."""
    incomplete: bool = False
    """Whether Google said of a page that it had not searched everything."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scan stands: in a listing, in the logs, or at the end of both."""

    scope: str
    """What the settings meant when it began."""
    tokens: Mapping[str, str]
    """Of the log of each corpus; taken before anything was listed."""
    at: Position | None = None
    left: tuple[str, ...] | None = None
    """Logs that are still to be read in this scan; None: all."""

    def having_read(self, corpus: str, token: str, left: tuple[str, ...]) -> "Place":
        """Stand further in one log."""
        return replace(self, tokens={**self.tokens, corpus: token}, left=left)

    def ended(self) -> "Place":
        """Stand where the next scan begins."""
        return Place(self.scope, self.tokens)

    def cursor(self) -> Cursor:
        """Write it down."""
        return Cursor(json.dumps(asdict(self), separators=(",", ":")))


def read_place(cursor: Cursor, scope: str) -> Place:
    """Read it back; raises CursorExpired when the settings mean something else by now."""
    try:
        told = json.loads(cursor)
        at, left = told["at"], told["left"]
        place = Place(
            told["scope"],
            dict(told["tokens"]),
            Position(**{**at, "within": tuple(at["within"])}) if at else None,
            tuple(left) if left is not None else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CursorExpired("The cursor is none of this connector's.") from error
    if place.scope != scope:
        raise CursorExpired("The settings changed, so that another part of Drive is read.")
    return place


def scope_of(settings: DriveSettings) -> str:
    """Give what is another exactly when other documents, or others' readers, are meant."""
    meant = (
        sorted(settings.folders),
        settings.shared_drives,
        settings.my_drive,
        settings.subject,
        settings.permissions,
        settings.exclude,
    )
    return sha256(repr(meant).encode()).hexdigest()[:16]
