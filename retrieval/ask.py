"""Carry out a question: look, weigh, choose, pack, and write down why."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.model import TenantId
from ingest.ports import NewId
from ingest.prefixes import PrefixLedger
from retrieval.answer import Answer
from retrieval.consider import Consider, Considered, Weighing
from retrieval.disputes import RESTS_ON, cited_disputes, contested
from retrieval.handover import Candidate, hints, request_body, requirements, spares
from retrieval.look import Look, LookPorts, Situation
from retrieval.model import (
    ContextPack,
    ContextRequest,
    Freshness,
    Hit,
    Mode,
    Plan,
)
from retrieval.pack.packer import Packer
from retrieval.planner.case import Case, Choice
from retrieval.planner.choose import choose
from retrieval.planner.families import family_of
from retrieval.planner.handoff import decide_handoff
from retrieval.planner.tokens import Gauge
from retrieval.ports import Texts
from retrieval.profiles import Dialect

_WHOLE = frozenset({Mode.SCOPED, Mode.FULL})
_ESTIMATED = frozenset({Mode.EXPANDED, Mode.DOCUMENTS})


@dataclass(frozen=True, slots=True)
class AskSettings:
    """What holds for every question that does not say otherwise."""

    model: str
    """Asked for where the caller names none."""
    weighing: Weighing
    dialect: Dialect
    """What the router understands of a body."""
    others: tuple[str, ...] = ()
    """Models between which the router may choose, beside the one that is asked for."""


@dataclass(frozen=True, slots=True)
class AskPorts:
    """The machines that a question needs."""

    look: LookPorts
    texts: Texts
    prefixes: PrefixLedger
    new_id: NewId


class Asker:
    """Answer questions with a prompt and a plan; the same knowledge gives the same plan."""

    def __init__(self, ports: AskPorts, settings: AskSettings) -> None:
        self._ports = ports.look
        self._new_id = ports.new_id
        self._settings = settings
        self._look = Look(ports.look, settings.model, dialect=settings.dialect)
        self._consider = Consider(ports.look.experience, settings.weighing)
        self._packer = Packer(ports.texts, ports.prefixes)

    async def answer(self, tenant: TenantId, request: ContextRequest) -> Answer:
        """Plan and pack; raises QuestionInvalid, ModelUnknown, NothingFits."""
        situation = await self._look.at(tenant, request)
        considered = await asyncio.to_thread(self._consider.all, situation)
        case, choice, pack = await self._carry_out(considered)
        plan = self._plan(considered, choice, pack)
        if not request.trial:
            self._note(considered, plan.decision)
        return await asyncio.to_thread(self._written, considered, case, plan, pack)

    async def _carry_out(self, considered: Considered) -> tuple[Case, Choice, ContextPack]:
        """Choose by estimates, and again wherever the true size of whole knowledge is known.

        Each option is packed once at most.
        """
        case, packs = considered.case, dict[int, ContextPack]()
        while (choice := choose(case)).chosen not in packs:
            pack = await self._packed(considered, choice.chosen)
            if case.options[choice.chosen].mode not in _WHOLE:
                return case, choice, pack
            packs[choice.chosen] = pack
            case = _measured(case, choice.chosen, pack)
        return case, choice, packs[choice.chosen]

    async def _packed(self, considered: Considered, number: int) -> ContextPack:
        offer = considered.offers[number]
        option, material = offer.option, considered.taken(offer)
        budget = considered.room if option.budget is None else option.budget
        if option.mode in _ESTIMATED:
            # What was weighed is what is sent: room to spare is not filled with more.
            budget = min(budget, option.tokens.p99)
        pack = await self._packer.pack(option.mode, budget, material, considered.sizes)
        return replace(pack, citations=cited_disputes(pack.citations, considered.curve.hits))

    def _plan(self, considered: Considered, choice: Choice, pack: ContextPack) -> Plan:
        """Write the plan down with its evidence, and say when a person should take over."""
        chosen = choice.alternatives[choice.chosen]
        weighing = self._settings.weighing
        offer = considered.offers[choice.chosen]
        evidence = considered.judge(offer, weighing.calibration, weighing.limits.threshold)
        situation = considered.situation
        return Plan(
            id=self._new_id(),
            decision=chosen.mode,
            why=choice.why,
            alternatives=choice.alternatives,
            chosen=chosen,
            evidence=evidence,
            handoff=decide_handoff(
                situation.asked.question,
                evidence,
                _freshness(pack, chosen.mode, considered.curve.hits),
                situation.features.types,
                facts=bool(situation.asked.facts),
                contested=chosen.mode is not Mode.NONE
                and bool(contested(situation.asked.question, considered.curve.hits)),
            ),
            model=situation.model,
            tier=choice.tier,
        )

    def _note(self, considered: Considered, mode: Mode) -> None:
        """Tell what is handed over, so that later plans know which caches are warm."""
        situation = considered.situation
        self._ports.experience.sent(
            situation.tenant,
            situation.model.name,
            considered.keys[0],
            mode,
            considered.prefix_of(mode),
            situation.at,
        )

    def _written(self, considered: Considered, case: Case, plan: Plan, pack: ContextPack) -> Answer:
        situation = considered.situation
        output = case.limits.output_tokens
        others = [self._candidate(name, situation, pack) for name in self._settings.others]
        own = case.policy.max_cost_usd
        cap = case.limits.cost_cap_usd if own is None else own
        return Answer(
            plan=plan,
            case=case,
            pack=pack,
            hits=considered.curve.hits,
            sequence=situation.sequence,
            language=situation.features.language,
            request=request_body(
                plan,
                pack,
                situation.tenant,
                self._settings.dialect,
                spares=spares(others, output, cap),
                prefix_key=considered.prefix_of(plan.decision),
            ),
            requirements=requirements(plan, pack, case.policy, output),
            hints=hints(plan, others, output),
            warnings=_warnings(situation, plan, pack),
            tenant=situation.tenant,
            ratio=situation.gauge.ratio.expected,
            prefix_key=considered.prefix_of(plan.decision),
            reach=considered.curve.probability,
            answerable=considered.curve.answerable,
            calibration=self._settings.weighing.calibration.id,
        )

    def _candidate(self, name: str, situation: Situation, pack: ContextPack) -> Candidate:
        """Measure the pack for another model."""
        tenant, language = situation.tenant, situation.features.language
        ratio = self._ports.experience.ratio(tenant, name, language)
        gauge = Gauge(self._ports.tokens, family_of(name), ratio)
        return Candidate(
            self._ports.catalog.facts(name, situation.at),
            gauge.prompt(pack.messages),
            self._ports.experience.latency(tenant, name),
        )


def _measured(case: Case, number: int, pack: ContextPack) -> Case:
    """Give the case with the true size of one of its packs."""
    options = list(case.options)
    shared = pack.prefix.tokens.expected if pack.prefix else 0
    options[number] = replace(options[number], tokens=pack.tokens, shared=shared)
    return replace(case, options=tuple(options))


def _freshness(pack: ContextPack, mode: Mode, hits: Sequence[Hit]) -> Sequence[Freshness]:
    """Give how far that can be trusted which an answer would rest on."""
    if mode is Mode.NONE:
        return ()
    if mode is Mode.SNIPPETS:
        return [one.freshness for one in pack.citations]
    # Of a large pack an answer rests on what was found for the question.
    return [hit.freshness for hit in hits[:RESTS_ON]] or [one.freshness for one in pack.citations]


def _warnings(situation: Situation, plan: Plan, pack: ContextPack) -> tuple[str, ...]:
    model = situation.model
    stale = sum(citation.freshness.stale for citation in pack.citations)
    disputed = sum(bool(citation.disputes) for citation in pack.citations)
    found = {
        f"the window of {model.name} is unknown; 32,768 tokens are assumed": model.window is None,
        f"the price of {model.name} is unknown, so no cap can be kept": not model.prices.known,
        f"the price of {model.name} for cached tokens is unknown": model.prices.known
        and model.prices.cache_read is None,
        f"{stale} of {len(pack.citations)} cited pieces are stale": stale > 0,
        f"{disputed} of {len(pack.citations)} cited pieces are contradicted": disputed > 0,
        f"not even the question is within the cap; {plan.decision.value} is the cheapest": (
            "cost_cap" in plan.chosen.reasons
        ),
    }
    held = (warning for warning, holds in found.items() if holds)
    return (*held, *pack.warnings, *situation.warnings)
