"""Decide when a deletion is so large that a person must confirm it."""

_ALWAYS_ALLOWED = 5
_SHARE_ALLOWED = 0.2


def braked(deleting: int, documents: int) -> bool:
    """Say whether to stop before deleting so many of a source's documents.

    More than five and more than a fifth is suspicious, and so is all of them.
    """
    if deleting <= 0:
        return False
    return deleting > max(_ALWAYS_ALLOWED, documents * _SHARE_ALLOWED) or deleting >= documents
