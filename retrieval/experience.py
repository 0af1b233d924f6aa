"""Learn from what became of plans: token counts, caches, waiting times."""

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from connectors.model import Json, TenantId
from ingest.reading import Reported
from retrieval.answer import Answer
from retrieval.completion import same_model, usage_of
from retrieval.latency import Waited, fit_latency
from retrieval.model import Mode, Tier, TokenRatio
from retrieval.planner.case import Habit, Latency, Warmth

_FEWEST = 20
"""Outcomes before a figure of them goes before the prior."""
_LATELY = 256
"""Outcomes that a figure is made of; older ones are forgotten."""
_WEIGHT = 0.05
"""Of the newest ratio in the moving average: about the last forty count."""
_LEAST_RATIO, _MOST_RATIO = 0.5, 3.0
"""Beyond, a report is taken for a mistake or a lie: no tokenizer is that far from its estimate."""
_NORMAL_P99 = 2.326
_HOUR_S = 3_600.0
_REPORTS = 50
"""Of one prefix that count as lately."""
_HELD = 0.5
"""Share of a shared beginning that must come from a cache for a hit."""
_MOST_KEYS = 4_096

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider reported of one prompt, beside what its plan expected."""

    tenant: TenantId
    model: str
    language: str
    at: datetime
    estimated: int = 0
    """Expected tokens of the prompt, without any learned ratio; 0 where nobody knows."""
    counted: int | None = None
    """Tokens of the prompt, as the provider counted them."""
    cached: int | None = None
    """Of them, those that it read from a cache; None where it did not say."""
    ttft_s: float | None = None
    prefix: str = ""
    """The key of the beginning that it shared; "" for none."""
    shared: int = 0
    """Tokens of that beginning."""


class _Recent(Generic[Kept]):
    """A table that forgets what was not written to for longest."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Hashable, Kept] = OrderedDict()

    def get(self, key: Hashable) -> Kept | None:
        """Give a row that is there."""
        return self._rows.get(key)

    def put(self, key: Hashable, row: Kept) -> None:
        """Keep a row, as the newest."""
        self._rows[key] = row
        self._rows.move_to_end(key)
        if len(self._rows) > _MOST_KEYS:
            self._rows.popitem(last=False)


@dataclass(slots=True)
class _Ratios:
    """The last ratios of one tenant's model and language, and their moving average."""

    average: float = 1.0
    seen: deque[float] = field(default_factory=lambda: deque(maxlen=_LATELY))

    def add(self, ratio: float) -> None:
        bounded = min(max(ratio, _LEAST_RATIO), _MOST_RATIO)
        # The first ones weigh alike: no outcome should weigh as much as a thousand.
        weight = max(_WEIGHT, 1 / (len(self.seen) + 1))
        self.average += weight * (bounded - self.average)
        self.seen.append(bounded)

    def told(self) -> TokenRatio:
        # A copy: plans are weighed in threads, and an outcome may come in between.
        seen = sorted(self.seen)
        count = len(seen)
        if count < _FEWEST:
            return TokenRatio(observed=count)
        spread = math.sqrt(sum((one - self.average) ** 2 for one in seen) / count)
        highest = seen[math.ceil(0.99 * count) - 1]
        # Never below the estimate itself: reports that are too low must not overfill a window.
        p99 = max(self.average + _NORMAL_P99 * spread, highest, 1.0)
        return TokenRatio(self.average, min(p99, _MOST_RATIO), count)


@dataclass(slots=True)
class _Traffic:
    """When one shared beginning was or could have been sent to a model; what its cache did."""

    asked: deque[datetime] = field(default_factory=lambda: deque(maxlen=_LATELY))
    """Questions that it could have been sent for, whatever was chosen."""
    sent: deque[datetime] = field(default_factory=lambda: deque(maxlen=_LATELY))
    held: deque[bool] = field(default_factory=lambda: deque(maxlen=_REPORTS))

    def told(self, at: datetime) -> Warmth:
        asked, sent, held = tuple(self.asked), tuple(self.sent), tuple(self.held)
        ages = [(at - one).total_seconds() for one in sent]
        lately = [age for one in asked if 0 <= (age := (at - one).total_seconds()) < _HOUR_S]
        # A full memory may not reach back an hour: the rate is that of the time it covers.
        covered = max(lately, default=0.0) if len(lately) == _LATELY else _HOUR_S
        return Warmth(
            per_hour=len(lately) * _HOUR_S / max(covered, 1.0),
            last_s=max(0.0, min(ages)) if ages else None,
            hits=sum(held),
            misses=len(held) - sum(held),
        )


@dataclass(slots=True)
class _Waits:
    """How long one tenant's model took lately, and the line through it."""

    fitted: Latency | None = None
    """None while nobody has asked for it since the last outcome."""
    seen: deque[Waited] = field(default_factory=lambda: deque(maxlen=_LATELY))


class LearnedExperience:
    """Remembers in memory what outcomes taught; the same notes give the same answers."""

    def __init__(self, tier_of: Callable[[str], Tier]) -> None:
        self._tier_of = tier_of
        self._ratios: _Recent[_Ratios] = _Recent()
        self._waits: _Recent[_Waits] = _Recent()
        self._traffic: _Recent[_Traffic] = _Recent()
        self._habits: _Recent[tuple[Mode, datetime]] = _Recent()

    def ratio(self, tenant: TenantId, model: str, language: str) -> TokenRatio:
        """Give the moving average and what lies above it, from twenty outcomes on."""
        ratios = self._ratios.get((tenant, model, language))
        return ratios.told() if ratios else TokenRatio()

    def latency(self, tenant: TenantId, model: str) -> Latency:
        """Give the line through the last outcomes, from twenty on; else the tier's prior."""
        waits = self._waits.get((tenant, model))
        if waits is None:
            return self._fit(model, ())
        if (fitted := waits.fitted) is None:
            # A copy: plans are weighed in threads, and an outcome may come in between.
            fitted = waits.fitted = self._fit(model, tuple(waits.seen))
        return fitted

    def warmth(self, tenant: TenantId, model: str, prefix: str, at: datetime) -> Warmth:
        """Tell the traffic of the last hour and what the last reports said of the cache."""
        traffic = self._traffic.get((tenant, model, prefix))
        return traffic.told(at) if traffic else Warmth()

    def habit(self, tenant: TenantId, model: str, scope: str, at: datetime) -> Habit | None:
        """Give the last choice of the last hour; whether its cache lived that long is not known."""
        kept = self._habits.get((tenant, model, scope))
        if kept is None:
            return None
        age = max(0.0, (at - kept[1]).total_seconds())
        return Habit(kept[0], age) if age <= _HOUR_S else None

    def sent(
        self, tenant: TenantId, model: str, scope: str, mode: Mode, prefix: str, at: datetime
    ) -> None:
        """Note a prompt as the newest habit, as a question, and as traffic of what it shares."""
        self._habits.put((tenant, model, scope), (mode, at))
        for key in {scope, prefix} - {""}:
            self._traffic_of(tenant, model, key).asked.append(at)
        if prefix:
            self._traffic_of(tenant, model, prefix).sent.append(at)

    def learn(self, outcome: Outcome) -> None:
        """Take in what a provider reported; what cannot be true is left out or bounded."""
        counted = outcome.counted or 0
        cached = min(outcome.cached or 0, counted)
        if outcome.estimated > 0 and counted > 0:
            key = (outcome.tenant, outcome.model, outcome.language)
            ratios = self._ratios.get(key) or _Ratios()
            ratios.add(counted / outcome.estimated)
            self._ratios.put(key, ratios)
        if outcome.prefix and outcome.cached is not None and outcome.shared > 0:
            traffic = self._traffic_of(outcome.tenant, outcome.model, outcome.prefix)
            traffic.held.append(cached >= _HELD * outcome.shared)
        if outcome.ttft_s is not None and counted > 0:
            self._wait(outcome, Waited(counted - cached, cached, outcome.ttft_s))

    def recall(self, outcome: Outcome) -> None:
        """Take in an outcome of before a restart, and that its prompt was sent then."""
        if outcome.prefix:
            traffic = self._traffic_of(outcome.tenant, outcome.model, outcome.prefix)
            traffic.sent.append(outcome.at)
            traffic.asked.append(outcome.at)
        self.learn(outcome)

    def _traffic_of(self, tenant: TenantId, model: str, prefix: str) -> _Traffic:
        key = (tenant, model, prefix)
        traffic = self._traffic.get(key) or _Traffic()
        self._traffic.put(key, traffic)
        return traffic

    def _wait(self, outcome: Outcome, waited: Waited) -> None:
        # Fitted when it is asked for: a start takes in thousands of outcomes.
        key = (outcome.tenant, outcome.model)
        waits = self._waits.get(key) or _Waits()
        waits.seen.append(waited)
        waits.fitted = None
        self._waits.put(key, waits)

    def _fit(self, model: str, seen: Collection[Waited]) -> Latency:
        return fit_latency(seen, self._tier_of(model), _FEWEST)


def lesson_of(answer: Answer) -> Mapping[str, Json]:
    """Give what must be kept of a plan so that its outcome can be learned from later."""
    prefix = answer.pack.prefix
    return {
        "language": answer.language,
        "estimated": round(answer.pack.tokens.expected / answer.ratio),
        "prefix": answer.prefix_key,
        "shared": prefix.tokens.expected if prefix and answer.prefix_key else 0,
    }


def outcome_of(reported: Reported) -> Outcome | None:
    """Read what was reported of a kept plan; None where another model served than was planned."""
    plan, told = reported.plan, reported.outcome
    model, served = _text(plan, "model"), _text(told, "served_model") or _text(told, "model")
    if not model or told.get("served_by") == "fallback" or not same_model(model, served):
        return None
    usage, ttft = usage_of(told), told.get("ttft_s")
    return Outcome(
        tenant=reported.tenant,
        model=model,
        language=_text(plan, "language"),
        at=reported.at,
        estimated=_count(plan, "estimated"),
        counted=usage.prompt if usage else None,
        cached=usage.cached if usage else None,
        ttft_s=ttft if isinstance(ttft, float | int) else None,
        prefix=_text(plan, "prefix"),
        shared=_count(plan, "shared"),
    )


def _text(kept: Mapping[str, Json], name: str) -> str:
    value = kept.get(name)
    return value if isinstance(value, str) else ""


def _count(kept: Mapping[str, Json], name: str) -> int:
    value = kept.get(name)
    return value if isinstance(value, int) else 0
