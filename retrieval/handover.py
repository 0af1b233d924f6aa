"""Write down what a router is given: the body, what it must be able to hold, what it may cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.model import Json, TenantId
from retrieval.model import ContextPack, Message, ModelFacts, Plan, Policy, TokenEstimate
from retrieval.planner.case import Latency
from retrieval.profiles import Dialect

_KEYED = frozenset({"openai", "azure", "mistral"})
"""Providers that take a `prompt_cache_key`; others refuse a field that they do not know."""
_MOST_MODELS = 3
"""OpenRouter refuses a longer list."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another of the operator's models, and what this pack would be for it."""

    model: ModelFacts
    tokens: TokenEstimate
    """Of the pack, in this model's own tokens."""
    latency: Latency

    def holds(self, output_tokens: int) -> bool:
        """Say whether the pack fits with its reply, even at the 99th percentile."""
        rooms = (self.model.input_limit, _less(self.model.window, output_tokens))
        return self.model.window is not None and all(
            room is None or self.tokens.p99 <= room for room in rooms
        )

    def cost(self, output_tokens: int, *, p99: bool = False) -> float | None:
        """Price the call in US dollars with nothing cached; None where a rate is unknown."""
        prompt = self.tokens.p99 if p99 else self.tokens.expected
        return self.model.prices.cost(prompt, output_tokens)


def request_body(
    plan: Plan,
    pack: ContextPack,
    tenant: TenantId,
    dialect: Dialect,
    *,
    spares: Sequence[str] = (),
    prefix_key: str = "",
) -> Mapping[str, Json]:
    """Write the body of a chat completion in the words that the router understands.

    Plain OpenAI without a shared beginning gets the model and the messages alone. `spares`
    are models that may be tried in its stead, for routers that take a list. `prefix_key` names
    the beginning whatever is appended to it, so that it goes on to where its cache is.
    """
    body: dict[str, Json] = {"model": plan.model.name, "messages": _messages(plan, pack, dialect)}
    if dialect.models and spares:
        models = list(dict.fromkeys((plan.model.name, *spares)))
        body["models"] = [*models[:_MOST_MODELS]]
    if dialect.cache_salt:
        body["cache_salt"] = dialect.key("salt", tenant)
    if pack.prefix and dialect.cache_key and plan.model.provider in _KEYED:
        body["prompt_cache_key"] = dialect.key("prefix", tenant, prefix_key)
    if dialect.metadata:
        body["metadata"] = _metadata(plan, pack)
    if dialect.tags:
        body["tags"] = [f"punnet-{plan.tier.value}"]
    return body


def requirements(
    plan: Plan, pack: ContextPack, policy: Policy, output_tokens: int
) -> Mapping[str, Json]:
    """Say what a model must be able to do to answer this prompt."""
    needed: dict[str, Json] = {
        "model": plan.model.name,
        "min_window": pack.tokens.p99 + output_tokens,
        "min_input": pack.tokens.p99,
        "min_effective_ctx": pack.tokens.expected,
        "needs_prompt_cache": pack.prefix is not None,
        "tier": plan.tier.value,
    }
    if policy.max_ttft_s is not None:
        needed["max_ttft_s"] = policy.max_ttft_s
    return needed


def hints(
    plan: Plan, others: Sequence[Candidate], output_tokens: int
) -> Sequence[Mapping[str, Json]]:
    """Give what the plan's model is expected to cost and take, and then the others that fit.

    Nothing is assumed of what the others' providers have cached.
    """
    chosen = plan.chosen
    first: Mapping[str, Json] = {
        "model": plan.model.name,
        "est_cost_usd": chosen.cost_usd,
        "est_cost_p99_usd": chosen.cost_p99_usd,
        "est_ttft_s": round(chosen.ttft_s, 2),
        "tier": plan.model.tier.value,
    }
    fit = (one for one in others if one.model.name != plan.model.name and one.holds(output_tokens))
    return (first, *(_hint(other, output_tokens) for other in fit))


def spares(others: Sequence[Candidate], output_tokens: int, cost_cap_usd: float) -> tuple[str, ...]:
    """Name the models that hold the pack and stay under the cap, in the operator's order."""
    return tuple(
        other.model.name
        for other in others
        if other.holds(output_tokens)
        and (cost := other.cost(output_tokens, p99=True)) is not None
        and cost <= cost_cap_usd
    )


def _hint(other: Candidate, output_tokens: int) -> Mapping[str, Json]:
    waiting = other.latency.base_s + other.latency.fresh_s * other.tokens.expected
    return {
        "model": other.model.name,
        "est_cost_usd": other.cost(output_tokens),
        "est_cost_p99_usd": other.cost(output_tokens, p99=True),
        "est_ttft_s": round(waiting, 2),
        "tier": other.model.tier.value,
    }


def _messages(plan: Plan, pack: ContextPack, dialect: Dialect) -> list[Json]:
    mark = dialect.mark(plan.model) if pack.prefix else None
    marked = _ends(pack.messages[: pack.prefix.messages]) if pack.prefix and mark else ()
    return [
        {
            "role": one.role,
            "content": _marked(one, mark) if mark and place in marked else one.content,
        }
        for place, one in enumerate(pack.messages)
    ]


def _ends(beginning: Sequence[Message]) -> frozenset[int]:
    """Find what to mark: where the first knowledge ends, and where all that was appended does.

    A provider looks only so far back from a mark for what it holds: the first one stands
    still while the beginning grows. The assistant's own messages are not marked everywhere.
    """
    told = [place for place, one in enumerate(beginning) if one.role == "user"]
    return frozenset((*told[:1], *told[-1:]))


def _marked(told: Message, mark: Mapping[str, Json]) -> list[Json]:
    return [{"type": "text", "text": told.content, **mark}]


def _metadata(plan: Plan, pack: ContextPack) -> Json:
    return {
        "punnet_plan_id": plan.id,
        "punnet_mode": plan.decision.value,
        "punnet_tokens": str(pack.tokens.expected),
        "punnet_tokens_p99": str(pack.tokens.p99),
        "punnet_tier": plan.tier.value,
    }


def _less(window: int | None, output_tokens: int) -> int | None:
    return None if window is None else window - output_tokens
