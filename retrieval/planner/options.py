"""List the packs that could be made of what was found, each at the sizes worth weighing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from retrieval.model import Curve, Mode, ModelFacts, Policy, TokenEstimate
from retrieval.pack.estimate import Sizes
from retrieval.planner.budget import affordable, input_window
from retrieval.planner.case import Limits, Option, Warmth

BUDGETS = (1_000, 2_000, 4_000, 8_000, 16_000)
"""Tokens of knowledge; of each bracket the cut that is worth most is weighed."""
_EXPANDED = (4_000, 8_000)
_DOCUMENTS = (8_000, 32_000)
_ASSUMED_USD = 1e-6
"""What a token counts for among cuts where its price is unknown."""


@dataclass(frozen=True, slots=True)
class Evident:
    """How likely each kind of pack holds all that the answer needs."""

    expanded: Callable[[int], float]
    """With the first n hits and what stands around them."""
    documents: Callable[[int], float]
    """With the first n documents whole."""
    scoped: float
    full: float


@dataclass(frozen=True, slots=True)
class Shelves:
    """What is known of the whole and of the scope."""

    documents: int
    """That the caller may see."""
    in_scope: int
    full: Warmth
    scoped: Warmth


@dataclass(frozen=True, slots=True)
class Offer:
    """An option with how much of the material it takes: hits, or documents."""

    option: Option
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Stall:
    """Everything that offers are made from."""

    sizes: Sizes
    curve: Curve
    evident: Evident
    shelves: Shelves
    model: ModelFacts
    policy: Policy
    limits: Limits
    snippet_tokens: int
    """The most that retrieved passages may take."""

    def price(self, prompt: int) -> float | None:
        """Price a cold call in US dollars."""
        return self.model.prices.cost(prompt, self.limits.output_tokens)

    @property
    def room(self) -> int:
        """The most tokens that a prompt with passages may have."""
        wanted = max(self.sizes.none.p99, self._base) + self.snippet_tokens
        return self.allowed(self.policy.max_tokens or wanted, Mode.SNIPPETS)

    def allowed(self, budget: int, mode: Mode) -> int:
        """Cut a budget to what the model takes and what may be spent on the mode.

        Never below what the bare question needs: where not even that is within the caller's
        cap, it is packed bare and the plan says so. The operator's cap leaves room for a few
        passages, and is waived for the mode that is asked for.
        """
        policy, least = self.policy, self.sizes.none.p99
        window = input_window(self.model, self.limits.output_tokens)
        budget = min(budget, window, policy.max_tokens or window)
        cap = policy.max_cost_usd
        if cap is None and mode is not policy.mode:
            cap, least = self.limits.cost_cap_usd, max(least, self._base) + BUDGETS[0]
        return max(affordable(budget, cap, self.price), min(least, budget))

    @property
    def _base(self) -> int:
        return self.sizes.snippets[0].p99

    def worth(self, evidence: float, tokens: TokenEstimate) -> float:
        """Weigh evidence against the price of tokens, in US dollars."""
        rate = self.model.prices.input
        usd = rate.of(tokens.expected, tokens.expected) if rate else tokens.expected * _ASSUMED_USD
        return self.limits.value_usd * evidence - usd

    def budgets(self, parts: Sequence[int], mode: Mode) -> Sequence[int]:
        """Give budgets of whole prompts, the last one what there is room for."""
        room = self.allowed(self._base + min(parts[-1], self.snippet_tokens), mode)
        return (*(self._base + part for part in parts if self._base + part < room), room)


def offers(stall: Stall) -> tuple[Offer, ...]:
    """Give every pack that could be made, from the least knowledge to the most.

    None is likelier to hold the evidence than the whole knowledge, of which it is a part.
    """
    parts = (*_snippets(stall), *_expanded(stall), *_documents(stall), *_scoped(stall))
    return (
        Offer(Option(Mode.NONE, stall.sizes.none, 0.0)),
        *(_within(stall.evident.full, offer) for offer in parts),
        _full(stall),
    )


def _within(whole: float, offer: Offer) -> Offer:
    evidence = min(offer.option.evidence, whole)
    return replace(offer, option=replace(offer.option, evidence=evidence))


def _snippets(stall: Stall) -> Iterator[Offer]:
    sizes, curve = stall.sizes.snippets, stall.curve
    budgets = stall.budgets(_brackets(stall.snippet_tokens), Mode.SNIPPETS)
    ends = [_most_within(sizes, budget) for budget in budgets]
    if not ends or ends[-1] == 0:
        yield _without(stall, budgets[-1])
        return
    for (before, end), budget in zip(pairwise((0, *ends)), budgets, strict=True):
        cuts = range(before + 1, end + 1)
        if not cuts:
            continue
        cut = max(cuts, key=lambda n: (stall.worth(curve.probability[n], sizes[n]), -n))
        documents = len({hit.passage.document for hit in curve.hits[:cut]})
        yield Offer(
            Option(
                Mode.SNIPPETS,
                sizes[cut],
                curve.probability[cut],
                budget,
                documents=documents,
                passages=cut,
            ),
            cut,
        )


def _brackets(most: int) -> Sequence[int]:
    return (*(budget for budget in BUDGETS if budget < most), most)


def _without(stall: Stall, budget: int) -> Offer:
    """Say why there can be no snippets."""
    found = {
        "empty": stall.shelves.documents == 0,
        "nothing_matches": stall.shelves.documents > 0 and not stall.curve.hits,
        "no_room": bool(stall.curve.hits),
    }
    codes = tuple(code for code, holds in found.items() if holds)
    return Offer(Option(Mode.SNIPPETS, stall.sizes.none, 0.0, budget, reasons=codes))


def _expanded(stall: Stall) -> Iterator[Offer]:
    sizes, last = stall.sizes.expanded, 0
    for budget in stall.budgets(_EXPANDED, Mode.EXPANDED):
        cut = _most_within(sizes, budget)
        if cut > last:
            evidence = stall.evident.expanded(cut)
            option = Option(Mode.EXPANDED, sizes[cut], evidence, budget, passages=cut)
            yield Offer(option, cut)
        last = cut


def _documents(stall: Stall) -> Iterator[Offer]:
    sizes, last = stall.sizes.documents, 0
    for part in _DOCUMENTS:
        budget = stall.allowed(stall.sizes.none.p99 + part, Mode.DOCUMENTS)
        cut = _most_within(sizes, budget)
        if cut > last:
            evidence = stall.evident.documents(cut)
            option = Option(Mode.DOCUMENTS, sizes[cut], evidence, budget, documents=cut)
            yield Offer(option, cut)
        last = cut


def _scoped(stall: Stall) -> Iterator[Offer]:
    size, shared = stall.sizes.scoped, stall.sizes.shared_scoped
    if size is None or shared is None:
        return
    shelves = stall.shelves
    yield Offer(
        Option(
            Mode.SCOPED,
            size,
            stall.evident.scoped,
            shared=shared.expected,
            documents=shelves.in_scope,
            warmth=shelves.scoped,
        )
    )


def _full(stall: Stall) -> Offer:
    shelves = stall.shelves
    return Offer(
        Option(
            Mode.FULL,
            stall.sizes.full,
            stall.evident.full,
            shared=stall.sizes.shared_full.expected,
            documents=shelves.documents,
            warmth=shelves.full,
            reasons=() if shelves.documents else ("empty",),
        )
    )


def _most_within(sizes: Sequence[TokenEstimate], budget: int) -> int:
    """Give the largest n whose prompt fits; 0 where none does."""
    return max((n for n, size in enumerate(sizes) if size.p99 <= budget), default=0)
