"""A home that lost its index answers "not now" until it has all of it again."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from api.listening import listening
from ingest.adapters.ledger import open_ledger
from ingest.credentials import Credentials
from ingest.vault import Vault
from tests.running import PATIENCE_S, Place, serving

PAGES = 40
QUESTION = "When is the walrus fed?"
TRIES = 2000


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory, default_model: Path) -> Place:
    """Give a home that holds some pages and that nobody serves any more."""
    folder = tmp_path_factory.mktemp("stopped")
    place = Place(folder / "home", default_model.parent)
    pages = folder / "pages"
    pages.mkdir()
    for at in range(PAGES):
        (pages / f"{at}.md").write_text(f"# Walrus {at}\n\nWalrus {at} is fed at noon.\n")
    with serving(place) as up:
        assert up.sync(up.add_source("Pages", pages))["counts"]["indexed"] == PAGES
    return place


@pytest.fixture
def place(stopped: Place, tmp_path: Path) -> Place:
    """Give the home as a copy brings it back: without its index."""
    without = shutil.ignore_patterns("index", "*.sock")
    shutil.copytree(stopped.home, tmp_path / "home", ignore=without)
    return Place(tmp_path / "home", stopped.models)


@contextmanager
def running(place: Place, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run one of the processes that `punnet up` starts, by itself."""
    process = place.start(*arguments)
    # A process whose log nobody reads stops at a full pipe.
    reading = threading.Thread(target=process.communicate, daemon=True)
    reading.start()
    try:
        yield process
    finally:
        process.terminate()
        reading.join(PATIENCE_S)


def free_port() -> str:
    with listening("127.0.0.1", 0) as bound:
        return str(bound.getsockname()[1])


def search(http: httpx2.Client) -> httpx2.Response:
    return http.post("/v1/search", json={"query": QUESTION, "limit": PAGES})


def test_searches_are_refused_until_all_is_found_again(place: Place) -> None:
    port = free_port()
    key = (place.home / "admin.key").read_text().strip()
    with ExitStack() as stack:
        stack.enter_context(running(place, "index"))
        stack.enter_context(running(place, "serve", "--port", port))
        http = stack.enter_context(
            httpx2.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {key}"},
                transport=httpx2.HTTPTransport(retries=10),
                timeout=60,
            )
        )
        wait_for_life(http)
        for _ in range(3):
            assert search(http).status_code == 503
        refused = search(http)
        ready = http.get("/health/ready")
        assert int(refused.headers["retry-after"]) > 0
        assert ready.status_code == 503
        assert "rebuilt from the ledger" in ready.json()["checks"]["index"]["detail"]

        stack.enter_context(running(place, "worker"))
        answer = search(http)
        for _ in range(TRIES):
            if answer.status_code != 503:
                break
            time.sleep(0.05)
            answer = search(http)
        assert len(answer.json()["hits"]) == PAGES
        assert http.get("/health/ready").status_code == 200


def wait_for_life(http: httpx2.Client) -> None:
    for _ in range(TRIES):
        try:
            assert http.get("/health/live").status_code == 200
        except httpx2.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


async def seal_elsewhere(place: Place) -> None:
    """Give the home's source credentials as one has them that was restored without its key."""
    now = datetime.now(UTC)
    url = f"sqlite+aiosqlite:///{place.home}/ledger.db"
    async with open_ledger(url, clock=lambda: now) as ledger:
        (tenant,) = await ledger.tenants.list_tenants()
        (record,) = await ledger.sources.list_sources(tenant.id)
        credentials = Credentials(ledger.credentials, Vault((bytes(32),), os.urandom), lambda: now)
        await credentials.write(tenant.id, record.source.id, {"token": "CANARY"})


async def test_a_restored_home_that_calls_itself_ready_has_all_but_the_key_it_lacks(
    place: Place,
) -> None:
    with serving(place) as up:
        assert len(up.texts(QUESTION, PAGES)) == PAGES
        await seal_elsewhere(place)
        report = json.loads(place.punnet("doctor", "--json").out)
    assert [line["clean"] for line in report["lines"]] == [True]
    (wrong,) = [one for one in report["findings"] if one["wrong"]]
    assert wrong["about"] == "source Pages"
    assert "sealed under a key that is not here" in wrong["says"]


def test_a_command_on_a_restored_home_that_nobody_serves_finds_everything(place: Place) -> None:
    said = place.punnet("search", QUESTION, "--limit", str(PAGES), "--json")
    assert said.status == 0, said.err
    assert len(json.loads(said.out)["hits"]) == PAGES
