"""Documents, their revisions, and those that are pushed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from connectors.model import SourceId
from ingest.records import RunCounts, RunState
from tests.http.world import ACME, NOON, World

PUSH = "/v1/sources/up/documents"


async def test_a_document_tells_what_is_known_of_it(world: World) -> None:
    source = await world.source(ACME, "help")
    document = await world.page(ACME, source, "a/b c.md", "One two three.")
    async with world.client(await world.key(ACME, "read")) as client:
        told = (await client.get(f"/v1/documents/{document}")).json()
    assert (told["ref"], told["state"], told["version"]) == ("a/b c.md", "live", 1)
    assert (told["tokens"], told["chunks"], told["verified_at"]) == (3, 1, None)


async def test_documents_are_listed_by_what_is_asked(world: World) -> None:
    help_, blog = await world.source(ACME, "help"), await world.source(ACME, "blog")
    await world.page(ACME, help_, "a.md", "One.", tags=frozenset({"returns"}))
    await world.page(ACME, help_, "b.md", "Two.", access=frozenset({"staff"}))
    await world.page(ACME, blog, "c.md", "Three.")
    await world.failed(ACME, blog, "d.pdf", "v1")
    key = await world.key(ACME, "read")
    assert await _listed(world, key, "") == {"a.md", "b.md", "c.md", "d.pdf"}
    assert await _listed(world, key, "source_id=blog") == {"c.md", "d.pdf"}
    assert await _listed(world, key, "source_id=blog&source_id=help&state=live") == {
        *("a.md", "b.md", "c.md")
    }
    assert await _listed(world, key, "tag=returns") == {"a.md"}
    assert await _listed(world, key, "state=failed") == {"d.pdf"}
    assert await _listed(world, key, "ref=c.md&ref=a.md") == {"a.md", "c.md"}
    customers = await world.key(ACME, "read", groups=frozenset({"customers"}))
    assert "b.md" not in await _listed(world, customers, "")


async def test_pages_of_a_list_leave_nothing_out(world: World) -> None:
    source = await world.source(ACME, "help")
    for number in range(7):
        await world.page(ACME, source, f"{number}.md", f"Text {number}.")
    seen, cursor = [], ""
    async with world.client(await world.key(ACME, "read")) as client:
        for _ in range(4):
            page = (await client.get(f"/v1/documents?limit=2{cursor}")).json()
            seen += [one["ref"] for one in page["items"]]
            cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert sorted(seen) == [f"{number}.md" for number in range(7)]


async def test_old_revisions_stay_readable(world: World) -> None:
    source = await world.source(ACME, "help")
    document = await world.page(ACME, source, "a.md", "Refunds take nine days.", version="1")
    await world.page(ACME, source, "a.md", "Refunds take five days.", version="2")
    async with world.client(await world.key(ACME, "read")) as client:
        at = f"/v1/documents/{document}/revisions"
        listed = (await client.get(at)).json()["items"]
        texts = [(await client.get(f"{at}/{number}")).json()["text"] for number in (1, 2)]
        assert (await client.get(f"{at}/3")).status_code == 404
        assert (await client.get(f"{at}/0")).status_code == 422
    assert [one["number"] for one in listed] == [2, 1]
    assert listed[0]["retired_at"] is None
    assert texts == ["Refunds take nine days.", "Refunds take five days."]


async def test_who_says_that_a_page_is_right_is_believed(world: World) -> None:
    source = await world.source(ACME, "help")
    document = await world.page(ACME, source, "a.md", "Refunds take five days.")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        told = (await client.post(f"/v1/documents/{document}/verify")).json()
        hit = (await client.post("/v1/search", json={"query": "refunds"})).json()["hits"][0]
    assert told["verified_at"] == hit["freshness"]["verified_at"] == "2026-03-02T12:00:00Z"


async def test_what_a_key_may_not_see_is_not_there_in_any_shape(world: World) -> None:
    source = await world.source(ACME, "up")
    document = await world.page(ACME, source, "s.md", "For staff.", access=frozenset({"staff"}))
    async with world.client(await world.key(ACME, "write")) as client:
        await client.put(f"{PUSH}/s.md?access=staff", content=b"For staff.")
    limited = await world.key(ACME, "read", "write", groups=frozenset({"customers"}))
    async with world.client(limited) as client:
        for path in ("", "/revisions", "/revisions/1"):
            assert (await client.get(f"/v1/documents/{document}{path}")).status_code == 404
        assert (await client.post(f"/v1/documents/{document}/verify")).status_code == 404
        assert (await client.get(f"{PUSH}/s.md")).status_code == 404
        assert (await client.delete(f"{PUSH}/s.md")).status_code == 404
        assert (await client.put(f"{PUSH}/s.md", content=b"mine")).status_code == 404


# --- pushed documents -------------------------------------------------------------


async def test_a_pushed_document_comes_back_byte_for_byte(world: World) -> None:
    await world.source(ACME, "up")
    content = bytes(range(256))
    async with world.client(await world.key(ACME, "read", "write")) as client:
        put = await client.put(f"{PUSH}/a/b%20c.bin", content=content)
        got = await client.get(f"{PUSH}/a/b%20c.bin")
    assert put.status_code == 202
    assert put.headers["location"] == f"/v1/runs/{put.json()['id']}"
    assert got.content == content
    assert got.headers["content-disposition"] == "attachment"
    assert "sandbox" in got.headers["content-security-policy"]


async def test_what_is_said_of_a_push_is_kept_with_it(world: World) -> None:
    source = await world.source(ACME, "up")
    said = (
        "title=R%C3%BCckgabe&url=https://help.example.com/r&tags=a&tags=b&access=staff"
        "&changed_at=2026-01-02T03:04:05Z"
    )
    async with world.client(await world.key(ACME, "write")) as client:
        sent = {"Content-Type": "text/html; charset=latin-1"}
        await client.put(f"{PUSH}/r.html?{said}", content=b"<p>x", headers=sent)
        await client.put(f"{PUSH}/notes.md", content=b"x")
    held = await world.wired.ledger.uploads.read_upload(ACME, source, "r.html")
    assert held is not None
    upload = held[0]
    assert (upload.title, upload.url) == ("Rückgabe", "https://help.example.com/r")
    assert (upload.tags, upload.access) == (frozenset({"a", "b"}), frozenset({"staff"}))
    assert upload.media_type == "text/html; charset=latin-1"
    assert upload.changed_at is not None
    assert upload.changed_at.isoformat() == "2026-01-02T03:04:05+00:00"
    notes = await world.wired.ledger.uploads.read_upload(ACME, source, "notes.md")
    assert notes is not None
    assert notes[0].media_type == "text/markdown"


async def test_a_push_waits_until_it_is_searchable(world: World) -> None:
    source = await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        pushing = asyncio.create_task(client.put(f"{PUSH}/a.md?wait=true", content=b"Hello there."))
        version = await _version(world, source, "a.md")
        await world.page(ACME, source, "a.md", "Hello there.", version=version)
        answer = await asyncio.wait_for(pushing, 60)
        same = await client.put(f"{PUSH}/a.md?wait=true", content=b"Hello there.")
    assert (answer.status_code, answer.json()["state"]) == (200, "live")
    assert same.json() == answer.json()
    assert len(world.queue.items) == 1


async def test_a_push_that_takes_too_long_gives_the_run(world: World) -> None:
    await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.put(f"{PUSH}/a.md?wait=true&timeout_s=0.1", content=b"Hello.")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")


async def test_a_push_that_gives_no_text_says_why(world: World) -> None:
    source = await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        pushing = asyncio.create_task(client.put(f"{PUSH}/a.pdf?wait=true", content=b"%PDF-"))
        version = await _version(world, source, "a.pdf")
        await world.failed(ACME, source, "a.pdf", version)
        await _end_queued_runs(world)
        answer = await asyncio.wait_for(pushing, 60)
        assert (await client.get(f"{PUSH}/a.pdf")).content == b"%PDF-"
    assert answer.status_code == 422
    assert "encrypted" in answer.json()["detail"]


async def test_another_title_is_another_version(world: World) -> None:
    source = await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "write")) as client:
        versions = set()
        for title in ("One", "Two", "Two"):
            await client.put(f"{PUSH}/a.md?title={title}", content=b"Hello.")
            versions.add(await _version(world, source, "a.md"))
    assert len(versions) == 2


async def test_a_removed_document_is_gone_when_its_wait_ends(world: World) -> None:
    source = await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        await client.put(f"{PUSH}/a.md", content=b"Hello.")
        at_once = await client.delete(f"{PUSH}/a.md?wait=true")
        assert at_once.status_code == 204
        assert (await client.get(f"{PUSH}/a.md")).status_code == 404
        assert (await client.delete(f"{PUSH}/a.md")).status_code == 404
        await client.put(f"{PUSH}/b.md", content=b"Hello.")
        await world.page(ACME, source, "b.md", "Hello.")
        late = await client.delete(f"{PUSH}/b.md?wait=true&timeout_s=0.1")
        assert (late.status_code, late.json()["state"]) == (202, "queued")


async def test_only_an_upload_source_takes_documents(world: World) -> None:
    await world.source(ACME, "files", kind="files")
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.put("/v1/sources/files/documents/a.md", content=b"x")
    assert answer.status_code == 409
    assert "'files'" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["url=javascript:alert(1)", "wait=maybe", "timeout_s=500", "tag=x", "changed_at=1.1."]
)
async def test_a_push_with_a_wrong_word_is_not_kept(world: World, query: str) -> None:
    source = await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.put(f"{PUSH}/a.md?{query}", content=b"x")
    assert answer.status_code == 422
    assert await world.wired.ledger.uploads.read_upload(ACME, source, "a.md") is None


@pytest.mark.parametrize("ref", ["a%00b", "a%0Ab", "x" * 1_025])
async def test_a_ref_that_no_store_can_hold_is_refused(world: World, ref: str) -> None:
    await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.put(f"{PUSH}/{ref}", content=b"x")
    assert answer.status_code in {404, 422}
    assert world.queue.items == []


async def test_an_empty_push_is_refused(world: World) -> None:
    await world.source(ACME, "up")
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.put(f"{PUSH}/a.md", content=b"")
    assert answer.status_code == 422
    assert "empty" in answer.json()["detail"]


@pytest.mark.parametrize("declared", [True, False])
async def test_no_body_grows_beyond_its_limit(world: World, *, declared: bool) -> None:
    source = await world.source(ACME, "up")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 1_000_000

    content = b"x" * 5_000_001 if declared else endless()
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.put(f"{PUSH}/big.txt", content=content)
        fits = await client.put(f"{PUSH}/fits.txt", content=b"x" * 5_000_000)
    assert answer.status_code == 413
    assert "5,000,000" in answer.json()["detail"]
    assert sent <= 7
    assert await world.wired.ledger.uploads.read_upload(ACME, source, "big.txt") is None
    assert fits.status_code == 202


async def _listed(world: World, key: str, query: str) -> set[str]:
    async with world.client(key) as client:
        return {one["ref"] for one in (await client.get(f"/v1/documents?{query}")).json()["items"]}


async def _version(world: World, source: str, ref: str) -> str:
    """Wait until the push is stored, and give its version."""
    for _ in range(6_000):
        held = await world.wired.ledger.uploads.read_upload(ACME, SourceId(source), ref)
        if held is not None:
            return held[0].version
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was stored")


async def _end_queued_runs(world: World) -> None:
    runs = world.wired.ledger.runs
    for _ in range(6_000):
        for run in await runs.list_runs(ACME, None, None, 9):
            if run.state is RunState.QUEUED:
                await runs.end_run(run.id, RunState.PARTIAL, RunCounts(failed=1), NOON)
                return
        await asyncio.sleep(0.01)
