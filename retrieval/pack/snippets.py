"""Pack the best passages into a prompt that never exceeds its budget."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.errors import NothingFits
from retrieval.model import ContextPack, Hit, Message
from retrieval.pack.asked import Asked
from retrieval.pack.order import Piece, arrange, cite, write_body, write_head, write_pieces
from retrieval.pack.prompt import compose
from retrieval.pack.room import first_lines, newest_turns
from retrieval.planner.budget import fits
from retrieval.planner.tokens import Gauge

_SHARE = 4
"""Facts and history may each take one part in so many of what the question leaves."""
_WIDEST_TAG = "D99§9999"
_JOINTS = 4
"""Tokens for the line ends between two pieces."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a prompt says; the hits are in order of rank."""

    asked: Asked
    facts: str
    history: tuple[Message, ...]
    hits: tuple[Hit, ...] = ()

    def messages(self) -> tuple[Message, ...]:
        """Write the prompt."""
        knowledge = write_pieces(arrange(self.hits))
        return compose(self.asked, knowledge=knowledge, facts=self.facts, history=self.history)

    def reduced(self) -> "Draft | None":
        """Give up what is worth least; None when only the question is left."""
        if self.hits:
            return replace(self, hits=self.hits[:-1])
        if self.history:
            return replace(self, history=())
        return replace(self, facts="") if self.facts else None


def bare(asked: Asked) -> tuple[Message, ...]:
    """Write the prompt that carries no knowledge, no facts and no history."""
    return Draft(asked, "", ()).messages()


def pack_snippets(asked: Asked, hits: Sequence[Hit], budget: int, gauge: Gauge) -> ContextPack:
    """Take passages by rank while they fit at the 99th percentile; raises NothingFits.

    A passage is taken whole or not at all, and one that is too large makes way for the
    next. Without a passage the prompt says that nothing was found.
    """
    draft: Draft | None = _select(_roomy(asked, budget, gauge), hits, budget, gauge)
    while draft is not None:
        messages = draft.messages()
        size = gauge.prompt(messages)
        if fits(size, budget):
            left_out = len(hits) - len(draft.hits)
            warnings = _warnings(asked, draft)
            return ContextPack(messages, size, cite(arrange(draft.hits)), left_out, warnings)
        draft = draft.reduced()
    needed = gauge.prompt(bare(asked)).p99
    raise NothingFits(
        f"The question with its instructions needs {needed:,} tokens and {budget:,} are allowed: "
        "shorten them, raise policy.max_tokens or policy.max_cost_usd, or take a larger model."
    )


def _roomy(asked: Asked, budget: int, gauge: Gauge) -> Draft:
    """Give facts and history their share of what the question leaves."""
    share = max(0, budget - gauge.prompt(bare(asked)).p99) // _SHARE
    facts = first_lines(asked.facts, share, gauge) if asked.facts else ""
    return Draft(asked, facts, newest_turns(asked.history, share, gauge))


def _select(draft: Draft, hits: Sequence[Hit], budget: int, gauge: Gauge) -> Draft:
    if not hits:
        return draft
    ranked = sorted(hits, key=lambda hit: hit.rank)
    empty = compose(draft.asked, knowledge=" ", facts=draft.facts, history=draft.history)
    room = budget - gauge.prompt(empty).p99
    pieces = [Piece(_WIDEST_TAG, hit.passage, hit.freshness) for hit in ranked]
    bodies = gauge.texts([write_body(piece) for piece in pieces])
    heads = gauge.texts([write_head(piece) for piece in pieces])
    taken: list[Hit] = []
    for hit, body, head in zip(ranked, bodies, heads, strict=True):
        known = any(one.passage.document == hit.passage.document for one in taken)
        cost = body.p99 + _JOINTS + (0 if known else head.p99 + _JOINTS)
        if cost <= room:
            room -= cost
            taken.append(hit)
    return replace(draft, hits=tuple(taken))


def _warnings(asked: Asked, draft: Draft) -> tuple[str, ...]:
    turns = len(asked.history) - len(draft.history)
    found = {
        f"{turns} older turns of the conversation had no room": turns > 0,
        "some lines of the facts had no room": len(draft.facts) < len(asked.facts),
    }
    return tuple(warning for warning, holds in found.items() if holds)
