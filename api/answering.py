"""Build what answers questions: the asker with what it knows of models, and the routers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from api.settings import Settings
from ingest.ports import Clock
from ingest.queries import QueryLedger
from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import read_overrides
from retrieval.ask import AskSettings
from retrieval.chat import Spare
from retrieval.consider import Weighing
from retrieval.errors import ModelUnknown
from retrieval.experience import LearnedExperience, outcome_of
from retrieval.model import Tier
from retrieval.planner.calibration import Calibration, read_calibration, shipped
from retrieval.planner.case import Limits
from retrieval.planner.evidence import DEFAULT_THRESHOLD
from retrieval.ports import Router
from retrieval.profiles import Dialect, Profile, dialect_of

DEFAULT_MODEL = "gpt-5.5"
"""What plans are made for where neither the settings nor the caller name a model."""
_REPLY_TOKENS = 1_000
"""Kept free for the reply, and priced as its length, where the caller names none."""
_FULL_SHARE = 0.6
"""Of the input window that whole knowledge may take while its tokens are estimates."""
_REMEMBERED = timedelta(days=7)
_MOST_OUTCOMES = 2_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of models, from lists and from use."""

    catalog: PriceCatalog
    experience: LearnedExperience


async def known_models(settings: Settings, queries: QueryLedger, clock: Clock) -> Known:
    """Read the price list, and what outcomes of before this start taught."""
    catalog = PriceCatalog(read_overrides(settings.prices))

    def tier_of(model: str) -> Tier:
        try:
            return catalog.facts(model, clock()).tier
        except ModelUnknown:
            return Tier.ROUTINE

    experience = LearnedExperience(tier_of)
    for reported in await queries.recent_outcomes(clock() - _REMEMBERED, _MOST_OUTCOMES):
        if outcome := outcome_of(reported):
            experience.recall(outcome)
    return Known(catalog, experience)


def ask_settings(settings: Settings, pepper: bytes) -> AskSettings:
    """Give what holds for every question; raises CalibrationInvalid."""
    return AskSettings(
        model=settings.router_model or DEFAULT_MODEL,
        weighing=Weighing(_limits(settings), _calibration(settings), settings.snippet_tokens),
        dialect=_dialect(settings, settings.router_profile, pepper),
        others=settings.hint_models,
    )


def _limits(settings: Settings) -> Limits:
    threshold = settings.evidence_threshold
    return Limits(
        output_tokens=_REPLY_TOKENS,
        cost_cap_usd=settings.max_cost_usd,
        value_usd=settings.answer_value_usd,
        second_usd=settings.wait_cost_usd,
        patience_s=settings.wait_patience_s,
        full_share=_FULL_SHARE,
        strict_tokens=settings.strict_tokens,
        threshold=DEFAULT_THRESHOLD if threshold is None else threshold,
    )


def _calibration(settings: Settings) -> Calibration:
    """Give what was fitted on this home's questions; raises CalibrationInvalid."""
    own = settings.calibration
    return read_calibration(own) if own.exists() else shipped()


def _dialect(settings: Settings, profile: Profile, pepper: bytes) -> Dialect:
    return dialect_of(profile, secret=pepper, tags=settings.router_tags)


@asynccontextmanager
async def opened_routers(
    settings: Settings, pepper: bytes
) -> AsyncIterator[tuple[Router | None, Spare | None]]:
    """Reach the router, and the one that is asked in its stead."""
    if not settings.router_url:
        yield None, None
        return
    import httpx2

    from retrieval.adapters.router import OpenAIRouter, RouterSettings

    def router(url: str, key: SecretStr | None) -> Router:
        return OpenAIRouter(client, RouterSettings(url, key.get_secret_value() if key else ""))

    async with httpx2.AsyncClient(trust_env=False) as client:
        first, spare = router(settings.router_url, settings.router_key), None
        if settings.router_fallback_url:
            spare = Spare(
                router(settings.router_fallback_url, settings.router_fallback_key),
                _dialect(settings, settings.router_fallback_profile, pepper),
                settings.router_fallback_model,
            )
        yield first, spare
