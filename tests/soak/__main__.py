"""Try everything, for as long as it takes: `make soak`.

    python -m tests.soak [--only kills] [--kinds files,web] [--sample N] [--minutes N] [--seed N]

What is tried and what came of it is printed and written to docs/results/sync.md.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.kill import Stage, staged, started
from tests.soak.machine import Lives
from tests.soak.readers import read_while_swapping
from tests.soak.scene import Outcome, Scene, Strike, strikes
from tests.soak.schedules import keep_schedules
from tests.soak.worlds import WORLDS

RESULTS = Path(__file__).parents[2] / "docs" / "results" / "sync.md"
DOCUMENTS = 140
"""Three pages of a folder or of pushes."""
_FEW = {"web": 40, "gdrive": 120, "notion": 40, "youtube": 60}
_ACTIONS = {"kill": 1, "raise": 0, "full": 0}
"""What is done at failpoints, and at how many passes between the first and the last."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    times: int
    result: str
    seconds: float
    good: bool


async def _kills(chosen: argparse.Namespace, root: Path) -> AsyncIterator[Row]:
    async with started(root) as machines:
        for kind in chosen.kinds.split(","):
            async with staged(machines, kind) as stage:
                async for row in _of_kind(stage, kind, chosen):
                    yield row


async def _of_kind(stage: Stage, kind: str, chosen: argparse.Namespace) -> AsyncIterator[Row]:
    rng = random.Random(chosen.seed)
    async for scene in stage.scenes(_FEW.get(kind, DOCUMENTS), chosen.seed):
        for action, middles in _ACTIONS.items():
            if action not in chosen.actions.split(","):
                continue
            began = time.monotonic()
            orders = strikes(scene, rng, middles=min(middles, chosen.middles), action=action)
            if len(orders) > chosen.sample:
                orders = rng.sample(orders, chosen.sample)
            outcomes = [await _told(stage, scene, one) for one in orders]
            reached = [one for one in outcomes if one.reached]
            wrong = [one for one in outcomes if one.wrong]
            result = f"{len(scene.passes)} failpoints, {len(wrong)} wrong"
            what = f"{kind}, {scene.name}: {action}"
            yield Row(what, len(reached), result, time.monotonic() - began, not wrong)


async def _told(stage: Stage, scene: Scene, strike: Strike) -> Outcome:
    outcome = await stage.strike(scene, strike)
    if outcome.wrong:
        sys.stdout.write(f"  {scene.name}, {strike}: {'; '.join(outcome.wrong)}\n")
    return outcome


async def _machine(chosen: argparse.Namespace, root: Path) -> AsyncIterator[Row]:
    began, examples = time.monotonic(), chosen.examples
    chosen_settings = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    lives = seed(chosen.seed)(Lives)
    result = "always as the model says"
    try:
        # It runs a loop of its own.
        await asyncio.to_thread(run_state_machine_as_test, lives, settings=chosen_settings)
    except Exception as error:
        sys.stdout.write(f"  {error!r}\n{getattr(error, '__notes__', '')}\n")
        result = "differs from the model"
    what = "lives of two sources, 40 steps each, against a model"
    yield Row(what, examples, result, time.monotonic() - began, result.startswith("always"))


async def _readers(chosen: argparse.Namespace, root: Path) -> AsyncIterator[Row]:
    verdict = await read_while_swapping(root, chosen.swaps, chosen.seed)
    seen = verdict.seen
    good = not (seen.holes or seen.mixes or seen.errors)
    result = (
        f"{len(seen.holes)} holes, {len(seen.mixes)} mixes, {len(seen.errors)} errors in "
        f"{seen.answers:,} answers; {verdict.deaths} deaths"
    )
    what = "swaps and reverts under the eyes of two readers"
    yield Row(what, verdict.swaps, result, verdict.seconds, good)


async def _schedules(chosen: argparse.Namespace, root: Path) -> AsyncIterator[Row]:
    began = time.monotonic()
    watched = await keep_schedules(root, chosen.minutes, chosen.seed)
    fewest = min(one.runs for one in watched.sources)
    latest = max(one.latest_s for one in watched.sources)
    overlaps = sum(one.overlaps for one in watched.sources)
    result = (
        f"fewest runs {fewest}, overlaps {overlaps}, latest by {latest:.2f} s; {watched.deaths} "
        f"kills; worker at most {watched.peak_mb:.0f} MB, grown by {watched.grown_mb:.1f} MB"
    )
    what = f"sources at 1 s for {watched.minutes:g} minutes"
    seconds = time.monotonic() - began
    yield Row(what, len(watched.sources), result, seconds, watched.good)


_PARTS: Mapping[str, Callable[[argparse.Namespace, Path], AsyncIterator[Row]]] = {
    "readers": _readers,
    "machine": _machine,
    "schedules": _schedules,
    "kills": _kills,
}


async def _soak(chosen: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for name in chosen.only.split(","):
        with tempfile.TemporaryDirectory(prefix="punnet-soak-") as place:
            async for row in _PARTS[name](chosen, Path(place)):
                rows.append(row)
                sys.stdout.write(f"{row.what}: {row.times}, {row.result}, {row.seconds:.0f} s\n")
                sys.stdout.flush()
    return rows


def main() -> int:
    """Try what was asked for, and give 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--only", default=",".join(_PARTS))
    parser.add_argument("--kinds", default=",".join(WORLDS))
    parser.add_argument("--actions", default=",".join(_ACTIONS))
    parser.add_argument(
        "--middles",
        type=int,
        default=1,
        help="passes between the first and the last; -1: one alone",
    )
    parser.add_argument("--sample", type=int, default=10_000, help="most strikes of a scene")
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--swaps", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    rows = asyncio.run(_soak(chosen))
    chosen.out.write_text(_table(rows, chosen.seed), encoding="utf-8")
    return 0 if all(row.good for row in rows) else 1


def _table(rows: list[Row], said: int) -> str:
    lines = [
        "# What syncs survive",
        "",
        "By `make soak`: real ledger, index process, parsers, connectors and engine; vendors are",
        "fakes behind a server. A strike is one failpoint at one of its passes: the worker is",
        "killed there (`kill -9`), or the step fails (`raise`), or the disk is full (`full`); the",
        "next worker goes on, and the end is held against a sync from nothing. Between the two a",
        "reader looks for whole versions, and the requests of the second are counted.",
        "",
        "| what | times | result | seed | seconds |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.what} | {row.times:,} | {row.result} | {said} | {row.seconds:.0f} |"
        for row in rows
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
