"""Sources and their runs."""

import asyncio
import json
from typing import Any

import pytest

from api.bootstrap import Kinds
from connectors.model import SourceId
from connectors.surroundings import EVERYTHING
from ingest.model import RunId
from ingest.records import RunCounts, RunKind, RunState
from tests.http.world import ACME, HOUSE, NOON, World

FILES = {
    "kind": "files",
    "name": "Help centre",
    "settings": {"path": "/srv/docs", "include": ["**/*.md"]},
    "schedule": {"every": "15m"},
    "access": ["staff"],
    "tags": ["help"],
}


async def test_a_source_comes_back_as_it_was_given(world: World) -> None:
    async with world.client(await world.key(ACME, "read", "write")) as client:
        made = await client.post("/v1/sources", json=FILES)
        read = await client.get(made.headers["location"])
        listed = (await client.get("/v1/sources")).json()["items"]
    assert made.status_code == 201
    assert read.json() == made.json() == listed[0]
    schedule = {"every": "15m", "cron": None, "time_zone": "UTC", "jitter": None}
    given = {**FILES, "schedule": {**schedule, "full_every": None}}
    assert {name: read.json()[name] for name in FILES} == given
    assert read.json()["next_due_at"] == "2026-03-02T12:00:00Z"


async def test_settings_are_shown_only_to_who_may_write_them(world: World) -> None:
    await world.source(ACME, "files", kind="files")
    async with world.client(await world.key(ACME, "read")) as client:
        assert (await client.get("/v1/sources/files")).json()["settings"] is None


async def test_only_the_operator_reads_this_machine_where_no_folder_is_named(world: World) -> None:
    everywhere = {"kinds": Kinds(EVERYTHING)}
    async with world.client(await world.key(ACME, "read", "write"), **everywhere) as client:
        refused = await client.post("/v1/sources", json=FILES)
        assert (await client.get("/v1/sources")).json()["items"] == []
    async with world.client(await world.key(HOUSE, "write"), **everywhere) as client:
        kept = await client.post("/v1/sources", json=FILES)
    assert (refused.status_code, kept.status_code) == (422, 201)
    assert "operator allows (no folder)" in refused.json()["detail"]


INTRANET: dict[str, Any] = {
    "kind": "web",
    "name": "Wiki",
    "settings": {"start": "http://wiki.internal:8080/", "allow_private": True},
}


async def test_only_an_admin_lets_a_source_into_private_networks(world: World) -> None:
    elsewhere = {"settings": {**INTRANET["settings"], "start": "http://10.0.0.7/"}}
    public = {"settings": {"start": "https://shop.example/"}}
    async with world.client(await world.key(HOUSE, "admin")) as client:
        made = await client.post("/v1/sources", json=INTRANET)
        place = made.headers["location"]
    async with world.client(await world.key(HOUSE, "write", "read")) as client:
        added = await client.post("/v1/sources", json=INTRANET)
        renamed = await client.patch(place, json={"name": "Our wiki"})
        moved = [await client.patch(place, json=body) for body in (elsewhere, public)]
        other = await client.post("/v1/sources", json={**INTRANET, **public})
        opened = await client.patch(other.headers["location"], json=elsewhere)
    assert (made.status_code, added.status_code, renamed.status_code) == (201, 403, 200)
    assert [answer.status_code for answer in moved] == [403, 403]
    assert (other.status_code, opened.status_code) == (201, 403)
    assert "admin" in added.json()["detail"]


async def test_another_tenant_never_reads_the_operators_network(world: World) -> None:
    async with world.client(await world.key(ACME, "admin")) as client:
        refused = await client.post("/v1/sources", json=INTRANET)
    assert refused.status_code == 422
    assert "operator" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "telepathy"}, "telepathy"),
        ({"settings": {"path": "/srv/docs", "pth": "x"}}, "pth"),
        ({"settings": {}}, "path"),
        ({"settings": {"path": "/etc"}}, "operator allows"),
        ({"schedule": {"every": "soon"}}, "30s to 366d"),
        ({"schedule": {"every": "1s"}}, "30s to 366d"),
        ({"schedule": "15m"}, "schedule"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "no such field"),
    ],
)
async def test_a_source_that_cannot_work_is_not_kept(
    world: World, change: dict[str, Any], says: str
) -> None:
    async with world.client(await world.key(ACME, "read", "write")) as client:
        answer = await client.post("/v1/sources", json={**FILES, **change})
        listed = (await client.get("/v1/sources")).json()["items"]
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert listed == []


async def test_a_change_touches_only_what_it_names(world: World) -> None:
    async with world.client(await world.key(ACME, "read", "write")) as client:
        made = (await client.post("/v1/sources", json=FILES)).json()
        place = f"/v1/sources/{made['id']}"
        change = {"schedule": {"every": "60m"}, "paused": True}
        changed = (await client.patch(place, json=change)).json()
        schedule = {**made["schedule"], "every": "1h"}
        assert changed == {**made, "schedule": schedule, "paused": True}
        unscheduled = (await client.patch(place, json={"schedule": None})).json()
        assert (unscheduled["schedule"], unscheduled["next_due_at"]) == (None, None)
        nothing = await client.patch(place, json={"name": None})
        wrong = await client.patch(place, json={"settings": {"path": "/etc"}})
        assert (nothing.status_code, wrong.status_code) == (422, 422)
        assert (await client.get(place)).json() == unscheduled
    assert world.queue.items == []


async def test_new_settings_begin_a_full_scan(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    async with world.client(await world.key(ACME, "write")) as client:
        await client.patch(f"/v1/sources/{source}", json={"settings": {"path": "/srv/other"}})
    record = await world.wired.ledger.sources.source(ACME, SourceId("files"))
    assert record is not None
    assert record.cursor is None
    assert [item.kind for item in world.queue.items] == ["sync"]
    (run,) = await world.wired.ledger.runs.list_runs(ACME, SourceId("files"), None, 9)
    assert run.kind is RunKind.FULL


async def test_a_removed_source_is_listed_until_it_is_gone_and_takes_nothing(world: World) -> None:
    source = await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        removed = await client.delete(f"/v1/sources/{source}")
        assert (removed.status_code, removed.json()["removing"]) == (202, True)
        assert (await client.get("/v1/sources")).json()["items"][0]["removing"]
        for late in ("sync", "documents/a.md"):
            method = "POST" if late == "sync" else "PUT"
            said = b"x" if method == "PUT" else b""
            answer = await client.request(method, f"/v1/sources/{source}/{late}", content=said)
            assert answer.status_code == 409


async def test_a_sync_is_queued_once(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        first = await client.post(f"/v1/sources/{source}/sync")
        second = await client.post(f"/v1/sources/{source}/sync")
        run = await client.get(first.headers["location"])
    assert first.status_code == 202
    assert first.json()["id"] == second.json()["id"] == run.json()["id"]
    assert run.json()["state"] == "queued"


async def test_a_braked_deletion_waits_for_the_very_run_to_be_confirmed(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    run = await world.run(ACME, source, RunState.NEEDS_CONFIRMATION)
    async with world.client(await world.key(ACME, "read", "write")) as client:
        place = f"/v1/sources/{source}/confirm"
        assert (await client.get(f"/v1/runs/{run}")).json()["awaiting"] == ["gone.md"]
        assert (await client.post(place, json={})).status_code == 422
        assert (await client.post(place, json={"run_id": "other"})).status_code == 404
        confirmed = await client.post(place, json={"run_id": run})
        again = await client.post(place, json={"run_id": run})
    assert (confirmed.status_code, confirmed.json()["confirmed"]) == (202, True)
    assert again.status_code == 409


async def test_a_refused_deletion_is_not_carried_out_and_its_source_goes_on(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    run = await world.run(ACME, source, RunState.NEEDS_CONFIRMATION)
    async with world.client(await world.key(ACME, "read", "write")) as client:
        place = f"/v1/sources/{source}/refuse"
        assert (await client.post(place, json={"run_id": "other"})).status_code == 404
        refused = await client.post(place, json={"run_id": run})
        again = await client.post(place, json={"run_id": run})
        assert (await client.post(f"/v1/sources/{source}/sync")).json()["id"] != run
    assert (refused.status_code, again.status_code) == (200, 409)
    told = refused.json()
    assert (told["state"], told["awaiting"], told["confirmed"]) == ("failed", [], False)
    assert "not carried out" in told["errors"][0]["reason"]


async def test_sources_tell_how_their_last_runs_stand(world: World) -> None:
    for name in ("new", "waits", "rests"):
        await world.source(ACME, name, kind="files")
    waits = await world.run(ACME, SourceId("waits"), RunState.NEEDS_CONFIRMATION)
    rests = await world.run(ACME, SourceId("rests"), RunState.RUNNING)
    await world.wired.ledger.runs.rest_run(rests, NOON)
    await world.run(ACME, SourceId("rests"), RunState.QUEUED)
    async with world.client(await world.key(ACME, "read")) as client:
        listed = (await client.get("/v1/sources")).json()["items"]
        read = [(await client.get(f"/v1/sources/{one['id']}")).json() for one in listed]
    assert listed == read
    runs = {one["id"]: one["last_run"] for one in listed}
    assert runs["new"] is None
    assert (runs["waits"]["id"], runs["waits"]["state"]) == (waits, "needs_confirmation")
    assert runs["rests"] == {
        "id": rests,
        "state": "running",
        "kind": "full",
        "ended_at": None,
        "rests_until": "2026-03-02T12:00:00Z",
    }


async def test_runs_are_listed_newest_first_page_by_page(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    made = [await world.run(ACME, source, RunState.SUCCEEDED) for _ in range(5)]
    async with world.client(await world.key(ACME, "read")) as client:
        seen, query = [], "/v1/runs?limit=2"
        for _ in range(3):
            page = (await client.get(query)).json()
            seen += [run["id"] for run in page["items"]]
            query = f"/v1/runs?limit=2&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == list(reversed(made))


async def test_events_follow_a_run_until_it_ends(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    run = await world.run(ACME, source, RunState.RUNNING)
    async with world.client(await world.key(ACME, "read")) as client:
        following = asyncio.create_task(client.get(f"/v1/runs/{run}/events"))
        await asyncio.sleep(0.1)
        done = RunCounts(listed=3, indexed=3)
        await world.wired.ledger.runs.end_run(RunId(run), RunState.SUCCEEDED, done, NOON)
        answer = await asyncio.wait_for(following, 60)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [_event(text) for text in answer.text.split("\n\n") if text]
    assert [name for name, _ in events] == ["run", "run", "end"]
    assert [run["state"] for _, run in events] == ["running", "succeeded", "succeeded"]
    assert events[-1][1]["counts"]["indexed"] == 3


async def test_events_of_a_run_that_ended_end_at_once(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    run = await world.run(ACME, source, RunState.FAILED)
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.get(f"/v1/runs/{run}/events")
    assert [_event(text)[0] for text in answer.text.split("\n\n") if text] == ["run", "end"]


async def test_a_key_of_some_groups_sees_neither_others_sources_nor_names(world: World) -> None:
    hidden = await world.source(ACME, "hidden", kind="files", access=frozenset({"staff"}))
    shown = await world.source(ACME, "shown", kind="files")
    secret = await world.run(ACME, hidden, RunState.SUCCEEDED)
    waiting = await world.run(ACME, shown, RunState.NEEDS_CONFIRMATION)
    key = await world.key(ACME, "read", groups=frozenset({"customers"}))
    async with world.client(key) as client:
        sources = (await client.get("/v1/sources")).json()["items"]
        runs = (await client.get("/v1/runs")).json()["items"]
        assert (await client.get("/v1/sources/hidden")).status_code == 404
        assert (await client.get(f"/v1/runs/{secret}")).status_code == 404
    assert [source["id"] for source in sources] == ["shown"]
    assert [(run["id"], run["awaiting"]) for run in runs] == [(waiting, [])]


async def test_nobody_confirms_the_deletion_of_what_he_cannot_see(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    await world.page(ACME, source, "gone.md", "For staff.", access=frozenset({"staff"}))
    run = await world.run(ACME, source, RunState.NEEDS_CONFIRMATION)
    said = []
    for groups in ({"customers"}, {"staff"}):
        async with world.client(await world.key(ACME, "write", groups=frozenset(groups))) as client:
            place = f"/v1/sources/{source}/confirm"
            said.append((await client.post(place, json={"run_id": run})).status_code)
    assert said == [403, 202]


async def test_a_key_of_some_groups_shows_a_source_to_no_others(world: World) -> None:
    of_both = frozenset({"customers", "staff"})
    source = await world.source(ACME, "files", kind="files", access=of_both)
    upload = {"kind": "upload", "name": "mine"}
    key = await world.key(ACME, "write", groups=frozenset({"customers"}))
    async with world.client(key) as client:
        made = [
            (await client.post("/v1/sources", json={**upload, "access": access})).status_code
            for access in ([], ["customers"], ["staff"], ["customers", "staff"])
        ]
        changes: tuple[dict[str, object], ...] = (
            {"name": "Both"},
            {"access": ["customers", "staff", "partners"]},
            {"access": []},
            {"access": ["customers"]},
            {"access": ["customers", "staff"]},
        )
        changed = [
            (await client.patch(f"/v1/sources/{source}", json=change)).status_code
            for change in changes
        ]
    assert made == [201, 201, 403, 403]
    assert changed == [200, 403, 403, 200, 403]


@pytest.mark.parametrize("path", ["runs", "sources", "documents", "keys", "tenants"])
async def test_a_cursor_that_no_list_gave_is_refused(world: World, path: str) -> None:
    for number in range(3):
        source = await world.source(HOUSE, f"s{number}")
        await world.page(HOUSE, source, "a.md", f"Text {number}.")
    admin = await world.key(HOUSE, "admin")
    await world.key(HOUSE, "read")
    other = await world.key(ACME, "admin")
    async with world.client(admin) as client:
        good = (await client.get(f"/v1/{path}?limit=1")).json()["next_cursor"]
        assert (await client.get(f"/v1/{path}?limit=1&cursor={good}")).status_code == 200
        for bad in (good[:-2] + "xx", "AAAA", "%00", "é", good[1:], "x" * 600):
            answer = await client.get(f"/v1/{path}", params={"cursor": bad})
            assert answer.status_code == 422, bad
            assert answer.json()["errors"][0]["field"] == "query.cursor"
        elsewhere = "runs" if path != "runs" else "keys"
        assert (await client.get(f"/v1/{elsewhere}?cursor={good}")).status_code == 422
    if path != "tenants":
        async with world.client(other) as client:
            assert (await client.get(f"/v1/{path}?cursor={good}")).status_code == 422


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "page=2"])
async def test_a_list_says_what_it_cannot_give(world: World, query: str) -> None:
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.get(f"/v1/sources?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{query.partition('=')[0]}"


async def test_a_source_keeps_its_cursor_when_only_its_name_changes(world: World) -> None:
    source = await world.source(ACME, "files", kind="files")
    record = await world.wired.ledger.sources.source(ACME, source)
    assert record is not None
    async with world.client(await world.key(ACME, "write")) as client:
        await client.patch(f"/v1/sources/{source}", json={"name": "Other"})
    after = await world.wired.ledger.sources.source(ACME, source)
    assert after is not None
    assert (after.source.name, after.cursor) == ("Other", record.cursor)
    assert world.queue.items == []


def _event(text: str) -> tuple[str, Any]:
    name, data = text.split("\n", 1)
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
