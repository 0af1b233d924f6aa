from collections.abc import Mapping
from dataclasses import replace

import pytest

from connectors.model import Json, TenantId
from retrieval.handover import Candidate, hints, request_body, requirements, spares
from retrieval.model import (
    CacheKind,
    Caching,
    ContextPack,
    Message,
    Mode,
    Policy,
    TokenEstimate,
)
from retrieval.planner.case import Latency
from retrieval.profiles import Profile, dialect_of, fitted
from tests.answers import ACME, PLAIN, SECRET, cited, pack, plan
from tests.cases import DEEPSEEK, SONNET

GLOBEX = TenantId("globex")
GPT = replace(DEEPSEEK, name="gpt-5.5", provider="openai")
SHARED = pack(cited("D1§1"), prefix=True)
LITELLM, OPENROUTER, VLLM = (
    dialect_of(name, secret=SECRET) for name in (Profile.LITELLM, Profile.OPENROUTER, Profile.VLLM)
)


def appended(given: ContextPack) -> ContextPack:
    """Append to what a prompt shares, as to a page that changed."""
    assert given.prefix is not None
    *shared, question = given.messages
    more = (Message("user", "<knowledge>\nmore\n</knowledge>"), Message("assistant", "Read."))
    prefix = replace(given.prefix, id="e" * 64, messages=given.prefix.messages + len(more))
    return replace(given, messages=(*shared, *more, question), prefix=prefix)


def contents(body: Mapping[str, Json]) -> list[Json]:
    messages = body["messages"]
    assert isinstance(messages, list)
    return [message["content"] for message in messages if isinstance(message, dict)]


def texts(body: Mapping[str, Json]) -> list[str]:
    """Read a body as a provider does, who joins the parts of each content."""
    return [
        told if isinstance(told, str) else "".join(str(part["text"]) for part in told)  # type: ignore[index,call-overload,union-attr]
        for told in contents(body)
    ]


@pytest.mark.parametrize("model", [GPT, SONNET], ids=lambda model: model.name)
def test_a_plain_body_holds_the_model_and_the_messages_alone(model: object) -> None:
    body = request_body(plan(model=model), pack(cited("D1§1")), ACME, PLAIN)  # type: ignore[arg-type]
    assert set(body) == {"model", "messages"}
    assert all(isinstance(content, str) for content in contents(body))


def test_a_shared_beginning_has_a_key_that_does_not_tell_the_tenant() -> None:
    made = plan(Mode.FULL, GPT)
    key = request_body(made, SHARED, ACME, PLAIN)["prompt_cache_key"]
    assert isinstance(key, str)
    assert len(key) <= 64
    assert ACME not in key
    assert key == request_body(made, SHARED, ACME, PLAIN)["prompt_cache_key"]
    assert key != request_body(made, SHARED, GLOBEX, PLAIN)["prompt_cache_key"]
    other = dialect_of(Profile.OPENAI, secret=b"another house")
    assert key != request_body(made, SHARED, ACME, other)["prompt_cache_key"]


def test_a_beginning_that_grew_keeps_its_key() -> None:
    made, grown = plan(Mode.FULL, GPT), appended(SHARED)
    keys = {
        str(request_body(made, given, ACME, PLAIN, prefix_key=key)["prompt_cache_key"])
        for given, key in ((SHARED, "kb"), (grown, "kb"), (grown, "another"))
    }
    assert len(keys) == 2


def test_who_does_not_know_the_key_is_not_given_one() -> None:
    assert "prompt_cache_key" not in request_body(plan(Mode.FULL, DEEPSEEK), SHARED, ACME, PLAIN)


@pytest.mark.parametrize("dialect", [LITELLM, OPENROUTER], ids=lambda one: one.profile)
def test_a_model_that_wants_it_has_the_end_of_its_prefix_marked(dialect: object) -> None:
    body = request_body(plan(Mode.FULL, SONNET), SHARED, ACME, dialect)  # type: ignore[arg-type]
    rules, knowledge, reply, question = contents(body)
    mark = {"type": "ephemeral"}
    text = SHARED.messages[1].content
    assert knowledge == [{"type": "text", "text": text, "cache_control": mark}]
    assert all(isinstance(content, str) for content in (rules, reply, question))
    assert texts(body) == [message.content for message in SHARED.messages]


def test_openais_newer_models_have_the_end_marked_in_its_own_words() -> None:
    newer = replace(GPT, caching=Caching(CacheKind.MARKED, 1_800, 1_024))
    body = request_body(plan(Mode.FULL, newer), SHARED, ACME, PLAIN)
    part = {"type": "text", "text": SHARED.messages[1].content}
    assert contents(body)[1] == [{**part, "prompt_cache_breakpoint": {"mode": "explicit"}}]
    assert LITELLM.mark(newer) is None
    assert PLAIN.mark(SONNET) is None
    for other in (PLAIN, LITELLM, OPENROUTER):
        sent = fitted(body, other, ACME, "gpt-5.5")
        assert contents(sent) == [one.content for one in SHARED.messages]


def test_what_was_appended_leaves_the_mark_of_the_first_knowledge() -> None:
    body = request_body(plan(Mode.FULL, SONNET), appended(SHARED), ACME, OPENROUTER)
    marked = [place for place, told in enumerate(contents(body)) if not isinstance(told, str)]
    assert marked == [1, 3]
    assert texts(body) == [message.content for message in appended(SHARED).messages]


def test_a_cache_that_lives_an_hour_is_asked_for_an_hour() -> None:
    patient = replace(SONNET, caching=Caching(CacheKind.MARKED, 3_600, 1_024))
    body = request_body(plan(Mode.FULL, patient), SHARED, ACME, OPENROUTER)
    marked = contents(body)[1]
    assert isinstance(marked, list)
    assert isinstance(marked[0], dict)
    assert marked[0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


@pytest.mark.parametrize("dialect", [LITELLM, OPENROUTER, VLLM, PLAIN], ids=lambda d: d.profile)
def test_a_model_that_caches_by_itself_has_nothing_marked(dialect: object) -> None:
    body = request_body(plan(Mode.FULL, DEEPSEEK), SHARED, ACME, dialect)  # type: ignore[arg-type]
    assert all(isinstance(content, str) for content in contents(body))


def test_litellm_is_told_the_plan_in_strings_and_the_tier_where_it_is_asked_for() -> None:
    body = request_body(plan(), pack(), ACME, LITELLM)
    assert isinstance(body["metadata"], dict)
    assert body["metadata"]["punnet_plan_id"] == "p1"
    assert all(isinstance(value, str) for value in body["metadata"].values())
    assert "tags" not in body
    tagging = dialect_of(Profile.LITELLM, secret=SECRET, tags=True)
    assert request_body(plan(), pack(), ACME, tagging)["tags"] == ["punnet-routine"]
    assert not dialect_of(Profile.OPENAI, secret=SECRET, tags=True).tags


def test_openrouter_gets_models_to_fall_back_on_and_no_order_of_providers() -> None:
    others = ("deepseek-v4-flash", "gpt-5.5", "glm-5.1", "kimi-k2.6")
    body = request_body(plan(), pack(), ACME, OPENROUTER, spares=others)
    assert body["models"] == ["deepseek-v4-flash", "gpt-5.5", "glm-5.1"]
    assert set(body) == {"model", "models", "messages"}
    assert "models" not in request_body(plan(), pack(), ACME, PLAIN, spares=("gpt-5.5",))


def test_vllm_keeps_the_caches_of_tenants_apart() -> None:
    body = request_body(plan(), pack(), ACME, VLLM)
    assert set(body) == {"model", "messages", "cache_salt"}
    assert body["cache_salt"] == request_body(plan(), SHARED, ACME, VLLM)["cache_salt"]
    assert body["cache_salt"] != request_body(plan(), pack(), GLOBEX, VLLM)["cache_salt"]


def test_a_secret_is_not_shown() -> None:
    assert "of the tests" not in repr(PLAIN)


@pytest.mark.parametrize("first", [PLAIN, LITELLM, OPENROUTER, VLLM], ids=lambda d: d.profile)
def test_another_router_is_sent_only_what_it_understands(first: object) -> None:
    body = request_body(plan(Mode.FULL, SONNET), SHARED, ACME, first, spares=("gpt-5.5",))  # type: ignore[arg-type]
    sent = fitted({**body, "temperature": 0}, PLAIN, ACME, "gpt-5.5")
    assert set(sent) == {"model", "messages", "temperature"}
    assert (sent["model"], contents(sent)) == ("gpt-5.5", [one.content for one in SHARED.messages])
    assert set(fitted(body, VLLM, ACME, None)) == {"model", "messages", "cache_salt"}


# --- what is told beside the body -------------------------------------------------


def candidate(**changed: object) -> Candidate:
    model = replace(DEEPSEEK, **{"name": "other", **changed})  # type: ignore[arg-type]
    return Candidate(model, TokenEstimate(1_000, 1_100), Latency(0.5, 1e-4, 1e-5))


def test_requirements_say_what_the_prompt_needs() -> None:
    told = requirements(plan(), SHARED, Policy(max_ttft_s=4.0), 400)
    assert told == {
        "model": "deepseek-v4-flash",
        "min_window": 1_390,
        "min_input": 990,
        "min_effective_ctx": 900,
        "needs_prompt_cache": True,
        "tier": "routine",
        "max_ttft_s": 4.0,
    }
    assert "max_ttft_s" not in requirements(plan(), SHARED, Policy(), 400)


def test_hints_price_the_plans_model_first_and_others_that_hold_the_prompt() -> None:
    others = [candidate(name=plan().model.name), candidate(), candidate(name="s", window=1_400)]
    first, second = hints(plan(), others, 400)
    assert (first["model"], second["model"]) == ("deepseek-v4-flash", "other")
    assert first["est_cost_usd"] == plan().chosen.cost_usd
    assert second["est_cost_usd"] == pytest.approx((1_000 * 0.15 + 400 * 0.6) / 1e6)
    assert second["est_ttft_s"] == pytest.approx(0.6)
    assert second["tier"] == "frontier"


def test_spares_hold_the_prompt_and_stay_under_the_cap() -> None:
    others = [
        candidate(name="dear", prices=SONNET.prices),
        candidate(name="small", input_limit=1_000),
        candidate(name="unpriced", prices=replace(DEEPSEEK.prices, input=None)),
        candidate(name="fine"),
    ]
    assert spares(others, 400, 0.005) == ("fine",)
