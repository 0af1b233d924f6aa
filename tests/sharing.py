"""How two cores share the tests: a file stays whole, and the longest ones begin."""

from xdist.scheduler import LoadScopeScheduling

LONGEST = (
    "tests/test_failpoints.py",
    "tests/integration/test_restore.py",
    "tests/integration/test_backup.py",
    "tests/integration/test_up.py",
    "tests/browser/",
    "tests/unit/test_model_build.py",
    "tests/unit/test_supervisor_home.py",
    "tests/unit/test_reranker.py",
    "tests/contracts/test_embedder.py",
    "tests/test_readers.py",
)
"""What would hold everybody up if it came last."""
_DESK = "tests/browser/test_desk"
"""These share one server, which takes longer to start than most of them."""


class Shares(LoadScopeScheduling):
    """Gives each process the tests that share what is expensive to make."""

    def _split_scope(self, nodeid: str) -> str:
        return _DESK if nodeid.startswith(_DESK) else nodeid.partition("::")[0]


def turn(nodeid: str) -> int:
    """Say which tests come first; those of one turn stay in their order."""
    found = (at for at, name in enumerate(LONGEST) if nodeid.startswith(name))
    return next(found, len(LONGEST))
