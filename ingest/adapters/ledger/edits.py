"""When documents got new texts: their history outlives their old revisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.adapters.ledger.changes import Settled
from ingest.adapters.ledger.engine import in_batches
from ingest.adapters.ledger.freshness_tables import edit
from ingest.adapters.ledger.tables import document
from ingest.records import Commit, Write


async def note_edits(
    connection: AsyncConnection, commit: Commit, settled: Sequence[Settled]
) -> None:
    """Note each new text of a document that had one; call it before its facts are written."""
    changed = {
        one.id: one.deed.facts.changed_at
        for one in settled
        if isinstance(one.deed, Write) and one.born and one.before and one.before.revisions
    }
    rows: list[dict[str, object]] = []
    for some in in_batches(list(changed)):
        before = await _before(connection, some)
        rows += [
            {"tenant": commit.tenant, "document": its, "at": _at(changed[its], before, its, commit)}
            for its in some
        ]
    if rows:
        await connection.execute(insert(edit), rows)


def _at(
    told: datetime | None, before: Mapping[str, datetime], its: str, commit: Commit
) -> datetime:
    """Believe the source where it tells a time between the last change and this commit."""
    if told is None or told > commit.at or (its in before and told <= before[its]):
        return commit.at
    return told


async def _before(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, datetime]:
    """Give when each of them was last known to change."""
    latest = func.max(edit.c.at).label("latest")
    rows = await connection.execute(
        select(document.c.id, document.c.changed_at, latest)
        .select_from(document.outerjoin(edit, edit.c.document == document.c.id))
        .where(document.c.id.in_(ids))
        .group_by(document.c.id, document.c.changed_at)
    )
    known = {its: [at for at in times if at is not None] for its, *times in rows}
    return {its: max(times) for its, times in known.items() if times}
