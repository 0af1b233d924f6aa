"""What a Notion source might miss, or hold on to, and does not."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from connectors.errors import SourceUnavailable
from connectors.model import Completeness, Cursor, Entry, KnownDocument, Page, Presence
from tests.faulty import JSON
from tests.hostile_server import Answer, Asked, page
from tests.notion import NotionWorld, notion_world
from tests.scanning import end, entries, items, known, scan
from tests.vendors.notion import MISSING
from tests.vendors.notion_blocks import (
    bookmark,
    copy_of,
    hosted,
    paragraph,
    rich,
    synced,
    text,
)

NO_TABLES = page('{"object": "list", "results": [], "has_more": false}', 200, JSON)


@pytest.fixture
async def world() -> AsyncIterator[NotionWorld]:
    async with notion_world() as made:
        yield made


async def test_an_edit_behind_its_own_listing_and_before_another_is_found(
    world: NotionWorld,
) -> None:
    workspace = world.workspace
    workspace.says = lambda: workspace.at
    workspace.put("Page", "first")
    workspace.table("Answers")
    workspace.row("Row", "Answers", {}, "text")
    workspace.unsearchable.add(world.ref("Row"))
    workspace.at += timedelta(minutes=10)

    def edit_meanwhile(asked: Asked) -> Answer:
        workspace.put("Page", "second")
        workspace.at += timedelta(minutes=10)
        workspace.put("Row", "edited last")
        return workspace.answer(asked)

    world.faults.order(edit_meanwhile, below="/v1/data_sources")
    connector = world.connector(few=0)
    first = await scan(connector)
    second = await scan(connector, end(first).cursor, known(_entries(first)))
    assert not end(second).enumerates_all
    assert "second" in _said(second, world.ref("Page"))


async def test_an_edit_in_its_minute_while_a_page_is_read_at_length_is_found(
    world: NotionWorld,
) -> None:
    workspace = world.workspace
    workspace.says = lambda: workspace.at
    parts = [text("toggle", f"part {number}", paragraph("old")) for number in range(3)]
    workspace.put("Long", *parts, bookmark("https://e.org"))

    def edit_meanwhile(asked: Asked) -> Answer:
        parts[0].children[0].said["rich_text"] = rich("new")
        workspace.at += timedelta(minutes=5)
        return workspace.answer(asked)

    world.faults.order(edit_meanwhile, below="/v1/blocks", after=3)
    first = await scan(world.connector())
    assert "new" not in _said(first, world.ref("Long"))
    second = await scan(world.connector(), None, known(_entries(first)))
    assert "new" in _said(second, world.ref("Long"))


async def test_an_edit_in_one_minute_is_found_where_our_clock_alone_tells_the_time(
    world: NotionWorld,
) -> None:
    workspace = world.workspace
    workspace.put("Page", "first")
    world.now = lambda: workspace.at + timedelta(minutes=10)
    first = await scan(world.connector())
    workspace.same_minute()
    workspace.put("Page", "second")
    second = await scan(world.connector(), None, known(_entries(first)))
    assert "second" in _said(second, world.ref("Page"))


async def test_tables_that_were_listed_before_a_kill_are_not_listed_again(
    world: NotionWorld,
) -> None:
    workspace = world.workspace
    workspace.put("Root", "text")
    for number in range(5):
        workspace.table(f"table {number}", parent="Root")
        workspace.row(f"row {number}", f"table {number}", {}, "text")
        workspace.unsearchable.add(world.ref(f"row {number}"))
    pages = [step for step in await scan(world.connector()) if isinstance(step, Page)]
    late = next(one for one in reversed(pages) if '"rows"' in str(one.cursor))
    before = len(world.faults.requests)
    await scan(world.connector(), late.cursor, known(_entries(pages)))
    asked = [one for one in world.asked(before) if "/query" in one]
    assert len(asked) == 0


async def test_a_file_that_moves_to_another_page_leaves_its_own(world: NotionWorld) -> None:
    workspace = world.workspace
    file = hosted("a.txt")
    workspace.put("One", "text", file)
    workspace.put("Other", "text")
    workspace.keep(file, b"text")
    connector = world.connector()
    before = {one.ref for one in await entries(connector) if "/" in one.ref}
    workspace.put("One", "text")
    workspace.put("Other", text("toggle", "more", file))
    after = {one.ref for one in await entries(connector) if "/" in one.ref}
    assert len(before) == len(after) == 1
    said = await connector.confirm_gone([*before, *after])
    assert list(said.values()) == [Presence.GONE, Presence.PRESENT]


async def test_a_file_in_a_synced_block_is_one_of_its_own_page(world: NotionWorld) -> None:
    file = hosted("a.txt")
    original = synced(file)
    made = world.workspace.put("Original", original)
    world.workspace.put("Copy", "text", copy_of(original.id))
    world.workspace.keep(file, b"text")
    (listed,) = [one for one in await entries(world.connector()) if "/" in one.ref]
    assert listed.ref.startswith(made.id)
    assert (await world.connector().fetch(listed)).content == b"text"


@pytest.mark.parametrize("below", ["/v1/pages", "/v1/blocks", "/v1/users", "/v1/"])
async def test_only_notion_itself_says_that_a_page_is_gone(world: NotionWorld, below: str) -> None:
    """A gateway answers 404 for what it does not reach."""
    world.workspace.put("Page", "text")
    ref = world.ref("Page")
    world.faults.order(page("<html>404</html>", 404), below=below, times=None)
    try:
        said = await world.connector().confirm_gone([ref])
    except SourceUnavailable:
        said = {}
    assert said.get(ref) is not Presence.GONE


async def test_a_kill_loses_nothing_that_was_found_beside_a_table(world: NotionWorld) -> None:
    workspace = world.workspace
    workspace.put("Root", "text")
    workspace.put("Hidden", "text", parent=_in(world, "Root"))
    workspace.table("Answers", parent="Root")
    workspace.row("Row", "Answers", {}, "text")
    workspace.unsearchable |= {world.ref("Hidden"), world.ref("Row")}
    _hide_tables(world)
    pages = [step for step in await scan(world.connector()) if isinstance(step, Page)]
    assert len(pages) == 3
    for at, one in enumerate(pages, start=1):
        rest = await scan(world.connector(), one.cursor, known(_entries(pages[:at])))
        assert {item.ref for item in items(pages[at:])} <= {item.ref for item in items(rest)}


async def test_a_page_that_was_read_by_itself_is_read_for_what_stands_in_it(
    world: NotionWorld,
) -> None:
    workspace = world.workspace
    file = hosted("a.txt")
    made = workspace.put("Page", "text", file)
    workspace.keep(file, b"text")
    workspace.put("Hidden", "text", parent=_in(world, "Page"))
    workspace.unsearchable.add(world.ref("Hidden"))
    world.faults.order(MISSING, below=f"/v1/blocks/{made.id}")
    connector = world.connector()
    (unread,) = await entries(connector)
    document = await connector.fetch(unread)
    listed = await entries(connector, None, {made.id: KnownDocument(made.id, document.version, "")})
    assert len(listed) == 3
    settled = await entries(connector, None, known(listed))
    assert [one.document for one in settled] == [None] * 3


async def test_what_stands_in_a_page_that_is_too_large_is_found(world: NotionWorld) -> None:
    world.workspace.put("Long", "x" * 2000)
    world.workspace.put("Hidden", "text", parent=_in(world, "Long"))
    world.workspace.unsearchable.add(world.ref("Hidden"))
    assert len(await entries(world.connector(max_bytes=1000))) == 2


async def test_after_a_kill_with_more_found_than_noted_all_pages_are_read_again(
    world: NotionWorld,
) -> None:
    world.workspace.put("Root", "text")
    world.workspace.put("Hidden", "text", parent=_in(world, "Root"))
    world.workspace.unsearchable.add(world.ref("Hidden"))
    first = await anext(world.connector().scan(None, {}))
    assert isinstance(first, Page)
    held = known(_entries([first]))
    cut = json.loads(str(first.cursor))
    del cut["found"]
    rest = await scan(world.connector(), Cursor(json.dumps(cut | {"cut": True})), held)
    assert items(rest) == []
    assert not end(rest).enumerates_all
    again = await scan(world.connector(), end(rest).cursor, held)
    assert world.ref("Hidden") in {item.ref for item in items(again)}
    assert end(again).enumerates_all


async def test_a_new_row_of_a_table_that_search_misses_is_found(world: NotionWorld) -> None:
    workspace = world.workspace
    workspace.put("Root", "text")
    workspace.table("Answers", parent="Root")
    workspace.row("Row", "Answers", {}, "text")
    workspace.unsearchable |= {world.ref("Row"), world.ref("New row")}
    _hide_tables(world)
    held = known(await entries(world.connector()))
    assert len(held) == 2
    workspace.row("New row", "Answers", {}, "text")
    listed = await entries(world.connector(), None, held)
    assert world.ref("New row") in {one.ref for one in listed}


async def test_an_edit_of_a_page_with_many_below_it_costs_no_look_at_each(
    world: NotionWorld,
) -> None:
    world.workspace.put("Hub", "text")
    for number in range(40):
        world.workspace.put(f"page {number}", "text", parent=_in(world, "Hub"))
    connector = world.connector(few=0)
    first = await scan(connector)
    world.workspace.at += timedelta(minutes=10)
    world.workspace.put("Hub", "edited")
    before = len(world.faults.requests)
    second = await scan(connector, end(first).cursor, known(_entries(first)))
    assert "edited" in _said(second, world.ref("Hub"))
    assert len(world.faults.requests) - before == 4


def _hide_tables(world: NotionWorld) -> None:
    """Have search find no table."""

    def search(asked: Asked) -> Answer:
        tables = json.loads(asked.body)["filter"]["value"] == "data_source"
        return NO_TABLES if tables else world.workspace.answer(asked)

    world.faults.order(search, below="/v1/search", times=None)


def _entries(steps: Sequence[Page | Completeness]) -> list[Entry]:
    return [item for item in items(steps) if isinstance(item, Entry)]


def _said(steps: Sequence[Page | Completeness], ref: str) -> str:
    """Give what the document says that the scan carried."""
    found = [one.document for one in _entries(steps) if one.ref == ref and one.document]
    return found[-1].content.decode() if found else ""


def _in(world: NotionWorld, name: str) -> dict[str, str]:
    return {"type": "page_id", "page_id": world.ref(name)}


async def test_what_stands_in_the_trash_is_gone_with_it(world: NotionWorld) -> None:
    """A page may say of itself alone whether it is in the trash."""
    workspace = world.workspace
    workspace.put("Other", "text")
    workspace.put("Root", "text")
    workspace.put("Child", "text", parent=_in(world, "Root"))
    workspace.table("Answers", parent="Child")
    workspace.row("Row", "Answers", {}, "text")
    connector = world.connector()
    held = known(await entries(connector))
    workspace.pages[world.ref("Root")].trashed = True
    below = [world.ref("Child"), world.ref("Row")]
    workspace.unsearchable |= {*below}
    _hide_tables(world)
    steps = await scan(connector, None, held)
    assert [one.ref for one in _entries(steps)] == [world.ref("Other")]
    assert set((await connector.confirm_gone(below)).values()) == {Presence.GONE}
    workspace.restore("Root")
    workspace.unsearchable.clear()
    assert len(await entries(connector)) == 4
    assert set((await connector.confirm_gone(below)).values()) == {Presence.PRESENT}
