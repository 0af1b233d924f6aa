"""Settings: variables over the file over defaults, and words for what is wrong."""

import os
from pathlib import Path

import pytest

from api.entrusted import endpoints_of
from api.settings import load_settings, stray_variables
from connectors.endpoints import Endpoints
from connectors.errors import SettingsInvalid


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PUNNET_")]:
        monkeypatch.delenv(name)


def test_an_empty_home_works_as_it_is(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8321)
    assert settings.ledger_url.get_secret_value() == f"sqlite+aiosqlite:///{tmp_path}/ledger.db"
    assert settings.models_dir == tmp_path / "models"
    assert (settings.qdrant_url, settings.router_url) == (None, None)


def test_a_variable_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "punnet.toml").write_text('port = 9000\nhost = "0.0.0.0"\nfile_roots = ["/srv"]\n')
    monkeypatch.setenv("PUNNET_PORT", "9001")
    settings = load_settings(tmp_path)
    assert (settings.port, settings.host) == (9001, "0.0.0.0")
    assert settings.file_roots == (Path("/srv"),)
    monkeypatch.setenv("PUNNET_FILE_ROOTS", "/a:/b")
    assert load_settings(tmp_path).file_roots == (Path("/a"), Path("/b"))


def test_the_home_comes_from_the_caller_then_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNNET_HOME", str(tmp_path / "variable"))
    assert load_settings(tmp_path / "given").home == tmp_path / "given"
    assert load_settings().home == tmp_path / "variable"


def test_what_is_no_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "punnet.toml").write_text("prot = 9000\ncolour = 'red'\n")
    with pytest.raises(SettingsInvalid, match=r"colour, prot.*port"):
        load_settings(tmp_path)


@pytest.mark.parametrize("text", ["port = ", "port = 1\nport = 2", "\ufffe"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "punnet.toml").write_text(text)
    with pytest.raises(SettingsInvalid, match=r"punnet\.toml"):
        load_settings(tmp_path)


def test_what_only_follows_from_a_wrong_value_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "punnet.toml").write_text('port = "many"\n')
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(tmp_path)
    assert "port in " in str(refused.value)
    assert "ledger_url" not in str(refused.value).lower()


def test_a_wrong_value_is_named_with_its_place_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "punnet.toml").write_text("port = 'CANARY'\n")
    monkeypatch.setenv("PUNNET_LOG_LEVEL", "CANARY")
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path)
    said = str(caught.value)
    assert f"port in {tmp_path}/punnet.toml" in said
    assert "PUNNET_LOG_LEVEL" in said
    assert "CANARY" not in said


def test_secrets_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROUTER_KEY", "QDRANT_API_KEY", "EMBED_KEY", "PEPPER"):
        monkeypatch.setenv(f"PUNNET_{name}", "CANARY")
    monkeypatch.setenv("PUNNET_LEDGER_URL", "postgresql+psycopg://punnet:CANARY@db/punnet")
    settings = load_settings(tmp_path)
    assert "CANARY" not in repr(settings)
    assert "CANARY" not in str(settings.model_dump(mode="json"))
    assert settings.router_key is not None
    assert settings.router_key.get_secret_value() == "CANARY"


def test_a_mistyped_variable_is_told_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEY", "HOME", "ROUTER_ULR", "QQQ", "PORT"):
        monkeypatch.setenv(f"PUNNET_{name}", "x")
    assert stray_variables() == (
        "PUNNET_QQQ is not a setting.",
        "PUNNET_ROUTER_ULR is not a setting: did you mean 'PUNNET_ROUTER_URL'?",
    )


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_addresses_have_no_slash_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNNET_PUBLIC_URL", "https://kb.example.com/")
    monkeypatch.setenv("PUNNET_NOTION_URL", "http://127.0.0.1:9/notion/")
    settings = load_settings(tmp_path)
    assert settings.public_url == "https://kb.example.com"
    assert endpoints_of(settings) == Endpoints(notion="http://127.0.0.1:9/notion")


@pytest.mark.parametrize("written", ["kb.example.com", "ftp://kb.example.com", "javascript:x"])
def test_what_is_no_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("PUNNET_PUBLIC_URL", written)
    with pytest.raises(SettingsInvalid, match="PUNNET_PUBLIC_URL"):
        load_settings(tmp_path)
