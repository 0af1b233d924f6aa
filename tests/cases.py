"""Cases for the planner: questions, packs and models as a plan may meet them."""

from dataclasses import replace
from datetime import UTC, datetime

from retrieval.model import (
    CacheKind,
    Caching,
    Mode,
    ModelFacts,
    Policy,
    Tier,
    TokenEstimate,
)
from retrieval.planner.case import (
    Case,
    KnowledgeFeatures,
    Latency,
    Limits,
    Option,
    QuestionFeatures,
    QuestionType,
    Warmth,
)
from retrieval.prices import PriceCard, Rate

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = Limits(
    output_tokens=400,
    cost_cap_usd=0.10,
    value_usd=1.0,
    second_usd=0.002,
    patience_s=3.0,
    full_share=0.6,
    strict_tokens=16_000,
    threshold=0.5,
)
DEEPSEEK = ModelFacts(
    name="deepseek-v4-flash",
    provider="deepseek",
    window=1_000_000,
    input_limit=None,
    prices=PriceCard(Rate(0.15), Rate(0.60), Rate(0.003)),
    caching=Caching(CacheKind.AUTOMATIC, ttl_s=3_600, least_tokens=64),
    effective=None,
    tier=Tier.FRONTIER,
    snapshot="2026-11-22",
)
SONNET = replace(
    DEEPSEEK,
    name="claude-sonnet-4-6",
    provider="anthropic",
    prices=PriceCard(Rate(3.0), Rate(15.0), Rate(0.3), Rate(3.75)),
    caching=Caching(CacheKind.MARKED, ttl_s=300, least_tokens=1_024),
)
UNPRICED = replace(DEEPSEEK, name="our-own", prices=PriceCard())
SINGLE = {1_000: 0.79, 2_000: 0.90, 4_000: 0.945, 8_000: 0.955, 16_000: 0.96}
"""Full evidence by budget, of one question whose answer stands in one place."""
SPREAD = {1_000: 0.05, 2_000: 0.24, 4_000: 0.44, 8_000: 0.60, 16_000: 0.72}
"""The same where the answer stands in several places."""
FAINT = {1_000: 0.05, 2_000: 0.07, 4_000: 0.09, 8_000: 0.10, 16_000: 0.11}
"""The same where the search finds nothing of it."""


def question(**types: float) -> QuestionFeatures:
    """A question with these probabilities of types; what is left over is a lookup."""
    left = 1 - sum(types.values())
    named = {name: types.get(name.value, 0.0) for name in QuestionType}
    named[QuestionType.LOOKUP] += left
    return QuestionFeatures(named, 1, "en", 0, follow_up=False)


def option(
    mode: Mode,
    tokens: int,
    evidence: float = 0.0,
    *,
    per_hour: float = 0.0,
    reasons: tuple[str, ...] = (),
) -> Option:
    """A pack of a mode; whole knowledge is shared all but for the question."""
    whole = mode in (Mode.SCOPED, Mode.FULL)
    return Option(
        mode=mode,
        tokens=TokenEstimate(tokens, int(tokens * 1.08)),
        evidence=evidence,
        budget=None if whole or mode is Mode.NONE else tokens,
        shared=tokens - 300 if whole else 0,
        warmth=Warmth(per_hour=per_hour, hits=int(per_hour) if per_hour > 20 else 0),
        reasons=reasons,
    )


def options(
    curve: dict[int, float], full: int = 180_000, per_hour: float = 0.0
) -> tuple[Option, ...]:
    """The usual packs of a knowledge base of `full` tokens."""
    whole = 0.97 if curve[16_000] > 0.5 else 0.15
    packs = [option(Mode.NONE, 300)]
    packs += [option(Mode.SNIPPETS, size, held) for size, held in curve.items() if size <= full]
    if full > 64_000:
        packs.append(option(Mode.EXPANDED, 6_000, curve[4_000]))
        packs.append(option(Mode.DOCUMENTS, 32_000, min(0.97, curve[16_000] + 0.05)))
    return (*packs, option(Mode.FULL, full, whole, per_hour=per_hour))


def case(
    packs: tuple[Option, ...] | None = None,
    asked: QuestionFeatures | None = None,
    *,
    model: ModelFacts = DEEPSEEK,
    policy: Policy | None = None,
    documents: int = 300,
) -> Case:
    """A case on a quiet noon; by default a lookup in 180,000 tokens."""
    return Case(
        question=asked or question(),
        knowledge=KnowledgeFeatures(documents, 180_000, {"en": 180_000}, 1.0, 1, 0),
        options=options(SINGLE) if packs is None else packs,
        model=model,
        latency=Latency(base_s=0.6, fresh_s=2e-5, cached_s=2e-6),
        policy=policy or Policy(),
        limits=LIMITS,
        at=NOON,
    )
