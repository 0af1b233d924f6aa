"""What the operator sets reaches what answers."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from api.answering import DEFAULT_MODEL, ask_settings, opened_routers
from api.settings import Settings
from retrieval.adapters.router import OpenAIRouter
from retrieval.planner.calibration import shipped
from retrieval.planner.evidence import DEFAULT_THRESHOLD
from retrieval.profiles import Profile

PEPPER = b"of the tests"
ROUTERS = {"router_url": "http://127.0.0.1:1", "router_key": "sk-first"}
FALLBACK = {"router_fallback_url": "http://127.0.0.1:2", "router_fallback_key": "sk-second"}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PUNNET_")]:
        monkeypatch.delenv(name)


def settings(home: Path, **chosen: Any) -> Settings:
    return Settings(home=home, **chosen)


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("max_cost_usd", 0.5, "cost_cap_usd"),
        ("answer_value_usd", 2.5, "value_usd"),
        ("wait_cost_usd", 0.01, "second_usd"),
        ("wait_patience_s", 1.5, "patience_s"),
        ("strict_tokens", 9_000, "strict_tokens"),
        ("evidence_threshold", 0.7, "threshold"),
        ("evidence_threshold", 0.0, "threshold"),
    ],
)
def test_each_limit_reaches_the_weighing(
    tmp_path: Path, name: str, value: float, limit: str
) -> None:
    weighing = ask_settings(settings(tmp_path, **{name: value}), PEPPER).weighing
    before = ask_settings(settings(tmp_path), PEPPER).weighing
    changed = {
        key for key, one in asdict(weighing.limits).items() if one != asdict(before.limits)[key]
    }
    assert changed == {limit}
    assert getattr(weighing.limits, limit) == value


def test_what_else_is_set_reaches_the_asker(tmp_path: Path) -> None:
    chosen = settings(
        tmp_path,
        router_model="our-model",
        router_profile="litellm",
        router_tags=True,
        hint_models="a, b",
        snippet_tokens=2_000,
    )
    told = ask_settings(chosen, PEPPER)
    assert (told.model, told.others, told.weighing.snippet_tokens) == (
        "our-model",
        ("a", "b"),
        2_000,
    )
    assert (told.dialect.profile, told.dialect.tags) == (Profile.LITELLM, True)
    assert told.dialect.secret == PEPPER


def test_without_a_word_of_the_operator_what_ships_holds(tmp_path: Path) -> None:
    told = ask_settings(settings(tmp_path), PEPPER)
    assert (told.model, told.others) == (DEFAULT_MODEL, ())
    assert (told.dialect.profile, told.dialect.tags) == (Profile.OPENAI, False)
    assert told.weighing.limits.threshold == DEFAULT_THRESHOLD
    assert told.weighing.calibration == shipped()


def test_what_was_fitted_goes_before_what_ships(tmp_path: Path) -> None:
    kept = Path("retrieval/planner/calibration.json").resolve()
    fit = {**json.loads(kept.read_text()), "id": "our own"}
    (tmp_path / "calibration.json").write_text(json.dumps(fit))
    assert ask_settings(settings(tmp_path), PEPPER).weighing.calibration.id == "our own"
    elsewhere = settings(tmp_path, calibration=tmp_path / "none.json")
    assert ask_settings(elsewhere, PEPPER).weighing.calibration == shipped()


async def test_without_an_address_there_is_no_router(tmp_path: Path) -> None:
    async with opened_routers(settings(tmp_path, **FALLBACK), PEPPER) as told:
        assert told == (None, None)


async def test_both_routers_are_reached_as_they_are_set(tmp_path: Path) -> None:
    chosen = settings(
        tmp_path,
        **{**ROUTERS, **FALLBACK},
        router_fallback_profile="vllm",
        router_fallback_model="spare-model",
    )
    async with opened_routers(chosen, PEPPER) as (router, spare):
        assert isinstance(router, OpenAIRouter)
        assert spare is not None
        assert (spare.model, spare.dialect.profile) == ("spare-model", Profile.VLLM)
        shown = f"{router!r} {spare!r} {chosen!r} {vars(router)!r}"
    assert "sk-first" not in shown
    assert "sk-second" not in shown
    async with opened_routers(settings(tmp_path, **ROUTERS), PEPPER) as (_, none):
        assert none is None
