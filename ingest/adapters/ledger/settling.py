"""Write what becomes of the documents that a commit changes."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.adapters.ledger.changes import Settled, refs_of
from ingest.adapters.ledger.engine import in_batches
from ingest.adapters.ledger.packing import packed_links
from ingest.adapters.ledger.tables import document
from ingest.errors import LedgerConflict
from ingest.records import Blank, Commit, DocumentFacts, DocumentState, Drop, Fail, Write

WELL: Mapping[str, Any] = {"reason": "", "failed_version": "", "attempts": 0, "retry_at": None}
"""What a document's columns say when nothing went wrong with it."""
UNREAD: Mapping[str, Any] = {
    "version": "",
    "validators": {},
    "content_hash": "",
    "title": "",
    "url": "",
    "media_type": "",
    "language": "",
    "access": (),
    "tags": (),
    "changed_at": None,
    "review_by": None,
    "parent": None,
}
"""What they say of a document that was never read."""


async def write_documents(
    connection: AsyncConnection, commit: Commit, settled: Sequence[Settled]
) -> None:
    """Change the rows of known documents and add those of new ones."""
    for ids in in_batches([one.id for one in settled if one.moved]):
        # Out of the way first: two documents may take each other's place.
        aside = update(document).where(document.c.id.in_(ids))
        await connection.execute(aside.values(ref="moving:" + document.c.id))
    known = sorted((one for one in settled if one.before), key=_turn)
    by_id = update(document).where(document.c.id == bindparam("b_id"))
    for _, alike in groupby(known, key=_turn):
        rows = [{"b_id": one.id, **_after(one, commit)} for one in alike]
        await connection.execute(by_id, rows)
    added = [_added(one, commit) for one in settled if not one.before]
    if added:
        await connection.execute(insert(document), added)


def _turn(one: Settled) -> int:
    """Order documents by what is written: drops first, since they free their refs."""
    match one.deed:
        case Drop():
            return 0
        case Fail():
            return 1
        case Blank():
            return 2
        case Write() as write:
            if one.born is not None:
                return 5
            return 3 if write.links is None else 4


def _after(one: Settled, commit: Commit) -> dict[str, Any]:
    seen = {"synced_at": commit.at, "last_seen_run": commit.run}
    match one.deed:
        case Drop():
            return {**WELL, **seen, "state": DocumentState.DELETED}
        case Fail() as fail:
            return _failed(one, fail) | {"last_seen_run": commit.run}
        case Blank() as blank:
            row = {**_facts(blank.facts), **WELL, **seen, "reason": blank.reason}
            return row | {"state": DocumentState.NO_CONTENT}
        case Write() as write:
            row = {**_facts(write.facts), **WELL, **seen, **_written(one, write)}
            return row | _linked(write, commit)


def _written(one: Settled, write: Write) -> dict[str, Any]:
    before = one.before
    state: dict[str, Any] = {"state": DocumentState.LIVE}
    # An edit shows nothing: whoever kept it from answering must say that it may again.
    if before is not None and before.state is DocumentState.QUARANTINED:
        state = {"state": before.state, "reason": before.reason}
    if write.revision is not None:
        number = before.revisions + 1 if before else 1
        return state | {"revisions": number, "verified_at": None, "look_again_at": None}
    if before is None or before.live is None:
        raise LedgerConflict(f"{write.facts.ref} has no text yet: write it with a revision")
    return state


def _linked(write: Write, commit: Commit) -> dict[str, Any]:
    """Keep the links of what was parsed; the same text with others is to be looked at again."""
    if write.revision is not None:
        return {"links": packed_links(write.links or ())}
    if write.links is None:
        return {}
    return {"links": packed_links(write.links), "look_again_at": commit.at}


def _failed(one: Settled, fail: Fail) -> dict[str, Any]:
    before = one.before
    held = before is not None and before.state is DocumentState.QUARANTINED
    # Without a version it is read anew, whatever is listed.
    access = {} if fail.access is None else {"access": fail.access, "version": ""}
    return access | {
        "ref": before.ref if before and not one.moved else fail.ref,
        "state": DocumentState.QUARANTINED if held else DocumentState.FAILED,
        "reason": before.reason if before and held else fail.reason,
        "failed_version": fail.version,
        "attempts": before.attempts + 1 if before else 1,
        "retry_at": fail.retry_at,
    }


def _facts(facts: DocumentFacts) -> dict[str, Any]:
    return {
        "ref": facts.ref,
        "version": facts.version,
        "validators": dict(facts.validators),
        "content_hash": facts.content_hash,
        "title": facts.title,
        "url": facts.url,
        "media_type": facts.media_type,
        "language": facts.language,
        "access": facts.access,
        "tags": facts.tags,
        "changed_at": facts.changed_at,
        "review_by": facts.review_by,
        "parent": facts.parent,
    }


def _added(one: Settled, commit: Commit) -> dict[str, Any]:
    blank = {"revisions": 0, "verified_at": None, "synced_at": commit.at}
    blank |= {"look_again_at": None, "links": None}
    its = {"id": one.id, "ref": refs_of(one.deed)[0], "created_at": commit.at}
    owners = {"tenant": commit.tenant, "source": commit.source}
    parent = {"parent": one.deed.parent} if isinstance(one.deed, Fail) else {}
    return {**UNREAD, **blank, **_after(one, commit), **its, **owners, **parent}
