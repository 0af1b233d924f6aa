"""Notice that a source suddenly shows much less than is there."""

_SHARE = 0.8
_AT_LEAST = 5
"""Fewer than that many missing are everyday."""


def shrinkage(listed: int, before: int) -> str:
    """Say what is odd about how few of the documents that we held were listed; "" for nothing."""
    few = before - listed >= _AT_LEAST and listed < _SHARE * before
    if not few and (listed or not before):
        return ""
    return (
        f"it listed {listed} of the {before} documents that were there: if the others are not "
        "gone, see whether its credentials and settings still let Punnet see all of it"
    )
