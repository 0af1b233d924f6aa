"""What a `youtube` source does not take for an answer, and how long it waits for one."""

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator

import pytest

from connectors.errors import SourceUnavailable
from connectors.model import Entry, KnownDocument, Page
from tests.hostile_server import Answer, page
from tests.scanning import items, scan
from tests.vendors.youtube import clips
from tests.youtube import World, youtube

NOTHING = '{"kind": "youtube#videoListResponse", "items": [], "pageInfo": {"totalResults": 0}}'
GONE = "gone-000001"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with youtube() as made:
        for video in clips(8):
            made.fake.put(video, video)
        yield made


async def test_a_scan_that_resumed_at_its_end_does_not_believe_an_empty_answer(
    world: World,
) -> None:
    steps = await scan(world.connector())
    cursor = next(step.cursor for step in steps if isinstance(step, Page))
    listed = [one.ref for one in items(steps)]
    connector = world.connector()
    await scan(connector, cursor, {ref: KnownDocument(ref, "", "") for ref in [GONE, *listed]})
    world.faults.order(page(NOTHING), below="/youtube/v3/videos")
    assert await connector.confirm_gone([GONE]) == {}


async def test_half_a_character_in_a_title_stops_no_scan(world: World) -> None:
    world.fake.change("video-00000", title="half \ud83d")
    steps = await scan(world.connector())
    assert len(items(steps)) == 8


async def test_headers_that_drip_hold_no_thread(world: World) -> None:
    dripping = (step for _ in range(100) for step in (b"y", 0.1))
    world.faults.order(Answer((b"HTTP/1.1 200 OK\r\nx: ", *dripping)), below="/watch", times=None)
    world.within = 0.2
    with pytest.raises(SourceUnavailable):
        await world.connector().fetch(Entry("video-00000", "new"))
    for _ in range(400):
        stacks = ["".join(traceback.format_stack(one)) for one in sys._current_frames().values()]
        if not any("_look" in stack for stack in stacks):
            return
        await asyncio.sleep(0.05)
    pytest.fail("a thread waits on")
