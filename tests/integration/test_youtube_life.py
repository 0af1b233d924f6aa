"""The life of a channel, from its first sync to its last video, with what goes wrong between."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import Json
from ingest.errors import TryLater
from ingest.records import DocumentState, RunState, SyncRun
from retrieval.cite import link_to
from tests.faulty import slow, status
from tests.life import ACME, SOURCE, Life, Now, living
from tests.vendors.youtube import Track, clips
from tests.youtube import CHANNEL, World, youtube

BOOTS, SOLES = "boots-00001", "soles-00002"
PLAYLIST = "PLpunnet0123456789"
LIVE, BLANK = DocumentState.LIVE, DocumentState.NO_CONTENT


@dataclass
class Channel:
    """A channel, and the Punnet that follows it."""

    world: World
    life: Life

    async def sync(self) -> SyncRun:
        return await self.life.sync()

    async def stopped(self) -> SyncRun:
        """Sync until the run rests, and give it."""
        self.life.now.pass_by(seconds=1)
        run = await self.life.schedule.request_run(ACME, SOURCE)
        with pytest.raises(TryLater):
            await self.life.carry_out(run)
        return run

    async def said(self) -> set[str]:
        """All that can be found."""
        hits = await self.life.hits("boots soles captions", limit=50)
        return {hit.passage.text for hit in hits}

    def looks(self) -> int:
        """How often the player was asked for a video so far."""
        return len(self.world.asked("/youtubei/"))


@asynccontextmanager
async def following(home: Path, settings: Mapping[str, Json] = CHANNEL) -> AsyncIterator[Channel]:
    now = Now()
    async with youtube() as world:
        world.clock = now
        async with living(home, now=now, connect=lambda _: world.connector(settings)) as life:
            await life.add_source("youtube", dict(settings))
            yield Channel(world, life)


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    async with following(tmp_path) as made:
        made.world.fake.put(BOOTS, "boots go back within 30 days", title="Returns")
        made.world.fake.put(SOLES, "soles are glued anew for free", title="Repairs")
        yield made


async def test_a_first_sync_finds_what_is_said_and_links_to_the_second(channel: Channel) -> None:
    late = "the heel is covered for two years"
    lines = ((0.0, 3.0, "Hello and welcome."), (83.96, 4.0, late))
    channel.world.fake.caption(BOOTS, Track("en", lines))
    run = await channel.sync()
    assert (run.state, run.counts.indexed) == (RunState.SUCCEEDED, 2)
    hit = next(hit for hit in await channel.life.hits("heel", limit=9) if hit.passage.text == late)
    assert hit.passage.title == "Returns"
    assert link_to(hit.passage) == f"https://www.youtube.com/watch?v={BOOTS}&t=83"


async def test_what_is_unchanged_costs_no_look_at_a_video(channel: Channel) -> None:
    await channel.sync()
    looks, units = channel.looks(), channel.world.fake.data.units
    run = await channel.sync()
    assert (run.counts.unchanged, run.counts.fetched) == (2, 0)
    assert channel.looks() == looks
    assert channel.world.fake.data.units == units + 3


async def test_an_edited_video_is_read_again_alone(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.put(BOOTS, "boots go back within 14 days")
    run = await channel.sync()
    assert (run.counts.fetched, run.counts.unchanged) == (1, 1)
    assert await channel.said() == {"boots go back within 14 days", "soles are glued anew for free"}


async def test_edited_captions_are_found_though_nothing_tells_of_them(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.caption(BOOTS, Track("en", ((0.0, 2.0, "boots stay with you"),)))
    channel.life.now.pass_by(days=30)
    run = await channel.sync()
    assert (run.counts.fetched, run.counts.chunks_embedded) == (2, 1)
    assert "boots stay with you" in await channel.said()


async def test_a_new_title_is_taken_without_embedding_the_words_of_others(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.change(BOOTS, title="Sending back")
    run = await channel.sync()
    assert run.counts.fetched == 1
    hits = await channel.life.hits("boots", limit=9)
    assert {hit.passage.title for hit in hits} == {"Sending back", "Repairs"}


async def test_a_video_goes_and_comes_back(channel: Channel) -> None:
    await channel.sync()
    clip = channel.world.fake.remove(BOOTS)
    assert (await channel.sync()).counts.deleted == 1
    assert await channel.said() == {"soles are glued anew for free"}
    channel.world.fake.restore(clip)
    run = await channel.sync()
    assert (run.state, run.counts.chunks_embedded) == (RunState.SUCCEEDED, 0)
    assert len(await channel.said()) == 2


async def test_a_video_made_private_leaves(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.change(BOOTS, privacy="private")
    assert (await channel.sync()).counts.deleted == 1
    assert await channel.said() == {"soles are glued anew for free"}


async def test_a_revoked_key_changes_nothing(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.data.revoked = True
    run = await channel.sync()
    assert run.state is RunState.FAILED
    assert any("make a new API key" in error.reason for error in run.errors)
    assert len(await channel.said()) == 2
    channel.world.fake.data.revoked = False
    assert (await channel.sync()).state is RunState.SUCCEEDED


async def test_a_spent_quota_rests_until_it_is_given_anew(channel: Channel) -> None:
    channel.world.fake.data.spent = True
    run = await channel.stopped()
    resting = await channel.life.ledger.runs.run(ACME, run.id)
    assert resting is not None
    assert resting.rests_until is not None
    assert resting.rests_until - channel.life.now() > timedelta(hours=1)
    channel.world.fake.data.spent = False
    assert (await channel.life.carry_out(run)).state is RunState.SUCCEEDED


async def test_youtube_is_down_and_slow(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.put(BOOTS, "boots go back within 14 days")
    channel.world.faults.order(status(503), below="/watch", times=None)
    run = await channel.stopped()
    assert "boots go back within 30 days" in await channel.said()
    channel.world.faults.calm()
    channel.world.within = 2.0
    channel.world.faults.order(slow(30.0, "<html>"), below="/watch")
    assert (await channel.life.carry_out(run)).state is RunState.SUCCEEDED
    assert "boots go back within 14 days" in await channel.said()


async def test_a_block_in_the_middle_loses_nothing(channel: Channel) -> None:
    for video in clips(8):
        channel.world.fake.put(video, f"captions of {video}")
    channel.world.faults.order(status(429), below="/watch", times=None, after=4)
    run = await channel.stopped()
    looks = channel.looks()
    resting = await channel.life.ledger.runs.run(ACME, run.id)
    assert resting is not None
    assert resting.rests_until == channel.life.now() + timedelta(hours=6)
    channel.world.faults.calm()
    done = await channel.life.carry_out(run)
    assert (done.state, await channel.life.states()) == (RunState.SUCCEEDED, {LIVE: 10})
    assert channel.looks() - looks <= 10


async def test_captions_that_vanish_behind_a_block_stay(channel: Channel) -> None:
    await channel.sync()
    said = await channel.said()
    channel.world.fake.blocked = "silent"
    for _ in range(3):
        channel.life.now.pass_by(days=31)
        run = await channel.sync()
        assert run.state is RunState.PARTIAL
        assert await channel.said() == said
    channel.world.fake.blocked = ""
    channel.life.now.pass_by(days=31)
    assert (await channel.sync()).state is RunState.SUCCEEDED
    assert await channel.life.states() == {LIVE: 2}


async def test_captions_that_were_taken_away_go_at_a_second_look(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.caption(BOOTS)
    assert (await channel.sync()).state is RunState.PARTIAL
    assert len(await channel.said()) == 2
    channel.life.now.pass_by(hours=12)
    await channel.sync()
    assert len(await channel.said()) == 2
    channel.life.now.pass_by(hours=12)
    assert (await channel.sync()).state is RunState.SUCCEEDED
    assert await channel.life.states() == {LIVE: 1, BLANK: 1}


async def test_a_video_that_never_had_captions_has_no_content(channel: Channel) -> None:
    channel.world.fake.caption(BOOTS)
    assert (await channel.sync()).state is RunState.SUCCEEDED
    assert await channel.life.states() == {LIVE: 1, BLANK: 1}


async def test_captions_that_break_keep_their_text(channel: Channel) -> None:
    await channel.sync()
    channel.world.fake.put(BOOTS, "boots go back within 14 days")
    channel.world.fake.empty_captions = "."
    assert (await channel.sync()).state is RunState.PARTIAL
    assert "boots go back within 30 days" in await channel.said()
    channel.world.fake.empty_captions = ""
    channel.life.now.pass_by(minutes=5)
    assert (await channel.sync()).state is RunState.SUCCEEDED
    assert "boots go back within 14 days" in await channel.said()


async def test_a_page_token_that_expired_has_everything_listed_anew(tmp_path: Path) -> None:
    mostly_private = [*clips(60), BOOTS, SOLES]
    mostly_private[7:7] = [shown := "shown-00003"]
    async with following(tmp_path, {"playlists": [PLAYLIST]}) as channel:
        for video in (BOOTS, SOLES, shown):
            channel.world.fake.put(video, f"captions of {video}")
        channel.world.fake.playlists[PLAYLIST] = mostly_private
        second = "/youtube/v3/playlistItems"
        channel.world.faults.order(status(503), below=second, times=None, after=1)
        run = await channel.stopped()
        channel.world.faults.calm()
        channel.world.fake.data.expire_tokens()
        done = await channel.life.carry_out(run)
        assert (done.state, await channel.life.states()) == (RunState.SUCCEEDED, {LIVE: 3})
