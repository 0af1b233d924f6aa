"""What one tenant does is nothing to another, in every method that names a tenant."""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from connectors.model import SourceId, TenantId, Upload
from ingest.errors import LeaseLost, LedgerConflict
from ingest.model import DocumentId, RunId
from ingest.reading import DocumentFilter, QueryRecord
from ingest.records import ApiKey, DocumentState, Drop, RunState, WorkItem
from tests.builders import ACME, GLOBEX, NOON, SHOP, facts, point_id, source_record, write
from tests.contracts.ledgers import EVERYTHING, Desk, furnished

LAB = SourceId("lab")
PAGE = DocumentId("doc-page")
POINT = point_id(PAGE, "Hello.")
UPLOAD = Upload("page", "1", "text/plain", "", "", None, frozenset(), frozenset())
WIDE = DocumentFilter(sources=frozenset({SHOP, LAB}), refs=frozenset({"page"}))


async def filled(desk: Desk) -> None:
    """Give the tenant one of everything."""
    ledger, its = desk.ledger, desk.tenant
    await desk.commit(write("page", "Hello.", "Old."))
    await desk.commit(write("page", "Hello."))
    scopes = frozenset({"read"})
    await ledger.tenants.add_key(ApiKey("key", its, "agent", "pk_a", "d", scopes, None, NOON))
    await ledger.queries.record([QueryRecord("query", its, NOON, "search", "why?", (), {})])
    await ledger.queries.add_outcome(its, "query", NOON, "helpful", {})
    await ledger.uploads.put_upload(its, desk.source, UPLOAD, b"text")
    await ledger.work.put_work(WorkItem("key", "sync", its, desk.source, NOON))


def questions(
    desk: Desk, its: TenantId, source: SourceId
) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Ask for the first tenant's things by their right names, as `its`."""
    ledger = desk.ledger
    reading, documents, points = ledger.reading, ledger.documents, ledger.points
    digest = write("page", "Hello.").revision
    assert digest is not None
    digests = [one.embedded_hash for one in digest.passages]
    return {
        "keys": lambda: ledger.tenants.list_keys(its),
        "revoke": lambda: ledger.tenants.revoke_key(its, "key", NOON),
        "source": lambda: ledger.sources.source(its, source),
        "run": lambda: ledger.runs.run(its, RunId("run-of-shop")),
        "runs": lambda: ledger.runs.list_runs(its, source, None, 9),
        "last runs": lambda: ledger.runs.last_runs(its, [source]),
        "open run": lambda: ledger.runs.open_run(its, source),
        "known": lambda: documents.known(its, source),
        "heads": lambda: documents.heads(its, source, ["page"]),
        "vectors": lambda: documents.vectors(its, digests),
        "unseen": lambda: documents.unseen(its, source, RunId("run-9")),
        "count": lambda: documents.count_documents(its, source),
        "verify": lambda: documents.verify(its, PAGE, NOON),
        "lingering": lambda: points.lingering(its, source, desk.clock.pass_(days=1), 9),
        "passages": lambda: points.passages(its, [POINT]),
        "alive": lambda: reading.alive(its, 9, [POINT], EVERYTHING),
        "matching": lambda: reading.matching(its, WIDE),
        "knowledge": lambda: reading.knowledge(its, 9, WIDE),
        "contents": lambda: reading.contents(its, 9, [PAGE]),
        "placements": lambda: reading.placements(its, 9, PAGE),
        "document": lambda: reading.document(its, PAGE),
        "by ref": lambda: reading.document_by_ref(its, source, "page"),
        "list": lambda: reading.list_documents(its, WIDE, None, None, 9),
        "revisions": lambda: reading.list_revisions(its, PAGE),
        "revision": lambda: reading.revision(its, PAGE, 1),
        "query": lambda: ledger.queries.query(its, "query"),
        "outcome": lambda: ledger.queries.add_outcome(its, "query", NOON, "x", {}),
        "uploads": lambda: ledger.uploads.list_uploads(its, source, 0, 9),
        "find uploads": lambda: ledger.uploads.find_uploads(its, source, ["page"]),
        "upload": lambda: ledger.uploads.read_upload(its, source, "page"),
        "remove upload": lambda: ledger.uploads.remove_upload(its, source, "page"),
    }


async def test_nothing_is_found_under_another_tenant(desk: Desk) -> None:
    await filled(desk)
    await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
    for name, ask in questions(desk, GLOBEX, SHOP).items():
        assert not await ask(), f"{name} answered another tenant"
    # Last, since they change things: the owner gets an answer to each of them.
    for name, ask in questions(desk, ACME, SHOP).items():
        assert await ask(), f"{name} did not answer its own tenant"


async def test_walking_and_forgetting_leave_another_tenant_alone(desk: Desk) -> None:
    await filled(desk)
    old = point_id(PAGE, "Old.")
    await desk.ledger.points.forget_points(GLOBEX, [old])
    assert await desk.lingering() == 1
    await desk.ledger.uploads.remove_upload(ACME, SHOP, "page")
    await desk.ledger.uploads.forget_removals(GLOBEX, SHOP, 99)
    assert await desk.ledger.uploads.list_uploads(ACME, SHOP, 0, 9)
    walked = [batch async for batch in desk.ledger.points.live_points(GLOBEX, SHOP)]
    assert walked == []
    await desk.ledger.sources.remove_source(GLOBEX, SHOP)
    assert await desk.texts() == {"page": "Hello."}


async def test_a_source_cannot_be_changed_in_another_tenants_name(desk: Desk) -> None:
    await desk.ledger.sources.save_source(source_record(SHOP, GLOBEX, every_seconds=5))
    assert await desk.ledger.sources.source(ACME, SHOP) == source_record()


async def test_a_commit_cannot_touch_another_tenants_documents(desk: Desk) -> None:
    await filled(desk)
    other = await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
    await other.commit(Drop("page"))
    with pytest.raises(LedgerConflict):
        await other.commit(write("page", "Mine now.", its=facts("page")))
    stolen = Desk(desk.ledger, desk.clock, other.lease, GLOBEX, SHOP)
    for id_ in ("doc-page", "doc-new"):
        with pytest.raises(LedgerConflict):
            await stolen.commit(write("page", "Mine now.", its=facts("page", id_=id_)))
    assert await desk.texts() == {"page": "Hello."}
    assert (await desk.sequence(), await other.sequence()) == (2, 0)


async def test_a_passage_of_another_tenant_cannot_be_placed(desk: Desk) -> None:
    await filled(desk)
    other = await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
    with pytest.raises(LedgerConflict):
        await other.commit(
            write("page", "Hello.", its=facts("page", id_="doc-other"), tenant=ACME),
            write("page", "Hello.", its=facts("page")),
        )


async def test_equal_documents_of_two_tenants_go_their_own_ways(desk: Desk) -> None:
    other = await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
    theirs = facts("page", id_="doc-theirs")
    await desk.commit(write("page", "Hello."))
    await other.commit(write("page", "Hello.", its=theirs, tenant=GLOBEX))
    await other.commit(write("page", "Bye.", its=theirs, tenant=GLOBEX))
    assert (await desk.texts(), await other.texts()) == ({"page": "Hello."}, {"page": "Bye."})
    assert (await desk.sequence(), await other.sequence()) == (1, 2)
    assert (await desk.lingering(), await other.lingering()) == (0, 1)


async def test_what_all_tenants_have_is_counted_together(desk: Desk) -> None:
    other = await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
    await filled(desk)
    await other.commit(write("b", "One.", "Two.", tenant=GLOBEX))
    totals = await desk.ledger.tenants.totals()
    assert (totals.tenants, totals.passages, totals.lingering) == (2, 4, 1)
    assert set(totals.documents) == set(DocumentState)
    assert totals.documents[DocumentState.LIVE] == 2
    assert totals.documents[DocumentState.FAILED] == 0
    assert {state for state, runs in totals.runs.items() if runs} == {RunState.RUNNING}


async def test_an_erased_tenant_leaves_no_row(desk: Desk, ledger_file: Path) -> None:
    other = await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
    before = rows_of(ledger_file)
    acme = {"doc-acme": await desk.commit(write("acme", "Ours."))}
    await filled(desk)
    assert acme == {"doc-acme": 1}
    await desk.ledger.tenants.erase_tenant(ACME)
    left = rows_of(ledger_file)
    assert left == {name: count - (name in OWNED) for name, count in before.items()}
    assert not any(b"acme" in row for row in raw_rows(ledger_file))
    with pytest.raises(LeaseLost):
        await desk.commit(write("page", "Too late."))
    await other.commit(write("page", "Still here.", tenant=GLOBEX))
    assert await other.texts() == {"page": "Still here."}


OWNED = ("tenant", "source", "sync_run", "lease")
"""Tables in which a furnished tenant has one row."""


def rows_of(file: Path) -> Mapping[str, int]:
    with sqlite3.connect(file) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in tables.fetchall()
        }


def raw_rows(file: Path) -> list[bytes]:
    with sqlite3.connect(file) as connection:
        return [repr(line).encode() for line in connection.iterdump()]
