"""What goes wrong, as the wire tells it: RFC 9457 problems. HTTP status codes live here alone.

Problem                 an answer other than the one asked for, raised by the routes themselves
├── NotFound            no such thing, or another tenant's: the two look the same
├── Unauthenticated     no key, or one that does not count (any more)
├── Forbidden           the key is good, but not for this
├── Conflict            not in the state that this needs
├── Invalid             understood, but cannot be done; `fields` names what to mend
├── TooLarge            more bytes than this call takes
└── DocumentUnsearchable  a pushed document is kept, but gives no text
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from connectors.errors import (
    ConnectorError,
    CredentialsInvalid,
    DocumentUnreadable,
    SettingsInvalid,
    SourceUnavailable,
)
from ingest.errors import (
    EmbedderUnavailable,
    IndexUnaudited,
    IndexUnavailable,
    IngestError,
    LeaseLost,
    LedgerConflict,
    LedgerUnavailable,
    ModelUnusable,
    NotEntitled,
    OutOfSight,
    ReviewConflict,
    ReviewInvalid,
    SchemaMismatch,
    Unparsable,
)
from retrieval.errors import (
    ModelUnknown,
    NothingFits,
    QuestionInvalid,
    RetrievalError,
    RouterError,
    RouterMissing,
    RouterRefused,
)

RETRY_AFTER_SECONDS = 5
"""What a caller is asked to wait when a part of us does not answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of problem: what every problem of the sort has in common.

    `detail` is told in place of the exception's own words where those may hold what a
    caller must not see, such as paths, addresses and statements; "" tells the words.
    """

    status: int
    slug: str
    title: str
    detail: str = ""
    retry: bool = False
    """Whether the same request may go well in a few seconds."""


NOT_FOUND = Kind(404, "not-found", "Not found", "There is nothing here with this id.")
UNAUTHENTICATED = Kind(401, "unauthenticated", "A key is needed")
FORBIDDEN = Kind(403, "forbidden", "The key is not good for this")
CONFLICT = Kind(409, "conflict", "Not possible now")
INVALID = Kind(422, "invalid", "The request cannot be carried out")
MALFORMED = Kind(400, "malformed", "The request cannot be read")
TOO_LARGE = Kind(413, "too-large", "The body is too large")
UNSEARCHABLE = Kind(422, "document-unsearchable", "The document gives no text to search")
METHOD = Kind(405, "method-not-allowed", "The method is not allowed here")
INTERNAL = Kind(
    500,
    "internal",
    "Something went wrong here",
    "The fault is ours. Tell the operator the request id: the log says more.",
)

BY_EXCEPTION: Mapping[type[Exception], Kind] = {
    SettingsInvalid: Kind(422, "settings-invalid", "The settings cannot work"),
    CredentialsInvalid: Kind(409, "credentials-invalid", "The credentials do not let us in"),
    SourceUnavailable: Kind(503, "source-unavailable", "The source does not answer", retry=True),
    DocumentUnreadable: Kind(422, "document-unreadable", "The document cannot be read"),
    ConnectorError: Kind(502, "source-failed", "The source did not do what was asked"),
    Unparsable: Kind(422, "document-unparsable", "The document gives no text"),
    LeaseLost: Kind(409, "overtaken", "Somebody else changed it just now", "Try again."),
    LedgerConflict: Kind(409, "overtaken", "Somebody else changed it just now", "Try again."),
    OutOfSight: NOT_FOUND,
    NotEntitled: FORBIDDEN,
    ReviewInvalid: INVALID,
    ReviewConflict: CONFLICT,
    SchemaMismatch: Kind(
        503,
        "ledger-not-migrated",
        "The ledger does not fit this program",
        "The operator must bring the ledger up to date: run `punnet migrate`.",
    ),
    LedgerUnavailable: Kind(
        503,
        "ledger-unavailable",
        "The ledger does not answer",
        "Nothing was changed. Try again; if it stays, the operator should look at the disk "
        "and at the log.",
        retry=True,
    ),
    IndexUnavailable: Kind(
        503,
        "index-unavailable",
        "The index does not answer",
        "It restarts by itself. Try again in a few seconds.",
        retry=True,
    ),
    IndexUnaudited: Kind(
        503,
        "index-rebuilding",
        "The index is being rebuilt from the ledger",
        "Until that is done it is not searched, because it would find too little. Try again in "
        "a moment.",
        retry=True,
    ),
    EmbedderUnavailable: Kind(
        503,
        "embedder-unavailable",
        "The embedding model does not answer",
        "Try again in a few seconds.",
        retry=True,
    ),
    ModelUnusable: Kind(
        503,
        "model-unusable",
        "The embedding model cannot be used",
        "The operator should run `punnet doctor`: it says what the model lacks.",
    ),
    IngestError: INTERNAL,
    QuestionInvalid: Kind(422, "question-invalid", "There is no question that can be answered"),
    NothingFits: Kind(422, "nothing-fits", "Not even the question fits in the budget"),
    ModelUnknown: Kind(422, "model-unknown", "The model is not known"),
    RouterMissing: Kind(501, "router-missing", "No model router is configured"),
    RouterRefused: Kind(502, "router-refused", "The model router refused the request"),
    RouterError: Kind(
        502,
        "router-failed",
        "The model router did not answer",
        "Try again; /v1/context serves without the router.",
        retry=True,
    ),
    RetrievalError: INTERNAL,
}
"""The kind of each exception of ours; one that is not named counts as the nearest base."""

BY_STATUS: Mapping[int, Kind] = {
    kind.status: kind for kind in (MALFORMED, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD)
}

ROUTER_WORDS_SHOWN = frozenset({400, 404, 413, 422, 429})
"""Refusals that concern the caller; the others concern the operator's account."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One offending field of a request: a dotted path such as `body.filter.tags.0`."""

    field: str
    message: str


class Problem(HTTPException):
    """An answer other than the one asked for."""

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        fields: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.fields = fields
        shown = kind.detail or detail or kind.title
        super().__init__(kind.status, detail=shown, headers=dict(headers) if headers else None)


class NotFound(Problem):
    """There is no such thing, or it is another tenant's: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__(NOT_FOUND)


class Unauthenticated(Problem):
    """There is no key, or one that does not count."""

    def __init__(self, detail: str) -> None:
        challenge = {"WWW-Authenticate": 'Bearer realm="punnet"'}
        super().__init__(UNAUTHENTICATED, detail, headers=challenge)


class Forbidden(Problem):
    """The key is good, but not for this."""

    def __init__(self, detail: str) -> None:
        super().__init__(FORBIDDEN, detail)


class Conflict(Problem):
    """The thing is not in the state that this needs."""

    def __init__(self, detail: str) -> None:
        super().__init__(CONFLICT, detail)


class Invalid(Problem):
    """The request was understood and cannot be carried out."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(INVALID, f"{field}: {message}", fields=(FieldError(field, message),))


class TooLarge(Problem):
    """The body has more bytes than this call takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(TOO_LARGE, f"This call takes at most {limit:,} bytes.")


class DocumentUnsearchable(Problem):
    """A pushed document is kept, but there is nothing in it to search."""

    def __init__(self, reason: str) -> None:
        super().__init__(UNSEARCHABLE, f"The document is stored, but not searchable: {reason}")


def problem_of(error: Exception) -> Problem:
    """Tell any exception as a problem that is safe to show."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, RouterRefused):
        return _of_refusal(error)
    kind = next((BY_EXCEPTION[base] for base in type(error).__mro__ if base in BY_EXCEPTION), None)
    if kind is None:
        return Problem(INTERNAL)
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if kind.retry else None
    return Problem(kind, str(error), headers=retry)


def _of_http(error: HTTPException) -> Problem:
    kind = BY_STATUS.get(error.status_code)
    if kind is None:
        kind = Kind(error.status_code, "http", str(error.detail))
    return Problem(kind, str(error.detail), headers=error.headers)


def _of_refusal(error: RouterRefused) -> Problem:
    words = str(error) if error.status in ROUTER_WORDS_SHOWN else "The log says why."
    return Problem(BY_EXCEPTION[RouterRefused], f"It answered with status {error.status}: {words}")
