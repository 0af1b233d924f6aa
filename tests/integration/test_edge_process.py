"""The index process as its supervisor sees it: alone, mortal, and honest about its last end."""

import asyncio
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from connectors.model import SourceId, TenantId
from ingest.adapters.edge_index import EdgeIndex
from ingest.adapters.edge_process import CANNOT_START
from ingest.errors import IndexRefused, IndexUnaudited, IndexUnavailable
from ingest.model import DocumentId, Point, PointPayload, Probe, Scope, SparseVector
from tests.index_process import IndexProcess

ACME = TenantId("acme")
POINT = Point(
    UUID(int=1),
    np.array([1, 0], np.float32),
    SparseVector((7,), (1.0,)),
    PointPayload(SourceId("faq"), DocumentId("page")),
)

PROBE = Probe(POINT.dense, POINT.sparse)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[IndexProcess]:
    process = IndexProcess(tmp_path, dimension=2)
    yield process
    process.kill()


def refusal(process: "subprocess.Popen[bytes]") -> str:
    """Wait for a start that fails, and give what it says."""
    _, said = process.communicate(timeout=60)
    assert process.returncode == CANNOT_START
    return said.decode()


async def test_a_new_index_counts_as_cleanly_ended(process: IndexProcess) -> None:
    process.start()
    async with process.client() as index:
        health = await index.health()
    assert (health.points, health.dimension, health.ended_unclean) == (0, 2, False)


async def test_a_clean_end_leaves_its_mark_and_an_unclean_one_is_told(
    process: IndexProcess,
) -> None:
    clean = process.directory / "clean"
    async with process.client() as index:
        process.start()
        await index.upsert(ACME, [POINT])
        assert not clean.exists()
        assert process.terminate() == 0
        assert clean.exists()

        process.start()
        assert not (await index.health()).ended_unclean
        process.kill()
        assert not clean.exists()

        process.start()
        health = await index.health()
    assert health.ended_unclean
    assert health.points == 1


async def test_the_mark_of_an_audit_survives_kill_9_and_goes_with_the_shard(
    process: IndexProcess,
) -> None:
    async with process.client() as index:
        process.start()
        await index.upsert(ACME, [POINT])
        await index.set_audited()
        process.kill()

        process.start()
        found = await index.search(ACME, PROBE, Scope(), 5)
        assert [hit.id for hit in found.dense] == [POINT.id]
        assert process.terminate() == 0

        shutil.rmtree(process.directory / "shard")
        process.start()
        with pytest.raises(IndexUnaudited):
            await index.search(ACME, PROBE, Scope(), 5)


async def test_a_second_process_on_the_same_directory_says_why_it_cannot(
    process: IndexProcess, tmp_path: Path
) -> None:
    process.start()
    async with process.client() as index:
        await index.upsert(ACME, [POINT])
        second = IndexProcess(tmp_path, dimension=2)
        second.socket = tmp_path / "second.sock"
        assert "another process has the index" in refusal(second.start())
        assert await index.count(ACME) == 1


async def test_an_index_of_another_model_is_not_opened(process: IndexProcess) -> None:
    process.start()
    async with process.client() as index:
        await index.health()
    process.terminate()
    process.dimension = 3
    assert "directory of its own" in refusal(process.start())


async def test_broken_files_are_named_with_what_to_do(process: IndexProcess) -> None:
    (process.directory / "shard").mkdir(parents=True)
    (process.directory / "shard" / "edge_config.json").write_text("{")
    assert "built from the ledger" in refusal(process.start())


async def test_a_socket_path_that_is_too_long_is_named(process: IndexProcess) -> None:
    process.socket = process.directory / ("x" * 200)
    assert "too long" in refusal(process.start())


async def test_it_ends_cleanly_when_its_parent_dies(process: IndexProcess) -> None:
    running = process.start("--parent-pipe")
    async with process.client() as index:
        await index.upsert(ACME, [POINT])
    assert running.stdin is not None
    running.stdin.close()  # what the kernel does for a parent that dies
    assert running.wait(timeout=60) == 0
    assert (process.directory / "clean").exists()


async def test_the_socket_is_its_users_alone(process: IndexProcess) -> None:
    process.start()
    async with process.client() as index:
        await index.health()
    assert stat.S_IMODE(process.socket.stat().st_mode) & 0o077 == 0


async def test_without_a_process_a_call_gives_up_in_time_and_says_where(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path / "nobody.sock", write_deadline=0.2, search_deadline=0.1)
    with pytest.raises(IndexUnavailable, match=r"nobody\.sock"):
        await index.count(None)
    with pytest.raises(IndexUnavailable, match="supervisor"):
        await index.upsert(ACME, [POINT])


async def test_a_process_that_hangs_is_given_up_in_time(process: IndexProcess) -> None:
    running = process.start()
    async with process.client() as patient:
        await patient.health()
        running.send_signal(signal.SIGSTOP)
        impatient = EdgeIndex(process.socket, search_deadline=0.2)
        with pytest.raises(IndexUnavailable, match=r"within 0\.2 s"):
            await impatient.count(None)
        running.send_signal(signal.SIGCONT)
        assert await patient.count(None) == 0


async def test_a_client_that_talks_nonsense_disturbs_nobody(process: IndexProcess) -> None:
    process.start()
    async with process.client() as index:
        await index.upsert(ACME, [POINT])
        for nonsense in (
            b"\xff\xff\xff\xff",
            b"\x03\x00\x00\x00\xc1\xc1\xc1",
            b"GET / HTTP/1.1\r\n\r\n",
        ):
            reader, writer = await asyncio.open_unix_connection(process.socket)
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
        assert await index.count(ACME) == 1


async def test_text_that_is_no_utf8_is_refused(process: IndexProcess) -> None:
    process.start()
    async with process.client() as index:
        with pytest.raises(IndexRefused):
            await index.forget(TenantId("\ud800"))


async def test_a_call_that_was_cancelled_leaves_the_next_its_own_answer(
    process: IndexProcess,
) -> None:
    process.start()
    async with process.client() as index:
        await index.upsert(ACME, [POINT])
        for _ in range(20):
            given_up = asyncio.create_task(index.health())
            await asyncio.sleep(0)
            given_up.cancel()
            assert await index.count(ACME) == 1
