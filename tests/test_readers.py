"""Readers see whole versions, whatever happens to the worker meanwhile."""

from pathlib import Path

from tests.soak.readers import read_while_swapping


async def test_readers_see_no_hole_and_no_mix(tmp_path: Path) -> None:
    verdict = await read_while_swapping(tmp_path, swaps=30, seed=1)
    seen = verdict.seen
    assert (seen.holes, seen.mixes, seen.errors) == ([], [], [])
    assert verdict.deaths > 0
    assert seen.answers > verdict.swaps
