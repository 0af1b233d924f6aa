"""Say how far a question leans on what was said before it, and blend that into its search.

No model is asked. A question shows it by words that point back ("how long does that take?"),
by going on where another ended ("and for gift cards?"), or by being too short to stand alone;
and its own search shows it, when nothing that it finds stands out. docs/retrieval.md has the
figures that chose the constants.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from ingest.model import Probe, Scored, SparseVector, Vector
from retrieval.fusion import DEPTH
from retrieval.model import Message


class Lean(Enum):
    """How a question's own words lean on the conversation."""

    NOT = "not"
    SHORT = "short"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Following:
    """The constants of following a conversation; docs/retrieval.md has what chose them."""

    answer: float = 0.4
    """What the vector of the last answer counts, against 1 of the question's own."""
    terms: float = 0.3
    """What a word that the user said before counts."""
    back: float = 0.4
    """How far the best cosine may stand out at most, of a question that points back."""
    short: float = 0.3
    """The same of a short one, which may as well be new."""


CHOSEN = Following()
_READ = 400
"""Characters of a turn before; what it is about stands at its beginning."""
_FEWEST_WORDS = 3
"""A question of no more words than these may be a piece of one."""
_MOST_CHARACTERS = 1_000
"""A longer question says itself what it is about."""
_FEWEST_OF_REPLY = 4
"""What answers a question has no more words than these, or asks something of its own."""
_TURNS = 3
"""Turns of the user looked back at, where each leans on the one before."""

# English, German, French and Spanish. Left out is what as often points to nothing before:
# articles, German "es" and "Sie", Spanish "esta" without its accent.
_POINTING = frozenset(
    """
    it its this that these those they them their theirs he him she her hers one ones other others
    another else instead both neither either there
    dies diese diesem diesen dieser dieses dafür davon damit dazu darüber darauf daran dabei dagegen
    danach dadurch dazwischen dasselbe dieselbe derselbe dort ihn ihm stattdessen sonst andere
    ça cela ceci celui celle celles ceux eux elle elles ils lequel laquelle lesquels lesquelles
    autre autres
    esto este estos estas eso ese esos esa esas aquello aquel aquella ello ella ellos ellas él
    otro otra otros otras ahí allí
    """.split()  # noqa: SIM905
)
_POINTING_NOWHERE = re.compile(
    r"\b(?:(?:is|are|was|were|isn't|aren't) there|there(?: is| are|'s)"
    r"|it (?:possible|ok|okay|allowed|safe|true|necessary|better|worth)"
    r"|it (?:takes?|costs?) (?=.*\b(?:to|for)\b)"
    r"|th(?:is|ese) (?:days?|weeks?|months?|years?|morning|evening|weekend)"
    r"|diese[nrs]? (?:woche|monats?|jahr(?:es)?)|one (?:of|day|time)"
    r"|este (?:mes|año)|the (?:one|other) day"
    r"|(?<=\w )that (?:is|are|was|were|has|have|had|does|did|can|will|i|you|we|they))\b"
)
_GOING_ON = re.compile(
    r"^\W*(?:(?:and|but|or|so|also|then|what about|how about|what if|why not|i mean|i meant"
    r"|in that case|same for|und|aber|oder|dann|was ist mit|wie (?:ist|sieht) es (?:mit|bei)"
    r"|et|mais|ou|donc|alors|sinon|qu['\u2019]en est-il|y|e|pero|o|entonces|también"
    r"|qué (?:pasa|hay) con)\b"
    r"|(?:no|yes|ok|okay|great|thanks|thank you|really|right|nein|ja|doch|danke|non|oui|merci|sí"
    r"|gracias)\s*[,.!?:;])"
    r"|\b(?:then|dann|alors|entonces)\W*$"
    # German "das" is a pronoun at the end of a question and before these, else an article.
    r"|\bdas(?=\W*$| (?:auch|denn|dann|noch|mit|für|bei|im|in|nicht|immer|schon|alles)\b)"
)
_OPENING = frozenset(
    """
    how what which when where why who whose any anything how's with without from for in on at to not
    only more less until till after before during per if still even since
    wie was welche welcher welches wann wo wohin woher warum wieso wer mit ohne von für bei in im
    nach bis ab zu zum zur nur nicht auch noch mehr weniger seit wenn
    comment combien quand où pourquoi qui quel quelle quels quelles avec sans de pour à en dans
    après avant dès pas plus moins seulement depuis si
    cómo cuánto cuánta cuántos cuántas cuándo dónde por qué quién cuál con sin para de en desde
    hasta después antes no sólo solo más menos si
    """.split()  # noqa: SIM905
)
"""First words of a question or of a piece of one, rather than of what somebody looks up."""
_WORD = re.compile(r"\w+")
_ASKS = re.compile(r"[?\uff1f\u061f][^?\uff1f\u061f]{0,40}\Z")


def lean_of(question: str) -> Lean:
    """Say how far the words of a question lean on what was said before."""
    if len(question) > _MOST_CHARACTERS:
        return Lean.NOT
    said = question.casefold()
    pointing = _WORD.findall(_POINTING_NOWHERE.sub(" ", said))
    if _GOING_ON.search(said) or not _POINTING.isdisjoint(pointing):
        return Lean.BACK
    words = _WORD.findall(said)
    short = len(words) <= _FEWEST_WORDS and not _OPENING.isdisjoint(words[:1])
    return Lean.SHORT if short else Lean.NOT


def leans(
    question: str, found: Sequence[Scored], *, understood: bool = True, by: Following = CHOSEN
) -> bool:
    """Say whether a question is a follow-up, by its words and by what it finds alone.

    `found` is its own dense list, best first: what stands out there answers it as it is. A
    question whose words do not lean never follows, however little it finds, because what the
    knowledge does not answer finds as little. Where the model does not understand the
    question, cosines tell nothing.
    """
    lean = lean_of(question)
    if lean is Lean.NOT or not understood:
        return lean is Lean.BACK
    return stands_out(found[:DEPTH]) < (by.back if lean is Lean.BACK else by.short)


def replies(question: str, earlier: Sequence[Message]) -> bool:
    """Say whether a message only answers what the assistant asked last: "boots", "yes please"."""
    asked = bool(earlier) and earlier[-1].role == "assistant" and _ASKS.search(earlier[-1].content)
    return bool(asked) and len(_WORD.findall(question)) <= _FEWEST_OF_REPLY


def said_before(earlier: Sequence[Message]) -> str:
    """Give what the user asked last, back to a turn that stands by itself."""
    turns: list[str] = []
    for turn in reversed([one.content for one in earlier if one.role == "user"][-_TURNS:]):
        turns.insert(0, turn[:_READ])
        if lean_of(turn) is Lean.NOT:
            break
    return "\n".join(turns)


def last_answer(earlier: Sequence[Message]) -> str:
    """Give the beginning of the last answer, or what the user said where there is none."""
    answers = (one.content[:_READ] for one in reversed(earlier) if one.role != "user")
    return next(answers, "") or said_before(earlier)


def blended(own: Probe, answer: Vector, said: SparseVector, by: Following = CHOSEN) -> Probe:
    """Draw a question's vector to the last answer, and add the words that the user said."""
    dense = own.dense + by.answer * answer
    terms = dict.fromkeys(said.indices, by.terms)
    terms |= dict(zip(own.sparse.indices, own.sparse.values, strict=True))
    sparse = SparseVector(tuple(sorted(terms)), tuple(terms[term] for term in sorted(terms)))
    return Probe(np.asarray(dense / np.linalg.norm(dense), np.float32), sparse)


def stands_out(found: Sequence[Scored]) -> float:
    """Say how far the best cosine stands above the last, by the way that is left to 1."""
    if not found:
        return 0.0
    best, last = found[0].score, found[-1].score
    return (best - last) / max(1.0 - last, 1e-9)
