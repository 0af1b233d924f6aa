"""What can go wrong between a document and its passages.

IngestError
├── Unparsable           this document gives no text; the message is its reason
│   └── ParserDied       its parser was killed by it: memory, time, crash
├── LeaseLost            somebody else works on it now: stop, commit nothing
├── TryLater             not now: the same work is to be done again after a while
├── LedgerUnavailable    the ledger cannot be read or written now (full disk, lock)
│   └── SchemaMismatch   the ledger is newer than this program, or not yet migrated
├── LedgerConflict       what was to be written contradicts what is there; nothing was changed
├── OutOfSight           what is named is not there, or not for who asks: the two look the same
├── NotEntitled          who asks may see it, but not do this
├── ReviewInvalid        what was asked of a flag or page cannot be done as it was said
├── ReviewConflict       the flag or page is not in the state that this needs
├── IndexUnavailable     the index does not answer now: try again
│   └── IndexUnaudited   it may not be searched before it was held against the ledger
├── IndexRefused         the index refused what it was given
├── TenantBreach         a point of another tenant came back: nothing is answered
├── EmbedderUnavailable  the embedding model does not answer now
└── ModelUnusable        the embedding model cannot be loaded or built: the message says why
"""

from datetime import timedelta


class IngestError(Exception):
    """A step of the ingest failed."""


class Unparsable(IngestError):
    """A document gives no text; the message is the reason that is kept with it."""


class ParserDied(Unparsable):
    """A document killed its parser by memory, time or a crash."""


class LeaseLost(IngestError):
    """Another owner holds the lease with a higher fence; nothing was committed."""


class TryLater(IngestError):
    """Nothing went wrong, but the work cannot be done before some time has passed."""

    def __init__(self, message: str, after: timedelta) -> None:
        super().__init__(message)
        self.after = after


class LedgerUnavailable(IngestError):
    """The ledger cannot be read or written now; nothing was changed."""


class SchemaMismatch(LedgerUnavailable):
    """The ledger's schema is not the one this program knows; the message says what to run."""


class LedgerConflict(IngestError):
    """An id is taken, or what a row belongs to is gone; nothing was changed."""


class OutOfSight(IngestError):
    """There is no such flag or page, or it is not for who asks: nobody can tell which."""


class NotEntitled(IngestError):
    """Who asks may not do this; the message says who may."""


class ReviewInvalid(IngestError):
    """What was asked of a flag or a page cannot be done so; the message says what to mend."""


class ReviewConflict(IngestError):
    """A flag or a page is not in the state that this needs; nothing was changed."""


class IndexUnavailable(IngestError):
    """The index does not answer now; the same call may work later."""


class IndexUnaudited(IndexUnavailable):
    """The index is not known to hold what the ledger says, so that it is not searched."""

    def __init__(
        self, message: str = "the index is being rebuilt from the ledger; try again in a moment"
    ) -> None:
        super().__init__(message)


class IndexRefused(IngestError):
    """The index refused what it was given, such as a vector of the wrong length."""


class TenantBreach(IngestError):
    """The index answered with another tenant's point; the whole answer was thrown away."""


class EmbedderUnavailable(IngestError):
    """The embedding model does not answer now; the same call may work later."""


class ModelUnusable(IngestError):
    """An embedding model cannot be loaded or built; the message says what to do."""
