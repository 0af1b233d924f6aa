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
    assert punnet("source", "add", "Shop", "--path", "/x", "--no-sync", *said).status == 0
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
