"""Runs on the command line: how they stand, what they did, and answers to those that wait."""

import pytest

from api.cli.fitting import GAP, fit
from connectors.model import Json
from tests.cli_api import SHOP, Punnet, Told, page

RUN = "0123456789abcdef0123456789abcdef"
LATE = "2999-03-01T12:30:09Z"
COUNTS: dict[str, Json] = {
    "listed": 1_175,
    "unchanged": 1_150,
    "indexed": 25,
    "chunks_embedded": 40,
    "chunks_reused": 90,
}


def run_of(state: str, id_: str = RUN, **more: Json) -> dict[str, Json]:
    run: dict[str, Json] = {"id": id_, "source_id": "s_1", "state": state, "counts": COUNTS}
    return run | {"errors": [], "rests_until": None, **more}


def syncs(api: Told, *runs: dict[str, Json], earlier: tuple[dict[str, Json], ...] = ()) -> None:
    api.answers["POST /v1/sources/s_1/sync"] = (202, run_of("queued"))
    api.answers["GET /v1/runs"] = page(*earlier)
    api.events[f"GET /v1/runs/{RUN}/events"] = list(runs)


def test_runs_fit_80_columns_with_whole_ids(
    punnet: Punnet, api: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rests = run_of("running", "f" * 32, rests_until=LATE)
    api.answers["GET /v1/runs"] = page(rests, run_of("partial", ended_at=LATE))
    api.answers["GET /v1/sources"] = page({**SHOP, "name": "Knowledge base of the shop"})
    said = punnet("run", "list").out
    assert [RUN in said, "f" * 32 in said] == [True, True]
    assert max(map(len, said.splitlines())) <= 80
    for word in ("Knowledge", "partial", "2999-03-01", "1,150", "unchanged,"):
        assert word in said.split()


def test_a_column_that_may_be_left_out_is_before_a_word_is_cut() -> None:
    columns, rows = ("name", "?kind", "!id"), [("a name", "files", "f" * 32)]
    assert fit(columns, rows, 80) == {0: 6, 1: 5, 2: 32}
    assert fit(columns, rows, 4 + GAP + 32) == {0: 4, 2: 32}
    assert fit(columns, rows, 2 + GAP + 32) == {0: 2, 2: 32}


def test_a_run_that_rests_says_until_when(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/runs"] = page(run_of("running", rests_until=LATE))
    api.answers[f"GET /v1/runs/{RUN}"] = (200, run_of("running", rests_until=LATE))
    for said in (punnet("run", "list"), punnet("run", "show", RUN)):
        assert "rests until 2999-03-01 12:30 UTC" in said.out
        assert "running" not in said.out


def test_a_run_that_rests_for_long_is_not_watched(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("running"), run_of("running", rests_until=LATE), run_of("succeeded"))
    said = punnet("sync")
    assert said.status == 1
    assert said.err.count("Shop: rests until 2999-03-01 12:30 UTC") == 1
    assert "goes on by itself while Punnet runs" in said.err


def test_a_short_rest_is_waited_for(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("running", rests_until="2026-03-01T12:00:00Z"), run_of("succeeded"))
    assert punnet("sync").status == 0


def test_a_run_behind_one_that_rests_for_long_is_not_watched(punnet: Punnet, api: Told) -> None:
    ahead = run_of("running", "r_0", rests_until=LATE)
    syncs(api, run_of("queued"), earlier=(run_of("succeeded", "r_8"), ahead))
    api.events["GET /v1/runs/r_0/events"] = [ahead]
    said = punnet("sync", "--json")
    assert (said.status, said.data()) == (1, [ahead])


@pytest.mark.parametrize(("failed", "status"), [(0, 0), (1, 1)])
def test_what_failed_earlier_is_no_failure_of_a_run(
    failed: int, status: int, punnet: Punnet, api: Told
) -> None:
    syncs(api, run_of("partial", counts={**COUNTS, "failed": failed}))
    said = punnet("sync")
    assert said.status == status
    assert "partial" in said.out


def test_nothing_is_said_of_reuse_where_nothing_was_cut(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("succeeded", counts={"listed": 16, "indexed": 16}))
    assert punnet("sync").err.splitlines()[-1] == "Saved: 0 of 16 pages were unchanged."


def test_what_a_run_would_delete_is_shown_in_order(punnet: Punnet, api: Told) -> None:
    waits = run_of("needs_confirmation", awaiting=["b.md", "a.md"])
    api.answers[f"GET /v1/runs/{RUN}"] = (200, waits)
    said = punnet("run", "confirm", RUN)
    assert said.status == 1
    assert said.err.startswith("  a.md\n  b.md\n")


def test_a_run_that_waits_is_refused(punnet: Punnet, api: Told) -> None:
    api.answers[f"GET /v1/runs/{RUN}"] = (200, run_of("needs_confirmation"))
    api.answers["POST /v1/sources/s_1/refuse"] = (200, run_of("failed"))
    said = punnet("run", "refuse", RUN)
    assert said.status == 0
    assert api.body_of("POST /v1/sources/s_1/refuse") == {"run_id": RUN}
    assert "nothing was deleted" in said.err
    assert "waits again" in said.err
