"""Know models by the price list of genai-prices and by the operator's own figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from retrieval.adapters.overrides import Override
from retrieval.errors import ModelUnknown
from retrieval.model import ModelFacts

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, Provider

_MILLION = 1_000_000
_REMEMBERED = 1_024


@dataclass(frozen=True, slots=True)
class _Listed:
    """A model as the price list has it."""

    provider: "Provider"
    model: "ModelInfo"


class PriceCatalog:
    """Asks the overrides first, then the list; the list is imported when first asked (0.4 s)."""

    def __init__(self, overrides: Mapping[str, Override]) -> None:
        self._overrides = overrides
        # Bounded, because callers may name what they like.
        self._listed = lru_cache(_REMEMBERED)(self._search)

    def facts(self, model: str, at: datetime) -> ModelFacts:
        own, listed = self._look_up(model)
        prices = listed.model.get_prices(at) if listed else None
        window = listed.model.context_window if listed else None
        if own.priced:
            priced, cached = True, own.cache_read is not None
        else:
            priced = _has(prices, "input_mtok") and _has(prices, "output_mtok")
            cached = _has(prices, "cache_read_mtok")
        return ModelFacts(
            name=model,
            provider=listed.provider.id if listed else "",
            window=own.window or window,
            input_limit=own.input_limit,
            priced=priced,
            cache_read_priced=cached,
            snapshot=self._snapshot(own, listed, at),
        )

    def cost(
        self, model: str, at: datetime, *, prompt: int, cached: int, output: int
    ) -> float | None:
        own, listed = self._look_up(model)
        if own.priced:
            return _own_cost(own, prompt, cached, output)
        facts = self.facts(model, at)
        # The list prices cached tokens as fresh ones where it knows no price for them.
        if listed is None or not facts.priced or (cached and not facts.cache_read_priced):
            return None
        from genai_prices import Usage

        usage = Usage(input_tokens=prompt, cache_read_tokens=cached, output_tokens=output)
        priced = listed.model.calc_price(usage, listed.provider, genai_request_timestamp=at)
        return float(priced.total_price)

    def _look_up(self, model: str) -> tuple[Override, _Listed | None]:
        own = self._overrides.get(model.lower())
        listed = self._listed(model)
        if own is None and listed is None:
            raise ModelUnknown(_advice(model))
        if own is None:  # a prefix names who serves the model, not another model
            own = self._overrides.get(model.lower().rpartition("/")[2], Override())
        return own, listed

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

    def _snapshot(self, own: Override, listed: _Listed | None, at: datetime) -> str:
        if listed is None or (own.priced and own.window):
            return "model file"
        from genai_prices import __version__

        beside = " and model file" if own != Override() else ""
        return f"genai-prices {__version__}{beside}, prices of {at:%Y-%m-%d}"


def _has(prices: object, name: str) -> bool:
    return getattr(prices, name, None) is not None


def _own_cost(own: Override, prompt: int, cached: int, output: int) -> float | None:
    if cached and own.cache_read is None:
        return None
    fresh = (prompt - cached) * (own.input or 0.0)
    return (fresh + cached * (own.cache_read or 0.0) + output * (own.output or 0.0)) / _MILLION


def _advice(model: str) -> str:
    return (
        f'No window and price are known for the model "{model}". If the name is right, add to '
        f'the model file (PUNNET_PRICES):\n\n[models."{model}"]\nwindow = 128000   '
        "# tokens of input and output together\ninput = 1.0       # US dollars for a million "
        "tokens\ncache_read = 0.1  # optional\noutput = 4.0\n"
    )
