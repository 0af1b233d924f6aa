"""Put together what an evaluation found out, and which questions went wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from retrieval.evaluate import figures
from retrieval.evaluate.baselines import rules
from retrieval.evaluate.measure import (
    count_shares,
    estimates,
    has_pieces,
    is_held,
    measure_plans,
    measure_search,
    ranks,
)
from retrieval.evaluate.model import FEW, SCHEMA, Failure, Measure, OfModel, Report, Seen, Simulated
from retrieval.evaluate.simulate import Traffic, simulate
from retrieval.experience import LearnedExperience
from retrieval.model import Tier
from retrieval.planner.choose import choose

_DEPTH = 10
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """What an evaluation was made of, beside the questions."""

    made_at: datetime
    documents: int
    unchecked: int
    """Rows left out because a person has yet to look at them."""
    warnings: tuple[str, ...] = ()


def assemble(
    seen: Sequence[Seen], setting: Setting, simulated: Mapping[str, Sequence[Simulated]]
) -> Report:
    """Measure everything; `simulated` has the rules' rows by model."""
    answerable = sum(one.question.answerable for one in seen)
    return Report(
        schema=SCHEMA,
        made_at=setting.made_at,
        questions=len(seen),
        answerable=answerable,
        unanswerable=len(seen) - answerable,
        pieces=sum(map(has_pieces, seen)),
        unchecked=setting.unchecked,
        documents=setting.documents,
        warnings=(*_warnings(seen, setting), *setting.warnings),
        problems=tuple(
            f"line {one.question.line}: {sought.problem}"
            for one in seen
            for sought in one.sought
            if sought.problem
        ),
        retrieval=measure_search(seen),
        models=tuple(_of_model(seen, name, simulated.get(name, ())) for name in _models(seen)),
        failures=tuple(_failures(seen)),
    )


def simulated(seen: Sequence[Seen], rates: Sequence[float]) -> Mapping[str, Sequence[Simulated]]:
    """Simulate every rule at every rate of questions an hour, for each model."""
    answerable = [one.question.answerable for one in seen]
    return {
        name: [
            simulate(
                Traffic([one.plans[name].case for one in seen], answerable, rate), rule, _fresh
            )
            for rate in rates
            for rule in rules(choose)
        ]
        for name in _models(seen)
    }


def by_model(report: Report) -> Mapping[str, Sequence[Measure]]:
    """Give all measures of a report by their model, those of the search under ""."""
    return {"": report.retrieval} | {one.name: one.measures for one in report.models}


def _fresh() -> LearnedExperience:
    # Cases carry the latency that they were planned with; the tier's prior is never asked for.
    return LearnedExperience(lambda _: Tier.ROUTINE)


def _models(seen: Sequence[Seen]) -> tuple[str, ...]:
    return tuple(seen[0].plans) if seen else ()


def _of_model(seen: Sequence[Seen], name: str, simulated: Sequence[Simulated]) -> OfModel:
    rows = figures.rows_of(estimates(seen, name))
    return OfModel(
        name=name,
        snapshot=seen[0].plans[name].case.model.snapshot,
        measures=measure_plans(seen, name),
        bins=figures.reliability(rows),
        shares=count_shares(seen, name),
        simulated=tuple(simulated),
    )


def _warnings(seen: Sequence[Seen], setting: Setting) -> Iterator[str]:
    gold = sum(bool(one.sought) for one in seen)
    if gold < FEW:
        yield (
            f"Only {gold} questions have gold: below {FEW}, single questions decide, and the "
            "intervals are wide."
        )
    if all(one.question.answerable for one in seen):
        yield "No question is unanswerable: nothing is known of what happens to those."
    if setting.unchecked:
        yield (
            f'{setting.unchecked} rows say "review": true and were left out: look at them, then '
            "take the mark away."
        )


def _failures(seen: Sequence[Seen]) -> Iterator[Failure]:
    for one in seen:
        why = [*_search_failures(one), *_plan_failures(one)]
        if why:
            titles = list(dict.fromkeys(hit.title or hit.document for hit in one.hits))
            yield Failure(
                line=one.question.line,
                question=one.question.text,
                why="; ".join(why),
                expected=tuple(dict.fromkeys(sought.gold.name for sought in one.sought)),
                found=tuple(titles[:_SHOWN]),
                link=one.hits[0].link if one.hits else "",
            )


def _search_failures(one: Seen) -> Iterator[str]:
    found = ranks(one) if one.sought else []
    missed = sum(rank is None or rank > _DEPTH for rank in found)
    if missed:
        yield f"{missed} of {len(found)} gold pages are not among the first {_DEPTH}"


def _plan_failures(one: Seen) -> Iterator[str]:
    for name, plan in one.plans.items():
        of = f" for {name}" if len(one.plans) > 1 else ""
        if one.sought and not is_held(one, plan):
            yield f"the prompt{of} ({plan.decision}) lacks some of the gold"
        if one.question.answerable and plan.handoff:
            yield f"handed off{of} ({plan.handoff}) although it is answerable"
        if not one.question.answerable and not plan.handoff:
            yield f"not handed off{of} although nothing answers it"
