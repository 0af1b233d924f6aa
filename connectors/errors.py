"""What can go wrong with a source.

ConnectorError
├── SettingsInvalid      the operator's settings cannot work: say which and how to mend it
├── SourceUnavailable    try again later, nothing is known to be gone
├── CursorExpired        the stored cursor is worthless: a full scan is due
└── DocumentUnreadable   this one document cannot be read; the others go on
"""


class ConnectorError(Exception):
    """A source did not do what was asked of it."""


class SettingsInvalid(ConnectorError):
    """The settings of a source cannot work; the message names the setting and the mend."""


class SourceUnavailable(ConnectorError):
    """The source cannot be listed now; what it holds is unknown, so nothing may be deleted."""


class CursorExpired(ConnectorError):
    """The source no longer accepts the cursor: only a full scan loses nothing."""


class DocumentUnreadable(ConnectorError):
    """One document cannot be read; the message is kept as the reason of its failure."""
