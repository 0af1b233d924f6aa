"""Questions are written behind, each once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.model import TenantId
from ingest.reading import QueryRecord
from retrieval.query_log import QueryLog

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Slow:
    """Takes questions, and lets others go on meanwhile."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    async def record(self, queries: Sequence[QueryRecord]) -> None:
        await asyncio.sleep(0)
        self.kept += [one.id for one in queries]


async def test_who_flushes_at_the_same_time_writes_nothing_twice() -> None:
    ledger = Slow()
    log = QueryLog(ledger, lambda text: text)  # type: ignore[arg-type]
    log.note(QueryRecord("q1", TenantId("acme"), NOON, "search", "What?", (), {}))
    await asyncio.gather(log.flush(), log.flush(), log.flush())
    assert ledger.kept == ["q1"]
