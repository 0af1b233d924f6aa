"""What Notion may answer to a scan, and what becomes of it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import (
    CredentialsInvalid,
    CursorExpired,
    SettingsInvalid,
    SourceUnavailable,
)
from connectors.model import (
    Cursor,
    Json,
    Page,
    Presence,
)
from connectors.notion_settings import parse_notion
from tests.faulty import JSON, status
from tests.hostile_server import Answer, Asked, endless, page
from tests.notion import NotionWorld, notion_world
from tests.scanning import end, entries, items, scan
from tests.vendors.notion_blocks import bookmark, external, paragraph, rich

GONE, PRESENT = Presence.GONE, Presence.PRESENT
INVALID = (
    '{"object": "error", "status": 400, "code": "validation_error", "message": "It is wrong."}'
)


@pytest.fixture
async def world() -> AsyncIterator[NotionWorld]:
    async with notion_world() as made:
        yield made


async def test_a_listing_that_takes_too_long_is_asked_for_in_smaller_parts(
    world: NotionWorld,
) -> None:
    for number in range(60):
        world.workspace.put(f"page {number}", "text")
    sizes: list[int] = []

    def slow(asked: Asked) -> Answer:
        sizes.append(json.loads(asked.body)["page_size"])
        return status(504) if sizes[-1] > 30 else world.workspace.answer(asked)

    world.faults.order(slow, below="/v1/search", times=None)
    assert len(await entries(world.connector())) == 60
    assert sizes[:3] == [100, 50, 25]


@pytest.mark.parametrize(
    "body",
    [
        '{"object": "list", "results": [], "has_more": true, "next_cursor": null}',
        '{"object": "list", "results": []}',
        '{"object": "list", "has_more": false}',
        '{"object": "error"}',
        '{"object": "list", "results": [7], "has_more": false}',
        '{"object": "list", "results": [{"object": "page", "properties": 7}], "has_more": false}',
        (
            '{"object": "list", "results": [{"object": "page", "id": 7, "properties": {"x": 7}}],'
            ' "has_more": false}'
        ),
        "[]",
        "null",
    ],
)
async def test_a_listing_without_its_tail_proves_nothing(world: NotionWorld, body: str) -> None:
    world.faults.order(page(body, 200, JSON), below="/v1/search", times=None)
    with pytest.raises(SourceUnavailable):
        await scan(world.connector())


async def test_a_listing_in_a_circle_ends(world: NotionWorld) -> None:
    body = (
        f'{{"object": "list", "results": [], "has_more": true, "next_cursor": "{world.ref("x")}"}}'
    )
    world.faults.order(page(body, 200, JSON), below="/v1/search", times=None)
    with pytest.raises(SourceUnavailable, match="again"):
        await scan(world.connector())


@pytest.mark.parametrize("cursor", ["x", "[]", "{}", '{"v": "2022-06-28", "step": "rows"}'])
async def test_a_cursor_of_others_is_expired(world: NotionWorld, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        await scan(world.connector(), Cursor(cursor))


async def test_a_cursor_that_notion_forgot_is_expired(world: NotionWorld) -> None:
    for number in range(150):
        world.workspace.put(f"page {number}", "text")
    steps = [step for step in await scan(world.connector()) if isinstance(step, Page)]
    at = next(step.cursor for step in steps if '"at"' in str(step.cursor))
    assert at is not None
    forgotten = Cursor(str(at).replace(str(at).split('"at": "')[1][:36], world.ref("nothing")))
    with pytest.raises(CursorExpired):
        await scan(world.connector(), forgotten)


async def test_it_says_what_is_missing_and_how_to_renew_it(world: NotionWorld) -> None:
    world.secrets.clear()
    with pytest.raises(CredentialsInvalid, match="token"):
        await scan(world.connector())
    world.secrets["token"] = "secret_other"
    with pytest.raises(CredentialsInvalid, match="Read content"):
        await scan(world.connector())


async def test_it_says_which_limit_was_reached(world: NotionWorld) -> None:
    body = (
        '{"object": "error", "status": 429, "code": "rate_limited", "message": "Slow down.",'
        ' "additional_data": {"rate_limit_reason": "workspace_limit"}}'
    )
    world.faults.order(page(body, 429, {**JSON, "retry-after": "900"}), times=None)
    with pytest.raises(SourceUnavailable, match="workspace_limit") as told:
        await scan(world.connector())
    assert told.value.after is not None
    assert told.value.after.total_seconds() == 900


async def test_a_capability_that_is_missing_is_a_persons_to_give(world: NotionWorld) -> None:
    body = '{"object": "error", "status": 403, "code": "restricted_resource", "message": "No."}'
    world.faults.order(page(body, 403, JSON), below="/v1/search", times=None)
    with pytest.raises(CredentialsInvalid, match="Read content"):
        await scan(world.connector())


def test_settings_are_read_strictly() -> None:
    read = parse_notion(
        {"roots": "https://www.notion.so/acme/Help-0123456789ABCDEF0123456789abcdef"}
    )
    assert read.roots == ("01234567-89ab-cdef-0123-456789abcdef",)
    wrong: list[dict[str, Json]] = [{"roots": ["Help"]}, {"root": []}, {"rate": 0}, {"files": 1}]
    for one in wrong:
        with pytest.raises(SettingsInvalid):
            parse_notion(one)


async def test_an_address_that_is_none_stops_nothing(world: NotionWorld) -> None:
    wrong = "http://[oops"
    world.workspace.put("Good", "text")
    world.workspace.put("Blocks", external(wrong, "pdf"), bookmark(wrong))
    world.workspace.put("Words", paragraph(rich("a word", wrong)))
    world.workspace.table("Answers")
    column = {"id": "f", "type": "files", "files": [{"file": {"url": wrong}}]}
    world.workspace.row("Row", "Answers", {"F": column})
    listed = await entries(world.connector(files=False))
    assert len([one for one in listed if one.document]) == 4


async def test_a_view_of_a_database_that_is_not_shared_stops_nothing(world: NotionWorld) -> None:
    world.workspace.put("Root", "text")
    world.workspace.table("Answers", parent="Root")
    world.faults.order(page(INVALID, 400, JSON), below="/v1/databases/", times=None)
    steps = await scan(world.connector())
    assert len(items(steps)) == 1
    assert end(steps).enumerates_all


async def test_a_table_that_cannot_be_listed_keeps_others_from_deletion_alone(
    world: NotionWorld,
) -> None:
    world.workspace.put("Page", "text")
    world.workspace.table("Answers")
    world.faults.order(page(INVALID, 400, JSON), below="/v1/data_sources/", times=None)
    steps = await scan(world.connector())
    assert len(items(steps)) == 1
    assert not end(steps).enumerates_all
    assert "cannot be listed" in end(steps).notes[0]


async def test_tables_listed_in_a_circle_prove_nothing(world: NotionWorld) -> None:
    endless = (
        f'{{"object": "list", "results": [], "has_more": true, "next_cursor": "{world.ref("x")}"}}'
    )

    def circling(asked: Asked) -> Answer:
        tables = json.loads(asked.body)["filter"]["value"] == "data_source"
        return page(endless, 200, JSON) if tables else world.workspace.answer(asked)

    world.faults.order(circling, below="/v1/search", times=None)
    with pytest.raises(SourceUnavailable, match="again"):
        await scan(world.connector())


async def test_a_page_whose_blocks_change_while_they_are_listed_fails_alone(
    world: NotionWorld,
) -> None:
    made = world.workspace.put("Long", *(bookmark("https://e.org") for _ in range(150)))
    world.workspace.put("Other", "text")
    gone = INVALID.replace("It is wrong", "The start_cursor provided is invalid")
    below = f"/v1/blocks/{made.id}/children"
    world.faults.order(page(gone, 400, JSON), below=below, after=1)
    documents = [one.document is not None for one in await entries(world.connector())]
    assert documents == [True, False]


async def test_times_to_wait_until_count_by_notions_clock(world: NotionWorld) -> None:
    said = world.workspace.at
    until = format_datetime(said + timedelta(seconds=900), usegmt=True)
    told = {**JSON, "date": format_datetime(said, usegmt=True), "retry-after": until}
    world.faults.order(page("{}", 429, told), times=None)
    with pytest.raises(SourceUnavailable) as raised:
        await scan(world.connector())
    assert raised.value.after == timedelta(seconds=900)


async def test_of_an_answer_without_end_no_more_is_read_than_there_can_be(
    world: NotionWorld,
) -> None:
    world.faults.order(lambda _: endless(bytes(1 << 20), JSON), below="/v1/users", times=None)
    with pytest.raises(SourceUnavailable, match="endless"):
        await scan(world.connector())
