"""Bring a source's documents into the ledger and the index: one run of one source."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from connectors.errors import CursorExpired, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.model import Completeness, Cursor, KnownDocument, Presence
from connectors.port import Connector
from ingest.again import Again
from ingest.deletion import braked
from ingest.ledger import DocumentLedger, RunLedger, SourceLedger
from ingest.listing import PATIENCE_S, Lister
from ingest.prepare import Preparer
from ingest.records import (
    DocumentState,
    Drop,
    Fail,
    Lease,
    RunKind,
    RunState,
    SourceRecord,
    SyncError,
    SyncRun,
)
from ingest.settle import Batch, Settler
from ingest.shrinkage import shrinkage
from ingest.stages import Stages
from ingest.tenant_store import TenantStore

_SLICE = 200
_WHICH = "`punnet document list --state failed`"
_UNCLEAR = (
    "it is no longer listed, but its source does not confirm that it is gone: it stays, and is "
    "asked about again at the next run"
)


@dataclass(frozen=True, slots=True)
class Task:
    """A run with all that belongs to it."""

    run: SyncRun
    record: SourceRecord
    connector: Connector
    lease: Lease
    store: TenantStore
    stages: Stages
    explicit: bool
    """Documents come and go only when a person says so: no brake is needed, and a scan that
    goes on from a cursor need know of none."""
    make_room: Callable[[], Awaitable[None]]
    """Called where the run may rest for a while; raises TryLater when it must."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run came to its end, and where the next one of its source begins."""

    state: RunState
    run: SyncRun
    cursor: Cursor | None


class Sync:
    """Carry out runs; scanning, preparing and settling overlap in a bounded pipeline."""

    def __init__(
        self,
        documents: DocumentLedger,
        sources: SourceLedger,
        runs: RunLedger,
        preparer: Preparer,
        settler: Settler,
        patience: float = PATIENCE_S,
    ) -> None:
        self._documents = documents
        self._sources = sources
        self._runs = runs
        self._preparer = preparer
        self._settler = settler
        self._patience = patience

    async def carry_out(self, task: Task) -> Ending:
        """Run to the end, or until a person must confirm; resumes where a killed run stood.

        Raises what stops the run as a whole; everything that was committed stays. The run is
        open still: its cursor goes with its end, or a crash between them would begin anew.
        """
        cursor = task.record.cursor
        notes: tuple[str, ...] = ()
        if task.run.kind is not RunKind.RETRY:
            done, run = await self._listed(task)
            task = replace(task, run=run)
            if done is None:
                return Ending(RunState.NEEDS_CONFIRMATION, run, None)
            cursor, notes = done.cursor, done.notes
            if done.enumerates_all:
                held, run = await self._drop_absent(task)
                if held:
                    return Ending(RunState.NEEDS_CONFIRMATION, run, None)
                task = replace(task, run=run)
        held, run = await self._read_again(task)
        if held:
            return Ending(RunState.NEEDS_CONFIRMATION, run, None)
        await self._runs.note_errors(run.id, [SyncError("", note) for note in notes])
        failpoint("sync.scanned")
        return Ending(await self._verdict(run), run, cursor)

    async def _listed(self, task: Task) -> tuple[Completeness | None, SyncRun]:
        """Scan, from the beginning where the cursor is worth nothing any more."""
        source, cursor = task.record.source, task.record.cursor
        feed = task.explicit and cursor is not None
        known = {} if feed else await self._documents.known(source.tenant, source.id)
        seen: Collection[str] = ()
        if task.run.counts.listed:
            unseen = await self._documents.unseen(source.tenant, source.id, task.run.id)
            seen = known.keys() - set(unseen)
        try:
            return await self._scan(task, task.connector, cursor, known, seen)
        except CursorExpired:
            await self._runs.begin_again(task.run.id)
            task = replace(task, run=replace(task.run, kind=RunKind.FULL))
            # Its marks are gone: what it had seen counts as seen only when it is listed again.
            return await self._scan(task, task.connector, None, known)

    async def _read_again(self, task: Task) -> tuple[bool, SyncRun]:
        """Read what failed and is due, where the scan did not list it; moves no cursor."""
        source = task.record.source
        due = await self._documents.due(source.tenant, source.id)
        stands = await self._sources.source(source.tenant, source.id)
        if not due or stands is None:
            return False, task.run
        done, run = await self._scan(task, Again(task.connector), stands.cursor, due)
        return done is None, run

    async def _scan(
        self,
        task: Task,
        connector: Connector,
        cursor: Cursor | None,
        known: Mapping[str, KnownDocument],
        seen: Collection[str] = (),
    ) -> tuple[Completeness | None, SyncRun]:
        """Settle every batch of the scan; None where the brake stopped it."""
        run = task.run
        lister = Lister(
            task.record.source,
            connector,
            self._documents,
            self._preparer,
            task.stages,
            self._patience,
        )
        async with aclosing(lister.batches(cursor, known, seen)) as parts:
            async for part in parts:
                if isinstance(part, Completeness):
                    return part, run
                gone = [change.ref for change in part.items if isinstance(change, Drop)]
                if await self._held(task, run, gone):
                    return None, run
                run = await self._settle(task, run, part)
                if part.ends_page:
                    await task.make_room()
        raise SourceUnavailable("the listing ended before it was complete; nothing was deleted")

    async def _settle(self, task: Task, run: SyncRun, batch: Batch) -> SyncRun:
        counts = await self._settler.settle(batch, run, task.lease, task.store, task.stages)
        errors = [
            SyncError(change.ref, change.reason)
            for change in batch.items
            if isinstance(change, Fail)
        ]
        if errors:
            await self._runs.note_errors(run.id, errors)
        return replace(run, counts=counts)

    async def _drop_absent(self, task: Task) -> tuple[bool, SyncRun]:
        """Delete what a complete scan did not list and the source confirms to be gone."""
        run = task.run
        absent = await self._documents.unseen(run.tenant, run.source, run.id)
        if absent and not task.explicit:
            await self._warn_of_shrinkage(run, len(absent))
        gone: list[str] = []
        for refs in _slices(absent):
            said = await task.connector.confirm_gone(refs)
            failpoint("sync.confirmed")
            gone += await self._with_enclosed(
                run, [ref for ref in refs if said.get(ref) is Presence.GONE]
            )
            unclear = [ref for ref in refs if said.get(ref) is not Presence.GONE]
            await self._runs.note_errors(run.id, [SyncError(ref, _UNCLEAR) for ref in unclear])
        if await self._held(task, run, gone):
            return True, run
        for refs in _slices(gone):
            drops = tuple(Drop(ref) for ref in refs)
            run = await self._settle(task, run, Batch(drops, (None,) * len(drops)))
        return False, run

    async def _warn_of_shrinkage(self, run: SyncRun, absent: int) -> None:
        """Note that the source shows much less than we hold; the brake is about what is gone."""
        there = len(await self._documents.known(run.tenant, run.source))
        if odd := shrinkage(there - absent, there):
            await self._runs.note_errors(run.id, [SyncError("", odd)])

    async def _with_enclosed(self, run: SyncRun, refs: Sequence[str]) -> list[str]:
        """Name also what is enclosed in these: it goes with them, and the brake counts it."""
        heads = await self._documents.heads(run.tenant, run.source, refs)
        return [ref for ref, head in heads.items() if head.state is not DocumentState.DELETED]

    async def _held(self, task: Task, run: SyncRun, gone: Sequence[str]) -> bool:
        """Stop the run before a deletion that is too large, unless a person confirmed it."""
        if not gone or task.explicit or (run.confirmed and set(gone) <= set(run.awaiting)):
            return False
        # What this run itself brought makes a loss no smaller: another account shows other things.
        since = run.started_at
        before = await self._documents.count_documents(run.tenant, run.source, since)
        there = sum(before.values()) - before.get(DocumentState.DELETED, 0) + run.counts.deleted
        if not there or not braked(run.counts.deleted + len(gone), there):
            return False
        await self._runs.hold_run(run.id, sorted(gone))
        return True

    async def _verdict(self, run: SyncRun) -> RunState:
        """Call a run a success only when no document of the source is left failed."""
        by_state = await self._documents.count_documents(run.tenant, run.source)
        failed = by_state.get(DocumentState.FAILED, 0)
        earlier = failed - run.counts.failed
        if earlier > 0:
            told = f"failed in earlier runs: {earlier}; {_WHICH} names them"
            await self._runs.note_errors(run.id, [SyncError("", told)])
        return RunState.PARTIAL if failed or run.counts.failed else RunState.SUCCEEDED


def _slices(refs: Sequence[str]) -> Iterator[Sequence[str]]:
    return (refs[at : at + _SLICE] for at in range(0, len(refs), _SLICE))
