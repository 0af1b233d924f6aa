"""A plan as people read it: a picture of what was weighed, the prompt, and where it comes from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.desk.asked import MODES
from connectors.model import Json
from retrieval.answer import Answer
from retrieval.cite import TAG, best_first, tags_in
from retrieval.cited import AnswerCheck
from retrieval.completion import text_of
from retrieval.listening import Listener
from retrieval.model import Alternative, Citation, Handoff, Hit, Plan

SHOWN = 60
"""How many pieces of a prompt are listed: those that were found for the question come first."""
_LONGEST_MESSAGE = 60_000
"""Characters of a message that are shown."""
_TAG = re.compile(TAG)

Linked = tuple[tuple[str, str], ...]
"""Some words and the fragment that they lead to; "" where they lead nowhere."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer, as the picture and the table show it."""

    alternative: Alternative
    label: str
    won: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A tagged piece of the prompt, and the passage that it leads to."""

    citation: Citation
    anchor: str
    link: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the prompt as the model reads it."""

    role: str
    parts: Linked
    cut: int
    """How many characters are left out."""


@dataclass(frozen=True, slots=True)
class AskView:
    """What came of a question."""

    plan: Plan
    decision: str
    options: tuple[Option, ...]
    pieces: tuple[Piece, ...]
    more: int
    """Pieces that are not listed."""
    messages: tuple[Said, ...]
    tokens: int
    warnings: Sequence[str]
    priced: bool
    """Whether the picture can be drawn by money; else it is drawn by tokens."""


@dataclass(frozen=True, slots=True)
class ReplyView:
    """What the model said, held against what it cites."""

    parts: Linked
    check: AnswerCheck
    model: str
    handoff: Handoff | None = field(default=None)


def view_of(answer: Answer) -> AskView:
    """Give an answer as the page shows it."""
    plan, pack = answer.plan, answer.pack
    ordered = best_first(pack.citations, answer.hits)
    pieces = tuple(_piece(one, n, answer.hits) for n, one in enumerate(ordered[:SHOWN], 1))
    anchors = {one.citation.tag: one.anchor for one in pieces}
    return AskView(
        plan=plan,
        decision=MODES[plan.decision],
        options=tuple(
            Option(one, MODES[one.mode], one == plan.chosen) for one in plan.alternatives
        ),
        pieces=pieces,
        more=len(ordered) - len(pieces),
        messages=tuple(_said(one.role, one.content, anchors) for one in pack.messages),
        tokens=pack.tokens.expected,
        warnings=answer.warnings,
        priced=any(one.cost_usd is not None for one in plan.alternatives),
    )


def reply_of(heard: Listener, completion: Mapping[str, Json], view: AskView) -> ReplyView:
    """Give what a model said, with its tags leading to the pieces."""
    anchors = {one.citation.tag: one.anchor for one in view.pieces}
    text = text_of(completion, "message")
    return ReplyView(linked(text, anchors), heard.check(), heard.model, heard.handoff)


def linked(text: str, anchors: Mapping[str, str]) -> Linked:
    """Cut a text at its tags, and say where each of them leads."""
    parts: list[tuple[str, str]] = []
    at = 0
    for match in _TAG.finditer(text):
        first = next(iter(tags_in(match[0])), "")
        parts += [(text[at : match.start()], ""), (match[0], anchors.get(first, ""))]
        at = match.end()
    return tuple(part for part in (*parts, (text[at:], "")) if part[0])


def _piece(citation: Citation, number: int, hits: Sequence[Hit]) -> Piece:
    """Lead to the passage that was found; else to whichever holds the piece's beginning."""
    near = (
        hit.passage
        for hit in hits
        if hit.passage.document == citation.document
        and hit.passage.start < citation.end
        and hit.passage.end > citation.start
    )
    path, found = f"/documents/{citation.document}", next(near, None)
    link = f"{path}/passage?at={citation.start}"
    if found is not None:
        link = f"{path}?at={found.start}#p-{found.id}"
    return Piece(citation, f"c-{number}", link)


def _said(role: str, content: str, anchors: Mapping[str, str]) -> Said:
    shown = content[:_LONGEST_MESSAGE]
    return Said(role, linked(shown, anchors), len(content) - len(shown))
