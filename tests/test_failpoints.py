"""kill -9 at any step of a sync loses and doubles nothing: a sample of what `make soak` tries."""

import random
from pathlib import Path

from tests.soak.kill import Machines, staged, started
from tests.soak.scene import OF_INDEX, Outcome, Scene, strikes

SEED = 4
DOCUMENTS = {"files": 70, "upload": 20, "web": 20}
"""Two pages of a folder, two steps of a crawl."""


async def test_a_worker_that_is_killed_anywhere_loses_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as machines:
        outcomes = [one for kind in DOCUMENTS for one in await _outcomes(machines, kind)]
    assert [one for one in outcomes if one.wrong] == []


async def _outcomes(machines: Machines, kind: str) -> list[Outcome]:
    rng = random.Random(SEED)
    async with staged(machines, kind) as stage:
        (scene,) = [one async for one in stage.scenes(DOCUMENTS[kind], SEED, ["changes"])]
        assert _well_known(scene)
        chosen = rng.sample(strikes(scene, rng, middles=1, action="kill"), 2)
        chosen += rng.sample(strikes(scene, rng, middles=0, action="full"), 1)
        return [await stage.strike(scene, strike) for strike in chosen]


def _well_known(scene: Scene) -> bool:
    """Say whether the rehearsal met the steps of every room."""
    rooms = {point.partition(".")[0] for point in scene.passes}
    return rooms >= {
        "ledger",
        "commit",
        "settle",
        "lease",
        "index",
        "sweep",
        "inspect",
        OF_INDEX[:-1],
    }
