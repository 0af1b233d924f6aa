"""The doctor goes on where something cannot be examined, and says what to do about it."""

from pathlib import Path

import pytest

from api.checks import Finding
from api.cli.care import tell
from api.doctor import DoctorReport, doctor
from api.first_start import prepare
from api.home import Home
from api.settings import Settings, load_settings
from tests.cli_api import Punnet

UNSERVED = "The index process cannot start: move the folder away."


@pytest.fixture
async def settings(tmp_path: Path, default_model: Path) -> Settings:
    home = tmp_path / "home"
    Home(home).create()
    built = load_settings(home).model_copy(update={"models_dir": default_model.parent})
    await prepare(built, Path(), lambda _: None)
    return built


def told(report: DoctorReport) -> dict[str, str]:
    assert all(one.do for one in report.findings)
    return {one.about: one.says for one in report.findings if one.wrong}


async def test_a_model_that_is_not_there_stops_no_other_check(settings: Settings) -> None:
    bare = settings.model_copy(update={"models_dir": settings.home / "models"})
    (settings.home / "admin.key").write_text("pn_0123_another")
    report = await doctor(bare, repair=False, runs=False)
    assert told(report).keys() == {"index", "keys"}
    assert "was not built yet" in told(report)["index"]
    assert "PUNNET_MODELS_DIR" in report.findings[-1].do
    assert not report.clean


async def test_a_home_that_nobody_can_serve_is_examined_all_the_same(settings: Settings) -> None:
    (settings.home / "pepper").write_bytes(b"another")
    report = await doctor(settings, repair=True, runs=False, unserved=UNSERVED)
    assert told(report).keys() == {"start", "keys"}
    assert "Example shop" in report.names.values()
    assert (report.lines, report.mended) == ((), False)


async def test_a_ledger_that_cannot_be_read_is_told_once(settings: Settings) -> None:
    (settings.home / "ledger.db").write_bytes(b"no ledger at all" * 1_000)
    report = await doctor(settings, repair=False, runs=False, unserved=UNSERVED)
    assert "ledger" in told(report)
    assert not report.clean


@pytest.mark.parametrize(
    ("findings", "ends"),
    [
        ((), "All is well."),
        ((Finding("source Shop", "It failed once: x", "y", wrong=False),), "to be mended."),
        ((Finding("disk", "1 MB is free.", "Free space."),), "WRONG: disk: 1 MB is free."),
    ],
)
def test_what_was_noted_is_not_called_well(
    findings: tuple[Finding, ...], ends: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(DoctorReport((), (), findings))
    assert ends in capsys.readouterr().err.splitlines()[-1]


def test_settings_that_cannot_be_read_are_told_as_data_too(punnet: Punnet, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "admin.key").write_text("pn_0123_key")
    (home / "punnet.toml").write_text("port = [")
    said = punnet("doctor", "--json")
    (finding,) = said.data()["findings"]
    assert (said.status, finding["about"]) == (1, "settings")


def test_a_home_that_cannot_be_served_is_told_as_data_too(
    punnet: Punnet, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNNET_MODELS_DIR", str(settings.models_dir))
    (settings.home / "pepper").unlink()
    said = punnet("doctor", "--json")
    about = {one["about"]: one["says"] for one in said.data()["findings"]}
    assert (said.status, said.data()["clean"]) == (1, False)
    assert "pepper is gone" in about["start"]
    assert "pepper is gone" in about["keys"]
