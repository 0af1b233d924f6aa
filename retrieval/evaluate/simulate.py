"""Let questions arrive as customers send them, and add up what each rule would cost and take.

Arrivals are Poisson with a seed, the same for every rule. Whether a provider still holds a prefix
is diced with the probability that the planner itself takes for one that was last sent so long
ago. Prices are those of the moment that the questions were planned at.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from connectors.model import TenantId
from retrieval.evaluate.baselines import Rule
from retrieval.evaluate.figures import percentile
from retrieval.evaluate.model import Simulated
from retrieval.model import Mode
from retrieval.planner.case import Case, Option, Warmth
from retrieval.planner.cost import first_token, price
from retrieval.ports import Experience

RATES = (1.0, 6.0, 60.0, 600.0)
"""Questions an hour: a small team at night, a small team, a busy one, a large one."""
LEAST_ARRIVALS = 200
"""With fewer questions than this each arrives several times, so that caches show their worth."""
_TENANT = TenantId("simulated")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Questions with how often, and by which dice, they arrive."""

    cases: Sequence[Case]
    answerable: Sequence[bool]
    """One for each case."""
    per_hour: float
    seed: int = 0

    def dice(self) -> random.Random:
        """Give dice that fall the same way every time."""
        return random.Random(self.seed)  # noqa: S311 (no secret)

    def arrivals(self) -> Iterator[tuple[int, datetime]]:
        """Yield which case arrives when, every case equally often."""
        rng = self.dice()
        rounds = -(-LEAST_ARRIVALS // len(self.cases))
        turns = chain.from_iterable(
            rng.sample(range(len(self.cases)), len(self.cases)) for _ in range(rounds)
        )
        at = self.cases[0].at
        for turn in turns:
            at += timedelta(hours=rng.expovariate(self.per_hour))
            yield turn, at


@dataclass(slots=True)
class _Provider:
    """What a provider still holds."""

    dice: random.Random
    last: dict[str, datetime] = field(default_factory=dict)

    def send(self, case: Case, option: Option, output_tokens: int) -> "_Sent":
        """Charge one prompt with its reply, and keep its shared beginning from now on."""
        key = prefix_of(option)
        before = self.last.get(key)
        ago = None if before is None else (case.at - before).total_seconds()
        then = replace(option, warmth=Warmth(last_s=ago))
        costs = price(then, case.model, output_tokens)
        hit = costs.hit > 0 and self.dice.random() < costs.hit
        self.last[key] = case.at
        return _Sent(costs.warm if hit else costs.cold, first_token(then, case.latency, float(hit)))


@dataclass(frozen=True, slots=True)
class _Sent:
    cost_usd: float | None
    ttft_s: float


@dataclass(frozen=True, slots=True)
class _Answered:
    """What came of one arrival; a rule may have sent more than one prompt."""

    cost_usd: float | None
    ttft_s: float
    evidence: float | None
    whole: bool


def simulate(traffic: Traffic, rule: Rule, remember: Callable[[], Experience]) -> Simulated:
    """Add up what a rule comes to; `remember` makes an experience that has seen nothing."""
    memory, provider = remember(), _Provider(traffic.dice())
    answered = [
        _answer(as_of(traffic.cases[which], memory, at), rule, provider, memory,
                answerable=traffic.answerable[which])
        for which, at in traffic.arrivals()
    ]  # fmt: skip
    costs = [one.cost_usd for one in answered if one.cost_usd is not None]
    held = [one.evidence for one in answered if one.evidence is not None]
    waits = [one.ttft_s for one in answered]
    return Simulated(
        rule=rule.name,
        per_hour=traffic.per_hour,
        n=len(answered),
        usd_per_1000=1_000 * sum(costs) / len(costs) if len(costs) == len(answered) else None,
        evidence=sum(held) / len(held) if held else None,
        ttft_p50_s=percentile(waits, 0.5),
        ttft_p95_s=percentile(waits, 0.95),
        full_share=sum(one.whole for one in answered) / len(answered),
    )


def as_of(case: Case, memory: Experience, at: datetime) -> Case:
    """Give the case as it would be at another moment, after what was sent before it."""
    model = case.model.name
    options = tuple(
        replace(one, warmth=memory.warmth(_TENANT, model, prefix_of(one), at))
        if one.shared
        else one
        for one in case.options
    )
    habit = memory.habit(_TENANT, model, "", at)
    return replace(case, options=options, habit=habit, after=None, at=at)


def prefix_of(option: Option) -> str:
    """Name the beginning that an option shares with others of its mode and length."""
    return f"{option.mode}:{option.shared}" if option.shared else ""


def _answer(
    case: Case, rule: Rule, provider: _Provider, memory: Experience, *, answerable: bool
) -> _Answered:
    *declined, last = rule.send(case)
    sent = [provider.send(case, option, 0) for option in declined]
    sent.append(provider.send(case, last, case.limits.output_tokens))
    memory.sent(_TENANT, case.model.name, "", last.mode, prefix_of(last), case.at)
    costs = [one.cost_usd for one in sent]
    return _Answered(
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        ttft_s=sum(one.ttft_s for one in sent),
        evidence=last.evidence if answerable else None,
        whole=last.mode is Mode.FULL,
    )
