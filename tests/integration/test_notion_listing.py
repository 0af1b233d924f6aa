"""What a scan of a Notion workspace finds, and what it costs."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from connectors.errors import (
    DocumentUnreadable,
)
from connectors.model import (
    Completeness,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Tombstone,
)
from connectors.notion import FEW
from connectors.notion_documents import listed_version
from connectors.notion_objects import read_page
from tests.notion import NotionWorld, notion_world
from tests.scanning import end, entries, items, known, scan
from tests.vendors.notion_blocks import FakeBlock, hosted

GONE, PRESENT = Presence.GONE, Presence.PRESENT


@pytest.fixture
async def world() -> AsyncIterator[NotionWorld]:
    async with notion_world() as made:
        yield made


async def test_a_thousand_unchanged_pages_cost_a_dozen_requests(world: NotionWorld) -> None:
    held = {}
    for number in range(1000):
        made = world.workspace.put(f"page {number}", "text")
        version = listed_version(read_page(world.workspace.page_wire(made)))
        held[made.id] = KnownDocument(made.id, version, "")
    before = len(world.faults.requests)
    assert end(await scan(world.connector(), None, held)).enumerates_all
    # Who we are, ten times a hundred pages, and the data sources.
    assert len(world.faults.requests) - before == 12


async def test_a_new_page_costs_one_request(world: NotionWorld) -> None:
    for number in range(5):
        world.workspace.put(f"page {number}", "text")
    await scan(world.connector())
    reads = [one for one in world.asked() if "/pages/" in one or "/blocks/" in one]
    assert len(reads) == 5


async def test_a_scan_that_goes_on_lists_what_was_edited(world: NotionWorld) -> None:
    for number in range(30):
        world.workspace.put(f"page {number}", "text")
    connector = world.connector(few=0)
    first = await scan(connector)
    held = known(_entries(first))
    world.workspace.at += timedelta(minutes=10)
    world.workspace.put("page 7", "edited")
    before = len(world.faults.requests)
    second = await scan(connector, end(first).cursor, held)
    changed = [one for one in _entries(second) if held[one.ref].version != one.version]
    assert [one.ref for one in changed] == [world.ref("page 7")]
    assert not end(second).enumerates_all
    assert len(world.faults.requests) - before == 4
    assert await entries(connector, end(second).cursor, held | known(changed))


async def test_an_edit_in_the_minute_of_the_look_is_found(world: NotionWorld) -> None:
    """Notion tells the same time for both."""
    workspace = world.workspace
    workspace.says = lambda: workspace.at
    for few in (FEW, 0):
        connector = world.connector(few=few)
        workspace.put("Prices", "the first price")
        first = await scan(connector)
        workspace.same_minute()
        workspace.put("Prices", "the second price")
        second = await scan(connector, end(first).cursor, known(_entries(first)))
        (before,), (after,) = _entries(first), _entries(second)
        assert before.version.partition("~")[0] == after.version.partition("~")[0]
        assert before.version != after.version
        assert after.document is not None
        assert b"second" in after.document.content


async def test_a_page_is_read_once_more_when_its_minute_is_over(world: NotionWorld) -> None:
    workspace = world.workspace
    workspace.says = lambda: workspace.at
    workspace.put("Prices", "a price")
    first = await scan(world.connector(few=0))
    workspace.at += timedelta(minutes=5)
    second = await scan(world.connector(few=0), end(first).cursor, known(_entries(first)))
    third = await scan(world.connector(few=0), end(second).cursor, known(_entries(second)))
    assert [one.document is not None for one in _entries(second)] == [True]
    assert [one.document is not None for one in _entries(third)] == [False]


async def test_what_search_misses_is_found_where_it_stands(world: NotionWorld) -> None:
    workspace = world.workspace
    workspace.put("Root", "text")
    workspace.put("Child", "text", parent=_in(world, "Root"))
    workspace.put("Grandchild", "text", parent=_in(world, "Child"))
    workspace.table("Answers", parent="Child")
    workspace.row("Row", "Answers", {}, "text")
    workspace.unsearchable |= {world.ref(name) for name in ("Child", "Grandchild", "Row")}
    connector = world.connector()
    listed = await entries(connector)
    assert {one.ref for one in listed} == {
        world.ref(name) for name in ("Root", "Child", "Grandchild", "Row")
    }
    workspace.touch("Grandchild")
    again = await entries(connector, None, known(listed))
    assert len(again) == 4
    assert [one.ref for one in again if one.document] == [world.ref("Grandchild")]


async def test_pages_that_stand_in_each_other_end_the_scan(world: NotionWorld) -> None:
    for name in ("A", "B"):
        world.workspace.put(name, "text")
    for one, other in (("A", "B"), ("B", "A")):
        block = FakeBlock("child_page", {"title": other}, id=world.ref(other))
        world.workspace.pages[world.ref(one)].blocks.append(block)
    assert len(await entries(world.connector())) == 2


async def test_roots_hold_what_stands_below_them_wherever_it_moves(world: NotionWorld) -> None:
    workspace = world.workspace
    for name in ("Help", "Private"):
        workspace.put(name, "text")
    for name, parent in (("In help", "Help"), ("Deep", "In help"), ("Secret", "Private")):
        workspace.put(name, "text", parent=_in(world, parent))
    workspace.table("Answers", parent="Deep")
    workspace.row("Row", "Answers", {}, "text")
    connector = world.connector(roots=[f"https://www.notion.so/Help-{_bare(world.ref('Help'))}?x"])
    listed = await entries(connector)
    names = ("Help", "In help", "Deep", "Row")
    assert {one.ref for one in listed} == {world.ref(name) for name in names}
    workspace.move("Deep", "Private")
    steps = await scan(connector, None, known(listed))
    assert {one.ref for one in _entries(steps)} == {world.ref("Help"), world.ref("In help")}
    assert end(steps).enumerates_all
    said = await connector.confirm_gone([world.ref("Deep"), world.ref("Help")])
    assert list(said.values()) == [GONE, PRESENT]


async def test_a_root_that_cannot_be_seen_proves_nothing(world: NotionWorld) -> None:
    world.workspace.put("Help", "text")
    world.workspace.unshare("Help")
    steps = await scan(world.connector(roots=[world.ref("Help")]))
    assert not end(steps).enumerates_all
    assert "cannot be seen" in end(steps).notes[0]


async def test_a_database_may_be_a_root(world: NotionWorld) -> None:
    world.workspace.put("Elsewhere", "text")
    world.workspace.table("Answers")
    world.workspace.row("Row", "Answers", {}, "text")
    for root in (world.ref("Answers"), world.workspace.tables[world.ref("Answers")].source):
        (entry,) = await entries(world.connector(roots=[root]))
        assert entry.ref == world.ref("Row")


async def test_what_is_in_the_trash_is_said_to_be_gone(world: NotionWorld) -> None:
    workspace = world.workspace
    for name in ("Here", "Trashed", "Unshared", "Deleted"):
        workspace.put(name, "text")
    connector = world.connector()
    listed = await entries(connector)
    workspace.trash("Trashed")
    workspace.unshare("Unshared")
    workspace.delete("Deleted")
    steps = await scan(connector, None, known(listed))
    tombs = [item.ref for item in items(steps) if isinstance(item, Tombstone)]
    assert tombs == [world.ref("Trashed")]
    refs = [world.ref(name) for name in ("Here", "Trashed", "Unshared", "Deleted")]
    assert list((await connector.confirm_gone(refs)).values()) == [PRESENT, GONE, GONE, GONE]
    workspace.restore("Trashed")
    assert world.ref("Trashed") in {one.ref for one in await entries(connector)}


async def test_a_formula_that_changes_makes_another_version(world: NotionWorld) -> None:
    """Nobody edits the row."""
    world.workspace.table("Answers")
    made = world.workspace.row("Row", "Answers", _formula("old"), "text")
    first = await entries(world.connector())
    made.properties = _formula("new")
    (second,) = await entries(world.connector(), None, known(first))
    assert second.document is not None
    assert b"new" in second.document.content


async def test_files_are_documents_of_their_own(world: NotionWorld) -> None:
    workspace = world.workspace
    block, price = hosted("a plan/2026.pdf", "pdf"), hosted("prices.csv")
    workspace.table("Answers")
    column = {"id": "f%3A", "type": "files", "files": [{**price.said}]}
    made = workspace.row("Row", "Answers", {"Files": column}, "text", block)
    workspace.keep(block, b"%PDF-1")
    workspace.keep(price, b"a;b")
    column["files"] = [price.said]
    connector = world.connector()
    row, in_column, in_page = await entries(connector)
    assert in_column.ref == f"{made.id}/prop:f%3A/prices.csv"
    assert in_page.ref == f"{made.id}/{block.id}/a plan%2F2026.pdf"
    document = await connector.fetch(Entry(in_page.ref, ""))
    assert (document.content, document.media_type) == (b"%PDF-1", "application/pdf")
    assert (document.title, document.version) == ("a plan/2026.pdf", in_page.version)
    assert (await connector.fetch(in_column)).content == b"a;b"
    held = known([row, in_column, in_page])
    assert [one.ref for one in await entries(connector, None, held)] == list(held)
    workspace.keep(block, b"%PDF-2")
    workspace.touch("Row")
    changed = await entries(connector, None, held)
    versions = {one.ref: one.version for one in changed}
    assert versions[in_column.ref] == in_column.version
    assert versions[in_page.ref] != in_page.version
    made.blocks.remove(block)
    said = await connector.confirm_gone([in_page.ref, in_column.ref])
    assert list(said.values()) == [GONE, PRESENT]
    with pytest.raises(DocumentUnreadable, match="after it was listed"):
        await connector.fetch(in_page)
    without = world.connector(files=False)
    assert [one.ref for one in await entries(without, None, held)] == [made.id]
    assert set((await without.confirm_gone([in_column.ref])).values()) == {GONE}


async def test_files_are_not_fetched_from_where_a_page_points(world: NotionWorld) -> None:
    """A gateway that was taken over could have anything of the network asked."""
    block = FakeBlock("file", {"type": "file", "name": "x.txt"})
    block.said["file"] = {"url": "http://127.0.0.1:1/x?X-Amz-Signature=1"}
    made = world.workspace.put("Page", block)
    with pytest.raises(DocumentUnreadable, match="FetchRefused") as told:
        await world.connector().fetch(Entry(f"{made.id}/{block.id}/x.txt", ""))
    assert "Amz" not in str(told.value)


async def test_a_file_that_is_too_large_fails_alone(world: NotionWorld) -> None:
    block = hosted("large.txt")
    made = world.workspace.put("Page", block)
    world.workspace.keep(block, b"x" * 2000)
    with pytest.raises(DocumentUnreadable):
        await world.connector(max_bytes=1000).fetch(Entry(f"{made.id}/{block.id}/large.txt", ""))


async def test_a_page_that_cannot_be_read_is_left_to_be_fetched(world: NotionWorld) -> None:
    world.workspace.put("Long", "x" * 2000)
    (entry,) = await entries(world.connector(max_bytes=1000))
    assert entry.document is None
    with pytest.raises(DocumentUnreadable, match="max_bytes"):
        await world.connector(max_bytes=1000).fetch(entry)
    before = len(world.faults.requests)
    await entries(world.connector(max_bytes=1000), None, known([entry]))
    assert not any("/pages/" in one for one in world.asked(before))


async def test_a_tail_that_search_withholds_is_looked_up(world: NotionWorld) -> None:
    for number in range(20):
        world.workspace.put(f"page {number}", "text")
    listed = await entries(world.connector())
    world.workspace.unsearchable |= {world.ref(f"page {number}") for number in range(15)}
    steps = await scan(world.connector(), None, known(listed))
    assert {one.ref for one in _entries(steps)} == {one.ref for one in listed}


async def test_a_table_of_more_rows_than_a_query_gives_is_listed_whole(
    world: NotionWorld,
) -> None:
    world.workspace.table("Answers")
    for number in range(25):
        made = world.workspace.row(f"row {number}", "Answers", {}, "text")
        world.workspace.unsearchable.add(made.id)
    world.workspace.most = 10
    steps = await scan(world.connector())
    assert len(_entries(steps)) == 25
    assert end(steps).enumerates_all
    for one in world.workspace.pages.values():
        one.edited = world.workspace.at
    steps = await scan(world.connector())
    assert not end(steps).enumerates_all
    assert "10,000" in end(steps).notes[0]


async def test_a_resumed_scan_asks_for_no_more_than_was_left(world: NotionWorld) -> None:
    for number in range(110):
        world.workspace.put(f"page {number}", "text")
    world.workspace.table("Answers")
    for number in range(24):
        made = world.workspace.row(f"row {number}", "Answers", {}, "text")
        world.workspace.unsearchable.add(made.id)
    counts: list[int] = []
    pages: list[Page] = []
    async for step in world.connector().scan(None, {}):
        counts.append(len(world.faults.requests))
        if isinstance(step, Page):
            pages.append(step)
    for at, made_page in list(enumerate(pages))[::3]:
        held = known(_entries(pages[: at + 1]))
        before = len(world.faults.requests)
        rest = await scan(world.connector(), made_page.cursor, held)
        left = counts[-1] - counts[at]
        # The part of the listing in which it stood and, within a table, which tables there are.
        again = 2 if '"rows"' in str(made_page.cursor) else 1
        assert len(world.faults.requests) - before <= left + again
        later = {one.ref for each in pages[at + 1 :] for one in each.items}
        assert later <= {one.ref for one in items(rest)}


async def test_pages_found_are_not_forgotten_by_an_interruption(world: NotionWorld) -> None:
    world.workspace.put("Root", "text")
    world.workspace.put("Hidden", "text", parent=_in(world, "Root"))
    world.workspace.unsearchable.add(world.ref("Hidden"))
    first = await anext(world.connector().scan(None, {}))
    assert isinstance(first, Page)
    rest = await entries(world.connector(), first.cursor, known(_entries([first])))
    assert [one.ref for one in rest] == [world.ref("Hidden")]


def _entries(steps: Sequence[Page | Completeness]) -> list[Entry]:
    return [item for item in items(steps) if isinstance(item, Entry)]


def _in(world: NotionWorld, name: str) -> dict[str, str]:
    return {"type": "page_id", "page_id": world.ref(name)}


def _bare(ref: str) -> str:
    return ref.replace("-", "")


def _formula(said: str) -> dict[str, object]:
    return {"F": {"id": "f", "type": "formula", "formula": {"type": "string", "string": said}}}
