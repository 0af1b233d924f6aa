"""Tenants, keys, sources, runs, questions and uploads."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.model import Cursor, Json, SourceId, TenantId, Upload
from ingest.errors import LeaseLost, LedgerConflict
from ingest.model import RunId
from ingest.reading import QueryRecord, Reported
from ingest.records import ApiKey, RunCounts, RunKind, RunState, SyncError
from tests.builders import ACME, GLOBEX, NOON, SHOP, source_record, sync_run, tenant, write
from tests.contracts.ledgers import Desk

MINUTE = timedelta(minutes=1)


def key(id_: str = "key-1", groups: frozenset[str] | None = None) -> ApiKey:
    scopes = frozenset({"read", "write"})
    return ApiKey(id_, ACME, "the agent", "pk_abc", "digest", scopes, groups, NOON)


# --- tenants, keys, sources ---------------------------------------------------------


async def test_a_tenant_is_made_once(desk: Desk) -> None:
    tenants = desk.ledger.tenants
    await tenants.create_tenant(tenant(GLOBEX, operator=True))
    assert await tenants.list_tenants() == [tenant(), tenant(GLOBEX, operator=True)]
    with pytest.raises(LedgerConflict):
        await tenants.create_tenant(tenant(GLOBEX))


async def test_a_key_is_found_by_its_prefix_until_and_after_it_is_revoked(desk: Desk) -> None:
    tenants = desk.ledger.tenants
    for each in (key(), key("key-2", frozenset()), key("key-3", frozenset({"staff"}))):
        await tenants.add_key(each)
        assert each in await tenants.keys_with_prefix("pk_abc")
    assert await tenants.keys_with_prefix("pk_") == []
    assert await tenants.revoke_key(ACME, "key-1", NOON)
    assert not await tenants.revoke_key(ACME, "unknown", NOON)
    assert (await tenants.list_keys(ACME))[0] == replace(key(), revoked_at=NOON)


async def test_a_source_is_kept_with_all_that_is_known_of_it(desk: Desk) -> None:
    sources = desk.ledger.sources
    await desk.commit(cursor=None, stores_cursor=True)
    record = await sources.source(ACME, SHOP)
    assert record == source_record()
    changed = replace(
        source_record(every_seconds=60),
        source=replace(source_record().source, name="New", access=frozenset({"staff"})),
        paused=True,
        next_due_at=NOON,
    )
    await sources.save_source(changed)
    assert await sources.source(ACME, SHOP) == replace(changed, next_due_at=None)


async def test_a_source_is_due_unless_it_is_paused_or_being_removed(desk: Desk) -> None:
    sources = desk.ledger.sources
    for name, due_at in {
        "paused": NOON,
        "removing": NOON,
        "later": NOON + MINUTE,
        "never": None,
    }.items():
        record = source_record(SourceId(name), every_seconds=60)
        paused, removing = name == "paused", name == "removing"
        await sources.add_source(replace(record, paused=paused, removing=removing))
        await sources.set_due(SourceId(name), due_at)
    await sources.set_due(SHOP, NOON)
    assert [one.source.id for one in await sources.due_sources(NOON)] == [SHOP]


async def test_a_removed_source_takes_everything_along(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(write("page", "Bye."))
    await desk.ledger.sources.remove_source(ACME, SHOP)
    assert await desk.ledger.sources.list_sources(ACME) == []
    assert (await desk.texts(), await desk.lingering()) == ({}, 0)
    assert await desk.ledger.runs.list_runs(ACME, None, None, 9) == []
    with pytest.raises(LeaseLost):
        await desk.commit(write("page", "Too late."))


# --- runs ---------------------------------------------------------------------------


async def test_a_run_goes_from_queued_to_its_end(desk: Desk) -> None:
    runs, run = desk.ledger.runs, RunId("run-1")
    await runs.end_run(RunId("run-of-shop"), RunState.FAILED, RunCounts(), NOON)
    await runs.add_run(sync_run(state=RunState.QUEUED))
    assert await runs.open_run(ACME, SHOP) == sync_run(state=RunState.QUEUED)
    await runs.begin_run(run, NOON)
    await runs.begin_run(run, NOON + MINUTE)
    assert await runs.run(ACME, run) == replace(sync_run(), started_at=NOON, kind=RunKind.FULL)
    counts = RunCounts(listed=3, indexed=2, failed=1)
    await runs.end_run(run, RunState.PARTIAL, counts, NOON + MINUTE)
    ended = await runs.run(ACME, run)
    assert ended is not None
    assert (ended.state, ended.counts, ended.ended_at) == (RunState.PARTIAL, counts, NOON + MINUTE)
    assert await runs.open_run(ACME, SHOP) is None


async def test_a_run_that_came_to_its_end_says_where_the_next_one_begins(desk: Desk) -> None:
    runs, run = desk.ledger.runs, await desk.run("run-of-shop")
    await desk.commit(cursor=Cursor("page-2"), stores_cursor=True)
    await runs.complete_run(desk.lease, run, RunState.PARTIAL, Cursor("since-9"), NOON)
    record = await desk.record()
    assert (record.cursor, record.last_synced_at) == ("since-9", NOON)
    await runs.add_run(sync_run(state=RunState.QUEUED))
    await runs.begin_run(RunId("run-1"), NOON)
    await desk.commit(cursor=Cursor("page-1"), stores_cursor=True)
    await runs.end_run(RunId("run-1"), RunState.FAILED, RunCounts(), NOON + MINUTE)
    record = await desk.record()
    assert (record.cursor, record.last_synced_at) == ("since-9", NOON), "a failed one moves nothing"


async def test_who_lost_the_lease_completes_no_run(desk: Desk) -> None:
    await desk.ledger.leases.release(desk.lease)
    assert await desk.ledger.leases.take(desk.lease.name, "another", 60)
    run = await desk.run("run-of-shop")
    with pytest.raises(LeaseLost):
        await desk.ledger.runs.complete_run(
            desk.lease, run, RunState.SUCCEEDED, Cursor("since-9"), NOON
        )
    assert await desk.run("run-of-shop") == run
    assert (await desk.record()).cursor is None


async def test_who_lost_a_run_cannot_open_it_again(desk: Desk) -> None:
    runs, run = desk.ledger.runs, RunId("run-of-shop")
    await runs.end_run(run, RunState.SUCCEEDED, RunCounts(listed=3), NOON)
    ended = await runs.run(ACME, run)
    await runs.begin_run(run, NOON)
    await runs.hold_run(run, ["a"])
    await runs.end_run(run, RunState.FAILED, RunCounts(), NOON + MINUTE)
    assert await runs.run(ACME, run) == ended


async def test_a_run_keeps_its_first_hundred_errors(desk: Desk) -> None:
    run = RunId("run-of-shop")
    errors = [SyncError(f"page-{n}", "broken") for n in range(130)]
    for start in range(0, 130, 40):
        await desk.ledger.runs.note_errors(run, errors[start : start + 40])
    stored = await desk.ledger.runs.run(ACME, run)
    assert stored is not None
    assert stored.errors == tuple(errors[:100])


async def test_a_held_run_waits_for_a_person(desk: Desk) -> None:
    runs, run = desk.ledger.runs, RunId("run-of-shop")
    assert not await runs.confirm_run(run)
    await runs.hold_run(run, ["a", "b"])
    held = await runs.open_run(ACME, SHOP)
    assert held is not None
    assert (held.state, held.awaiting) == (RunState.NEEDS_CONFIRMATION, ("a", "b"))
    assert await runs.confirm_run(run)
    confirmed = await runs.run(ACME, run)
    assert confirmed is not None
    assert (confirmed.state, confirmed.confirmed) == (RunState.QUEUED, True)
    assert confirmed.awaiting == ("a", "b")
    await runs.end_run(run, RunState.SUCCEEDED, RunCounts(), NOON)
    ended = await runs.run(ACME, run)
    assert ended is not None
    assert ended.awaiting == ()


async def test_runs_come_in_pages_newest_first(desk: Desk) -> None:
    runs = desk.ledger.runs
    for n in range(5):
        await runs.add_run(sync_run(f"run-{n}", queued_at=NOON + MINUTE * (1 + n // 2)))
    first = await runs.list_runs(ACME, SHOP, None, 4)
    assert [one.id for one in first] == ["run-4", "run-3", "run-2", "run-1"]
    rest = await runs.list_runs(ACME, None, first[-1].id, 4)
    assert [one.id for one in rest] == ["run-0", "run-of-shop"]


async def test_the_last_run_of_a_source_is_the_newest_that_has_begun(desk: Desk) -> None:
    blog, none = SourceId("blog"), SourceId("none")
    for one in (blog, none):
        await desk.ledger.sources.add_source(source_record(one))
    runs = desk.ledger.runs
    for n in range(4):
        await runs.add_run(sync_run(f"run-{n}", queued_at=NOON + MINUTE * n))
    await runs.add_run(sync_run("queued", source=blog, state=RunState.QUEUED))
    for run in ("run-1", "run-2"):
        await runs.begin_run(RunId(run), NOON)
    last = await runs.last_runs(ACME, [SHOP, blog, none])
    assert {source: run.id for source, run in last.items()} == {SHOP: "run-2", blog: "queued"}


# --- questions and uploads ----------------------------------------------------------


def question(id_: str, tenant_: TenantId = ACME, at: int = 0) -> QueryRecord:
    detail: dict[str, Json] = {"mode": "snippets", "scores": [0.5]}
    return QueryRecord(id_, tenant_, NOON + at * MINUTE, "search", "refund?", (), detail)


async def test_questions_are_kept_until_they_are_forgotten(desk: Desk) -> None:
    queries = desk.ledger.queries
    await queries.record([question("old"), question("new", at=9), question("lost", GLOBEX)])
    await queries.record([])
    assert await queries.query(ACME, "old") == question("old")
    assert await queries.query(GLOBEX, "lost") is None
    assert await queries.add_outcome(ACME, "old", NOON, "helpful", {"stars": 5})
    assert not await queries.add_outcome(ACME, "unknown", NOON, "helpful", {})
    assert await queries.forget_queries(NOON + MINUTE) == 1
    assert await queries.query(ACME, "old") is None
    assert await queries.query(ACME, "new") == question("new", at=9)


async def test_what_was_reported_lately_comes_back_oldest_first(desk: Desk) -> None:
    queries = desk.ledger.queries
    chat = replace(question("chat", at=2), kind="chat")
    await queries.record([question("old"), question("new", at=3), chat, question("mute", at=4)])
    for plan in ("old", "new", "chat"):
        assert await queries.add_outcome(ACME, plan, NOON, "outcome", {"ttft_s": 0.5})
    assert await queries.add_outcome(ACME, "mute", NOON, "feedback", {"verdict": "helpful"})
    reported = await queries.recent_outcomes(NOON + MINUTE, 9)
    detail = question("new").detail
    assert reported == [
        Reported(ACME, chat.at, detail, detail),
        Reported(ACME, NOON + 3 * MINUTE, detail, {"ttft_s": 0.5}),
    ]
    assert await queries.recent_outcomes(NOON, 1) == reported[-1:]


async def test_questions_are_kept_all_or_none(desk: Desk) -> None:
    await desk.ledger.queries.record([question("a")])
    with pytest.raises(LedgerConflict):
        await desk.ledger.queries.record([question("b"), question("a")])
    assert await desk.ledger.queries.query(ACME, "b") is None


def upload(ref: str, version: str = "1") -> Upload:
    tags = frozenset({"faq"})
    return Upload(ref, version, "text/plain", "A title", "", NOON, frozenset(), tags)


async def test_an_upload_is_read_as_it_was_pushed_last(desk: Desk) -> None:
    uploads = desk.ledger.uploads
    await uploads.put_upload(ACME, SHOP, upload("a"), b"old")
    await uploads.put_upload(ACME, SHOP, upload("a", "2"), b"\x00new")
    assert await uploads.read_upload(ACME, SHOP, "a") == (upload("a", "2"), b"\x00new")
    assert await uploads.remove_upload(ACME, SHOP, "a")
    assert not await uploads.remove_upload(ACME, SHOP, "a")
    assert await uploads.read_upload(ACME, SHOP, "a") is None
    with pytest.raises(LedgerConflict):
        await uploads.put_upload(ACME, SourceId("unknown"), upload("a"), b"")


async def test_uploads_come_in_pages_in_the_order_they_were_pushed(desk: Desk) -> None:
    uploads = desk.ledger.uploads
    for ref in ("c", "a", "b"):
        await uploads.put_upload(ACME, SHOP, upload(ref), b"text")
    first = await uploads.list_uploads(ACME, SHOP, 0, 2)
    assert [push.upload for push in first] == [upload("c"), upload("a")]
    (rest,) = await uploads.list_uploads(ACME, SHOP, first[-1].number, 2)
    assert rest.upload == upload("b")
    await uploads.put_upload(ACME, SHOP, upload("c", "2"), b"new")
    (again,) = await uploads.list_uploads(ACME, SHOP, rest.number, 2)
    assert again.upload == upload("c", "2")
    found = await uploads.find_uploads(ACME, SHOP, ["c", "a", "unknown"])
    assert sorted(push.number for push in found) == [first[1].number, again.number]


async def test_a_removal_stays_until_it_is_forgotten(desk: Desk) -> None:
    uploads = desk.ledger.uploads
    for ref in ("a", "b", "c"):
        await uploads.put_upload(ACME, SHOP, upload(ref), b"text")
    for ref in ("a", "b"):
        await uploads.remove_upload(ACME, SHOP, ref)
    c, a, b = await uploads.list_uploads(ACME, SHOP, 0, 9)
    assert [(push.ref, push.upload) for push in (c, a, b)] == [
        ("c", upload("c")),
        ("a", None),
        ("b", None),
    ]
    assert await uploads.find_uploads(ACME, SHOP, ["a", "b", "c"]) == [c]
    await uploads.forget_removals(ACME, SHOP, a.number)
    assert await uploads.list_uploads(ACME, SHOP, 0, 9) == [c, b]
    await uploads.put_upload(ACME, SHOP, upload("b", "2"), b"back")
    await uploads.forget_removals(ACME, SHOP, b.number + 9)
    assert [push.upload for push in await uploads.list_uploads(ACME, SHOP, 0, 9)] == [
        upload("c"),
        upload("b", "2"),
    ]


async def test_pushes_at_once_each_get_a_number_of_their_own(desk: Desk) -> None:
    uploads = desk.ledger.uploads
    await asyncio.gather(
        *(uploads.put_upload(ACME, SHOP, upload(str(n)), b"text") for n in range(9))
    )
    listed = await uploads.list_uploads(ACME, SHOP, 0, 9)
    assert sorted(push.number for push in listed) == list(range(1, 10))
