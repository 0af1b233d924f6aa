"""The words of notices: who is told of what, and how far that has come."""

from dataclasses import dataclass
from datetime import datetime

from connectors.model import TenantId

EVENTS = ("flag", "document", "gap", "sync")
"""What one can be told of: the beginnings of the audit's actions, before the point."""


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that is told of events, one after the other, each at least once."""

    id: str
    tenant: TenantId
    url: str
    events: frozenset[str]
    """Of EVENTS; empty means all."""
    created_at: datetime
    created_by: str
    private: bool
    """Whether it may lead into a private network: the operator's own may."""
    envelope: bytes
    """What notices are signed with, sealed for this hook."""
    told: int
    """The id of the last deed that it was told of, or that is not for it."""
    attempts: int = 0
    """Failures in a row."""
    due_at: datetime | None = None
    """When it is tried again; None: at once."""
    failing_since: datetime | None = None
    trouble: str = ""
    """Why it failed last; stands there while it fails."""
    paused: bool = False
    """Whether it is given up until somebody resumes it."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What an address answered."""

    status: int
    retry_after: str = ""
