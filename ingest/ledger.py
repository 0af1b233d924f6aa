"""What the ledger promises: one store behind several small ports, one for each user of it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from connectors.model import Cursor, KnownDocument, SourceId, TenantId
from ingest.model import DocumentId, PointId, PointPayload, RunId, Vector
from ingest.reading import Totals
from ingest.records import (
    ApiKey,
    Commit,
    DocumentHead,
    DocumentState,
    Lease,
    Passage,
    RunCounts,
    RunState,
    SourceRecord,
    SyncError,
    SyncRun,
    Tenant,
    WorkItem,
)


class TenantLedger(Protocol):
    """Know tenants and their keys."""

    async def create_tenant(self, tenant: Tenant) -> None:
        """Add a tenant; its id must be new."""
        ...

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        """Give one tenant."""
        ...

    async def list_tenants(self) -> Sequence[Tenant]:
        """Give all tenants, oldest first."""
        ...

    async def totals(self) -> Totals:
        """Count what the whole ledger holds, of all tenants together."""
        ...

    async def erase_tenant(self, tenant: TenantId) -> None:
        """Delete every row of the tenant, in one transaction."""
        ...

    async def add_key(self, key: ApiKey) -> None:
        """Add a key."""
        ...

    async def keys_with_prefix(self, prefix: str) -> Sequence[ApiKey]:
        """Give the keys of any tenant that begin so, revoked and expired ones too."""
        ...

    async def list_keys(self, tenant: TenantId) -> Sequence[ApiKey]:
        """Give the tenant's keys, oldest first, revoked ones too."""
        ...

    async def revoke_key(self, tenant: TenantId, key_id: str, at: datetime) -> bool:
        """End a key; False when the tenant has none with this id."""
        ...


class SourceLedger(Protocol):
    """Know sources and when they are due."""

    async def add_source(self, record: SourceRecord) -> None:
        """Add a source."""
        ...

    async def source(self, tenant: TenantId, source: SourceId) -> SourceRecord | None:
        """Give one source of the tenant."""
        ...

    async def list_sources(self, tenant: TenantId) -> Sequence[SourceRecord]:
        """Give the tenant's sources, oldest first."""
        ...

    async def save_source(self, record: SourceRecord) -> None:
        """Replace all but the cursor and the times of its syncs."""
        ...

    async def due_sources(self, at: datetime) -> Sequence[SourceRecord]:
        """Give the sources of all tenants that are due, not paused and not being removed."""
        ...

    async def set_due(self, source: SourceId, next_due_at: datetime | None) -> None:
        """Note when the source is due next; None: only when asked."""
        ...

    async def reset_cursor(self, source: SourceId) -> None:
        """Forget all cursors, so that the next run scans from the beginning."""
        ...

    async def remove_source(self, tenant: TenantId, source: SourceId) -> None:
        """Delete every row of the source, once its documents are dropped."""
        ...


class RunLedger(Protocol):
    """Know the runs."""

    async def add_run(self, run: SyncRun) -> None:
        """Add a run."""
        ...

    async def run(self, tenant: TenantId, run: RunId) -> SyncRun | None:
        """Give one run of the tenant."""
        ...

    async def list_runs(
        self, tenant: TenantId, source: SourceId | None, before: str | None, limit: int
    ) -> Sequence[SyncRun]:
        """Give the newest first; `before` is the id of the last one of the page before."""
        ...

    async def last_runs(
        self, tenant: TenantId, sources: Collection[SourceId]
    ) -> Mapping[SourceId, SyncRun]:
        """Give of each source the newest run that has begun, else the newest, if there is one."""
        ...

    async def open_runs(self, tenant: TenantId, source: SourceId) -> Sequence[SyncRun]:
        """Give those that are queued, running or waiting for confirmation, oldest first."""
        ...

    async def open_run(self, tenant: TenantId, source: SourceId) -> SyncRun | None:
        """Give the first of them, if any."""
        ...

    async def begin_run(self, run: RunId, at: datetime) -> None:
        """Set it running unless it has ended or waits.

        At its first start the source's cursor becomes the one that the last scan ended with,
        or none for a full run; where there is none, the run is a full one.
        """
        ...

    async def begin_again(self, run: RunId) -> None:
        """Have the run look at everything, for the source's cursor is worth nothing."""
        ...

    async def last_taken_in(
        self, tenant: TenantId, source: SourceId, run: RunId
    ) -> datetime | None:
        """Say when the run last took in a document, or saw one unchanged; None: not yet."""
        ...

    async def rest_run(self, run: RunId, until: datetime) -> None:
        """Note that a running one goes on then."""
        ...

    async def note_errors(self, run: RunId, errors: Sequence[SyncError]) -> None:
        """Add to its errors what is new, keeping a hundred: those of the whole run first."""
        ...

    async def hold_run(self, run: RunId, awaiting: Sequence[str]) -> None:
        """Let a running one wait for a person to confirm the deletion of these refs."""
        ...

    async def confirm_run(self, run: RunId) -> bool:
        """Let a waiting run go on, as queued; False when it does not wait."""
        ...

    async def complete_run(
        self, lease: Lease, run: SyncRun, state: RunState, cursor: Cursor | None, at: datetime
    ) -> None:
        """Close a run that came to the end of its scan, with which `cursor` it ended.

        The source's next scan begins there. Raises LeaseLost, with nothing changed, when the
        fence is not the current one; without effect on a run that is closed.
        """
        ...

    async def end_run(self, run: RunId, state: RunState, counts: RunCounts, at: datetime) -> None:
        """Close the run, unless it is closed, and forget what it waited for.

        The cursor of the source becomes that of the end of its last whole scan. Where this one
        stood is worth nothing without the marks of what it has seen, which no other run has.
        """
        ...

    async def forget_runs(self, before: datetime, keep: int, limit: int) -> int:
        """Delete up to `limit` closed runs asked for before then, and say how many.

        The newest `keep` of every source stay.
        """
        ...


class DocumentLedger(Protocol):
    """Know documents, and change them in one commit."""

    async def known(self, tenant: TenantId, source: SourceId) -> Mapping[str, KnownDocument]:
        """Give what is held of every document that a scan lists and that is not deleted, by ref.

        A failed document that is due again is given with an empty version, so that it is
        read again; until then with the version that failed, so that it is left alone.
        """
        ...

    async def due(self, tenant: TenantId, source: SourceId) -> Mapping[str, KnownDocument]:
        """Give of what is known only what is to be read again now: all with an empty version,
        but for what was never read and failed a moment ago.
        """
        ...

    async def heads(
        self, tenant: TenantId, source: SourceId, refs: Sequence[str]
    ) -> Mapping[str, DocumentHead]:
        """Give what an ingest needs to know of these documents and of those enclosed in them.

        Deleted ones too.
        """
        ...

    async def vectors(
        self, tenant: TenantId, embedded_hashes: Sequence[str]
    ) -> Mapping[str, Vector]:
        """Give the vectors that the tenant's ledger already holds for these texts."""
        ...

    async def commit(self, commit: Commit) -> int:
        """Make all of it true at once, under the tenant's next sequence, which is returned.

        Passages no longer placed become lingering points; passages placed again cease
        to be. Documents named in the changes count as seen by the run. With a document that
        is dropped goes what is enclosed in it. Raises LeaseLost, with nothing changed, when
        the lease's fence is not the current one.
        """
        ...

    async def reread(self, tenant: TenantId, source: SourceId) -> None:
        """Have every document of the source listed and read again, changed or not.

        Whoever works on the source loses its lease: what he has read may be out of date, and
        what his run has seen may belong to the source no more.
        """
        ...

    async def retry_now(self, tenant: TenantId, source: SourceId) -> None:
        """Have what failed read again at once, whatever it would have waited for."""
        ...

    async def unseen(self, tenant: TenantId, source: SourceId, run: RunId) -> Sequence[str]:
        """Give the refs of the listed documents, not deleted, that the run has not seen."""
        ...

    async def count_documents(
        self, tenant: TenantId, source: SourceId, added_before: datetime | None = None
    ) -> Mapping[DocumentState, int]:
        """Count the documents of a source by state; all, or those that were there by then."""
        ...

    async def count_languages(self, tenant: TenantId, source: SourceId) -> Mapping[str, int]:
        """Count the live documents of a source by language; "" where nothing tells it."""
        ...

    async def verify(self, tenant: TenantId, document: DocumentId, at: datetime) -> bool:
        """Note that a person said it is right; False when there is no such document."""
        ...


class PointLedger(Protocol):
    """Know which points the index must hold, and which it may forget."""

    async def lingering(
        self, tenant: TenantId, source: SourceId, retired_before: datetime, limit: int
    ) -> Sequence[PointId]:
        """Give points retired before then that no live revision places."""
        ...

    async def forget_points(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        """Note that the index no longer holds these."""
        ...

    def live_points(
        self, tenant: TenantId, source: SourceId
    ) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        """Walk the points that the index must hold, in batches."""
        ...

    async def passages(self, tenant: TenantId, ids: Sequence[PointId]) -> Mapping[PointId, Passage]:
        """Give these passages, to build their points again."""
        ...

    async def drop_old_revisions(self, retired_before: datetime, limit: int) -> int:
        """Delete retired revisions older than that, and passages only they placed."""
        ...

    async def drop_deleted_documents(self, deleted_before: datetime, limit: int) -> int:
        """Delete all rows of documents deleted before then, and say of how many.

        A document that has points in the index still is left for a later time.
        """
        ...


class LeaseLedger(Protocol):
    """Give the right to work on something to one owner at a time."""

    async def take(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Give the lease under a new, higher fence, or None while another owner holds it."""
        ...

    async def renew(self, lease: Lease, seconds: float) -> Lease:
        """Keep it longer; raises LeaseLost."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it back; without effect when it was lost."""
        ...

    async def break_leases(self) -> None:
        """End all leases; only for a process that knows that it is alone."""
        ...


PATIENCE = timedelta(minutes=5)
"""Beyond it priorities do not count, so that nothing waits for ever."""


class WorkLedger(Protocol):
    """Hold what is to be done, for a queue that has no store of its own."""

    async def put_work(self, item: WorkItem) -> bool:
        """Store the item; False when one with its key is already there."""
        ...

    async def claim_work(
        self, kinds: Sequence[str], owner: str, at: datetime, seconds: float
    ) -> WorkItem | None:
        """Claim the most urgent item that is due and unclaimed, until the claim expires.

        What has waited for more than PATIENCE goes before all that has not.
        """
        ...

    async def keep_work(self, key: str, owner: str, until: datetime) -> bool:
        """Hold on to a claim; False when it was lost."""
        ...

    async def finish_work(self, key: str, owner: str) -> None:
        """Forget an item that is done."""
        ...

    async def retry_work(self, key: str, owner: str, due_at: datetime) -> None:
        """Give it back to be done later, with one attempt more."""
        ...

    async def waits(self, kinds: Sequence[str], at: datetime) -> bool:
        """Say whether an item is due that nobody has claimed."""
        ...

    async def free_work(self, latest: datetime) -> None:
        """End all claims, and have nothing wait for longer than until `latest`.

        Only for a process that knows that it is alone: its predecessor's clock may have run ahead.
        """
        ...

    async def postpone_work(self, key: str, owner: str, due_at: datetime) -> None:
        """Give it back to be done later, as if it had not been tried."""
        ...
