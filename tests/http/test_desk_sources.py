"""Sources and runs at the desk: each deed, and who may do it."""

import re
from datetime import timedelta

import pytest

from api.routes.runs import event
from connectors.model import SourceId
from ingest.model import RunId
from ingest.records import RunKind, RunState
from tests.desk import OURS, at_the_desk, token_of
from tests.http.world import ACME, GLOBEX, NOON, World

STAFF = frozenset({"staff"})
WEB = {"kind": "web", "name": "Site", "start": "https://example.com/help/", "every": "6h"}


async def test_a_source_is_shown_with_its_runs_and_what_failed(world: World) -> None:
    source = await world.source(ACME, "help", "files")
    await world.failed(ACME, source, "scan.pdf", "v1")
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        assert "help" in (await browser.open("/sources")).text
        page = (await browser.open("/sources/help")).text
    assert "The PDF is encrypted." in page
    assert "/srv/docs" in page


async def test_settings_are_for_who_may_write(world: World) -> None:
    await world.source(ACME, "help", "files")
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        page = (await browser.open("/sources/help")).text
        assert "/srv/docs" not in page
        assert "Sync now" not in page
        assert (await browser.open("/sources/new")).status_code == 403
        for deed in ("sync", "pause", "resume", "retry", "schedule", "upload"):
            answer = await browser.send(f"/sources/help/{deed}", "/sources")
            assert answer.status_code == 403, deed


async def test_a_sync_begins_and_is_followed(world: World) -> None:
    source = await world.source(ACME, "help")
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        led = await browser.send("/sources/help/sync", "/sources/help")
        page = await browser.open(led.headers["location"])
    (run,) = await world.wired.ledger.runs.list_runs(ACME, source, None, 9)
    assert led.headers["location"] == f"/runs/{run.id}"
    assert f'data-follow="/runs/{run.id}/events"' in page.text


@pytest.mark.parametrize(
    ("deed", "fields", "kind"),
    [("retry", {}, RunKind.RETRY), ("sync", {"everything": "true"}, RunKind.FULL)],
)
async def test_runs_look_at_what_was_asked_for(
    world: World, deed: str, fields: dict[str, str], kind: RunKind
) -> None:
    source = await world.source(ACME, "help")
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        await browser.send(f"/sources/help/{deed}", "/sources/help", **fields)
    (run,) = await world.wired.ledger.runs.list_runs(ACME, source, None, 9)
    assert run.kind is kind


async def test_a_source_pauses_goes_on_and_is_scheduled(world: World) -> None:
    source = await world.source(ACME, "help")
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        await browser.send("/sources/help/pause", "/sources/help")
        paused = await world.wired.ledger.sources.source(ACME, source)
        await browser.send("/sources/help/resume", "/sources/help")
        cron = {"every": "cron", "cron": "30 6 * * mon-fri", "time_zone": "Europe/Berlin"}
        await browser.send("/sources/help/schedule", "/sources/help", **cron)
        wrong = await browser.send(
            "/sources/help/schedule", "/sources/help", every="cron", cron="at noon"
        )
    kept = await world.wired.ledger.sources.source(ACME, source)
    assert paused is not None
    assert paused.paused
    assert kept is not None
    assert not kept.paused
    assert kept.timing is not None
    assert (kept.timing.cron, kept.timing.time_zone) == ("30 6 * * mon-fri", "Europe/Berlin")
    assert wrong.status_code == 422
    assert 'id="every-wrong"' in wrong.text
    assert 'value="at noon"' in wrong.text


async def test_a_source_is_added(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        led = await browser.send("/sources/new", "/sources/new?kind=web", **WEB, tags="a, b")
    (kept,) = await world.wired.ledger.sources.list_sources(ACME)
    assert led.headers["location"] == f"/sources/{kept.source.id}"
    assert kept.source.settings == {"start": ["https://example.com/help/"]}
    assert kept.source.tags == {"a", "b"}
    assert kept.timing is not None
    assert kept.timing.every_seconds == timedelta(hours=6).total_seconds()


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("web", {**WEB, "name": " "}, "name"),
        ("web", {**WEB, "start": ""}, "start"),
        ("web", {**WEB, "start": "help centre"}, "start"),
        ("web", {**WEB, "max_pages": "many"}, "max_pages"),
        ("web", {**WEB, "every": "cron", "cron": "often"}, "every"),
        ("files", {"name": "Docs", "path": "docs"}, "path"),
        ("files", {"name": "Docs", "path": "/etc"}, "path"),
        ("notion", {"name": "Wiki", "secret_token": "two words"}, "secret_token"),
        ("notion", {"name": "Wiki", "secret_token": "t", "roots": "here"}, "roots"),
    ],
)
async def test_what_is_wrong_stands_at_its_field(
    world: World, kind: str, fields: dict[str, str], field: str
) -> None:
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        form = f"/sources/new?kind={kind}"
        answer = await browser.send("/sources/new", form, **{**fields, "kind": kind})
    assert answer.status_code == 422
    assert re.findall(r'id="([\w]+)-wrong"', answer.text) == [field]
    assert await world.wired.ledger.sources.list_sources(ACME) == []
    assert "two words" not in answer.text


async def test_what_the_operator_has_not_allowed_says_why(world: World) -> None:
    async with at_the_desk(world, await world.key(ACME, "write", "read")) as browser:
        page = (await browser.open("/sources/new?kind=youtube")).text
        assert "PUNNET_YOUTUBE=true" in page
        assert "<form class" not in page.split("<h1>")[1]


async def test_uploaded_files_are_kept_and_read(world: World) -> None:
    source = await world.source(ACME, "help")
    key = await world.key(ACME, "read", "write")
    files = [("files", (name, b"# Words", "text/markdown")) for name in ("a.md", "b.md")]
    async with at_the_desk(world, key) as browser:
        token = token_of(await browser.open("/sources/help"))
        led = await browser.client.post(
            "/sources/help/upload", data={"token": token}, files=files, headers=OURS
        )
        large = await browser.client.post(
            "/sources/help/upload",
            files=[("files", ("c.txt", b"word " * 900_000))],
            headers={**OURS, "X-Punnet-Token": token},
        )
        none = await browser.send("/sources/help/upload", "/sources/help")
    assert led.headers["location"].startswith("/runs/")
    assert large.status_code == 303
    assert none.headers["location"] == "/sources/help"
    uploads = world.wired.ledger.uploads
    for ref in ("a.md", "b.md", "c.txt"):
        assert await uploads.read_upload(ACME, source, ref) is not None


async def braked(world: World) -> RunId:
    source = await world.source(ACME, "help")
    await world.page(ACME, source, "gone.md", "It was here.")
    return await world.run(ACME, source, RunState.NEEDS_CONFIRMATION)


async def test_a_braked_deletion_needs_its_number_typed(world: World) -> None:
    run = await braked(world)
    here, runs = f"/runs/{run}", world.wired.ledger.runs
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        page = (await browser.open(here)).text
        assert "gone.md" in page
        for typed in ("", "2", "yes"):
            await browser.send(f"{here}/confirm", here, count=typed)
            (held,) = await runs.open_runs(ACME, SourceId("help"))
            assert held.state is RunState.NEEDS_CONFIRMATION
        await browser.send(f"{here}/confirm", here, count="1")
    confirmed = await runs.run(ACME, run)
    assert confirmed is not None
    assert confirmed.confirmed


async def test_a_braked_run_is_given_up(world: World) -> None:
    run = await braked(world)
    async with at_the_desk(world, await world.key(ACME, "read", "write")) as browser:
        await browser.send(f"/runs/{run}/refuse", f"/runs/{run}")
        again = await browser.send(f"/runs/{run}/confirm", f"/runs/{run}")
    kept = await world.wired.ledger.runs.run(ACME, run)
    assert kept is not None
    assert kept.state is RunState.FAILED
    assert again.status_code == 409


async def test_who_does_not_see_all_pages_is_not_told_which_would_go(world: World) -> None:
    run = await braked(world)
    async with at_the_desk(world, await world.key(ACME, "read", groups=STAFF)) as browser:
        assert "gone.md" not in (await browser.open(f"/runs/{run}")).text
        assert (await browser.send(f"/runs/{run}/confirm", "/", count="1")).status_code == 403


async def test_a_run_is_followed_to_its_end(world: World) -> None:
    source = await world.source(ACME, "help")
    run = await world.run(ACME, source, RunState.SUCCEEDED)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        told = await browser.open(f"/runs/{run}/events")
    assert told.headers["content-type"].startswith("text/event-stream")
    first, last = told.text.strip().split("\n\n")
    assert first.startswith("event: run\ndata: ")
    assert last.startswith("event: end\ndata: ")
    assert 'data-state="succeeded"' in last


def test_nothing_that_a_source_says_becomes_an_event_of_its_own() -> None:
    told = event("run", "a\revent: end\r\ndata: b\nc").decode()
    assert re.split("\r\n|\r|\n", told) == [
        *("event: run", "data: a", "data: event: end", "data: data: b", "data: c", "", "")
    ]


async def test_sources_and_runs_of_others_are_not_there(world: World) -> None:
    hidden = await world.source(ACME, "secret", access=frozenset({"board"}))
    await world.source(ACME, "help")
    runs = [await world.run(ACME, hidden, RunState.RUNNING)]
    others = [("globex", await world.key(GLOBEX, "read", "write"))]
    others += [("staff", await world.key(ACME, "read", "write", groups=STAFF))]
    for _, key in others:
        async with at_the_desk(world, key) as browser:
            assert "secret" not in (await browser.open("/sources")).text
            paths = [
                "/sources/secret",
                *(f"/runs/{one}" for one in runs),
                f"/runs/{runs[0]}/events",
            ]
            for path in paths:
                assert (await browser.open(path)).status_code == 404, path
            for deed in ("sync", "pause", "retry", "schedule", "upload"):
                sent = await browser.send(f"/sources/secret/{deed}", "/")
                assert sent.status_code == 404, deed
            assert (await browser.send(f"/runs/{runs[0]}/refuse", "/")).status_code == 404
    assert (await world.wired.ledger.runs.list_runs(ACME, None, None, 9))[0].queued_at == NOON
