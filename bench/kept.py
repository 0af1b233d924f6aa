"""What a ledger and an index hold of a source, in words that two of them can be compared by."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from bench.counting import CountingIndex
from ingest.model import Vector
from tests.life import ACME

_PAGES = """
SELECT d.ref, d.id, d.state, d.content_hash, d.title, d.url, d.media_type, d.language, d.access,
       d.tags, d.failed_version, d.reason, r.text, r.blocks, r.id
FROM document d LEFT JOIN revision r ON r.document = d.id AND r.retired_seq IS NULL
WHERE d.state <> 'deleted'
"""
_PLACED = """
SELECT l.ordinal, l.start, l."end", l.page, l.seconds, l.heading_path, l.anchor, p.embedded_hash,
       p.tokens, p.language, p.context, p.text
FROM placement l JOIN passage p ON p.point_id = l.point_id
WHERE l.revision = ? ORDER BY l.ordinal
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A document that is not deleted; two are equal when all but their ids are."""

    id: str = field(compare=False)
    content_hash: str
    facts: tuple[Any, ...]
    """State, title, link, labels, reason of a failure, text and blocks."""
    passages: tuple[tuple[Any, ...], ...]
    """Each with its place."""
    tokens: int
    """Of its passages."""

    @property
    def failed(self) -> bool:
        """Whether nothing could be read of it."""
        return bool(self.facts[0] == "failed")


def pages_of(home: Path) -> Mapping[str, Page]:
    """Give every document of a ledger that is not deleted, by its ref."""
    with closing(_opened(home)) as ledger:
        return {row[0]: _page(ledger, row) for row in ledger.execute(_PAGES).fetchall()}


def points_of(index: CountingIndex, home: Path) -> Mapping[str, Sequence[Any]]:
    """Give what the index holds, by the refs of documents; "" of what the ledger does not know."""
    with closing(_opened(home)) as ledger:
        refs = dict(ledger.execute("SELECT id, ref FROM document WHERE state <> 'deleted'"))
        hashes = dict(ledger.execute("SELECT point_id, embedded_hash FROM passage"))
    found = defaultdict(list)
    for point in index.held(ACME):
        load = point.payload
        hashed = hashes.get(UUID(str(point.id)).hex, "")
        labels = (sorted(load.access), sorted(load.tags), load.language)
        found[refs.get(load.document, "")].append(
            (hashed, _rounded(point.dense), point.sparse.indices, point.sparse.values, labels)
        )
    return {ref: sorted(held) for ref, held in found.items()}


def _rounded(vector: Vector) -> bytes:
    """Give what the ledger keeps of a vector: a kept one may have been given back by it."""
    return vector.astype(np.float16).tobytes()


def _page(ledger: sqlite3.Connection, row: tuple[Any, ...]) -> Page:
    _, id_, state, hashed, *facts, revision = row
    placed = tuple(ledger.execute(_PLACED, (revision,)))
    return Page(id_, hashed, (state, *facts), placed, sum(one[8] for one in placed))


def _opened(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro", uri=True)
