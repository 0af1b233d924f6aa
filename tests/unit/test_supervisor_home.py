"""Who holds a home, and where it listens."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.child import command, environment
from api.cli.care import build_model
from api.first_start import prepare
from api.home import (
    Home,
    HomeBusy,
    HomeUnusable,
    Running,
    announce,
    chosen_home,
    is_occupied,
    occupy,
    who_serves,
)
from api.listening import AddressTaken, address_of, listening
from api.prepared import (
    Prepared,
    embedding_of,
    is_due,
    keep_prepared,
    marks,
    read_prepared,
)
from api.settings import load_settings
from ingest.errors import ModelUnusable
from tests.small_model import saved_model

NOON = "2026-03-01T12:00:00+00:00"
HEAVY = {"alembic", "fastapi", "numpy", "onnxruntime", "sqlalchemy", "starlette"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def test_a_home_is_for_its_owner_alone(home: Home) -> None:
    assert home.path.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Home(tmp_path).create()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_building_a_model_leaves_no_home_open(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnusable):
        build_model(str(tmp_path / "empty"), home=tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable, match=r"file exists.*--home"):
        Home(tmp_path / "file").create()


def test_a_second_holder_is_refused_with_pid_and_address(home: Home) -> None:
    with occupy(home, NOON):
        announce(home, Running(os.getpid(), "http://127.0.0.1:8321", NOON))
        with pytest.raises(HomeBusy) as refused, occupy(home, NOON):
            pass
    assert f"process {os.getpid()} at http://127.0.0.1:8321" in str(refused.value)


def test_a_holder_that_still_starts_is_named_too(home: Home) -> None:
    with occupy(home, NOON), pytest.raises(HomeBusy) as refused, occupy(home, NOON):
        pass
    assert f"process {os.getpid()} and is still starting" in str(refused.value)


def test_a_home_left_is_free_again(home: Home) -> None:
    with occupy(home, NOON):
        announce(home, Running(os.getpid(), "http://127.0.0.1:1", NOON))
        assert who_serves(home) == Running(os.getpid(), "http://127.0.0.1:1", NOON)
    assert not is_occupied(home)
    assert not home.running_file.exists()
    with occupy(home, NOON):
        assert who_serves(home) is None


def test_what_a_killed_holder_left_behind_counts_for_nothing(home: Home) -> None:
    announce(home, Running(1, "http://127.0.0.1:1", NOON))
    home.lock_file.touch()
    assert who_serves(home) is None
    with occupy(home, NOON):
        assert who_serves(home) is None


def test_a_broken_running_file_counts_for_nothing(home: Home) -> None:
    with occupy(home, NOON):
        home.running_file.write_text(json.dumps({"pid": 1}))
        assert who_serves(home) is None


def test_a_long_home_still_has_a_socket_that_fits(tmp_path: Path) -> None:
    deep = Home(tmp_path / ("x" * 120))
    assert len(str(deep.index_socket)) <= 100
    assert deep.index_socket != Home(tmp_path / ("y" * 120)).index_socket


def test_the_home_is_as_said_or_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUNNET_HOME", "/srv/punnet")
    assert chosen_home(None) == Path("/srv/punnet")
    assert chosen_home(Path("/other")) == Path("/other")
    monkeypatch.delenv("PUNNET_HOME")
    assert chosen_home(None) == Path.home() / ".punnet"


def test_a_taken_port_says_what_to_do() -> None:
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(AddressTaken) as taken, listening("127.0.0.1", port):
            pass
    assert f"Port {port}" in str(taken.value)
    assert "--port" in str(taken.value)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressTaken) as refused, listening("192.0.2.1", 0):
        pass
    assert "--host" in str(refused.value)


def test_every_interface_is_reached_by_the_local_one() -> None:
    with listening("0.0.0.0", 0) as bound:
        assert address_of(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_address_is_bracketed() -> None:
    try:
        with listening("::1", 0) as bound:
            assert address_of(bound) == f"http://[::1]:{bound.getsockname()[1]}"
    except AddressTaken:
        pytest.skip("this machine has no IPv6")


def test_what_was_prepared_is_read_back(home: Home) -> None:
    prepared = Prepared("f" * 64, 384, "punnet-1", ("/examples/shop",))
    keep_prepared(home, prepared)
    assert read_prepared(home) == prepared


@pytest.mark.parametrize("kept", ["", "{}", "[]", '{"fingerprint": "x"}'])
def test_what_cannot_be_read_was_never_prepared(kept: str, home: Home) -> None:
    home.prepared_file.write_text(kept)
    assert read_prepared(home) is None


def test_a_home_is_prepared_again_when_anything_it_needs_is_another(home: Home) -> None:
    settings = load_settings(home.path)
    (settings.models_dir / "built").mkdir(parents=True)
    (settings.models_dir / "built" / "recipe.json").touch()
    home.admin_key.touch()
    assert is_due(home, settings, None)
    keep_prepared(home, Prepared(marks(settings), 384, "c", ("/examples/shop",)))
    assert not is_due(home, settings, None)
    assert not is_due(home, settings, Path("/examples/shop"))
    assert is_due(home, settings, Path("/examples/other"))
    assert is_due(home, settings.model_copy(update={"model": "another"}), None)
    home.admin_key.unlink()
    assert is_due(home, settings, None)


async def test_a_model_on_a_device_needs_no_export(home: Home, tmp_path: Path) -> None:
    served = {"model": str(saved_model(tmp_path)), "model_device": "cpu"}
    settings = load_settings(home.path).model_copy(update=served)
    await prepare(settings, None, lambda _: None)
    assert not settings.models_dir.exists()
    assert not is_due(home, settings, None)


def test_what_leads_to_another_model_is_named(home: Home) -> None:
    before = load_settings(home.path)
    kept = Prepared("f", 384, "c", embedding=embedding_of(before))
    after = before.model_copy(update={"model": "e5", "model_device": "cuda"})
    assert kept.changes(before) == ()
    assert kept.changes(after) == (
        "PUNNET_MODEL was all-MiniLM-L6-v2 and is e5",
        "PUNNET_MODEL_DEVICE was not set and is cuda",
    )


async def test_a_filled_home_refuses_another_model_by_name(home: Home, default_model: Path) -> None:
    settings = load_settings(home.path).model_copy(update={"models_dir": default_model.parent})
    await prepare(settings, None, lambda _: None)
    served = {"embed_url": "http://127.0.0.1:1/v1", "embed_dimension": 8}
    with pytest.raises(ModelUnusable, match=r"PUNNET_EMBED_URL was not set and is http://127"):
        await prepare(settings.model_copy(update=served), None, lambda _: None)
    assert {path.name for path in home.path.iterdir()} >= {"ledger.db", "prepared.json"}


def test_the_supervisor_imports_nothing_heavy() -> None:
    code = "import sys, api.up, api.cli.serving; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert HEAVY.isdisjoint(done.stdout.split())


def test_a_working_folder_with_an_api_of_its_own_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "api" / "child.py").write_text("")
    done = subprocess.run(
        command("api.child", "tests.integration.programs", "fail"),
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "cannot open the model\n")
