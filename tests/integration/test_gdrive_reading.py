"""What Drive does that no other source does."""

from collections.abc import AsyncIterator, Mapping

import pytest

from connectors.errors import (
    CredentialsInvalid,
    CursorExpired,
    DocumentUnreadable,
    SourceUnavailable,
)
from connectors.model import NOBODY, Entry, Failure, Presence, Tombstone
from tests.drive import DriveWorld, drive_world
from tests.faulty import EMPTY, TRUNCATED
from tests.hostile_server import page
from tests.scanning import end, entries, items, known, scan
from tests.vendors.drive import DOC, GOOGLE, SHEET, SHORTCUT, XLSX
from tests.vendors.google import CLIENT, old_refusal

GROUP: Mapping[str, object] = {"type": "group", "emailAddress": "gear@acme.test"}


@pytest.fixture
async def world() -> AsyncIterator[DriveWorld]:
    async with drive_world() as made:
        yield made


async def test_a_thousand_unchanged_files_cost_one_request(world: DriveWorld) -> None:
    for number in range(1000):
        world.drive.put(f"file-{number:04}", f"file {number}")
    connector = world.connector()
    first = await scan(connector)
    assert world.asked("/drive/") == [
        "GET /drive/v3/changes/startPageToken",
        "GET /drive/v3/files",  # its folders
        "GET /drive/v3/files",
        "GET /drive/v3/files/root-of-robot",
    ]
    held = known([one for one in items(first) if isinstance(one, Entry)])
    again = await scan(connector, end(first).cursor, held)
    assert (len(held), items(again)) == (1000, [])
    assert world.asked("/drive/") == ["GET /drive/v3/changes"]


async def test_a_new_file_costs_two_requests(world: DriveWorld) -> None:
    world.drive.put("old", "old")
    connector = world.connector()
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    world.drive.put("new", "new")
    world.asked()
    (new,) = items(await scan(connector, end(first).cursor, held))
    assert isinstance(new, Entry)
    await connector.fetch(new)
    assert world.asked("/drive/") == ["GET /drive/v3/changes", *["GET /drive/v3/files/new"] * 2]


async def test_shared_drives_are_read_each_by_its_own_log(world: DriveWorld) -> None:
    drive = world.drive
    for name in ("team-one", "team-two"):
        drive.shared_drive(name)
        drive.put(f"{name}-text", name, parents=(name,))
    drive.put("mine-text", "mine")
    connector = world.connector(shared_drives="all")
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    assert held.keys() == {"team-one-text", "team-two-text"}
    drive.edit("team-two-text", "two!")
    (changed,) = items(await scan(connector, end(first).cursor, held))
    assert changed.ref == "team-two-text"
    drive.shared_drive("team-three")
    with pytest.raises(CursorExpired, match="to read anew"):
        await scan(connector, end(first).cursor, held)


async def test_a_shared_drive_hands_down_who_may_see(world: DriveWorld) -> None:
    drive = world.drive
    drive.shared_drive("team-one", ({"type": "domain", "domain": "acme.test"},))
    folder = drive.folder("secret-folder", "team-one")
    drive.share(folder, GROUP)
    for number in range(20):
        drive.put(f"plain-{number:02}", "plain", parents=("team-one",))
    drive.put("secret-text", "secret", parents=(folder,))
    connector = world.connector(shared_drives="team-one")
    await entries(connector)
    assert len(world.asked("/permissions")) == 2
    plain = await connector.fetch(Entry("plain-00", ""))
    secret = await connector.fetch(Entry("secret-text", ""))
    assert plain.access == {"domain:acme.test"}
    assert secret.access == {"domain:acme.test", "group:gear@acme.test"}


async def test_where_readers_cannot_be_told_nothing_is_read(world: DriveWorld) -> None:
    world.drive.shared_drive("team-one")
    world.drive.put("team-text", "team", parents=("team-one",))
    world.drive.put("mine-text", "mine")
    world.drive.members_only = True
    connector = world.connector(shared_drives="team-one", my_drive=True)
    listed = items(await scan(connector))
    assert [type(one) for one in listed] == [Failure, Failure]
    with pytest.raises(DocumentUnreadable, match="who may see it"):
        await connector.fetch(Entry("mine-text", ""))
    open_ = world.connector(shared_drives="team-one", my_drive=True, permissions=False)
    assert len(await entries(open_)) == 2
    assert (await open_.fetch(Entry("mine-text", ""))).access == frozenset()


async def test_what_nobody_may_see_is_not_for_everybody(world: DriveWorld) -> None:
    expired = {**GROUP, "expirationTime": "2026-01-01T00:00:00.000Z"}
    world.drive.put("lone-text", "lone", permissions=(expired,))
    world.drive.put("open-text", "open", permissions=({"type": "anyone"}, GROUP))
    connector = world.connector()
    assert (await connector.fetch(Entry("lone-text", ""))).access == {NOBODY}
    assert (await connector.fetch(Entry("open-text", ""))).access == frozenset()


async def test_a_permission_that_changed_is_another_version(world: DriveWorld) -> None:
    world.drive.put("a-text", "a")
    (before,) = await entries(world.connector())
    world.drive.share("a-text", GROUP)
    (after,) = await entries(world.connector())
    assert before.version != after.version


async def test_a_large_export_is_made_and_then_fetched(world: DriveWorld) -> None:
    world.drive.put("book-doc", "# Book\n\nlong", "Book", DOC)
    world.api.export_limit = 5
    document = await world.connector().fetch(Entry("book-doc", ""))
    assert (document.content, document.media_type) == (b"# Book\n\nlong", "text/markdown")
    assert [one for one in world.asked() if "operations" in one or "prepared" in one] == [
        *["GET /drive/v3/operations/op-0"] * 3,
        "GET /prepared/op-0",
    ]


async def test_an_export_that_lies_elsewhere_is_not_shown_our_token(world: DriveWorld) -> None:
    world.drive.put("book-doc", "# Book", "Book", DOC)
    world.api.export_limit = 1
    connector = world.connector()
    world.api.root = "http://thief.example.com"
    with pytest.raises(DocumentUnreadable, match="not Google's"):
        await connector.fetch(Entry("book-doc", ""))


async def test_sheets_come_with_all_their_pages(world: DriveWorld) -> None:
    world.drive.put("sheet", b"PK..", "Sizes", SHEET)
    assert (await world.connector().fetch(Entry("sheet", ""))).media_type == XLSX


async def test_folders_forms_shortcuts_and_pictures_are_no_documents(world: DriveWorld) -> None:
    drive = world.drive
    drive.folder("handbook")
    drive.put("form", kind=f"{GOOGLE}form")
    drive.put("photo", b"..", "photo.png", "image/png")
    drive.put("a-text", "a")
    drive.put("short", b"", "a", SHORTCUT, target="a-text")
    steps = await scan(world.connector())
    assert [one.ref for one in items(steps)] == ["a-text"]
    assert "1 shortcuts" in end(steps).notes[0]


async def test_folders_that_go_round_in_circles_end(world: DriveWorld) -> None:
    drive = world.drive
    drive.folder("aaaaa")
    drive.folder("bbbbb", "aaaaa")
    drive.put("a-text", "a", parents=("bbbbb",))
    drive.items["aaaaa"].parents = ("bbbbb",)
    assert [one.ref for one in await entries(world.connector(folders="aaaaa"))] == ["a-text"]


async def test_a_file_in_two_folders_is_listed_once(world: DriveWorld) -> None:
    drive = world.drive
    for number in range(30):
        drive.folder(f"folder-{number:02}")
    drive.put("a-text", "a", parents=("folder-00", "folder-29"))
    folders: list[object] = [f"folder-{number:02}" for number in range(30)]
    listed = await entries(world.connector(folders=folders))  # type: ignore[arg-type]
    assert [one.ref for one in listed] == ["a-text"]


async def test_an_incomplete_search_proves_nothing(world: DriveWorld) -> None:
    world.drive.put("a-text", "a")
    world.drive.incomplete = True
    assert not end(await scan(world.connector())).enumerates_all


async def test_a_folder_that_is_lost_deletes_nothing(world: DriveWorld) -> None:
    world.drive.folder("handbook")
    world.drive.put("a-text", "a", parents=("handbook",))
    connector = world.connector(folders="handbook")
    first = await scan(connector)
    held = known([one for one in items(first) if isinstance(one, Entry)])
    world.drive.unshare("handbook")
    for cursor in (None, end(first).cursor):
        with pytest.raises(SourceUnavailable, match="Nothing was deleted"):
            await scan(connector, cursor, held)


async def test_nothing_is_gone_for_who_is_not_let_in(world: DriveWorld) -> None:
    world.drive.put("a-text", "a")
    connector = world.connector()
    world.faults.order(old_refusal(403, "insufficientFilePermissions"), below="/drive/v3/files/")
    assert await connector.confirm_gone(["a-text"]) == {"a-text": Presence.UNKNOWN}
    world.drive.tokens.revoke()
    with pytest.raises(CredentialsInvalid):
        await connector.confirm_gone(["b-text"])


async def test_what_the_settings_take_no_more_is_gone(world: DriveWorld) -> None:
    world.drive.folder("handbook")
    world.drive.put("a-text", "a")
    said = await world.connector(folders="handbook").confirm_gone(["a-text"])
    assert said == {"a-text": Presence.GONE}


async def test_broken_bytes_are_no_document(world: DriveWorld) -> None:
    world.drive.put("a-text", "all of it")
    connector = world.connector()
    media = "/drive/v3/files/a-text?supportsAllDrives=true&alt=media"
    world.faults.order(page(b"all of"), below=media, times=2)
    assert (await connector.fetch(Entry("a-text", ""))).content == b"all of it"
    world.faults.order(page(b"all of"), below=media, times=None)
    with pytest.raises(DocumentUnreadable, match="checksum"):
        await connector.fetch(Entry("a-text", ""))
    world.faults.calm()
    world.faults.order(TRUNCATED, below=media)
    assert (await connector.fetch(Entry("a-text", ""))).content == b"all of it"


async def test_an_empty_export_is_believed_when_it_is_made_once_more(world: DriveWorld) -> None:
    world.drive.put("a-doc", "# A", "A", DOC)
    world.drive.put("blank-doc", "", "Blank", DOC)
    world.faults.order(EMPTY, below="/drive/v3/files/a-doc/export", times=None)
    assert (await world.connector().fetch(Entry("a-doc", ""))).content == b"# A"
    assert (await world.connector().fetch(Entry("blank-doc", ""))).content == b""


async def test_what_is_too_large_says_how_to_have_it(world: DriveWorld) -> None:
    world.drive.put("a-text", "0123456789")
    with pytest.raises(DocumentUnreadable, match="max_bytes"):
        await world.connector(max_bytes=9).fetch(Entry("a-text", ""))


async def test_two_edits_within_one_moment_are_both_read(world: DriveWorld) -> None:
    world.drive.put("a-doc", "# A", "A", DOC)
    edited = world.drive.items["a-doc"].changed
    world.now = lambda: edited
    (first,) = await entries(world.connector())
    world.drive.edit("a-doc", "# B", quietly=True)
    (second,) = await entries(world.connector())
    assert first.version != second.version


async def test_other_settings_mean_a_full_scan(world: DriveWorld) -> None:
    world.drive.put("a-text", "a")
    cursor = end(await scan(world.connector())).cursor
    with pytest.raises(CursorExpired, match="settings changed"):
        await scan(world.connector(exclude=[]), cursor)


async def test_a_file_that_comes_and_goes_between_two_scans_leaves_no_trace(
    world: DriveWorld,
) -> None:
    connector = world.connector()
    first = await scan(connector)
    world.drive.put("a-text", "a")
    world.drive.delete("a-text")
    assert items(await scan(connector, end(first).cursor)) == []


async def test_a_log_is_resumed_after_each_page(world: DriveWorld) -> None:
    connector = world.connector()
    first = await scan(connector)
    world.page_size = 2
    small = world.connector()
    held = known([])
    for number in range(5):
        world.drive.put(f"file-{number}", "x")
    pages = (await scan(small, end(first).cursor, held))[:-1]
    assert len(pages) == 3
    rest = items(await scan(small, pages[0].cursor, held))
    assert [one.ref for one in rest] == ["file-2", "file-3", "file-4"]
    assert not any(isinstance(one, Tombstone) for one in rest)


async def test_a_service_account_may_act_for_somebody(world: DriveWorld) -> None:
    await scan(world.connector(subject="ada@acme.test"))
    assert world.drive.tokens.subjects == ["ada@acme.test"]


async def test_a_person_may_let_a_source_in(world: DriveWorld) -> None:
    world.drive.put("a-text", "a")
    world.secrets = {"oauth_client": CLIENT}
    with pytest.raises(CredentialsInvalid, match="Nobody has let this source in yet"):
        await scan(world.connector())
    world.secrets["refresh_token"] = "1//consented"
    assert len(await entries(world.connector())) == 1
