"""kill -9 at any step of a sync loses and doubles nothing: a sample of what `make soak` tries."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.soak.kill import Machines, staged, started
from tests.soak.scene import OF_INDEX, Scene, strikes

SEED = 4
DOCUMENTS = 70
"""Two pages of a folder, and five of a website."""
EACH = 3


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[Machines]:
    async with started(tmp_path) as running:
        yield running


@pytest.mark.parametrize("kind", ["files", "upload", "web"])
async def test_a_worker_that_is_killed_anywhere_loses_nothing(
    machines: Machines, kind: str
) -> None:
    rng = random.Random(SEED)
    async with staged(machines, kind) as stage:
        async for scene in stage.scenes(DOCUMENTS, SEED):
            if scene.name != "changes":
                continue
            assert well_known(scene)
            chosen = rng.sample(strikes(scene, rng, middles=1, action="kill"), EACH)
            chosen += rng.sample(strikes(scene, rng, middles=0, action="full"), 1)
            outcomes = [await stage.strike(scene, strike) for strike in chosen]
            assert [one for one in outcomes if one.wrong] == []
            return


def well_known(scene: Scene) -> bool:
    """Say whether the rehearsal met the steps of every room."""
    rooms = {point.partition(".")[0] for point in scene.passes}
    return rooms >= {"ledger", "commit", "settle", "lease", "index", "sweep", OF_INDEX[:-1]}
