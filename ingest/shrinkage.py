"""Notice that a source suddenly shows much less than before."""

from collections.abc import Iterable

from ingest.records import RunKind, RunState, SyncRun

_SHARE = 0.8
_AT_LEAST = 5
"""Fewer than that many missing are everyday."""
_WHOLE = frozenset({RunState.SUCCEEDED, RunState.PARTIAL})


def shrinkage(run: SyncRun, earlier: Iterable[SyncRun], there: int) -> str:
    """Say what is odd about how little a run listed that looked at everything; "" for nothing.

    `earlier` are runs of its source, newest first; `there` is how many documents we hold.
    """
    listed = run.counts.listed
    before = next((one.counts.listed for one in earlier if _compares(one, run)), there)
    few = before - listed >= _AT_LEAST and listed < _SHARE * before
    if not few and (listed or not there):
        return ""
    return (
        f"it listed {listed} documents, where there were {before} before: if they are not gone, "
        "see whether its credentials and settings still let Punnet see all of it"
    )


def _compares(one: SyncRun, run: SyncRun) -> bool:
    return one.id != run.id and one.kind is RunKind.FULL and one.state in _WHOLE
