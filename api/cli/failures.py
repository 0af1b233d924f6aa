"""What can go wrong with a command, and the exit status that tells it.

CommandFailed           what was asked failed: 1
├── Refused             the API refused it; its own words are kept
└── Unreachable         nobody answers for the home, or somebody else holds it: 3
"""

from api.home import HomeBusy, HomeUnusable
from api.listening import AddressTaken
from api.up import StartFailed
from connectors.errors import ConnectorError

FAILED, USAGE, UNREACHABLE = 1, 2, 3


class CommandFailed(Exception):
    """What was asked did not succeed; the message says what to do."""


class Refused(CommandFailed):
    """The API refused the call; `slug` names the kind of problem."""

    def __init__(self, status: int, slug: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.slug = slug


class Unreachable(CommandFailed):
    """Nobody answers, or the home belongs to somebody else now."""


def exit_status(error: Exception) -> int | None:
    """Give the status for an error that a user can act on; None for a fault of ours."""
    if isinstance(error, Unreachable | HomeBusy | AddressTaken):
        return UNREACHABLE
    if isinstance(error, CommandFailed | StartFailed | HomeUnusable | ConnectorError):
        return FAILED
    # Loaded only by the commands that meet such errors.
    if type(error).__module__ in {"ingest.errors", "retrieval.errors"}:
        return FAILED
    return None


def told(error: Exception) -> str:
    """Give what to print of it."""
    return str(error) or type(error).__name__
