"""What a backup holds, and that a restore takes all of it or nothing."""

import io
import json
import resource
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import ingest
from api.archive import ArchiveFailed, Manifest
from api.backup import back_up, restore
from api.home import Home, occupy
from ingest.adapters.ledger.schema import REVISIONS
from ingest.records import RunState, Timing
from tests.life import ACME, SOURCE, Now, living

MIGRATIONS = Path(ingest.__file__).parent / "migrations"
AT = datetime(2026, 11, 22, tzinfo=UTC)
SMALL = {"admin.key": "key", "pepper": "salt", "credentials.key": "seal", "punnet.toml": "port=1"}
Changed = Callable[[dict[str, bytes]], None]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for animal in ("walrus", "otter", "newt"):
        (folder / f"{animal}.md").write_text(f"# Feeding\n\nThe {animal} is fed at noon.\n")
    return folder


@pytest.fixture
async def home(tmp_path: Path, pages: Path) -> Home:
    place = tmp_path / "home"
    place.mkdir()
    for name, content in SMALL.items():
        (place / name).write_text(content)
    async with living(place) as life:
        await life.add_source("files", {"path": str(pages)})
        await life.sync()
    return Home(place)


@pytest.fixture
def archive(tmp_path: Path, home: Home) -> Path:
    back_up(home, tmp_path / "backup.tar.gz", AT, secrets=True)
    return tmp_path / "backup.tar.gz"


def held(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as entries:
        return {one.name: read(entries, one) for one in entries}


def read(entries: tarfile.TarFile, one: tarfile.TarInfo) -> bytes:
    content = entries.extractfile(one)
    assert content is not None
    return content.read()


def repacked(archive: Path, change: Changed) -> Path:
    """Write the archive anew, with something changed in it."""
    files = held(archive)
    change(files)
    other = archive.with_name("other.tar.gz")
    with tarfile.open(other, "w:gz") as entries:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entries.addfile(entry, io.BytesIO(content))
    return other


def new_home(tmp_path: Path) -> Home:
    return Home(tmp_path / "new" / "home")


async def restored(archive: Path, tmp_path: Path) -> Manifest:
    return await restore(archive, new_home(tmp_path), Now())


async def refused(archive: Path, tmp_path: Path, because: str) -> None:
    with pytest.raises(ArchiveFailed, match=because):
        await restored(archive, tmp_path)
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_backup_is_all_of_a_home_but_its_index(archive: Path, tmp_path: Path) -> None:
    made = await restored(archive, tmp_path)
    place = new_home(tmp_path).path
    assert {file.name: file.read_text() for file in place.iterdir() if file.name in SMALL} == SMALL
    assert made.counts["documents"] == 3
    async with living(place) as life:
        assert await life.states() == {"live": 3}
        drift = await life.upkeep.compare(ACME, SOURCE, repair=True)
        assert drift.missing == drift.expected > 0
        assert "walrus is fed" in (await life.texts("When is the walrus fed?"))[0]


async def test_only_its_owner_may_read_it(archive: Path, tmp_path: Path) -> None:
    await restored(archive, tmp_path)
    place = new_home(tmp_path).path
    assert [file.stat().st_mode & 0o77 for file in (archive, place, *place.iterdir())] == [0] * 7


def test_the_key_of_credentials_can_be_left_out(home: Home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup.tar.gz", AT, secrets=False)
    assert "credentials.key" not in held(tmp_path / "backup.tar.gz")


def test_a_key_among_the_settings_is_not_taken_along_unasked(home: Home, tmp_path: Path) -> None:
    (home.path / "punnet.toml").write_text(f'credentials_key = "{"A" * 43}="')
    with pytest.raises(ArchiveFailed, match="credentials_key"):
        back_up(home, tmp_path / "backup.tar.gz", AT, secrets=False)
    back_up(home, tmp_path / "backup.tar.gz", AT, secrets=True)


def test_a_backup_overwrites_nothing(home: Home, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(ArchiveFailed, match="is there already"):
        back_up(home, archive, AT, secrets=True)
    assert archive.read_bytes() == before


@pytest.mark.parametrize("left", ["ledger.db", "ledger.db-wal"])
async def test_a_ledger_kept_elsewhere_is_put_beside_nothing_old(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    monkeypatch.setenv("PUNNET_LEDGER_URL", f"sqlite+aiosqlite:///{place / 'ledger.db'}")
    (place / left).write_text("left by another ledger")
    await refused(archive, tmp_path, f"{left} is there already")
    (place / left).unlink()
    await restored(archive, tmp_path)
    assert [file.name for file in place.iterdir()] == ["ledger.db"]


async def test_a_restore_overwrites_nothing(home: Home, archive: Path) -> None:
    with pytest.raises(ArchiveFailed, match="not empty"):
        await restore(archive, home, Now())


async def test_a_home_that_is_in_use_is_left_alone(archive: Path, tmp_path: Path) -> None:
    place = new_home(tmp_path)
    place.create()
    with occupy(place, "now"), pytest.raises(ArchiveFailed, match="in use"):
        await restore(archive, place, Now())


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [1_000, 200_000])
def test_a_full_disk_leaves_nothing_half(home: Home, tmp_path: Path, size: int) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    with closing(sqlite3.connect(home.path / "ledger.db")) as ledger:
        ledger.execute("UPDATE revision SET text = text || hex(randomblob(200000))")
        ledger.commit()
    with files_up_to(size), pytest.raises(ArchiveFailed, match="No backup was made"):
        back_up(home, folder / "backup.tar.gz", AT, secrets=True)
    assert list(folder.iterdir()) == []


async def test_a_backup_that_was_cut_off_restores_nothing(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    for share in (0.0, 0.01, 0.5, 0.99):
        archive.write_bytes(whole[: int(len(whole) * share)])
        await refused(archive, tmp_path, r"cut off|not a backup")
    archive.write_bytes(whole[:-4])
    await refused(archive, tmp_path, "cut off")


def flip(files: dict[str, bytes]) -> None:
    content = bytearray(files["ledger.db"])
    content[len(content) // 2] ^= 1
    files["ledger.db"] = bytes(content)


def add(files: dict[str, bytes]) -> None:
    files["../../evil"] = b""


def swap_key(files: dict[str, bytes]) -> None:
    files["admin.key"] = b"mine"


def drop(files: dict[str, bytes]) -> None:
    del files["pepper"]


def drop_manifest(files: dict[str, bytes]) -> None:
    del files["manifest.json"]


def nest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = b"[" * 200_000


def from_the_future(files: dict[str, bytes]) -> None:
    files["manifest.json"] = json.dumps({"format": 2}).encode()


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (flip, "ledger.db' is not as it was"),
        (add, "does not belong"),
        (swap_key, "admin.key' is not as it was"),
        (drop, "lacks pepper"),
        (drop_manifest, "not a backup"),
        (nest, "manifest cannot be understood"),
        (from_the_future, "newer Punnet"),
    ],
)
async def test_a_backup_that_was_changed_restores_nothing(
    archive: Path, tmp_path: Path, change: Changed, because: str
) -> None:
    await refused(repacked(archive, change), tmp_path, because)


async def test_a_ledger_of_a_newer_program_is_not_restored(home: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home.path / "ledger.db")) as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
        ledger.commit()
    back_up(home, tmp_path / "backup.tar.gz", AT, secrets=True)
    await refused(tmp_path / "backup.tar.gz", tmp_path, "newer than this program")


def test_a_damaged_ledger_is_told_of_and_not_backed_up(home: Home, tmp_path: Path) -> None:
    with (home.path / "ledger.db").open("r+b") as ledger:
        ledger.seek(40_960)
        ledger.write(b"\xff" * 8_192)
    with pytest.raises(ArchiveFailed, match=r"damaged|malformed"):
        back_up(home, tmp_path / "backup.tar.gz", AT, secrets=True)


async def test_who_worked_on_the_old_home_holds_nothing_up(home: Home, tmp_path: Path) -> None:
    async with living(home.path) as life:
        assert await life.ledger.leases.take(f"source:{SOURCE}", "old", 3600.0)
        run = await life.schedule.request_run(ACME, SOURCE)
        await life.ledger.work.claim_work(("sync",), "old", life.now(), 3600.0)
    back_up(home, tmp_path / "backup.tar.gz", AT, secrets=True)
    await restored(tmp_path / "backup.tar.gz", tmp_path)
    async with living(new_home(tmp_path).path) as life:
        life.now.pass_by(seconds=1)
        assert await life.ledger.work.claim_work(("sync",), "new", life.now(), 60.0)
        assert (await life.carry_out(run)).state is RunState.SUCCEEDED


async def test_what_was_due_long_ago_runs_once(home: Home, tmp_path: Path) -> None:
    async with living(home.path) as life:
        record = await life.ledger.sources.source(ACME, SOURCE)
        assert record is not None
        await life.ledger.sources.save_source(replace(record, timing=Timing(every_seconds=60)))
        await life.ledger.sources.set_due(SOURCE, life.now())
    back_up(home, tmp_path / "backup.tar.gz", AT, secrets=True)
    await restored(tmp_path / "backup.tar.gz", tmp_path)
    later = Now()
    later.pass_by(days=30)
    async with living(new_home(tmp_path).path, now=later) as life:
        for _ in range(5):
            await life.schedule.tick()
            life.now.pass_by(seconds=1)
        assert len(await life.ledger.runs.list_runs(ACME, SOURCE, None, 9)) == 2


async def test_a_sync_after_a_restore_has_the_last_word(
    home: Home, archive: Path, pages: Path, tmp_path: Path
) -> None:
    (pages / "newt.md").unlink()
    (pages / "otter.md").write_text("# Feeding\n\nThe otter is fed at dusk.\n")
    (pages / "crane.md").write_text("# Feeding\n\nThe crane is fed at dawn.\n")
    async with living(home.path) as life:
        await life.upkeep.compare(ACME, SOURCE, repair=True)
        await life.sync()
    await restored(archive, tmp_path)
    async with living(new_home(tmp_path).path) as life:
        await life.upkeep.compare(ACME, SOURCE, repair=True)
        assert any("newt" in text for text in await life.texts("newt"))
        await life.sync()
        assert sorted(await life.texts("fed", 9)) == [
            "The crane is fed at dawn.",
            "The otter is fed at dusk.",
            "The walrus is fed at noon.",
        ]


async def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = Home(tmp_path / "old")
    old.create()
    engine = create_engine(f"sqlite:///{old.path / 'ledger.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])
    engine.dispose()
    made = back_up(old, tmp_path / "backup.tar.gz", AT, secrets=True)
    await restored(tmp_path / "backup.tar.gz", tmp_path)
    assert made.schema == REVISIONS[0]
    async with living(new_home(tmp_path).path) as life:
        await life.add_source("upload", {})
