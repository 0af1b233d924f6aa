"""What every work queue promises, over every ledger it can stand on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.model import TenantId
from ingest.adapters.ledger import open_ledger
from ingest.adapters.queue_local import LocalQueue, Pace
from ingest.errors import TryLater
from ingest.ledger import WorkLedger
from ingest.ports import WorkQueue
from ingest.records import WorkItem
from tests.blank import lay_ledger
from tests.fakes import MemoryWork

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = TenantId("acme")
BRISK = Pace(handlers=2, poll_seconds=0.01, claim_seconds=30)


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Bench:
    """A queue with the clock that it goes by and the ledger under it."""

    work: WorkLedger
    clock: SetClock

    def queue(self, owner: str = "one", pace: Pace = BRISK) -> WorkQueue:
        return LocalQueue(self.work, self.clock, owner, pace)


class Diary:
    """A handler that writes down what it was given."""

    def __init__(self, enough: int) -> None:
        self.keys: list[str] = []
        self.stop = asyncio.Event()
        self._enough = enough

    async def __call__(self, item: WorkItem) -> None:
        self.keys.append(item.key)
        if len(self.keys) >= self._enough:
            self.stop.set()


@asynccontextmanager
async def memory(_: Path) -> AsyncIterator[WorkLedger]:
    yield MemoryWork()


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[WorkLedger]:
    url = await lay_ledger(folder / "ledger.db")
    async with open_ledger(url, clock=lambda: NOON) as ledger:
        yield ledger.work


@pytest.fixture(params=[memory, sqlite], ids=lambda make: make.__name__)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as work:
        yield Bench(work, SetClock())


def item(key: str, kind: str = "sync") -> WorkItem:
    return WorkItem(key=key, kind=kind, tenant=ACME, subject=key, due_at=NOON)


async def until_done(queue: WorkQueue, diary: Diary, kind: str = "sync") -> None:
    async with asyncio.timeout(60):
        await queue.run({kind: diary}, diary.stop)


async def drained(bench: Bench) -> bool:
    """Whether nothing is left, however far the clock moves."""
    far = bench.clock() + timedelta(days=2)
    return await bench.work.claim_work(("sync",), "auditor", far, 1) is None


async def test_every_item_reaches_its_handler_and_is_forgotten(bench: Bench) -> None:
    queue, diary = bench.queue(), Diary(enough=5)
    for number in range(5):
        assert await queue.put(item(f"s{number}"))
    await until_done(queue, diary)
    assert sorted(diary.keys) == ["s0", "s1", "s2", "s3", "s4"]
    assert await drained(bench)


async def test_a_key_that_waits_is_not_stored_twice(bench: Bench) -> None:
    queue = bench.queue()
    assert await queue.put(item("s"))
    assert not await queue.put(item("s"))


async def test_what_is_put_while_running_is_carried(bench: Bench) -> None:
    queue, diary = bench.queue(), Diary(enough=1)
    running = asyncio.create_task(until_done(queue, diary))
    await asyncio.sleep(0.02)
    await queue.put(item("late"))
    await running
    assert diary.keys == ["late"]


async def test_the_more_urgent_goes_first(bench: Bench) -> None:
    queue, diary = bench.queue(pace=replace(BRISK, handlers=1)), Diary(enough=3)
    await queue.put(item("idle"))
    await queue.put(replace(item("asked"), priority=10))
    await queue.put(replace(item("older"), due_at=NOON - timedelta(minutes=4)))
    await until_done(queue, diary)
    assert diary.keys == ["asked", "older", "idle"]


async def test_what_is_not_due_waits(bench: Bench) -> None:
    queue, diary = bench.queue(), Diary(enough=1)
    await queue.put(replace(item("tomorrow"), due_at=NOON + timedelta(days=1)))
    await queue.put(item("now"))
    await until_done(queue, diary)
    assert diary.keys == ["now"]
    assert not await drained(bench)


async def test_kinds_without_a_handler_are_left_alone(bench: Bench) -> None:
    queue, diary = bench.queue(), Diary(enough=1)
    await queue.put(item("other", kind="unknown"))
    await queue.put(item("mine"))
    await until_done(queue, diary)
    assert diary.keys == ["mine"]
    assert await bench.work.claim_work(("unknown",), "auditor", NOON, 1) is not None


async def test_a_failed_item_comes_back_after_its_delay(bench: Bench) -> None:
    queue, stop = bench.queue(), asyncio.Event()
    attempts: list[int] = []

    async def fail_once(item: WorkItem) -> None:
        attempts.append(item.attempts)
        if not item.attempts:
            raise OSError("the disk is full")
        stop.set()

    await queue.put(item("s"))
    running = asyncio.create_task(queue.run({"sync": fail_once}, stop))
    await asyncio.sleep(0.1)
    assert attempts == [0]
    bench.clock.move(2)
    async with asyncio.timeout(60):
        await running
    assert attempts == [0, 1]
    assert await drained(bench)


async def test_work_that_cannot_be_done_yet_comes_back_when_it_says(bench: Bench) -> None:
    queue, stop = bench.queue(), asyncio.Event()
    attempts: list[int] = []

    async def put_off(item: WorkItem) -> None:
        attempts.append(item.attempts)
        if len(attempts) == 5:
            stop.set()
            return
        bench.clock.move(3)
        raise TryLater("somebody else is at it", timedelta(seconds=3))

    async def pass_by() -> None:
        while not stop.is_set():
            await asyncio.sleep(0.05)
            bench.clock.move(3)

    await queue.put(item("s"))
    async with asyncio.timeout(60):
        await asyncio.gather(queue.run({"sync": put_off}, stop), pass_by())
    assert attempts == [0] * 5
    assert await drained(bench)


async def test_an_item_that_always_fails_is_never_lost(bench: Bench) -> None:
    queue, stop = bench.queue(), asyncio.Event()
    attempts: list[int] = []

    async def fail(item: WorkItem) -> None:
        attempts.append(item.attempts)
        if len(attempts) == 20:
            stop.set()
        raise OSError("the source is on fire")

    async def pass_hours() -> None:
        while not stop.is_set():
            bench.clock.move(3600)
            await asyncio.sleep(0.01)

    await queue.put(item("s"))
    async with asyncio.timeout(60):
        await asyncio.gather(queue.run({"sync": fail}, stop), pass_hours())
    assert attempts == list(range(20))
    assert not await drained(bench)


async def test_the_same_key_never_runs_twice_at_a_time(bench: Bench) -> None:
    queues = [bench.queue("one"), bench.queue("two")]
    stop = asyncio.Event()
    now: set[str] = set()
    done: list[str] = []

    async def overlap(item: WorkItem) -> None:
        assert item.key not in now
        now.add(item.key)
        await asyncio.sleep(0.005)
        now.remove(item.key)
        done.append(item.key)
        if len(done) == 12:
            stop.set()

    for number in range(12):
        await queues[number % 2].put(item(f"s{number}"))
    async with asyncio.timeout(60):
        await asyncio.gather(*(queue.run({"sync": overlap}, stop) for queue in queues))
    assert sorted(done) == sorted(f"s{number}" for number in range(12))


async def test_as_many_run_at_once_as_there_are_handlers(bench: Bench) -> None:
    queue, stop = bench.queue(), asyncio.Event()
    both = asyncio.Barrier(BRISK.handlers)
    now, most, done = 0, 0, 0

    async def count(item: WorkItem) -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await both.wait()
        now -= 1
        done += 1
        if done == 8:
            stop.set()

    for number in range(8):
        await queue.put(item(f"s{number}"))
    async with asyncio.timeout(60):
        await queue.run({"sync": count}, stop)
    assert most == BRISK.handlers


async def test_what_a_dead_process_claimed_is_taken_over(bench: Bench) -> None:
    diary = Diary(enough=1)
    await bench.queue("dead").put(item("s"))
    assert await bench.work.claim_work(("sync",), "dead", NOON, 30)
    running = asyncio.create_task(until_done(bench.queue("heir"), diary))
    bench.clock.move(29)
    await asyncio.sleep(0.05)
    assert diary.keys == []
    bench.clock.move(2)
    await running
    assert diary.keys == ["s"]


async def test_a_long_item_is_kept_by_its_heartbeat(bench: Bench) -> None:
    pace = replace(BRISK, claim_seconds=0.6)
    stop = asyncio.Event()
    started: list[str] = []

    async def work_long(item: WorkItem) -> None:
        started.append(item.key)
        for _ in range(8):
            bench.clock.move(0.15)
            await asyncio.sleep(0.15)
        stop.set()

    first, second = bench.queue("one", pace), bench.queue("two", pace)
    await first.put(item("s"))
    async with asyncio.timeout(60):
        await asyncio.gather(*(each.run({"sync": work_long}, stop) for each in (first, second)))
    assert started == ["s"]


async def test_a_standstill_does_not_make_a_queue_carry_an_item_twice(bench: Bench) -> None:
    queue, stop = bench.queue(), asyncio.Event()
    started: list[str] = []

    async def stand_still(item: WorkItem) -> None:
        started.append(item.key)
        bench.clock.move(BRISK.claim_seconds + 1)
        await asyncio.sleep(0.1)
        stop.set()

    await queue.put(item("s"))
    async with asyncio.timeout(60):
        await queue.run({"sync": stand_still}, stop)
    assert started == ["s"]
    assert await drained(bench)


async def test_work_whose_claim_was_lost_is_dropped(bench: Bench) -> None:
    queue, stop = bench.queue("one", replace(BRISK, claim_seconds=0.03)), asyncio.Event()
    dropped = asyncio.Event()

    async def work_on(item: WorkItem) -> None:
        later = bench.clock() + timedelta(minutes=1)
        assert await bench.work.claim_work(("sync",), "thief", later, 60)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            dropped.set()
            stop.set()
            raise

    await queue.put(item("s"))
    async with asyncio.timeout(60):
        await queue.run({"sync": work_on}, stop)
    assert dropped.is_set()
    assert await bench.work.keep_work("s", "thief", bench.clock())


async def test_stopping_finishes_what_runs_and_begins_nothing(bench: Bench) -> None:
    queue, stop = bench.queue(pace=replace(BRISK, handlers=1)), asyncio.Event()
    finished: list[str] = []

    async def stop_midway(item: WorkItem) -> None:
        stop.set()
        await asyncio.sleep(0.05)
        finished.append(item.key)

    await queue.put(replace(item("first"), priority=1))
    await queue.put(item("second"))
    async with asyncio.timeout(60):
        await queue.run({"sync": stop_midway}, stop)
    assert finished == ["first"]
    assert not await drained(bench)


async def test_a_queue_is_crowded_while_something_due_has_no_room(bench: Bench) -> None:
    pace = replace(BRISK, handlers=1)
    queue = bench.queue(pace=pace)
    said: list[bool] = []
    stop = asyncio.Event()

    async def handle(_: WorkItem) -> None:
        said.append(await queue.crowded())
        if len(said) == 2:
            stop.set()

    for key in ("a", "b"):
        await queue.put(WorkItem(key, "sync", ACME, key, NOON))
    await queue.put(WorkItem("later", "sync", ACME, "later", NOON + timedelta(hours=1)))
    await queue.put(WorkItem("other", "unheard-of", ACME, "other", NOON))
    await queue.run({"sync": handle}, stop)
    assert said == [True, False]


async def test_claims_of_the_dead_can_be_freed_at_once(bench: Bench) -> None:
    await bench.work.put_work(WorkItem("a", "sync", ACME, "a", NOON))
    assert await bench.work.claim_work(("sync",), "dead", NOON, 30)
    assert await bench.work.claim_work(("sync",), "alive", NOON, 30) is None
    await bench.work.put_work(WorkItem("b", "sync", ACME, "b", NOON + timedelta(days=1)))
    await bench.work.free_work(NOON + timedelta(hours=1))
    claimed = await bench.work.claim_work(("sync",), "alive", NOON, 30)
    assert claimed is not None
    assert not await bench.work.keep_work("a", "dead", NOON)
    soon = NOON + timedelta(hours=1)
    assert await bench.work.claim_work(("sync",), "alive", soon, 30) is not None


async def test_what_has_waited_long_goes_before_what_is_urgent(bench: Bench) -> None:
    await bench.work.put_work(WorkItem("low", "sync", ACME, "low", NOON, -1))
    await bench.work.put_work(
        WorkItem("high", "sync", ACME, "high", NOON + timedelta(minutes=9), 1)
    )
    at = NOON + timedelta(minutes=9)
    claimed = [await bench.work.claim_work(("sync",), "one", at, 30) for _ in range(2)]
    assert [item.key for item in claimed if item] == ["low", "high"]
