"""The command line, run in this process against an API that answers what it is told."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli import main
from tests.cli_api import KEY, SHOP, Punnet, Said, Told, answering, page


@pytest.fixture
def punnet(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Punnet]:
    """Run the command line in this process, far from anybody's own home."""
    monkeypatch.setenv("PUNNET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PUNNET_URL", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["punnet", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        return Said(status, *capfd.readouterr())

    rights = os.umask(0o022)
    yield run
    os.umask(rights)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, punnet: Punnet) -> Iterator[Told]:
    """Let the commands talk to an API that answers what it is told."""
    with answering() as told:
        monkeypatch.setenv("PUNNET_URL", told.address)
        monkeypatch.setenv("PUNNET_KEY", KEY)
        told.answers["GET /v1/sources"] = page(SHOP)
        yield told
