"""The one transaction in which a commit becomes true."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.failpoint import failpoint
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.changes import Settled, Standing, deeds_of, id_of, refs_of, settle
from ingest.adapters.ledger.edits import note_edits
from ingest.adapters.ledger.engine import in_batches
from ingest.adapters.ledger.leases import is_current, lost
from ingest.adapters.ledger.rows import LIVE_REVISION, aside
from ingest.adapters.ledger.settling import WELL, write_documents
from ingest.adapters.ledger.swap import add_passages, swap
from ingest.adapters.ledger.tables import document, revision
from ingest.errors import LedgerConflict
from ingest.records import Commit, DocumentState, Drop, Fail, Keep

SIGHTING = update(document).where(
    document.c.source == bindparam("b_source"),
    document.c.ref == bindparam("b_ref"),
    document.c.tenant == bindparam("b_tenant"),
    document.c.state != DocumentState.DELETED,
)
STANDING = (
    document.c.id,
    document.c.ref,
    document.c.state,
    document.c.attempts,
    document.c.revisions,
    revision.c.id,
    document.c.reason,
)
"""Of a Standing."""


@dataclass(frozen=True, slots=True)
class Committing:
    """A commit on the connection of its transaction."""

    connection: AsyncConnection
    commit: Commit
    keep_vectors: bool

    async def carry_out(self) -> int:
        """Do all of it, and give the sequence at which it is true."""
        await self._guard()
        failpoint("commit.guarded")
        await self._keep()
        settled = await self._settled()
        await note_edits(self.connection, self.commit, settled)
        await write_documents(self.connection, self.commit, settled)
        failpoint("commit.documents")
        tenant = self.commit.tenant
        await add_passages(self.connection, tenant, settled, vectors=self.keep_vectors)
        failpoint("commit.passages")
        await self._progress()
        failpoint("commit.progress")
        visible = any(not isinstance(one.deed, Fail) for one in settled)
        # The sequence is taken late: on a server its row keeps other commits waiting.
        sequence = await self._sequence(advance=visible)
        if visible:
            await swap(self.connection, self.commit, settled, sequence)
            failpoint("commit.swapped")
        return sequence

    async def _guard(self) -> None:
        commit = self.commit
        has_source = exists().where(
            tables.source.c.tenant == commit.tenant,
            tables.source.c.id == commit.source,
            tables.source.c.removing.is_(False),
        )
        held = select(has_source).where(is_current(commit.lease)).with_for_update()
        its: bool | None = (await self.connection.execute(held)).scalar()
        if its is None:
            raise lost(commit.lease)
        if not its:
            raise LedgerConflict(
                f"{commit.tenant} has no source {commit.source}, or has it removed: stop its run"
            )

    async def _keep(self) -> None:
        commit = self.commit
        keeps = [change for change in commit.changes if isinstance(change, Keep)]
        if not keeps:
            return
        alike = {
            "b_source": commit.source,
            "b_tenant": commit.tenant,
            "synced_at": commit.at,
            "last_seen_run": commit.run,
        }
        rows = [{"b_ref": keep.ref, "validators": dict(keep.validators), **alike} for keep in keeps]
        await self.connection.execute(SIGHTING, rows)
        for refs in in_batches([keep.ref for keep in keeps]):
            await self._sight_enclosed(refs)
            await self._recover(refs)

    async def _sight_enclosed(self, refs: Sequence[str]) -> None:
        """Note that what is enclosed in these documents was looked at with them."""
        outer = document.alias("outer")
        its = (outer.c.source == self.commit.source) & outer.c.ref.in_(refs)
        within = select(outer.c.id).where(its, outer.c.state != DocumentState.DELETED)
        seen = update(document).where(self._here(), document.c.parent.in_(within))
        await self.connection.execute(seen.values(synced_at=self.commit.at))

    async def _recover(self, refs: Sequence[str]) -> None:
        """Make failed documents live again whose text is that of the version now seen.

        That is so when the version that failed is the one that the text is of, or was
        never told, or when the document was due and was therefore read again.
        """
        retried = document.c.retry_at <= self.commit.at
        same = document.c.failed_version.in_(["", document.c.version])
        has_text = exists(select(revision.c.id).where(LIVE_REVISION).correlate(document))
        await self.connection.execute(
            update(document)
            .where(self._here(), document.c.ref.in_(refs), or_(same, retried), has_text)
            .where(document.c.state == DocumentState.FAILED)
            .values(state=DocumentState.LIVE, **WELL)
        )

    async def _settled(self) -> Sequence[Settled]:
        deeds = deeds_of(self.commit.changes)
        ids = [one for deed in deeds if (one := id_of(deed))]
        refs = [ref for deed in deeds for ref in refs_of(deed)]
        # Apart, since for either of them the database has an index, and for both none.
        by_id = [await self._standing(document.c.id.in_(some)) for some in in_batches(ids)]
        here = self._here()
        by_ref = [
            await self._standing(here & document.c.ref.in_(some)) for some in in_batches(refs)
        ]
        standing = {one.id: one for some in (*by_id, *by_ref) for one in some}
        settled = settle(deeds, standing.values())
        return (*settled, *await self._orphaned(settled))

    async def _orphaned(self, settled: Sequence[Settled]) -> Sequence[Settled]:
        """Drop what is enclosed in a document that is dropped."""
        dropped = [one.id for one in settled if isinstance(one.deed, Drop)]
        told = {one.id for one in settled}
        within = [await self._standing(document.c.parent.in_(some)) for some in in_batches(dropped)]
        return [
            Settled(one.id, one, Drop(one.ref))
            for some in within
            for one in some
            if one.id not in told and not one.deleted
        ]

    async def _standing(self, named: ColumnElement[bool]) -> Sequence[Standing]:
        its_tenant = aside(document.c.tenant) == self.commit.tenant
        its_source = aside(document.c.source) == self.commit.source
        rows = await self.connection.execute(
            select(*STANDING)
            .select_from(document.outerjoin(revision, LIVE_REVISION))
            .where(its_tenant, its_source, named)
            .order_by(document.c.synced_at, document.c.id)
        )
        return [Standing(id_, ref, DocumentState(state), *rest) for id_, ref, state, *rest in rows]

    async def _progress(self) -> None:
        commit = self.commit
        its_run = (tables.sync_run.c.tenant == commit.tenant) & (tables.sync_run.c.id == commit.run)
        counted = update(tables.sync_run).where(its_run).values(counts=asdict(commit.counts))
        await self.connection.execute(counted)
        if commit.stores_cursor:
            its_source = (tables.source.c.tenant == commit.tenant) & (
                tables.source.c.id == commit.source
            )
            stored = update(tables.source).where(its_source).values(cursor=commit.cursor)
            await self.connection.execute(stored)

    async def _sequence(self, *, advance: bool) -> int:
        counter = tables.tenant.c.sequence
        its_row = tables.tenant.c.id == self.commit.tenant
        taken = update(tables.tenant).where(its_row).values(sequence=counter + 1).returning(counter)
        current = select(counter).where(its_row)
        rows = await self.connection.execute(taken if advance else current)
        sequence: int | None = rows.scalar()
        if sequence is None:
            raise LedgerConflict(f"there is no tenant {self.commit.tenant}: nothing was committed")
        return sequence

    def _here(self) -> ColumnElement[bool]:
        commit = self.commit
        return (document.c.tenant == commit.tenant) & (document.c.source == commit.source)
