"""The vectors of what is live, in blocks large enough to multiply."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import LargeBinary, Row, bindparam, func, select, type_coerce

from connectors.model import TenantId
from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.rows import LIVE, LIVE_REVISION
from ingest.adapters.ledger.tables import document, passage, placement, revision
from ingest.adapters.ledger.visible import NOT_QUARANTINED
from ingest.freshness.pages import VectorBlock
from ingest.model import DocumentId, Vectors

DOCUMENTS_AT_ONCE = 500

IDS = (
    select(document.c.id)
    .join(revision, LIVE_REVISION)
    .where(document.c.tenant == bindparam("tenant"), NOT_QUARANTINED)
    .where(document.c.id > bindparam("after"))
    .order_by(document.c.id)
    .limit(bindparam("limit"))
)
VECTORS = (
    # As bytes: to make an array of every row takes longer than to read it.
    select(passage.c.point_id, revision.c.document, type_coerce(passage.c.vector, LargeBinary))
    .select_from(revision.join(placement, placement.c.revision == revision.c.id))
    .join(passage, passage.c.point_id == placement.c.point_id)
    .where(revision.c.document.in_(bindparam("documents", expanding=True)), LIVE)
    # What another model embedded has another length, most of the time.
    .where(func.length(passage.c.vector) == bindparam("bytes"))
    .order_by(revision.c.document, placement.c.ordinal)
)


@dataclass(frozen=True, slots=True)
class SqlVectors:
    """Walk the vectors in the database."""

    database: Database
    at_once: int = DOCUMENTS_AT_ONCE

    async def blocks(self, tenant: TenantId, dimension: int) -> AsyncIterator[VectorBlock]:
        after = ""
        while True:
            values = {"tenant": tenant, "after": after, "limit": self.at_once}
            ids = [row.id for row in await self.database.rows(IDS, values)]
            rows = await self.database.rows(VECTORS, {"documents": ids, "bytes": 2 * dimension})
            if rows:
                yield _block({row[0]: row for row in rows})
            if len(ids) < self.at_once:
                return
            after = ids[-1]


def _block(rows: dict[Any, Row[Any]]) -> VectorBlock:
    """Make a block of rows by their points: a passage placed twice is one row."""
    documents = [DocumentId(row[1]) for row in rows.values()]
    return VectorBlock(list(rows), documents, _matrix([row[2] for row in rows.values()]))


def _matrix(halves: Sequence[bytes]) -> Vectors:
    matrix: Vectors = np.frombuffer(b"".join(halves), "<f2").astype(np.float32)
    matrix = matrix.reshape(len(halves), -1)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return matrix
