"""A backup of a home that is at work, and what a restore makes of it."""

import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.running import Place, Up, serving

PAGES = 30
QUESTION = "When is the walrus fed?"
OTTERS = [f"Otter{at}" for at in range(8)]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, default_model: Path) -> Iterator[Up]:
    """Serve a home with some pages that stay as they are."""
    folder = tmp_path_factory.mktemp("backup")
    pages = folder / "pages"
    pages.mkdir()
    for at in range(PAGES):
        (pages / f"{at}.md").write_text(f"# Walrus {at}\n\nWalrus {at} is fed at noon.\n")
    with serving(Place(folder / "home", default_model.parent)) as served:
        assert served.sync(served.add_source("Pages", pages))["counts"]["indexed"] == PAGES
        yield served


class Pusher:
    """Pushes and removes documents all the time, as fast as they are taken."""

    def __init__(self, up: Up) -> None:
        body = {"kind": "upload", "name": f"Pushed {time.monotonic()}", "settings": {}}
        self.source = up.http.post("/v1/sources", json=body).json()["id"]
        self.rounds = 0
        self._http = up.http
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._push)

    def __enter__(self) -> "Pusher":
        self._thread.start()
        while self.rounds < 1:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _push(self) -> None:
        while not self._stop.is_set():
            for at in range(8):
                says = f"Otter{at} version{self.rounds} eats. " * 40
                text = f"# Otter {at}\n\n{says}\n\n## More\n\n{says}\n"
                self._http.put(
                    f"/v1/sources/{self.source}/documents/otter{at}",
                    content=text,
                    headers={"Content-Type": "text/markdown"},
                    params={"wait": "true"} if at == 7 else {},
                )
            self.rounds += 1


def answers(http: httpx2.Client) -> list[object]:
    body = {
        "query": QUESTION,
        "limit": PAGES,
        "filter": {"refs": [f"{at}.md" for at in range(PAGES)]},
    }
    found = http.post("/v1/search", json=body)
    assert found.status_code == 200, found.text
    return [(hit["text"], hit["document"]["ref"], hit["start"]) for hit in found.json()["hits"]]


def test_a_busy_home_comes_back_as_it_was(up: Up, tmp_path: Path) -> None:
    before = answers(up.http)
    assert len(before) == PAGES
    file = tmp_path / "backup.tar.gz"
    with Pusher(up) as pusher:
        said = up.place.punnet("backup", str(file), "--json")
        during = pusher.rounds
    assert said.status == 0, said.err
    assert json.loads(said.out)["counts"]["documents"] >= PAGES
    home = Place(tmp_path / "home", up.place.models)
    assert home.punnet("restore", str(file)).status == 0
    with serving(home) as again:
        assert answers(again.http) == before
        texts = again.texts("Otter eats", 100)
        seen = {
            otter: set(re.findall(rf"{otter} version(\d+)", " ".join(texts))) for otter in OTTERS
        }
        assert all(len(versions) == 1 for versions in seen.values())
        assert max(int(number) for versions in seen.values() for number in versions) <= during


def test_a_backup_that_is_killed_leaves_no_file(up: Up, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    killed = up.place.punnet("backup", str(file), PUNNET_FAILPOINTS="backup.packed=kill")
    assert killed.status == -signal.SIGKILL
    assert not file.exists()


def test_a_command_tells_what_the_backup_holds(up: Up, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    said = up.place.punnet("backup", str(file), "--without-secrets")
    assert said.status == 0, said.err
    assert "the operator's key" in said.err
    assert "does not hold credentials.key" in said.err
