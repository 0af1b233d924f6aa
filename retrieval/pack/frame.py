"""What a prompt says beside the knowledge: rules, instructions, facts, history, question."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.errors import NothingFits
from retrieval.model import Message, TokenEstimate
from retrieval.pack.asked import Asked
from retrieval.pack.material import Material
from retrieval.pack.prompt import compose, open_shared
from retrieval.pack.room import first_lines, newest_turns
from retrieval.planner.budget import fits
from retrieval.planner.tokens import Gauge, add

_PARTS = 4
"""Facts and history may each take one part in so many of what the question leaves."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the caller's own in a prompt, as far as it has room, with its sizes."""

    asked: Asked
    facts: str
    history: tuple[Message, ...]
    notes: tuple[str, ...]
    without: TokenEstimate
    """Of the prompt that carries no knowledge."""
    around: TokenEstimate
    """Of the prompt with knowledge, less that knowledge."""
    opening: TokenEstimate
    """Of that, what stands before the end of a shared prefix."""

    def messages(self, knowledge: str) -> tuple[Message, ...]:
        """Write the prompt; "" says that nothing was found."""
        return compose(
            self.asked,
            knowledge=knowledge,
            facts=self.facts,
            history=self.history,
            notes=self.notes if knowledge else (),
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say what of the caller's own had no room."""
        turns = len(self.asked.history) - len(self.history)
        found = {
            f"{turns} older turns of the conversation had no room": turns > 0,
            "some lines of the facts had no room": len(self.facts) < len(self.asked.facts),
        }
        return tuple(warning for warning, holds in found.items() if holds)


def bare(asked: Asked) -> tuple[Message, ...]:
    """Write the prompt that carries no knowledge, no facts and no history."""
    return compose(asked, knowledge="", facts="", history=())


def frame_of(material: Material) -> Frame:
    """Give facts and history their shares of the usual room."""
    asked, gauge = material.asked, material.gauge
    if not (asked.facts or asked.history):
        return framed(asked, "", (), material.notes, gauge)
    share = _share(material.room, gauge.prompt(bare(asked)).p99)
    facts, history = _shortened(asked, share, gauge)
    return framed(asked, facts, history, material.notes, gauge)


def fitted(frame: Frame, budget: int, gauge: Gauge) -> Frame:
    """Give up what is worth least until the prompt fits without knowledge; raises NothingFits."""
    if fits(frame.without, budget):
        return frame
    asked = frame.asked
    needed = gauge.prompt(bare(asked)).p99
    facts, history = _shortened(asked, _share(budget, needed), gauge)
    for kept, turns in ((facts, history), (facts, ()), ("", ())):
        smaller = framed(asked, kept, turns, frame.notes, gauge)
        if fits(smaller.without, budget):
            return smaller
    raise NothingFits(
        f"The question with its instructions needs {needed:,} tokens and {budget:,} are allowed: "
        "shorten them, raise policy.max_tokens or policy.max_cost_usd, or take a larger model."
    )


def framed(
    asked: Asked, facts: str, history: Sequence[Message], notes: Sequence[str], gauge: Gauge
) -> Frame:
    """Measure a frame, each text once."""
    kept = tuple(history)
    without = compose(asked, knowledge="", facts=facts, history=kept)
    around = compose(asked, knowledge=" ", facts=facts, history=kept, notes=notes)
    opening = open_shared([" "])
    texts = list({one.content: None for one in (*without, *around, *opening)})
    sizes = dict(zip(texts, gauge.texts(texts), strict=True))

    def size(prompt: Sequence[Message]) -> TokenEstimate:
        marks = gauge.prompt(tuple(Message(one.role, "") for one in prompt))
        return add(marks, *(sizes[one.content] for one in prompt))

    return Frame(asked, facts, kept, tuple(notes), size(without), size(around), size(opening))


def _share(room: int, needed: int) -> int:
    return max(0, room - needed) // _PARTS


def _shortened(asked: Asked, share: int, gauge: Gauge) -> tuple[str, tuple[Message, ...]]:
    facts = first_lines(asked.facts, share, gauge) if asked.facts else ""
    return facts, newest_turns(asked.history, share, gauge)
