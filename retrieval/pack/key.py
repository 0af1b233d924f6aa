"""Name a shared prefix by who may read it and what it is to hold."""

import hashlib
import json

from ingest.reading import DocumentFilter
from retrieval.pack.holdings import Holdings
from retrieval.pack.scope import Scope

RENDERING = "1"
"""The version of how a prefix is written: another one begins all prefixes anew."""


def prefix_key(where: DocumentFilter, holdings: Holdings, scope: Scope | None) -> str:
    """Give the same key to callers who see the same documents for the same filter, and no others.

    Of a caller's groups only those count that a document names which he may see: two callers
    with the same ones may see the same, because whoever sees a document for one of his groups
    has that group among them.
    """
    groups = None if where.groups is None else sorted(where.groups & holdings.access)
    said = {
        "rendering": RENDERING,
        "scope": scope and [scope.label.kind.value, scope.label.value],
        "groups": groups,
        "sources": _sorted(where.sources),
        "refs": _sorted(where.refs),
        "tags": _sorted(where.tags),
        "language": where.language,
        "changed_after": where.changed_after and where.changed_after.isoformat(),
        # Not the time itself: it is that of the question. What is past its date leaves the
        # records, and with them the prefix.
        "fresh": where.fresh_at is not None,
    }
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _sorted(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)
