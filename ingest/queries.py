"""What the ledger promises of the questions that were asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connectors.model import TenantId
from ingest.reading import QueryRecord, Reported


class QueryLedger(Protocol):
    """Keep what was asked."""

    async def record(self, queries: Sequence[QueryRecord]) -> None:
        """Keep these questions, all or none."""
        ...

    async def query(self, tenant: TenantId, query_id: str) -> QueryRecord | None:
        """Give one question of the tenant."""
        ...

    async def add_outcome(
        self, tenant: TenantId, query_id: str, at: datetime, kind: str, detail: Mapping[str, object]
    ) -> bool:
        """Keep what became of an answer; False when the tenant asked no such question."""
        ...

    async def recent_outcomes(self, since: datetime, limit: int) -> Sequence[Reported]:
        """Give what chats and callers reported of plans made since then: the newest, oldest first.

        It is of all tenants together.
        """
        ...

    async def forget_queries(self, before: datetime) -> int:
        """Delete questions asked before then, and say how many."""
        ...
