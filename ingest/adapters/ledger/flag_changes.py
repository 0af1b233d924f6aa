"""What people do with flags."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.model import Json, TenantId
from ingest.adapters.ledger.audit import note_deeds
from ingest.adapters.ledger.engine import in_batches
from ingest.adapters.ledger.flag_writes import OPEN, told
from ingest.adapters.ledger.freshness_tables import flag
from ingest.errors import LedgerConflict
from ingest.freshness.model import WAITING, Deed, Flag, FlagAction, FlagChange, FlagState

ENDS = {
    FlagAction.RESOLVE: FlagState.RESOLVED,
    FlagAction.DISMISS: FlagState.DISMISSED,
    FlagAction.CLOSE: FlagState.CLOSED,
}


async def carry_out(
    connection: AsyncConnection,
    tenant: TenantId,
    ids: Sequence[str],
    there: Mapping[str, Flag],
    change: FlagChange,
) -> None:
    """Do one thing to flags and note it; raises LedgerConflict where one cannot have it done."""
    _check(ids, there, change)
    values = _values(change)
    for some in in_batches(ids) if values else ():
        await connection.execute(update(flag).where(flag.c.id.in_(some)).values(values))
    await note_deeds(connection, deeds_of(tenant, there.values(), change))


def deeds_of(tenant: TenantId, flags: Iterable[Flag], change: FlagChange) -> Sequence[Deed]:
    """Give the lines that the history gets."""
    said: dict[str, Json] = {}
    if change.note:
        said["note"] = change.note
    if change.action is FlagAction.ASSIGN:
        said["assigned_to"] = change.assigned_to
    if change.until is not None:
        said["until"] = change.until.isoformat()
    action = f"flag.{change.action}"
    return [
        Deed(tenant, change.at, change.by, action, one.id, {**told(one.finding), **said})
        for one in flags
    ]


def _check(ids: Sequence[str], there: Mapping[str, Flag], change: FlagChange) -> None:
    missing = [its for its in ids if its not in there]
    if missing:
        raise LedgerConflict(f"there is no flag {missing[0]}: nothing was changed")
    reopens = change.action is FlagAction.REOPEN
    for one in there.values():
        ended = one.state not in WAITING
        if ended and not reopens:
            raise LedgerConflict(f"the flag {one.id} has ended: reopen it first")
        if reopens and one.state is FlagState.OPEN:
            raise LedgerConflict(f"the flag {one.id} is open already")
    if change.action is FlagAction.DISMISS and not change.note.strip():
        raise LedgerConflict("a dismissal needs a note that says why it is none")
    if change.action is FlagAction.SNOOZE and change.until is None:
        raise LedgerConflict("a snooze needs a time until which it lasts")


def _values(change: FlagChange) -> Mapping[str, Any]:
    match change.action:
        case FlagAction.ASSIGN:
            return {"assigned_to": change.assigned_to}
        case FlagAction.SNOOZE:
            return {"state": FlagState.SNOOZED, "snoozed_until": change.until}
        case FlagAction.REOPEN:
            return OPEN
        case FlagAction.RESOLVE | FlagAction.DISMISS | FlagAction.CLOSE:
            ended = {"state": ENDS[change.action], "snoozed_until": None, "note": change.note}
            return ended | {"ended_at": change.at, "ended_by": change.by}
        case _:
            return {}
