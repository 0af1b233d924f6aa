"""Follow what a router says: keep its words, count its tokens, leave out what was not checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.model import Json
from retrieval.answer import Answer
from retrieval.cited import AnswerCheck, Checker, Strict, checker_of
from retrieval.completion import Usage, finishes, model_of, text_of, usage_of
from retrieval.declining import declines
from retrieval.model import Citation, ContextRequest, Handoff

UNVERIFIED = Handoff(
    "unverified",
    "Nothing that the answer said could be checked against the knowledge base.",
)
"""Why a person should take over where strict citations left nothing of an answer."""
DECLINED = Handoff("declined", "The model itself says that it cannot answer.")

_UNCHECKED = ("reasoning", "reasoning_content", "reasoning_details")
"""Parts of a message that speak without citing."""


@dataclass(slots=True)
class Listener:
    """Takes a completion whole or in chunks, and gives back what the caller may see of it."""

    answer: Answer
    request: ContextRequest
    shows_usage: bool = True
    """Whether the caller asked for the usage of a stream."""
    counted: Mapping[str, Json] | None = None
    """The usage in the provider's own words."""
    model: str = ""
    """What the router says to have served; "" where it does not say."""
    _checker: Checker = field(init=False)
    _strict: Strict | None = field(init=False, default=None)
    _ended: bool = field(init=False, default=False)
    _said: list[str] = field(init=False, default_factory=list)
    _shown: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._checker = checker_of(self.answer, self.request)
        if self.request.policy.strict_citations:
            self._strict = Strict(self._checker, self.answer.language)

    @property
    def usage(self) -> Usage | None:
        """Tokens as the provider counted them."""
        return None if self.counted is None else usage_of({"usage": dict(self.counted)})

    @property
    def dropped(self) -> int:
        """How many statements were left out."""
        return self._strict.dropped if self._strict else 0

    @property
    def nothing_left(self) -> bool:
        """Whether nothing that was claimed could be checked."""
        return self._strict is not None and self._strict.nothing_left

    @property
    def declined(self) -> bool:
        """Whether the caller got no answer: none that could be checked, or a refusal."""
        return self.nothing_left or (not self.cited() and declines("".join(self._shown)))

    @property
    def handoff(self) -> Handoff | None:
        """Why a person should take over, now that the answer is there."""
        if self.answer.plan.handoff is not None:
            return self.answer.plan.handoff
        if self.nothing_left:
            return UNVERIFIED
        return DECLINED if self.declined else None

    def read(self, completion: Mapping[str, Json]) -> Mapping[str, Json]:
        """Take a whole completion."""
        self._note(completion)
        return self._let(completion, "message", last=True)

    def hear(self, chunk: Mapping[str, Json]) -> Mapping[str, Json] | None:
        """Take a chunk; None where it tells only what the caller did not ask for."""
        self._note(chunk)
        if not self.shows_usage and "usage" in chunk:
            if not chunk.get("choices"):
                return None
            chunk = {name: value for name, value in chunk.items() if name != "usage"}
        return self._let(chunk, "delta", last=finishes(chunk))

    def check(self) -> AnswerCheck:
        """Check all that was said so far, with what was left out of it."""
        return self._checker.check("".join(self._said))

    def cited(self) -> tuple[Citation, ...]:
        """Give the pieces that the shown part of the answer cites."""
        return self._checker.check("".join(self._shown)).citations

    def _note(self, part: Mapping[str, Json]) -> None:
        if isinstance(usage := part.get("usage"), dict):
            self.counted = usage
        self.model = model_of(part) or self.model

    def _let(self, told: Mapping[str, Json], part: str, *, last: bool) -> Mapping[str, Json]:
        text = text_of(told, part)
        self._said.append(text)
        if self._strict is None:
            self._shown.append(text)
            return told
        shown = self._strict.feed(text)
        if last and not self._ended:
            self._ended = True
            shown += self._strict.finish()
        self._shown.append(shown)
        return _rewritten(told, part, shown)


def _rewritten(told: Mapping[str, Json], part: str, text: str) -> Mapping[str, Json]:
    """Put other words into the first choice, and take out what no one checked."""
    choices = told.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return told
    first, message = choices[0], choices[0].get(part)
    kept = dict(message) if isinstance(message, dict) else {}
    for name in _UNCHECKED:
        kept.pop(name, None)
    if text or "content" in kept:
        kept["content"] = text
    choice = {name: value for name, value in first.items() if name != "logprobs"}
    return {**told, "choices": [{**choice, part: kept}]}
