"""The command line: what it prints where, and which exit status tells what."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.child import environment
from connectors.model import Json
from tests.cli_api import KEY, SHOP, Punnet, Told, answering, page

COUNTS: dict[str, Json] = {
    "listed": 13,
    "unchanged": 9,
    "indexed": 3,
    "deleted": 0,
    "failed": 1,
    "no_content": 0,
    "chunks_embedded": 5,
    "chunks_reused": 31,
    "tokens_embedded": 640,
    "tokens_reused": 3970,
}


def run_of(state: str, **more: Json) -> dict[str, Json]:
    return {"id": "r_1", "source_id": "s_1", "state": state, "counts": COUNTS, "errors": [], **more}


def syncs(api: Told, *runs: dict[str, Json]) -> None:
    api.answers["POST /v1/sources/s_1/sync"] = (202, run_of("queued"))
    api.answers["GET /v1/runs"] = page()
    api.answers["GET /v1/runs/r_1"] = (200, runs[0])
    api.events["GET /v1/runs/r_1/events"] = list(runs)


# --- keys -------------------------------------------------------------------------


def test_key_create_prints_the_key_alone(punnet: Punnet, api: Told) -> None:
    made: dict[str, Json] = {"key": "pn_new_secret", "about": {"id": "k_1"}}
    api.answers["POST /v1/keys"] = (201, made)
    said = punnet("key", "create", "--name", "widget", "--scope", "read", "--scope", "feedback")
    assert (said.status, said.out) == (0, "pn_new_secret\n")
    assert "secret" not in said.err
    asked = {"name": "widget", "scopes": ["read", "feedback"]}
    assert api.body_of("POST /v1/keys") == asked


def test_an_unknown_scope_is_a_wrong_usage(punnet: Punnet, api: Told) -> None:
    said = punnet("key", "create", "--name", "widget", "--scope", "everything")
    assert (said.status, said.out) == (2, "")
    assert "read, feedback, write, admin" in said.err


def test_keys_are_listed_as_json(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/keys"] = page({"id": "k_1", "groups": None})
    assert punnet("key", "list", "--json").data() == [{"id": "k_1", "groups": None}]


def test_revoking_a_key_that_is_not_there_fails(punnet: Punnet, api: Told) -> None:
    said = punnet("key", "revoke", "k_9")
    assert (said.status, said.out) == (1, "")
    assert said.err == "punnet: There is nothing here with this id.\n"


def test_every_call_carries_the_key(punnet: Punnet, api: Told) -> None:
    punnet("source", "list")
    assert set(api.keys) == {f"Bearer {KEY}"}


# --- sources and syncs ------------------------------------------------------------


def test_sources_are_listed_in_a_table_without_cut_ids(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/sources"] = page({**SHOP, "id": "s_" + "0" * 40})
    said = punnet("source", "list")
    assert "Shop" in said.out
    assert "s_" + "0" * 40 in said.out


def test_all_pages_of_a_list_are_read(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/sources"] = page(*({**SHOP, "id": f"s_{n}"} for n in range(3)))
    assert [one["id"] for one in punnet("source", "list", "--json").data()] == ["s_0", "s_1", "s_2"]


def test_a_folder_becomes_a_source_under_its_whole_path(
    punnet: Punnet, api: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    api.answers["POST /v1/sources"] = (201, SHOP)
    options = ("--every", "15m", "--tag", "public", "--set", 'include=["**/*.md"]', "--no-sync")
    said = punnet("source", "add", "New", "--path", "pages", *options, "--json")
    assert said.data() == SHOP
    assert api.body_of("POST /v1/sources") == {
        "kind": "files",
        "name": "New",
        "settings": {"path": str(tmp_path / "pages"), "include": ["**/*.md"]},
        "tags": ["public"],
        "access": [],
        "schedule": {"every": "15m"},
    }


def test_a_setting_without_a_value_is_a_wrong_usage(punnet: Punnet, api: Told) -> None:
    said = punnet("source", "add", "Shop", "--set", "include")
    assert said.status == 2
    assert "NAME=VALUE" in said.err


def test_a_source_is_removed_by_its_name(punnet: Punnet, api: Told) -> None:
    api.answers["DELETE /v1/sources/s_1"] = (202, {**SHOP, "removing": True})
    assert punnet("source", "remove", "Shop", "--yes").status == 0
    assert ("DELETE /v1/sources/s_1", None) in api.heard


def test_without_a_yes_nothing_is_removed(punnet: Punnet, api: Told) -> None:
    said = punnet("source", "remove", "Shop")
    assert said.status == 1
    assert ("DELETE /v1/sources/s_1", None) not in api.heard


def test_an_unknown_source_is_told_with_those_that_are_there(punnet: Punnet, api: Told) -> None:
    said = punnet("sync", "Shoop")
    assert (said.status, said.out) == (1, "")
    assert said.err == "punnet: There is no source 'Shoop'. There are: Shop.\n"


def test_two_sources_of_one_name_must_be_told_apart(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/sources"] = page(SHOP, {**SHOP, "id": "s_2"})
    said = punnet("sync", "Shop")
    assert said.status == 1
    assert "s_1, s_2" in said.err


def test_a_sync_tells_what_it_did_and_saved(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("running"), run_of("succeeded"))
    said = punnet("sync", "Shop")
    assert said.status == 0
    assert "succeeded" in said.out
    assert "9 of 13 pages were unchanged, and 31 of 36 chunks" in said.err
    assert "(3,970 of 4,610 tokens)" in said.err


@pytest.mark.parametrize("state", ["partial", "failed", "needs_confirmation"])
def test_a_sync_that_did_not_succeed_ends_with_1(state: str, punnet: Punnet, api: Told) -> None:
    errors: list[Json] = [{"ref": "scan.pdf", "reason": "The PDF is encrypted."}]
    syncs(api, run_of(state, errors=errors, awaiting=["a.md"]))
    said = punnet("sync")
    assert said.status == 1
    assert "scan.pdf: The PDF is encrypted." in said.err
    assert ("punnet run confirm r_1" in said.err) == (state == "needs_confirmation")


def test_what_holds_for_a_whole_run_is_told_before_its_documents(punnet: Punnet, api: Told) -> None:
    failed: list[Json] = [{"ref": f"{n}.pdf", "reason": "It is \x1b[1mbroken."} for n in range(12)]
    syncs(api, run_of("partial", errors=[*failed, {"ref": "", "reason": "A sitemap was cut."}]))
    said = punnet("sync").err.splitlines()
    assert said[-11] == "  the run: A sitemap was cut."
    assert said[-2:] == ["  8.pdf: It is  [1mbroken.", "  and 3 more: punnet run show r_1"]
    shown = punnet("run", "show", "r_1").err
    assert "  11.pdf: It is  [1mbroken." in shown
    assert "more" not in shown


def test_failed_documents_are_listed_with_their_reasons(punnet: Punnet, api: Told) -> None:
    failed: dict[str, Json] = {"source_id": "s_1", "ref": "scan.pdf", "state": "failed"}
    failed |= {"title": "Flyer", "reason": "No text layer."}
    api.answers["GET /v1/documents"] = page(failed)
    said = punnet("document", "list", "--state", "failed", "--source", "Shop")
    assert said.out.splitlines()[-1].split()[:4] == ["Shop", "Flyer", "scan.pdf", "failed"]
    assert "No text layer." in said.out


def test_a_sync_prints_its_runs_as_json(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("succeeded"))
    assert punnet("sync", "--json").data() == [run_of("succeeded")]


def test_a_stream_that_breaks_off_is_taken_up_again(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("running"))
    polls = iter([["running"], ["running"], ["succeeded"]])

    class Growing(dict[str, list[Json]]):
        def __getitem__(self, call: str) -> list[Json]:
            return [run_of(state) for state in next(polls)]

    api.events = Growing(api.events)
    assert punnet("sync").status == 0


def test_a_run_is_only_queued_when_nobody_waits(punnet: Punnet, api: Told) -> None:
    syncs(api, run_of("running"))
    assert punnet("sync", "--no-wait", "--json").data() == [run_of("queued")]


# --- who answers ------------------------------------------------------------------


def test_without_a_home_the_command_says_to_run_up_first(punnet: Punnet) -> None:
    said = punnet("search", "refunds")
    assert (said.status, said.out) == (3, "")
    assert "punnet up" in said.err
    assert said.err.count("\n") == 1


def test_an_api_that_does_not_answer_is_unreachable(
    punnet: Punnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering() as gone:
        address = gone.address
    monkeypatch.setenv("PUNNET_URL", address)
    said = punnet("search", "refunds")
    assert (said.status, said.out) == (3, "")
    assert address in said.err


def test_a_wrong_setting_is_one_line(punnet: Punnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUNNET_PORT", "many")
    said = punnet("up")
    assert said.status == 1
    assert said.err.startswith("punnet: PUNNET_PORT: ")


@pytest.mark.parametrize("arguments", [("serch",), ("search",), ("search", "x", "--limit", "0")])
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], punnet: Punnet) -> None:
    said = punnet(*arguments)
    assert (said.status, said.out) == (2, "")


def test_help_names_every_command(punnet: Punnet) -> None:
    said = punnet("--help")
    assert said.status == 0
    for name in ("up", "serve", "worker", "sync", "search", "ask", "doctor", "source", "key"):
        assert f"  {name} " in said.out
    assert "\n  index " not in said.out


def test_the_version_is_printed_alone(punnet: Punnet) -> None:
    assert set(punnet("version", "--json").data()) == {"version"}


def test_the_command_line_imports_nothing_heavy() -> None:
    code = "import sys, api.cli.app; api.cli.app.build_app(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    heavy = {"alembic", "fastapi", "numpy", "onnxruntime", "pydantic", "sqlalchemy"}
    assert heavy.isdisjoint(done.stdout.split())
