"""When a shard is written to disk, and when it is vacuumed."""

from pathlib import Path
from uuid import UUID

import numpy as np

from ingest.adapters import edge_protocol as wire
from ingest.adapters.edge_files import open_shard
from ingest.adapters.edge_keeper import Activity, Keeper
from ingest.adapters.edge_shard import GuardedShard

WRITE = wire.Forget("acme")
READ = wire.Count(None)
EVERYTHING = wire.Limits(None, None, None, None, None)


def test_nothing_is_due_without_a_write() -> None:
    idle = Activity(asked_at=0.0).after(READ, 1.0)
    assert not idle.flush_due(1000.0)
    assert not idle.vacuum_due(1000.0)


def test_a_flush_is_due_two_seconds_after_the_last_write() -> None:
    written = Activity(asked_at=0.0).after(WRITE, 1.0).after(WRITE, 2.0)
    assert not written.flush_due(3.9)
    assert written.flush_due(4.0)


def test_reads_do_not_put_a_flush_off() -> None:
    assert Activity(asked_at=0.0).after(WRITE, 1.0).after(READ, 2.9).flush_due(3.0)


def test_writing_without_a_pause_is_flushed_every_fifteen_seconds() -> None:
    activity = Activity(asked_at=0.0)
    for second in range(15):
        assert not activity.flush_due(float(second))
        activity = activity.after(WRITE, float(second))
    assert activity.flush_due(15.0)


def test_a_vacuum_waits_until_nobody_asks() -> None:
    activity = Activity(asked_at=0.0).after(WRITE, 0.0).after(READ, 50.0)
    assert not activity.vacuum_due(109.9)
    assert activity.vacuum_due(110.0)


def test_a_vacuum_leaves_the_living_points_and_their_answers(tmp_path: Path) -> None:
    shard = open_shard(tmp_path, 4)
    guarded = GuardedShard(shard, 4)
    count = 1200  # Edge vacuums no fewer than a thousand
    vectors = np.random.default_rng(7).standard_normal((count, 4)).astype("<f4")
    ids = [UUID(int=at).bytes for at in range(count)]
    guarded.upsert(
        wire.Upsert(
            tenant="acme",
            ids=b"".join(ids),
            dense=vectors.tobytes(),
            term_counts=np.ones(count, np.uint32).tobytes(),
            terms=np.arange(count, dtype=np.uint32).tobytes(),
            weights=np.ones(count, np.float32).tobytes(),
            labels=[wire.Labels("faq", "page", [], [], "")] * count,
        )
    )
    guarded.delete(wire.Delete("acme", b"".join(ids[:600])))
    question = wire.Search(
        tenant="acme",
        dense=vectors[0].tobytes(),
        terms=np.array([900], np.uint32).tobytes(),
        weights=np.ones(1, np.float32).tobytes(),
        limits=EVERYTHING,
        limit=5,
    )
    before = guarded.search(question)
    Keeper(shard, lambda: 0.0).vacuum()
    assert guarded.count(READ).count == 600
    assert guarded.search(question) == before
    shard.close()
    again = open_shard(tmp_path, 4)
    assert GuardedShard(again, 4).search(question) == before
    again.close()
