"""What can go wrong with a source.

ConnectorError
├── SettingsInvalid      the operator's settings cannot work: say which and how to mend it
├── SourceUnavailable    try again later, nothing is known to be gone
│   └── CredentialsInvalid   it does not let us in: a person must renew what we show it
│       └── CredentialsMissing   there is nothing yet that we could show it
├── CursorExpired        the stored cursor is worthless: a full scan is due
├── DocumentUnreadable   this one document cannot be read; the others go on
└── FetchError           one address of the web was not read
    ├── FetchRefused     we do not go there or do not take it: asking again changes nothing
    └── FetchFailed      it could not be reached or broke off: try again later
"""

from datetime import timedelta


class ConnectorError(Exception):
    """A source did not do what was asked of it."""


class SettingsInvalid(ConnectorError):
    """The settings of a source cannot work; the message names the setting and the mend."""


class SourceUnavailable(ConnectorError):
    """The source cannot be listed now; what it holds is unknown, so nothing may be deleted.

    `after` is how long to wait before going on where the trouble is known to pass: the run
    rests until then. None: the run fails, and the next one begins where it began.
    """

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class CredentialsInvalid(SourceUnavailable):
    """There are no credentials, or the source refuses them; the message says how to renew them."""


class CredentialsMissing(CredentialsInvalid):
    """A person has yet to give credentials."""


class CursorExpired(ConnectorError):
    """The source no longer accepts the cursor: only a full scan loses nothing."""


class DocumentUnreadable(ConnectorError):
    """One document cannot be read; the message is kept as the reason of its failure.

    `access` is who alone may still see what we hold of it; empty: who could before.
    """

    def __init__(self, message: str, *, access: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.access = access


class FetchError(ConnectorError):
    """One address of the web was not read; the message says which and why."""


class FetchRefused(FetchError):
    """The address is one that we never ask, or its answer one that we do not take."""


class FetchFailed(FetchError):
    """The server could not be reached, or broke off; nothing is known of the page."""
