"""What a `youtube` source makes of channels, playlists and captions, good and bad."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import (
    CredentialsInvalid,
    CursorExpired,
    DocumentUnreadable,
    SourceUnavailable,
)
from connectors.model import Cursor, Entry, KnownDocument, Presence
from connectors.youtube_captions import as_vtt, proxy_of
from connectors.youtube_video import Video, version_of
from tests.faulty import (
    EMPTY,
    EMPTY_OBJECT,
    GARBAGE,
    RESET,
    TRUNCATED,
    UNENDED,
    Faults,
    served,
    slow,
    status,
)
from tests.hostile_server import Answer, Asked, page, redirect
from tests.scanning import end, entries, items, scan
from tests.vendors.youtube import AGE, CHANNEL, HANDLE, UNPLAYABLE, Track, clips
from tests.youtube import World, cues, spoken, youtube

BOOTS = "boots-00001"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LISTED = Entry(BOOTS, "new")
"""As a scan lists what is not held yet."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with youtube() as made:
        made.fake.put(BOOTS, "boots go back")
        yield made


def track(language: str, said: str, *, generated: bool = False) -> Track:
    return Track(language, ((0.0, 2.0, said),), generated)


# --- which captions ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("languages", "generated", "said"),
    [
        (["en"], True, "written"),
        (["de", "en"], True, "geraten"),
        (["de", "en"], False, "written"),
        (["fr", "pt"], True, "falado"),
        (["en-gb"], True, "british"),
    ],
)
async def test_the_first_language_there_is_wins_and_written_before_generated(
    world: World, languages: list[str], generated: bool, said: str
) -> None:
    world.fake.caption(
        BOOTS,
        track("en", "guessed", generated=True),
        track("en-GB", "british"),
        track("de", "geraten", generated=True),
        track("en", "written"),
        track("pt-BR", "falado"),
    )
    connector = world.connector(
        {"channels": HANDLE, "languages": list(languages), "generated": generated}
    )
    assert spoken(await connector.fetch(LISTED)) == said


async def test_a_video_in_other_languages_alone_has_no_words(world: World) -> None:
    world.fake.caption(BOOTS, track("ja", "長靴"))
    document = await world.connector().fetch(LISTED)
    assert (document.content, document.title) == (b"", BOOTS)


async def test_captions_come_in_the_order_in_which_they_begin(world: World) -> None:
    lines = ((61.5, 9.0, "third"), (0.0, 5.7, "first & <foremost"), (5.7, 3.239, "second\nline"))
    world.fake.caption(BOOTS, Track("en", lines))
    document = await world.connector().fetch(LISTED)
    assert cues(document) == [
        ("00:00:00.000", "first & <foremost"),
        ("00:00:05.700", "second line"),
        ("00:01:01.500", "third"),
    ]
    assert document.url == f"https://www.youtube.com/watch?v={BOOTS}"
    assert document.changed_at == world.fake.clips[BOOTS].published


def test_long_videos_keep_their_seconds() -> None:
    assert b"10:00:59.999 --> 10:01:00.000\n" in as_vtt("en", [(36059.999, 36060.0, "late")])


async def test_consent_to_cookies_is_given(world: World) -> None:
    world.fake.consent = True
    assert spoken(await world.connector().fetch(LISTED)) == "boots go back"


# --- trouble with captions -----------------------------------------------------------


@pytest.mark.parametrize("how", ["bot", "429", "captcha", "sorry", "pot"])
async def test_a_block_stops_the_source_for_hours_after_one_look(world: World, how: str) -> None:
    world.fake.blocked = how
    connector = world.connector()
    with pytest.raises(SourceUnavailable, match="refuses to show captions") as told:
        await connector.fetch(LISTED)
    assert told.value.after == timedelta(hours=6)
    assert len(world.asked("/watch")) == 1


async def test_a_proxy_that_changes_addresses_is_tried_by_several(world: World) -> None:
    world.fake.blocked = "bot"
    connector = world.connector()
    reader = await connector._reader()
    rotating = replace(reader, proxy=replace(reader.proxy, rotates=True))
    with pytest.raises(SourceUnavailable):
        await rotating.read(BOOTS)
    assert len(world.asked("/watch")) == 5


@pytest.mark.parametrize("below", ["/watch", "/youtubei/"])
@pytest.mark.parametrize("fault", [status(500), status(503), RESET, TRUNCATED, UNENDED])
async def test_what_passes_is_asked_again(world: World, below: str, fault: Answer) -> None:
    world.faults.order(fault, below=below)
    assert spoken(await world.connector().fetch(LISTED)) == "boots go back"
    world.faults.order(fault, below=below, times=None)
    with pytest.raises(SourceUnavailable) as told:
        await world.connector().fetch(LISTED)
    assert told.value.after is not None


NO_CAPTIONS = [
    ("/watch", page("<html>nothing</html>")),
    ("/watch", redirect("https://elsewhere.example/")),
    ("/youtubei/", GARBAGE),
    ("/youtubei/", EMPTY),
    ("/youtubei/", EMPTY_OBJECT),
    ("/youtubei/", page('{"playabilityStatus": {}}')),
    ("/youtubei/", page('{"playabilityStatus": {"status": "OK"}}')),
    ("/api/timedtext", EMPTY),
    ("/api/timedtext", page("<transcript></transcript>")),
    ("/api/timedtext", page('<transcript><text start="0" dur="1"> </text></transcript>')),
    ("/api/timedtext", page("<transcript><text>no time</text></transcript>")),
    ("/api/timedtext", status(500)),
    ("/api/timedtext", status(404)),
]


@pytest.mark.parametrize(("below", "fault"), NO_CAPTIONS)
async def test_what_are_no_captions_is_never_an_empty_document(
    world: World, below: str, fault: Answer
) -> None:
    world.faults.order(fault, below=below)
    assert spoken(await world.connector().fetch(LISTED)) == "boots go back"
    world.faults.order(fault, below=below, times=None)
    with pytest.raises(DocumentUnreadable, match="captions did not come"):
        await world.connector().fetch(LISTED)


@pytest.mark.parametrize("below", ["/watch", "/youtubei/", "/api/timedtext"])
async def test_an_answer_that_drips_is_given_up_in_time(world: World, below: str) -> None:
    world.within = 1.0
    world.faults.order(slow(30.0), below=below)
    assert spoken(await world.connector().fetch(LISTED)) == "boots go back"


@pytest.mark.parametrize("shown", [UNPLAYABLE, AGE], ids=("members", "age"))
async def test_a_video_that_is_not_shown_to_us_has_no_words(
    world: World, shown: dict[str, object]
) -> None:
    world.fake.change(BOOTS, playability=shown)
    assert (await world.connector().fetch(LISTED)).content == b""


async def test_a_block_in_other_words_is_one(world: World) -> None:
    reason = {"status": "LOGIN_REQUIRED", "reason": "Sign in to confirm you're not a bot"}
    world.fake.change(BOOTS, playability=reason)
    with pytest.raises(SourceUnavailable):
        await world.connector().fetch(LISTED)


async def test_a_silent_video_of_unknown_past_keeps_what_there_is(world: World) -> None:
    world.fake.caption(BOOTS)
    with pytest.raises(DocumentUnreadable, match="text that there is stays"):
        await world.connector().fetch(Entry(BOOTS, ""))


# --- listing -------------------------------------------------------------------------


async def test_named_videos_need_no_key(world: World) -> None:
    world.secrets.clear()
    connector = world.connector({"videos": [BOOTS]})
    (entry,) = await entries(connector)
    document = await connector.fetch(entry)
    assert (document.version, document.title) == (entry.version, BOOTS)
    assert not world.asked("/youtube/v3/")
    said = await connector.confirm_gone([BOOTS, "other-00001"])
    assert said == {BOOTS: Presence.UNKNOWN, "other-00001": Presence.GONE}


async def test_a_named_video_that_is_not_shown_is_told_of(world: World) -> None:
    ended = end(await scan(world.connector({"videos": [BOOTS, "private-001"]})))
    assert ended.enumerates_all
    assert ended.notes == ("YouTube does not show the video private-001: correct it",)


async def test_a_channel_needs_a_key(world: World) -> None:
    world.secrets.clear()
    with pytest.raises(CredentialsInvalid, match="'api_key'"):
        await scan(world.connector())


async def test_a_video_on_several_lists_is_listed_once(world: World) -> None:
    world.fake.playlists["PLpunnet0123456789"] = [BOOTS, "private-001"]
    connector = world.connector(
        {"channels": [CHANNEL, HANDLE], "playlists": ["PLpunnet0123456789"], "videos": [BOOTS]}
    )
    assert [entry.ref for entry in await entries(connector)] == [BOOTS]


async def test_a_list_that_is_not_there_keeps_all_that_it_had(world: World) -> None:
    connector = world.connector({"channels": HANDLE, "playlists": "PLnotthere0123456"})
    ended = end(await scan(connector))
    assert not ended.enumerates_all
    assert "PLnotthere0123456" in ended.notes[0]
    world.fake.put("other-00001", "x")
    world.fake.change("other-00001", channel="UCsomebodyelse0000000000")
    assert await connector.confirm_gone(["other-00001"]) == {"other-00001": Presence.UNKNOWN}


async def test_a_source_of_which_nothing_is_there_fails(world: World) -> None:
    with pytest.raises(SourceUnavailable, match="no channel @nobody"):
        await scan(world.connector({"channels": "@nobody"}))


async def test_a_list_that_ends_short_proves_nothing_and_takes_nothing(world: World) -> None:
    for video in clips(60):
        world.fake.put(video, "words")
    world.fake.data.tail = 20
    connector = world.connector()
    steps = await scan(connector)
    assert not end(steps).enumerates_all
    assert "41 of its 61" in end(steps).notes[0]
    missing = set(clips(60)) - {item.ref for item in items(steps)}
    said = await connector.confirm_gone(sorted(missing))
    assert set(said.values()) == {Presence.PRESENT}


async def test_what_left_every_list_is_gone_though_youtube_has_it(world: World) -> None:
    world.fake.put("taken-00001", "words")
    world.fake.change("taken-00001", privacy="unlisted")
    world.fake.playlists["PLpunnet0123456789"] = ["taken-00001"]
    listing = {"channels": HANDLE, "playlists": "PLpunnet0123456789"}
    said = await world.connector(listing).confirm_gone(["taken-00001"])
    assert said == {"taken-00001": Presence.PRESENT}
    world.fake.playlists["PLpunnet0123456789"].clear()
    said = await world.connector(listing).confirm_gone(["taken-00001"])
    assert said == {"taken-00001": Presence.GONE}


async def test_an_answer_that_forgets_a_listed_video_says_of_none_that_it_is_gone(
    world: World,
) -> None:
    connector = world.connector()
    await scan(connector)
    nothing = '{"kind": "youtube#videoListResponse", "items": [], "pageInfo": {"totalResults": 0}}'
    world.faults.order(page(nothing), below="/youtube/v3/videos")
    assert await connector.confirm_gone(["other-00001"]) == {}


@pytest.mark.parametrize("cursor", ["x", "{}", "[1]", "7", '["a"]'])
async def test_a_cursor_of_another_kind_has_everything_listed(world: World, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        await scan(world.connector(), Cursor(cursor))


# --- what it costs -------------------------------------------------------------------


async def test_a_thousand_unchanged_videos_cost_41_units_and_no_look(world: World) -> None:
    for video in clips(999):
        world.fake.put(video, "words")
    listed = await entries(world.connector())
    held = {one.ref: KnownDocument(one.ref, one.version, "hash") for one in listed}
    before = len(world.faults.requests)
    assert await entries(world.connector(), held=held) == listed
    assert len(world.faults.requests) - before == 41
    assert not world.asked("/watch")


def test_each_day_an_even_share_of_old_videos_is_read_again() -> None:
    old = NOW - timedelta(days=400)
    films = [Video(video, "t", old, CHANNEL, ()) for video in clips(1000)]
    shares = [
        sum(
            version_of(film, at, 30) != version_of(film, at + timedelta(days=1), 30)
            for film in films
        )
        for at in (NOW + timedelta(days=day) for day in range(30))
    ]
    assert sum(shares) == 1000
    assert max(shares) < 60


def test_new_videos_are_read_again_sooner() -> None:
    def looks(age: timedelta) -> int:
        film = Video(BOOTS, "t", NOW - age, CHANNEL, ())
        hours = (NOW + timedelta(hours=hour) for hour in range(48))
        return len({version_of(film, at, 30) for at in hours})

    assert looks(timedelta(0)) >= 8
    assert 2 <= looks(timedelta(days=5)) <= 3
    assert looks(timedelta(days=300)) <= 2


def test_a_proxy_is_read_and_checked() -> None:
    assert proxy_of({"proxy": " http://u:p@proxy.example:8080 "}).url.endswith(":8080")
    webshare = proxy_of({"webshare_user": "u", "webshare_password": "p"})
    assert (webshare.url, webshare.rotates) == ("http://u-rotate:p@p.webshare.io:80/", True)
    for bad in ({"proxy": "socks9://x"}, {"webshare_user": "u"}):
        with pytest.raises(CredentialsInvalid):
            proxy_of(bad)


async def test_captions_are_asked_for_by_the_proxy_and_nothing_else_is(world: World) -> None:
    def pass_on(asked: Asked) -> Answer:
        return world.fake(replace(asked, path=asked.path.removeprefix(world.root)))

    through = Faults()
    async with served(pass_on, through) as proxy:
        world.secrets["proxy"] = proxy.url("").replace("//", "//user:hush@")
        assert spoken(await world.connector().fetch(LISTED)) == "boots go back"
    assert len(through.requests) == 3
    assert all(one.headers["proxy-authorization"] for one in through.requests)
    assert [one.path.split("?")[0] for one in world.faults.requests] == ["/youtube/v3/videos"]
