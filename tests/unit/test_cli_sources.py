"""Sources and their schedules on the command line."""

import pytest

from connectors.model import Json
from tests.cli_api import SHOP, Punnet, Told, page

ENDED: dict[str, Json] = {"id": "r_1", "source_id": "s_1", "state": "succeeded", "counts": {}}


@pytest.mark.parametrize(
    ("said", "schedule"),
    [
        ((), None),
        (("--every", "15m"), {"every": "15m"}),
        (
            ("--cron", "30 6 * * *", "--time-zone", "Europe/Berlin", "--jitter", "5m"),
            {"cron": "30 6 * * *", "time_zone": "Europe/Berlin", "jitter": "5m"},
        ),
        (("--every", "1h", "--full-every", "7d"), {"every": "1h", "full_every": "7d"}),
    ],
)
def test_a_schedule_is_said_as_the_api_takes_it(
    said: tuple[str, ...], schedule: Json, punnet: Punnet, api: Told
) -> None:
    api.answers["POST /v1/sources"] = (201, SHOP)
    assert punnet("source", "add", "New", "--path", "/x", "--no-sync", *said).status == 0
    body = api.body_of("POST /v1/sources")
    assert isinstance(body, dict)
    assert body["schedule"] == schedule


def test_a_rhythm_without_a_schedule_is_a_wrong_usage(punnet: Punnet, api: Told) -> None:
    said = punnet("source", "add", "Shop", "--path", "/x", "--jitter", "5m")
    assert said.status == 2
    assert "--every or --cron" in said.err


def test_a_change_touches_only_what_is_named(punnet: Punnet, api: Told) -> None:
    held: dict[str, Json] = {"path": "/x", "include": ["*.md"], "max_bytes": 9}
    api.answers["GET /v1/sources"] = page({**SHOP, "settings": held})
    api.answers["PATCH /v1/sources/s_1"] = (200, SHOP)
    said = punnet("source", "change", "Shop", "--set", "max_bytes=10", "--unset", "include")
    assert said.status == 0
    assert api.body_of("PATCH /v1/sources/s_1") == {"settings": {"path": "/x", "max_bytes": 10}}
    punnet("source", "change", "Shop", "--when-asked", "--pause", "--priority", "high")
    asked = {"schedule": None, "paused": True, "priority": "high"}
    assert api.body_of("PATCH /v1/sources/s_1") == asked


@pytest.mark.parametrize(
    ("said", "schedule"),
    [
        (("--jitter", "5m"), {"cron": "0 6 * * *", "time_zone": "UTC", "jitter": "5m"}),
        (("--time-zone", "Asia/Tokyo"), {"cron": "0 6 * * *", "time_zone": "Asia/Tokyo"}),
        (("--every", "1h"), {"every": "1h", "time_zone": "UTC"}),
        (("--full-every", "none"), {"cron": "0 6 * * *", "time_zone": "UTC"}),
    ],
)
def test_what_is_not_said_of_a_schedule_stays(
    said: tuple[str, ...], schedule: dict[str, Json], punnet: Punnet, api: Told
) -> None:
    held: dict[str, Json] = {"every": None, "cron": "0 6 * * *", "time_zone": "UTC"}
    held["full_every"] = "7d"
    api.answers["GET /v1/sources"] = page({**SHOP, "schedule": held})
    api.answers["PATCH /v1/sources/s_1"] = (200, SHOP)
    assert punnet("source", "change", "Shop", *said).status == 0
    stays: dict[str, Json] = {} if "none" in said else {"full_every": "7d"}
    assert api.body_of("PATCH /v1/sources/s_1") == {"schedule": {**schedule, **stays}}


def test_tags_and_groups_are_changed_as_a_whole(punnet: Punnet, api: Told) -> None:
    api.answers["PATCH /v1/sources/s_1"] = (200, SHOP)
    punnet("source", "change", "Shop", "--tag", "a", "--tag", "b", "--access", "")
    assert api.body_of("PATCH /v1/sources/s_1") == {"tags": ["a", "b"], "access": []}


def test_a_change_of_nothing_is_a_wrong_usage(punnet: Punnet, api: Told) -> None:
    said = punnet("source", "change", "Shop")
    assert said.status == 2
    assert "say what to change" in said.err


def test_a_name_that_is_there_is_not_given_twice(punnet: Punnet, api: Told) -> None:
    said = punnet("source", "add", "Shop", "--path", "/x")
    assert said.status == 1
    assert "There is a source 'Shop' already (s_1)" in said.err
    assert "POST /v1/sources" not in [call for call, _ in api.heard]


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "failed"),
        ({"paused": True}, "paused, failed"),
        ({"removing": True}, "removing"),
        ({"last_run": None}, ""),
        (
            {"last_run": {"state": "running", "rests_until": "2026-03-01T12:30:09Z"}},
            "rests until 2026-03-01 12:30 UTC",
        ),
    ],
)
def test_a_list_tells_how_sources_stand(
    more: dict[str, Json], state: str, punnet: Punnet, api: Told
) -> None:
    last: dict[str, Json] = {"id": "r_1", "state": "failed", "rests_until": None}
    api.answers["GET /v1/sources"] = page({**SHOP, "priority": "high", "last_run": last, **more})
    row = punnet("source", "list").out.splitlines()[-1]
    assert row.split("2026-03-01 12:00", 1)[1].strip().removesuffix("s_1").strip() == state
    assert "15m, high" in row


def test_a_source_that_waits_for_a_person_says_so(punnet: Punnet, api: Told) -> None:
    last: dict[str, Json] = {"id": "r_9", "state": "needs_confirmation"}
    due = "2026-03-01T12:15:00Z"
    api.answers["GET /v1/sources"] = page({**SHOP, "next_due_at": due, "last_run": last})
    said = punnet("source", "list")
    assert "when you answer  waits for you  s_1" in said.out
    assert "12:15" not in said.out
    assert "punnet run confirm r_9" in said.err


@pytest.mark.parametrize(
    ("option", "kind"), [((), "changes"), (("--full",), "full"), (("--failed",), "retry")]
)
def test_a_sync_says_what_to_look_at(
    option: tuple[str, ...], kind: str, punnet: Punnet, api: Told
) -> None:
    api.answers["GET /v1/sources"] = page(SHOP)
    api.answers["POST /v1/sources/s_1/sync"] = (202, ENDED)
    assert punnet("sync", "Shop", "--no-wait", *option).status == 0
    assert api.body_of("POST /v1/sources/s_1/sync") == {"kind": kind}


def test_a_source_is_shown_with_how_its_last_run_ended(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/sources"] = page(SHOP)
    failed: dict[str, Json] = {**ENDED, "state": "failed"}
    failed["errors"] = [{"ref": "", "reason": "The token was revoked."}]
    api.answers["GET /v1/runs"] = page(failed)
    said = punnet("source", "show", "Shop")
    assert "Last run: r_1, failed" in said.err
    assert "The token was revoked." in said.err
