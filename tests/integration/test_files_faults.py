"""A folder on a real disk that misbehaves: nothing is lost, nothing is invented."""

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import DocumentUnreadable, SourceUnavailable
from connectors.files import FilesConnector
from connectors.files_settings import parse_files
from connectors.model import (
    Completeness,
    Entry,
    Failure,
    Json,
    KnownDocument,
    Page,
    Presence,
    Tombstone,
)

LATER = datetime(2100, 1, 1, tzinfo=UTC)
Item = Entry | Failure | Tombstone


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="punnet-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


async def test_an_unreadable_folder_makes_nothing_look_absent(open_folder: Path) -> None:
    _write(open_folder, "a.md", "secret/b.md", "secret/deep/c.md", "z.md")
    known = _known(await _items(open_folder))
    (open_folder / "secret").chmod(0o000)
    with _without_privileges():
        items, proof = await _scan(open_folder, known)
        said = await _connector(open_folder).confirm_gone(["secret/b.md", "z.md"])
    assert [item.ref for item in items if isinstance(item, Entry)] == ["a.md", "z.md"]
    assert _reasons(items).keys() == {"secret/", "secret/b.md", "secret/deep/c.md"}
    assert "permission denied" in _reasons(items)["secret/b.md"]
    assert proof == Completeness(enumerates_all=False)
    assert said == {"secret/b.md": Presence.UNKNOWN, "z.md": Presence.PRESENT}


async def test_an_unreadable_file_fails_alone(open_folder: Path) -> None:
    _write(open_folder, "a.md", "b.md")
    (open_folder / "a.md").chmod(0o000)
    with _without_privileges():
        items, proof = await _scan(open_folder)
        with pytest.raises(DocumentUnreadable, match="permission denied"):
            await _connector(open_folder).fetch(Entry("a.md", ""))
    assert "permission denied" in _reasons(items)["a.md"]
    assert [item.ref for item in items] == ["a.md", "b.md"]
    assert proof.enumerates_all


async def test_a_missing_folder_is_unavailable_not_empty(tmp_path: Path) -> None:
    connector = _connector(tmp_path / "unmounted")
    with pytest.raises(SourceUnavailable, match="Check that it exists"):
        await _items(tmp_path / "unmounted")
    with pytest.raises(SourceUnavailable):
        await connector.fetch(Entry("a.md", ""))
    assert await connector.confirm_gone(["a.md"]) == {"a.md": Presence.UNKNOWN}


async def test_a_file_instead_of_a_folder_is_unavailable(tmp_path: Path) -> None:
    _write(tmp_path, "a.md")
    with pytest.raises(SourceUnavailable, match="not a directory"):
        await _items(tmp_path / "a.md")


async def test_a_folder_that_is_replaced_during_the_scan_proves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "docs"
    _write(root, *(f"{number:03}.md" for number in range(100)))
    steps = _connector(root).scan(None, {})
    assert isinstance(await anext(steps), Page)
    root.rename(tmp_path / "old")
    root.mkdir()
    with pytest.raises(SourceUnavailable, match="was replaced while it was read"):
        await _drain(steps)


async def test_a_scan_that_is_given_up_leaves_nothing_open(tmp_path: Path) -> None:
    _write(tmp_path, *(f"{number}.md" for number in range(100)))
    before = _descriptors()
    steps = _connector(tmp_path).scan(None, {})
    await anext(steps)
    await steps.aclose()  # type: ignore[attr-defined]
    assert _descriptors() == before


async def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    _write(tmp_path / "docs", "a.md", "guides/b.md")
    (tmp_path / "docs" / "link.md").symlink_to("a.md")
    (tmp_path / "docs" / "more").symlink_to("guides")
    items = await _items(tmp_path / "docs")
    assert [item.ref for item in items] == ["a.md", "guides/b.md", "link.md", "more"]
    assert "set 'follow_symlinks'" in _reasons(items)["link.md"]
    assert "set 'follow_symlinks'" in _reasons(items)["more"]


async def test_followed_links_stay_inside_and_end(tmp_path: Path) -> None:
    root = tmp_path / "docs"
    _write(root, "a.md", "guides/b.md")
    _write(tmp_path, "outside.md")
    (root / "link.md").symlink_to("a.md")
    (root / "more").symlink_to("guides")
    (root / "out.md").symlink_to(tmp_path / "outside.md")
    (root / "nowhere.md").symlink_to("not-there.md")
    (root / "guides" / "round").symlink_to(root)
    items, proof = await _scan(root, follow_symlinks=True)
    entries = [item.ref for item in items if isinstance(item, Entry)]
    assert entries == ["a.md", "guides/b.md", "link.md", "more/b.md"]
    reasons = _reasons(items)
    assert "leads out of" in reasons["out.md"]
    assert "leads nowhere" in reasons["nowhere.md"]
    assert "a folder above itself" in reasons["guides/round/"]
    assert not proof.enumerates_all
    document = await _connector(root, follow_symlinks=True).fetch(Entry("more/b.md", ""))
    assert document.content == b"guides/b.md"


async def test_a_link_that_takes_a_files_place_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "docs"
    _write(root, "a.md", "in/b.md")
    _write(tmp_path, "secret.md", "away/b.md")
    (root / "a.md").unlink()
    (root / "a.md").symlink_to(tmp_path / "secret.md")
    shutil.rmtree(root / "in")
    (root / "in").symlink_to(tmp_path / "away")
    for ref in ("a.md", "in/b.md", "../secret.md", "/etc/hostname"):
        with pytest.raises(DocumentUnreadable):
            await _connector(root).fetch(Entry(ref, ""))


async def test_pipes_and_sockets_are_named_and_hold_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.md"))
        items = await _items(tmp_path)
    assert "not a regular file" in _reasons(items)["pipe.md"]
    assert "not a regular file" in _reasons(items)["s.md"]
    with pytest.raises(DocumentUnreadable, match="not a regular file"):
        await _connector(tmp_path).fetch(Entry("pipe.md", ""))


async def test_a_name_that_is_not_utf8_is_named_readably(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_bytes(b"one")
    (tmp_path / os.fsdecode(b"d\xe9j\xe0")).mkdir()
    _write(tmp_path, "café.md", "z.md")
    items, proof = await _scan(tmp_path)
    assert [item.ref for item in items] == ["caf\\xe9.md", "café.md", "d\\xe9j\\xe0/", "z.md"]
    assert "rename it" in _reasons(items)["caf\\xe9.md"]
    assert "rename it" in _reasons(items)["d\\xe9j\\xe0/"]
    assert not proof.enumerates_all


async def test_a_file_past_the_limit_is_a_failure_that_names_it(tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as huge:
        huge.truncate(200_000_000)
    _write(tmp_path, "small.txt")
    items = await _items(tmp_path)
    assert "200.0 MB, more than 'max_bytes' (100.0 MB)" in _reasons(items)["huge.txt"]
    assert [item.ref for item in items] == ["huge.txt", "small.txt"]
    with pytest.raises(DocumentUnreadable, match="'max_bytes'"):
        await _connector(tmp_path).fetch(Entry("huge.txt", ""))


async def test_a_renamed_file_says_where_it_came_from(tmp_path: Path) -> None:
    _write(tmp_path, "old.md", "kept.md")
    known = _known(await _items(tmp_path))
    (tmp_path / "old.md").rename(tmp_path / "new.md")
    (tmp_path / "copy.md").write_bytes((tmp_path / "kept.md").read_bytes())
    items = await _items(tmp_path, known)
    assert _origins(items) == {"copy.md": None, "kept.md": None, "new.md": "old.md"}


async def test_renamed_twins_keep_one_origin_each(tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / name).write_bytes(b"same")
    known = _known(await _items(tmp_path))
    for name in ("a.md", "b.md"):
        (tmp_path / name).rename(tmp_path / f"new-{name}")
    (tmp_path / "new-d.md").write_bytes(b"same")
    origins = {"c.md": None, "new-a.md": "a.md", "new-b.md": "b.md", "new-d.md": None}
    assert _origins(await _items(tmp_path, known)) == origins


async def test_a_renamed_folder_takes_its_documents_along(tmp_path: Path) -> None:
    _write(tmp_path, "guides/a.md", "guides/x/b.md")
    known = _known(await _items(tmp_path))
    (tmp_path / "guides").rename(tmp_path / "help")
    assert _origins(await _items(tmp_path, known)) == {
        "help/a.md": "guides/a.md",
        "help/x/b.md": "guides/x/b.md",
    }


async def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    _write(tmp_path, "a.md")
    (entry,) = await _items(tmp_path)
    assert isinstance(entry, Entry)
    known = {"a.md": KnownDocument("a.md", "sha256:as-told", "", entry.validators)}
    (again,) = await _items(tmp_path, known)
    assert again == Entry("a.md", "sha256:as-told", entry.validators)


async def test_an_edit_that_puts_size_and_time_back_is_seen(tmp_path: Path) -> None:
    _write(tmp_path, "a.md")
    before = (tmp_path / "a.md").stat()
    known = _known(await _items(tmp_path))
    (tmp_path / "a.md").write_bytes(b"A.MD")
    os.utime(tmp_path / "a.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    (entry,) = await _items(tmp_path, known)
    assert isinstance(entry, Entry)
    assert entry.version != known["a.md"].version


async def test_a_file_that_just_changed_is_read_again_next_time(tmp_path: Path) -> None:
    _write(tmp_path, "a.md")
    changed = datetime.fromtimestamp((tmp_path / "a.md").stat().st_ctime, UTC)
    for seconds, trusted in ((-60, False), (1, False), (3, True)):
        at = changed + timedelta(seconds=seconds)
        (entry,) = await _items(tmp_path, at=at)
        assert isinstance(entry, Entry)
        assert bool(entry.validators) is trusted


async def test_a_file_that_has_not_settled_waits(tmp_path: Path) -> None:
    _write(tmp_path, "known.md", "new.md")
    changed = datetime.fromtimestamp((tmp_path / "new.md").stat().st_mtime, UTC)
    known = {"known.md": KnownDocument("known.md", "sha256:before", "")}
    soon = await _items(tmp_path, known, at=changed + timedelta(seconds=5), settle_seconds=10)
    assert soon[0] == Entry("known.md", "sha256:before", {})
    assert "'settle_seconds'" in _reasons(soon)["new.md"]
    settled = await _items(tmp_path, known, at=changed + timedelta(seconds=15), settle_seconds=10)
    assert _reasons(settled) == {}


async def test_what_the_settings_no_longer_take_is_gone(tmp_path: Path) -> None:
    _write(tmp_path, "a.md", "drafts/b.md")
    connector = _connector(tmp_path, exclude=["drafts"])
    assert await connector.confirm_gone(["a.md", "drafts/b.md"]) == {
        "a.md": Presence.PRESENT,
        "drafts/b.md": Presence.GONE,
    }


async def test_a_file_that_became_a_folder_is_gone(tmp_path: Path) -> None:
    _write(tmp_path, "a.md/b.md")
    said = await _connector(tmp_path).confirm_gone(["a.md", "a.md/b.md", "a.md/b.md/c.md"])
    assert said == {
        "a.md": Presence.GONE,
        "a.md/b.md": Presence.PRESENT,
        "a.md/b.md/c.md": Presence.GONE,
    }


async def test_refs_come_in_their_own_order_across_folders(tmp_path: Path) -> None:
    refs = ["a-b/x.md", "a.md", "a/x.md", "a/y/z.md", "a0.md", "Ä.md"]
    _write(tmp_path, *reversed(refs))
    assert [item.ref for item in await _items(tmp_path)] == sorted(refs)


async def test_a_folder_too_deep_for_a_path_is_walked(tmp_path: Path) -> None:
    deep, depth, here = "deep" * 50, 25, os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(deep, dir_fd=here)
        below = os.open(deep, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("a.md", os.O_CREAT, dir_fd=here))
    os.close(here)
    (entry,) = await _items(tmp_path)
    assert entry.ref == f"{deep}/" * depth + "a.md"


async def test_only_a_base_url_says_where_a_page_is_read(tmp_path: Path) -> None:
    _write(tmp_path, "ask us/why?.md")
    entry = Entry("ask us/why?.md", "")
    on_disk = await _connector(tmp_path).fetch(entry)
    assert on_disk.url == ""
    on_web = await _connector(tmp_path, base_url="https://help.example/en/").fetch(entry)
    assert on_web.url == "https://help.example/en/ask%20us/why%3F.md"


def _descriptors() -> set[str]:
    return {path.name for path in Path("/dev/fd").iterdir()}


def _write(root: Path, *refs: str) -> None:
    for ref in refs:
        path = root / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ref.encode())


def _connector(root: Path, at: datetime = LATER, **settings: Json) -> FilesConnector:
    return FilesConnector(parse_files({"path": str(root), **settings}), lambda: at)


async def _scan(
    root: Path,
    known: dict[str, KnownDocument] | None = None,
    at: datetime = LATER,
    **settings: Json,
) -> tuple[list[Item], Completeness]:
    steps = await _drain(_connector(root, at, **settings).scan(None, known or {}))
    proof = steps.pop()
    assert isinstance(proof, Completeness)
    return [item for page in steps if isinstance(page, Page) for item in page.items], proof


async def _items(
    root: Path,
    known: dict[str, KnownDocument] | None = None,
    at: datetime = LATER,
    **settings: Json,
) -> list[Item]:
    return (await _scan(root, known, at, **settings))[0]


async def _drain(steps: AsyncIterator[Page | Completeness]) -> list[Page | Completeness]:
    return [step async for step in steps]


def _known(items: list[Item]) -> dict[str, KnownDocument]:
    return {
        item.ref: KnownDocument(item.ref, item.version, "", item.validators)
        for item in items
        if isinstance(item, Entry)
    }


def _reasons(items: list[Item]) -> dict[str, str]:
    return {item.ref: item.reason for item in items if isinstance(item, Failure)}


def _origins(items: list[Item]) -> dict[str, str | None]:
    return {item.ref: item.moved_from for item in items if isinstance(item, Entry)}


@contextmanager
def _without_privileges() -> Iterator[None]:
    """Let permissions bind us even where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
