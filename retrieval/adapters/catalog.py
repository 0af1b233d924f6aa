"""Know models by the price list of genai-prices and by the figures of the model files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from retrieval.adapters.overrides import Override, over, said_of
from retrieval.errors import ModelUnknown
from retrieval.model import CacheKind, Caching, ModelFacts, Tier
from retrieval.prices import PriceCard, Rate, Step

if TYPE_CHECKING:
    from decimal import Decimal

    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, Provider, TieredPrices

_REMEMBERED = 1_024


@dataclass(frozen=True, slots=True)
class _Listed:
    """A model as the price list has it."""

    provider: "Provider"
    model: "ModelInfo"


class PriceCatalog:
    """Asks the model files first, then the list; the list is imported when first asked (0.4 s)."""

    def __init__(self, overrides: Mapping[str, Override]) -> None:
        """Take entries by lower-cased name or pattern, the last that speaks of a model first."""
        self._overrides = overrides
        # Bounded, because callers may name what they like.
        self._listed = lru_cache(_REMEMBERED)(self._search)
        self._told = lru_cache(_REMEMBERED)(self._facts)

    def facts(self, model: str, at: datetime) -> ModelFacts:
        # Prices change on the full minute at the soonest, and a plan asks several times.
        return self._told(model, at.astimezone(UTC).replace(second=0, microsecond=0))

    def _facts(self, model: str, at: datetime) -> ModelFacts:
        said, known_as = self._said(model)
        listed = self._listed(known_as)
        if listed is None and not said.priced and model.lower() not in self._overrides:
            raise ModelUnknown(_advice(model))
        return ModelFacts(
            name=model,
            provider=listed.provider.id if listed else known_as.rpartition("/")[0],
            window=said.window or (listed.model.context_window if listed else None),
            input_limit=said.input_limit,
            prices=_card(said, listed, at),
            caching=Caching(
                said.cache or CacheKind.NONE, said.cache_ttl or 0, said.cache_least or 0
            ),
            effective=said.effective,
            tier=said.tier or Tier.ROUTINE,
            snapshot=_snapshot(said, listed, at),
        )

    def _said(self, model: str) -> tuple[Override, str]:
        """Join what the files say of a model and of those it is like; give the last one's name."""
        said, names = said_of(self._overrides, model), [model]
        while said.like and said.like not in names:
            names.append(said.like)
            said = over(said_of(self._overrides, said.like), replace(said, like=None))
        return said, names[-1]

    def _search(self, model: str) -> _Listed | None:
        """Try the name, then `provider/name` as routers write it, then OpenRouter's names."""
        prefix, _, rest = model.partition("/")
        tries = [(model, None)] + ([(rest, prefix), (model, "openrouter")] if rest else [])
        for name, provider_id in tries:
            try:
                found = self._list.find_provider_model(name, None, provider_id, None)
            except LookupError:
                continue
            return _Listed(*found)
        return None

    @cached_property
    def _list(self) -> "DataSnapshot":
        from genai_prices.data_snapshot import get_snapshot

        return get_snapshot()


def _card(said: Override, listed: _Listed | None, at: datetime) -> PriceCard:
    if said.priced:
        return _said_card(said)
    return listed_card(listed.model, at) if listed else PriceCard()


def listed_card(model: "ModelInfo", at: datetime) -> PriceCard:
    """Copy the standard prices that the list has for this moment."""
    prices = model.get_prices(at)
    return PriceCard(
        input=_rate(prices.input_mtok),
        output=_rate(prices.output_mtok),
        cache_read=_rate(prices.cache_read_mtok),
        cache_write=_rate(prices.cache_write_mtok),
        call_usd=float(getattr(prices, "requests_kcount", None) or 0) / 1_000,
    )


def _rate(price: "Decimal | TieredPrices | None") -> Rate | None:
    from genai_prices.types import TieredPrices

    if price is None:
        return None
    if isinstance(price, TieredPrices):
        steps = (Step(tier.start, float(tier.price)) for tier in price.tiers)
        return Rate(float(price.base), tuple(steps))
    return Rate(float(price))


def _said_card(said: Override) -> PriceCard:
    def rate(kind: str) -> Rate | None:
        usd: float | None = getattr(said, kind)
        if usd is None:
            return None
        steps = ((step.above, getattr(step, kind)) for step in said.steps)
        return Rate(usd, tuple(Step(above, price) for above, price in steps if price is not None))

    return PriceCard(rate("input"), rate("output"), rate("cache_read"), rate("cache_write"))


def _snapshot(said: Override, listed: _Listed | None, at: datetime) -> str:
    if said.priced or listed is None:
        return f"model file, prices of {said.as_of}" if said.as_of else "model file"
    from genai_prices import __version__

    return f"genai-prices {__version__}, prices of {at:%Y-%m-%d}"


def _advice(model: str) -> str:
    return (
        f'No window and price are known for the model "{model}". If the name is right, add to '
        f'the model file (PUNNET_PRICES):\n\n[models."{model}"]\nwindow = 128000   '
        "# tokens of input and output together\ninput = 1.0       # US dollars for a million "
        "tokens\ncache_read = 0.1  # optional\noutput = 4.0\n\nor, where it is another name "
        f'of a known model:\n\n[models."{model}"]\nlike = "openai/gpt-5.5"\n'
    )
