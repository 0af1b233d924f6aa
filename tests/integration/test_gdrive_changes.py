"""What becomes of documents while Drive changes between, and amid, two looks at it."""

from collections.abc import AsyncIterator

import pytest

from connectors.errors import CursorExpired
from connectors.model import Entry, Failure, Presence, Tombstone
from tests.drive import DriveWorld, drive_world
from tests.faulty import status
from tests.scanning import end, entries, items, known, scan
from tests.vendors.google import old_refusal


@pytest.fixture
async def world() -> AsyncIterator[DriveWorld]:
    async with drive_world() as made:
        yield made


async def test_what_broke_off_while_a_folder_moved_is_ended(world: DriveWorld) -> None:
    drive = world.drive
    for name, parent in (("books", ""), ("early", "books"), ("later", "books"), ("moved", "early")):
        drive.folder(name, *([parent] if parent else []))
    drive.put("a-text", "a", parents=("moved",))
    drive.put("b-text", "b", parents=("moved",))
    connector = world.connector(folders="books", permissions=False)
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    drive.move("moved", "later")
    (a, _) = items(await scan(connector, end(first).cursor, held))
    assert isinstance(a, Entry)
    (b,) = items(await scan(connector, end(first).cursor, {**held, **known([a])}))
    assert isinstance(b, Entry)
    assert b.ref == "b-text"
    assert b.validators["path"].endswith("books/later/moved")


async def test_a_folder_of_the_settings_that_changes_drives_is_listed_anew(
    world: DriveWorld,
) -> None:
    world.drive.shared_drive("team-drive")
    world.drive.folder("books")
    world.drive.put("a-text", "a", parents=("books",))
    connector = world.connector(folders="books")
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    world.drive.move("books", "team-drive")
    with pytest.raises(CursorExpired, match="moved to a drive"):
        await scan(connector, end(first).cursor, held)
    assert [one.ref for one in await entries(connector)] == ["a-text"]


async def test_not_found_is_believed_of_google_alone(world: DriveWorld) -> None:
    world.drive.put("a-text", "a")
    world.faults.order(status(404), below="/drive/v3/files/", times=None)
    said = await world.connector().confirm_gone(["a-text"])
    assert said == {"a-text": Presence.UNKNOWN}


@pytest.mark.parametrize("where", ["root-of-robot", "gear-folder"])
async def test_what_moves_to_another_drive_that_is_read_stays(
    world: DriveWorld, where: str
) -> None:
    world.drive.shared_drive("team-drive")
    world.drive.folder("gear-folder")
    world.drive.folder("team-folder", "team-drive")
    world.drive.put("a-text", "a", parents=("team-drive",))
    world.drive.put("b-text", "b", parents=("team-folder",))
    connector = world.connector(shared_drives="team-drive", my_drive=True)
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    world.drive.move("a-text", where)
    world.drive.move("team-folder", where)
    moved = items(await scan(connector, end(first).cursor, held))
    assert {one.ref for one in moved if isinstance(one, Entry)} == {"a-text", "b-text"}
    assert len(moved) == 2


async def test_a_folder_restored_amid_its_deletion_gives_all_back(world: DriveWorld) -> None:
    drive = world.drive
    drive.folder("books")
    for name in ("a-text", "b-text"):
        drive.put(name, name, parents=("books",))
    connector = world.connector(permissions=False)
    first = await scan(connector)
    drive.trash("books")
    held = known([one for one in items(first) if isinstance(one, Entry)])
    assert len(items(await scan(connector, end(first).cursor, held))) == 2
    del held["a-text"]  # that much was carried out
    drive.restore("books")
    back = items(await scan(connector, end(first).cursor, held))
    assert [one.ref for one in back] == ["a-text"]


async def test_a_file_that_google_refuses_stops_no_scan(world: DriveWorld) -> None:
    world.drive.folder("books")
    for name in ("a-text", "b-text"):
        world.drive.put(name, name, parents=("books",))
    connector = world.connector()
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    world.drive.trash("books")
    world.faults.order(old_refusal(403, "forbidden"), below="/drive/v3/files/a-text")
    a, b = items(await scan(connector, end(first).cursor, held))
    assert isinstance(a, Failure)
    assert b == Tombstone("b-text")


async def test_drives_that_are_not_read_do_not_matter(world: DriveWorld) -> None:
    world.drive.shared_drive("other-drive")
    connector = world.connector()
    first = await scan(connector)
    world.drive.log.append(("", "other-drive"))
    assert items(await scan(connector, end(first).cursor)) == []


async def test_a_file_that_cannot_be_read_hides_no_other_in_its_moved_folder(
    world: DriveWorld,
) -> None:
    drive = world.drive
    for name, parent in (("books", ""), ("early", "books"), ("later", "books"), ("moved", "early")):
        drive.folder(name, *([parent] if parent else []))
    drive.put("a-text", "a", parents=("moved",))
    drive.put("b-text", "b", parents=("moved",))
    connector = world.connector(folders="books")
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    drive.move("moved", "later")
    second = await scan(connector, end(first).cursor, held)
    read = [one for one in items(second) if isinstance(one, Entry) and one.ref != "b-text"]
    drive.edit("a-text", "a!")
    drive.put("c-text", "c", parents=("moved",))
    listed = await entries(connector, end(second).cursor, {**held, **known(read)})
    assert [one.ref for one in listed] == ["a-text", "c-text"]
