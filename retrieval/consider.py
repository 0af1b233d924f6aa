"""Weigh up what was seen: every pack that could be made, as the case that a plan is chosen from."""

from dataclasses import dataclass, replace

from ingest.model import PointId
from retrieval.disputes import notes_on
from retrieval.look import Situation
from retrieval.model import Curve, Evidence, Mode
from retrieval.pack.estimate import Sizes, size_up
from retrieval.pack.key import prefix_key
from retrieval.pack.material import Material
from retrieval.pack.scope import Scope, scope_of
from retrieval.planner.calibration import Calibration
from retrieval.planner.case import Case, KnowledgeFeatures, Limits, Warmth
from retrieval.planner.curve import read_curve
from retrieval.planner.evidence import (
    Held,
    judge_evidence,
    judge_pack,
    judge_whole,
    pack_probability,
    threshold_of,
    whole_probability,
)
from retrieval.planner.options import Evident, Offer, Shelves, Stall, offers
from retrieval.ports import Experience

_OWN_ROOM = 4_000
"""Tokens of a usual prompt, of which facts and history may take their shares."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What the operator decides of how plans are weighed."""

    limits: Limits
    calibration: Calibration
    snippet_tokens: int
    """The most that retrieved passages may take."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A case with all that it takes to carry its choice out."""

    situation: Situation
    curve: Curve
    material: Material
    sizes: Sizes
    offers: tuple[Offer, ...]
    """In the order of the case's options."""
    case: Case
    room: int
    """The most tokens that a prompt with passages may have."""
    keys: tuple[str, str]
    """Of the shared beginning with the whole knowledge, and of that with the scope or ""."""

    def taken(self, offer: Offer) -> Material:
        """Give the material with no more hits than the offer takes."""
        if offer.option.mode in (Mode.SNIPPETS, Mode.EXPANDED):
            return replace(self.material, hits=self.material.hits[: offer.taken])
        return self.material

    def judge(self, offer: Offer, calibration: Calibration, threshold: float) -> Evidence:
        """Judge the evidence of what the offer takes, which is never more than the whole has."""
        whole = judge_whole(self.situation.parts, self.curve, threshold)
        if offer.option.mode is Mode.FULL:
            return whole
        part = self._judge_part(offer, calibration, threshold)
        return replace(part, probability=min(part.probability, whole.probability))

    def _judge_part(self, offer: Offer, calibration: Calibration, threshold: float) -> Evidence:
        parts, curve, mode = self.situation.parts, self.curve, offer.option.mode
        if mode in (Mode.NONE, Mode.SNIPPETS):
            return judge_evidence(parts, curve, offer.taken, threshold)
        held = _held(mode, offer.taken, curve, self.sizes, self.material.scope)
        return judge_pack(parts, curve, calibration, held, threshold)

    def prefix_of(self, mode: Mode) -> str:
        """Give the key of the beginning that a prompt of this mode shares; "" for none."""
        full, scoped = self.keys
        return {Mode.FULL: full, Mode.SCOPED: scoped}.get(mode, "")


class Consider:
    """Turns a situation into a case; it waits for nothing."""

    def __init__(self, experience: Experience, weighing: Weighing) -> None:
        self._experience = experience
        self._weighing = weighing

    def all(self, situation: Situation) -> Considered:
        """List and measure every pack that could be made."""
        calibration = self._weighing.calibration
        curve = read_curve(situation.parts, lambda hit: hit.passage.tokens, calibration)
        material = _material(situation, curve)
        sizes = size_up(material)
        keys = _keys(material)
        limits = self._limits(situation)
        stall = Stall(
            sizes=sizes,
            curve=curve,
            evident=self._evident(curve, sizes, material.scope),
            shelves=self._shelves(situation, material, keys),
            model=situation.model,
            policy=situation.request.policy,
            limits=limits,
            snippet_tokens=self._weighing.snippet_tokens,
        )
        offered = offers(stall)
        case = self._case(situation, offered, sizes, limits, keys[0])
        return Considered(situation, curve, material, sizes, offered, case, stall.room, keys)

    def _limits(self, situation: Situation) -> Limits:
        limits, asked = self._weighing.limits, situation.request.reply_tokens
        least = threshold_of(len(situation.parts), limits.threshold)
        return replace(limits, threshold=least, output_tokens=asked or limits.output_tokens)

    def _evident(self, curve: Curve, sizes: Sizes, scope: Scope | None) -> Evident:
        calibration = self._weighing.calibration

        def holding(mode: Mode, taken: int = 0) -> float:
            return pack_probability(curve, calibration, _held(mode, taken, curve, sizes, scope))

        return Evident(
            expanded=lambda n: holding(Mode.EXPANDED, n),
            documents=lambda n: holding(Mode.DOCUMENTS, n),
            scoped=holding(Mode.SCOPED) if scope else 0.0,
            full=whole_probability(curve),
        )

    def _shelves(self, situation: Situation, material: Material, keys: tuple[str, str]) -> Shelves:
        def warmth(key: str) -> Warmth:
            name, at = situation.model.name, situation.at
            return self._experience.warmth(situation.tenant, name, key, at)

        return Shelves(
            documents=len(material.holdings.records),
            in_scope=len(material.scope.bulk.documents) if material.scope else 0,
            full=warmth(keys[0]),
            scoped=warmth(keys[1]) if keys[1] else Warmth(),
        )

    def _case(
        self,
        situation: Situation,
        offered: tuple[Offer, ...],
        sizes: Sizes,
        limits: Limits,
        habitat: str,
    ) -> Case:
        request, model, at = situation.request, situation.model, situation.at
        return Case(
            question=situation.features,
            knowledge=_knowledge(situation, sizes),
            options=tuple(offer.option for offer in offered),
            model=model,
            latency=self._experience.latency(situation.tenant, model.name),
            policy=request.policy,
            limits=limits,
            at=at,
            habit=self._experience.habit(situation.tenant, model.name, habitat, at),
            after=request.after,
            after_budget=request.after_budget,
        )


def _material(situation: Situation, curve: Curve) -> Material:
    holdings = situation.stock.holdings
    return Material(
        tenant=situation.tenant,
        sequence=situation.sequence,
        where=situation.where,
        holdings=holdings,
        asked=situation.asked,
        hits=curve.hits,
        gauge=situation.gauge,
        at=situation.at,
        room=situation.request.policy.max_tokens or _OWN_ROOM,
        scope=scope_of(curve.hits, holdings),
        notes=notes_on(curve.hits),
    )


def _keys(material: Material) -> tuple[str, str]:
    where, holdings, scope = material.where, material.holdings, material.scope
    scoped = prefix_key(where, holdings, scope) if scope else ""
    return prefix_key(where, holdings, None), scoped


def _knowledge(situation: Situation, sizes: Sizes) -> KnowledgeFeatures:
    stock, gauge = situation.stock, situation.gauge
    tokens = stock.holdings.whole.tokens
    again = {one for part in situation.parts for hit in part.found.hits for one in hit.also_in}
    return KnowledgeFeatures(
        documents=len(stock.holdings.records),
        tokens=sizes.full.expected,
        languages={name: gauge.page(count, name).expected for name, count in tokens.items()},
        changed_per_day=round(stock.changed_per_day(situation.at), 4),
        access_sets=stock.access_sets,
        near_duplicates=len(again),
    )


def _held(mode: Mode, taken: int, curve: Curve, sizes: Sizes, scope: Scope | None) -> Held:
    """Say what a pack holds that is no beginning of the curve: weighed so, and judged so."""
    if mode is Mode.EXPANDED:
        return Held(passages=_with_neighbours(curve, taken))
    if mode is Mode.SCOPED and scope:
        return Held(documents=scope.bulk.documents)
    return Held(documents=sizes.ordered[:taken])


def _with_neighbours(curve: Curve, first: int) -> frozenset[PointId]:
    """Name the hits that the first ones bring along, because they stand beside them."""
    near = {
        (hit.passage.document, hit.passage.ordinal + step)
        for hit in curve.hits[:first]
        for step in (-1, 0, 1)
    }
    return frozenset(
        hit.passage.id for hit in curve.hits if (hit.passage.document, hit.passage.ordinal) in near
    )
