"""A home on a disk that runs full: what is known stays, and what waits goes on with room."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import PATIENCE_S, Place, Up, serving

DISK = 220_000_000
"""Enough for an index, and for what it wants to have free before it grows."""
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("disk")
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place))
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can only be mounted here by root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="module")
def up(disk: Path, default_model: Path) -> Iterator[Up]:
    with serving(Place(disk / "home", default_model.parent)) as served:
        yield served


@contextmanager
def filled(disk: Path, leaving: int) -> Iterator[None]:
    """Fill the disk but for so many bytes."""
    filler = disk / "filler"
    try:
        with filler.open("wb") as file:
            while (free := _free(disk) - leaving) > 0:
                file.write(bytes(min(free, MEGABYTE)))
                file.flush()
        yield
    finally:
        filler.unlink()


def latest_run(up: Up, source: str) -> str:
    """Wait for the run that another program asked for."""
    asked: dict[str, str | int] = {"source_id": source, "limit": 1}
    for _ in range(int(PATIENCE_S * 10)):
        newest = up.http.get("/v1/runs", params=asked).json()["items"][0]
        if newest["state"] in ("queued", "running"):
            return str(newest["id"])
        time.sleep(0.1)
    raise AssertionError("nobody asked for a run")


def test_a_sync_waits_for_room_with_a_reason_and_then_goes_on(
    up: Up, disk: Path, tmp_path: Path
) -> None:
    (tmp_path / "old.md").write_text("# Old\n\nThe walrus was here before.\n")
    source = up.add_source("Pages", tmp_path)
    up.sync(source)
    (tmp_path / "new.md").write_text("# New\n\nThe zeppelin came later.\n")
    with filled(disk, leaving=20 * MEGABYTE):
        watching = up.place.start("sync", "Pages")
        run = latest_run(up, source)
        waiting = up.run_when(run, lambda found: found["errors"])
        assert waiting["state"] == "running"
        assert "the disk of" in waiting["errors"][0]["reason"]
        assert "free space; nothing is lost" in waiting["errors"][0]["reason"]
        assert "The walrus was here before." in up.texts("walrus")
    said, noted = watching.communicate(timeout=PATIENCE_S)
    assert "succeeded" in said
    assert "free space; nothing is lost" in noted
    assert up.ended(run)["state"] == "succeeded"
    assert "The zeppelin came later." in up.texts("zeppelin")
    assert "The walrus was here before." in up.texts("walrus")


def test_a_ledger_without_room_answers_and_says_what_it_cannot_keep(
    up: Up, disk: Path, tmp_path: Path
) -> None:
    (tmp_path / "page.md").write_text("# Page\n\nThe xylophone is in tune.\n")
    source = up.add_source("Full", tmp_path)
    up.sync(source)
    with filled(disk, leaving=0):
        body = {"kind": "upload", "name": "x" * 200, "settings": {}}
        refused = next(
            answer
            for answer in (up.http.post("/v1/sources", json=body) for _ in range(200))
            if answer.status_code != 201
        )
        assert refused.status_code == 503
        assert "Nothing was changed" in refused.json()["detail"]
        assert "the disk" in refused.json()["detail"]
        assert "The xylophone is in tune." in up.texts("xylophone")
    assert up.http.post("/v1/sources", json=body).status_code == 201
    assert up.sync(source)["state"] == "succeeded"
    assert up.http.get("/health/ready").status_code == 200


def test_a_start_without_room_says_what_it_needs(up: Up, disk: Path) -> None:
    with filled(disk, leaving=10 * MEGABYTE):
        said = Place(disk / "other", up.place.models).punnet("up", "--port", "0")
    assert said.status == 1
    assert "The index process cannot start: the disk of" in said.err
    assert "free space" in said.err
    assert "Traceback" not in said.err


def _free(disk: Path) -> int:
    return shutil.disk_usage(disk).free
