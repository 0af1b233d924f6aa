from collections.abc import Mapping

import pytest

from connectors.errors import SettingsInvalid
from connectors.model import Json, Source, SourceId, TenantId
from connectors.registry import check, check_credentials
from connectors.surroundings import Allowed
from connectors.youtube_settings import parse_youtube
from tests.vendors.youtube import CHANNEL

VIDEO = "dQw4w9WgXcQ"
PLAYLIST = "PLpunnet0123456789"


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("channels", "@acme", "@acme"),
        ("channels", "https://www.youtube.com/@acme/videos", "@acme"),
        ("channels", "youtube.com/@Größe", "@Größe"),
        ("channels", f"https://youtube.com/channel/{CHANNEL}", CHANNEL),
        ("channels", CHANNEL, CHANNEL),
        ("playlists", f"https://www.youtube.com/playlist?list={PLAYLIST}", PLAYLIST),
        ("playlists", f"https://www.youtube.com/watch?v={VIDEO}&list={PLAYLIST}", PLAYLIST),
        ("playlists", PLAYLIST, PLAYLIST),
        ("videos", VIDEO, VIDEO),
        ("videos", f"https://www.youtube.com/watch?v={VIDEO}&t=42s", VIDEO),
        ("videos", f"https://youtu.be/{VIDEO}?si=x", VIDEO),
        ("videos", f"https://www.youtube.com/shorts/{VIDEO}", VIDEO),
        ("videos", f"https://m.youtube.com/live/{VIDEO}", VIDEO),
    ],
)
def test_what_people_copy_is_understood(name: str, written: str, read: str) -> None:
    found = parse_youtube({name: [written, written]})
    assert (found.channels or found.playlists or found.videos) == (read,)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "need 'channels'"),
        ({"chanels": "@a"}, "did you mean 'channels'"),
        ({"channels": "acme"}, "a handle"),
        ({"channels": "https://evil.example/@acme"}, "a handle"),
        ({"playlists": "RDdQw4w9WgXcQ"}, "A mix"),
        ({"videos": "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ"}, "11 characters"),
        ({"videos": VIDEO, "languages": []}, "at least one"),
        ({"videos": VIDEO, "languages": "English!"}, "codes such as"),
        ({"videos": VIDEO, "rate": 0}, "from 0.01"),
        ({"videos": VIDEO, "rate": 0.001}, "from 0.01"),
        ({"videos": VIDEO, "recheck_days": 0}, "from 1 to 365"),
        ({"videos": VIDEO, "generated": "yes"}, "true or false"),
    ],
)
def test_what_cannot_work_is_refused_with_the_mend(settings: Mapping[str, Json], told: str) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        parse_youtube(settings)


def test_it_is_off_until_the_operator_turns_it_on() -> None:
    source = Source(SourceId("s"), TenantId("acme"), "youtube", "Films", {"videos": VIDEO})
    check(source, Allowed(youtube=True))
    with pytest.raises(SettingsInvalid, match=r"undocumented.*PUNNET_YOUTUBE=true"):
        check(source, Allowed(youtube=False))


def test_it_takes_the_credentials_that_it_knows() -> None:
    source = Source(SourceId("s"), TenantId("acme"), "youtube", "Films", {"videos": VIDEO})
    share = {"webshare_user": "u", "webshare_password": "p"}
    check_credentials(source, {"api_key": "k", "proxy": "http://proxy.example:3128", **share})
    with pytest.raises(SettingsInvalid, match="did you mean 'api_key'"):
        check_credentials(source, {"apikey": "k"})
