"""A worker that is killed: `python -m tests.soak.worker` starts one for each order it reads.

Importing takes a second, so one process imports everything and forks a child for each line of
JSON on its standard input; when that has ended, one line tells its status.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

from sqlalchemy import select

from api.inspecting import detectors
from api.working import _ringing as ringing
from connectors import failpoint
from connectors.endpoints import Endpoints
from connectors.model import SourceId, TenantId
from connectors.politeness import Turns
from connectors.surroundings import Surroundings
from ingest.adapters.edge_index import EdgeIndex
from ingest.adapters.ledger.tables import work
from ingest.adapters.queue_local import LONGEST_DELAY, LocalQueue, Pace
from ingest.freshness.inspect import Inspector, InspectPorts
from ingest.freshness.link_round import LinkRound
from ingest.freshness.neighbours import LedgerNeighbours
from ingest.parse.dispatch import parse_document
from ingest.parsed import ParsedDocument
from ingest.records import WorkItem
from tests.life import ACME, SOURCE, Life, Now, living
from tests.waiting import Waits

_POLL = 0.005
_MOST_LEAPS = 200


@dataclass(frozen=True)
class Order:
    """What one worker is to do."""

    home: str
    socket: str
    at: str
    """The time at which it starts, in ISO format; it passes only while nothing is due."""
    steps: Sequence[str]
    points: str = ""
    """The failpoints that are armed."""
    seen: str = ""
    """Where every pass of a failpoint is written."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)


class HereParser:
    """Parses in this process: what becomes of children is tried elsewhere."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        return parse_document(content, media_type, name)


async def work_through(order: Order) -> None:
    """Take up what a worker before has left, do what is ordered, and all that follows from it."""
    serves = list(order.steps) == ["serve"]
    now = MachineTime() if serves else Now(datetime.fromisoformat(order.at))
    async with (
        EdgeIndex(Path(order.socket), write_deadline=60, search_deadline=60) as index,
        living(
            Path(order.home), index=index, parser=HereParser(), now=now, around=_around(order)
        ) as life,
    ):
        await life.ledger.leases.break_leases()
        await life.ledger.work.free_work(now() + LONGEST_DELAY)
        for record in await life.ledger.sources.list_sources(ACME):
            await life.schedule.reconcile(ACME, record.source.id)
            await life.schedule.resume(record)
        if serves:
            await _serve(life, Path(order.home) / "pid")
        for step in order.steps:
            await _STEPS[step](life)
            await drain(life)


class MachineTime(Now):
    """The time of this machine."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


async def _serve(life: Life, pid: Path) -> None:
    """Do what is due until killed, as the worker of a home does; it tells its process first."""
    pace = Pace(handlers=4, claim_seconds=6.0)  # as a worker has by default
    queue = LocalQueue(life.ledger.work, life.now, f"{os.getpid()}", pace)
    pid.write_text(f"{os.getpid()}")
    with ringing(life.schedule):
        await queue.run(_handlers(life), asyncio.Event())


def _around(order: Order) -> Callable[[Surroundings], Surroundings]:
    """Lead connectors to the fakes, where nobody waits in earnest."""
    waits = Waits()

    async def credentials(_: TenantId, __: SourceId) -> Mapping[str, str]:
        return order.secrets

    return lambda plain: replace(
        plain,
        credentials=credentials,
        endpoints=Endpoints(**order.endpoints),
        sleep=waits.sleep,
        turns=Turns(waits.monotonic, waits.sleep),
    )


async def _sync(life: Life) -> None:
    await life.schedule.request_run(ACME, SOURCE)


async def _forget(life: Life) -> None:
    life.now.pass_by(days=91)
    await life.upkeep.forget()


async def _remove(life: Life) -> None:
    await life.schedule.remove_source(ACME, SOURCE)


async def _erase(life: Life) -> None:
    await life.schedule.erase_tenant(ACME)


async def _nothing(life: Life) -> None:
    pass


_STEPS: Mapping[str, Callable[[Life], Awaitable[None]]] = {
    "sync": _sync,
    "forget": _forget,
    "remove": _remove,
    "erase": _erase,
    "go on": _nothing,
}


async def drain(life: Life) -> None:
    """Do all work that stands in the ledger, whenever it is due."""
    queue = LocalQueue(life.ledger.work, life.now, f"{os.getpid()}", Pace(poll_seconds=_POLL))
    stop = asyncio.Event()
    carrying = asyncio.create_task(queue.run(_handlers(life), stop))
    try:
        for _ in range(_MOST_LEAPS):
            due = await _rests(life, carrying)
            if due is None:
                return
            life.now.at = max(life.now.at, due) + timedelta(milliseconds=1)
        raise TimeoutError(f"the work never ends: {await life.ledger.work.database.rows(_ALL)}")
    finally:
        stop.set()
        await carrying


async def _rests(life: Life, carrying: asyncio.Task[None]) -> datetime | None:
    """Wait until nothing is due, and give when something is; None when there is nothing."""
    stood, looks = None, 0
    while not carrying.done():
        rows = await life.ledger.work.database.rows(_ALL)
        if not rows:
            return None
        due: datetime = min(row.due_at for row in rows)
        if due > life.now() and not any(row.owner for row in rows):
            return due
        looks = looks + 1 if rows == stood else 0
        owned: list[datetime] = [row.claimed_until for row in rows if row.owner]
        if owned and looks > _LEFT:
            # Done, but not settled: its claim runs out on a clock that stands still.
            return max(owned)
        stood = rows
        await asyncio.sleep(_POLL)
    await carrying
    return None


_ALL = select(work.c.key, work.c.due_at, work.c.attempts, work.c.owner, work.c.claimed_until)
_LEFT = 1_000
"""Looks at work that does not change, after which nobody is at it any more: seconds."""


def _handlers(life: Life) -> Mapping[str, Callable[[WorkItem], Awaitable[None]]]:
    return {
        "sync": life.worker.handle,
        "sweep": life.upkeep.sweep,
        "reconcile": life.upkeep.reconcile,
        "remove": life.upkeep.remove,
        "erase": life.upkeep.erase,
        "inspect": partial(_inspect, life),
    }


async def _inspect(life: Life, item: WorkItem) -> None:
    ledger = life.ledger
    near = LedgerNeighbours(ledger.vectors, ledger.reading)
    links = LinkRound(ledger.flags, ledger.freshness, ledger.runs, None)
    ports = InspectPorts(ledger.flags, ledger.freshness, ledger.reading, near, links, life.now)
    await Inspector(ports, detectors()).inspect(item.tenant)


_LATE = (
    "alembic.command",
    "alembic.config",
    "connectors.gdrive",
    "connectors.http",
    "connectors.notion",
    "connectors.web",
    "connectors.youtube",
    "ingest.parse.html",
    "ingest.parse.markdown",
    "ingest.parse.plain",
)
"""Imported when first needed, which every child would do again."""


def main() -> None:
    """Read orders, one a line, and answer each with the status that its worker ended with."""
    for name in _LATE:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_work(Order(**json.loads(line))))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _work(order: Order) -> int:
    os.dup2(os.open(f"{order.home}/worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    os.dup2(1, 2)
    os.environ[failpoint.ARMED], os.environ[failpoint.SEEN] = order.points, order.seen
    try:
        asyncio.run(work_through(order))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def written(order: Order) -> bytes:
    """Write an order as a line."""
    return json.dumps(asdict(order)).encode() + b"\n"


if __name__ == "__main__":
    main()
