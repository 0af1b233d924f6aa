"""Carry out a question: search, plan, pack, and hand over to a model router."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.model import Json, TenantId
from ingest.ports import Clock, NewId, TokenCounter
from ingest.reading import DocumentFilter, DocumentRecord
from retrieval.model import (
    Answer,
    ContextPack,
    ContextRequest,
    Found,
    Fresh,
    Mode,
    ModelFacts,
    Plan,
    Policy,
    SearchRequest,
)
from retrieval.pack.asked import Asked, read_request
from retrieval.pack.prefix import estimate_full, pack_full, whole_pieces
from retrieval.pack.snippets import bare, pack_snippets
from retrieval.planner.budget import Price, affordable, input_window, snippet_budget
from retrieval.planner.choose import Case, Choice, Limits, choose
from retrieval.planner.evidence import DEFAULT_THRESHOLD, judge_evidence
from retrieval.planner.families import family_of
from retrieval.planner.handoff import decide_handoff
from retrieval.planner.tokens import Gauge
from retrieval.ports import Catalog, Knowledge, Search
from retrieval.signals import describe


@dataclass(frozen=True, slots=True)
class AskSettings:
    """What holds for every question that does not say otherwise."""

    model: str
    """Asked for where the caller names none."""
    snippet_tokens: int = 4_000
    """Of the whole prompt; more where question and instructions take over half of it."""
    passages: int = 30
    """Asked of the search."""
    cost_cap_usd: float = 0.10
    """What the whole knowledge may cost in one prompt, without a cache."""
    output_tokens: int = 1_000
    """Kept free for the reply, and priced as its length, where the caller names none."""
    full_share: float = 0.6
    """Share of the input window that the whole knowledge may take."""
    evidence_threshold: float = DEFAULT_THRESHOLD
    metadata: bool = False
    """Whether the body tells the plan; OpenAI itself and others refuse a `metadata` like that."""


@dataclass(frozen=True, slots=True)
class AskPorts:
    """The machines that a question needs."""

    search: Search
    reading: Knowledge
    catalog: Catalog
    tokens: TokenCounter
    """Counts as o200k does, like the counts that the ledger keeps."""
    clock: Clock
    new_id: NewId


@dataclass(frozen=True, slots=True)
class _Situation:
    """A question with all that its plan depends on, as of one moment."""

    asked: Asked
    policy: Policy
    limits: Limits
    model: ModelFacts
    price: Price
    gauge: Gauge
    found: Found
    records: Sequence[DocumentRecord]
    at: datetime


class Asker:
    """Answer questions with a prompt and a plan; the same knowledge gives the same plan."""

    def __init__(self, ports: AskPorts, settings: AskSettings) -> None:
        self._ports = ports
        self._settings = settings

    async def answer(self, tenant: TenantId, request: ContextRequest) -> Answer:
        """Plan and pack; raises QuestionInvalid, ModelUnknown, NothingFits."""
        situation = await self._look(tenant, request)
        # A conversation of megabytes takes a while to count: others are answered meanwhile.
        snippets, case = await asyncio.to_thread(self._weigh, situation)
        choice, pack = await self._carry_out(tenant, situation, snippets, case)
        plan = self._plan(situation, choice, snippets if snippets.citations else pack)
        return Answer(
            plan=plan,
            pack=pack,
            found=situation.found,
            request=self._body(plan, pack),
            requirements=_requirements(situation, plan, pack),
            hints=_hints(plan),
            warnings=_warnings(situation, plan, pack),
            tenant=tenant,
        )

    async def _look(self, tenant: TenantId, request: ContextRequest) -> _Situation:
        """Read the question and everything that may be seen, as of the search's sequence."""
        asked, at = read_request(request), self._ports.clock()
        name = request.model or self._settings.model
        # The price list takes 0.4 s to load when it is first asked.
        model = await asyncio.to_thread(self._ports.catalog.facts, name, at)
        search = SearchRequest(asked.query, self._settings.passages, request.where, request.fresh)
        found = await self._ports.search.search(tenant, search)
        where = _dated(request, at)
        records = await self._ports.reading.knowledge(tenant, found.sequence, where)
        gauge = Gauge(self._ports.tokens, family_of(name))
        limits = self._limits(request)
        price = self._price(name, at, limits.output_tokens)
        return _Situation(asked, request.policy, limits, model, price, gauge, found, records, at)

    def _limits(self, request: ContextRequest) -> Limits:
        settings = self._settings
        output = request.reply_tokens or settings.output_tokens
        return Limits(settings.full_share, settings.cost_cap_usd, output)

    def _price(self, model: str, at: datetime, output: int) -> Price:
        def price(prompt: int) -> float | None:
            return self._ports.catalog.cost(model, at, prompt=prompt, cached=0, output=output)

        return price

    def _weigh(self, situation: _Situation) -> tuple[ContextPack, Case]:
        snippets = self._pack_snippets(situation)
        return snippets, self._case(situation, snippets)

    def _pack_snippets(self, situation: _Situation) -> ContextPack:
        must = situation.gauge.prompt(bare(situation.asked))
        room = input_window(situation.model, situation.limits.output_tokens)
        budget = snippet_budget(must, situation.policy, self._settings.snippet_tokens, room)
        paid = affordable(budget, situation.policy.max_cost_usd, situation.price)
        # Where not even the question is within the cap, it is packed bare and the plan says so.
        budget = max(paid, min(must.p99, budget))
        return pack_snippets(situation.asked, situation.found.hits, budget, situation.gauge)

    async def _carry_out(
        self, tenant: TenantId, situation: _Situation, snippets: ContextPack, case: Case
    ) -> tuple[Choice, ContextPack]:
        """Choose by estimates; a whole knowledge that turns out larger is weighed again."""
        choice = choose(case, situation.limits, situation.price)
        if choice.decision is Mode.FULL:
            full = await self._pack_full(tenant, situation)
            choice = choose(replace(case, full=full.tokens), situation.limits, situation.price)
            if choice.decision is Mode.FULL:
                return choice, full
        return choice, self._without(situation, snippets, choice)

    def _case(self, situation: _Situation, snippets: ContextPack) -> Case:
        return Case(
            none=situation.gauge.prompt(bare(situation.asked)),
            snippets=snippets.tokens,
            full=estimate_full(situation.asked, situation.records, situation.gauge),
            documents=len(situation.records),
            hits=len(situation.found.hits),
            packed=len(snippets.citations),
            policy=situation.policy,
            model=situation.model,
        )

    async def _pack_full(self, tenant: TenantId, situation: _Situation) -> ContextPack:
        ids = [record.facts.id for record in situation.records]
        sequence = situation.found.sequence
        revisions = await self._ports.reading.contents(tenant, sequence, ids)

        def pack() -> ContextPack:
            pieces = whole_pieces(situation.records, revisions, situation.at)
            room = self._settings.snippet_tokens
            return pack_full(situation.asked, pieces, situation.found.hits, room, situation.gauge)

        # Counting a knowledge of half a million tokens takes most of a second.
        return await asyncio.to_thread(pack)

    def _without(self, situation: _Situation, snippets: ContextPack, choice: Choice) -> ContextPack:
        if choice.decision is Mode.SNIPPETS or not snippets.citations:
            return snippets
        return pack_snippets(situation.asked, (), snippets.tokens.p99, situation.gauge)

    def _plan(self, situation: _Situation, choice: Choice, basis: ContextPack) -> Plan:
        """Write the plan down; `basis` holds the passages that an answer would rest on."""
        found, question = situation.found, situation.asked.question
        threshold = self._settings.evidence_threshold
        best = [hit.passage for hit in found.hits]
        signals = describe(situation.asked.query, found.lists, best)
        evidence = judge_evidence(question, signals, found.hits, threshold)
        carries = choice.decision is not Mode.NONE
        freshness = [one.freshness for one in basis.citations] if carries else []
        return Plan(
            id=self._ports.new_id(),
            decision=choice.decision,
            why=choice.why,
            alternatives=choice.alternatives,
            evidence=evidence,
            handoff=decide_handoff(question, evidence, freshness),
            model=situation.model,
        )

    def _body(self, plan: Plan, pack: ContextPack) -> Mapping[str, Json]:
        body: dict[str, Json] = {
            "model": plan.model.name,
            "messages": [{"role": one.role, "content": one.content} for one in pack.messages],
        }
        if self._settings.metadata:
            body["metadata"] = {
                "punnet_plan_id": plan.id,
                "punnet_mode": plan.decision.value,
                "punnet_tokens": str(pack.tokens.expected),
                "punnet_tokens_p99": str(pack.tokens.p99),
            }
        return body


def _dated(request: ContextRequest, at: datetime) -> DocumentFilter:
    if request.fresh is Fresh.REQUIRE:
        return replace(request.where, fresh_at=at)
    return request.where


def _requirements(situation: _Situation, plan: Plan, pack: ContextPack) -> Mapping[str, Json]:
    return {
        "min_window": pack.tokens.p99 + situation.limits.output_tokens,
        "min_input": pack.tokens.p99,
        "model": plan.model.name,
    }


def _hints(plan: Plan) -> Sequence[Mapping[str, Json]]:
    chosen = next(one for one in plan.alternatives if one.mode is plan.decision)
    hint: dict[str, Json] = {
        "model": plan.model.name,
        "est_cost_usd": chosen.cost_usd,
        "est_cost_p99_usd": chosen.cost_p99_usd,
    }
    return (hint,)


def _warnings(situation: _Situation, plan: Plan, pack: ContextPack) -> tuple[str, ...]:
    model = situation.model
    stale = sum(citation.freshness.stale for citation in pack.citations)
    found = {
        f"the window of {model.name} is unknown; 32,768 tokens are assumed": model.window is None,
        f"the price of {model.name} is unknown, so no cap can be kept": not model.priced,
        f"the price of {model.name} for cached tokens is unknown": model.priced
        and not model.cache_read_priced,
        f"{stale} of {len(pack.citations)} cited pieces are stale": stale > 0,
        f"not even the question is within the cap; {plan.decision.value} is the cheapest": any(
            one.mode is plan.decision and "cost_cap" in one.reasons for one in plan.alternatives
        ),
    }
    held = (warning for warning, holds in found.items() if holds)
    return (*held, *pack.warnings, *situation.found.warnings)
