"""Read the questions that a support team wants its knowledge measured by."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.model import Json
from retrieval.errors import EvaluationInvalid
from retrieval.model import Message

_FIELDS = frozenset(
    ("id", "question", "messages", "gold", "answerable", "type", "filter", "review", "note")
)
_NAMES = ("ref", "url", "document")
_GOLD_FIELDS = frozenset((*_NAMES, "start", "end", "text"))
_ROLES = frozenset(("system", "developer", "user", "assistant"))


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands, as a person names it: a page, and a piece of it where known."""

    by: str
    """Which of ref, url and document names the page."""
    name: str
    start: int | None = None
    end: int | None = None
    text: str = ""
    """The words that answer, as they stand on the page."""

    @property
    def has_piece(self) -> bool:
        """Whether it names a piece of the page."""
        return self.start is not None or bool(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what should be found for it."""

    line: int
    """Where it stands in the file, from 1; it names the question in messages."""
    messages: tuple[Message, ...]
    """The last one is the user's, and the question."""
    gold: tuple[Gold, ...]
    """All of them are needed for a whole answer."""
    answerable: bool
    type: str = ""
    """What kind of question its author calls it; "" where nobody said."""
    filter: Mapping[str, Json] = field(default_factory=dict)
    review: bool = False
    """Whether a person has yet to look at it; until then it measures nothing."""

    @property
    def text(self) -> str:
        """The words of the question."""
        return self.messages[-1].content


def read_questions(lines: Iterable[str]) -> tuple[Question, ...]:
    """Read JSON Lines; raises EvaluationInvalid, which names the line and what is wrong in it."""
    found = tuple(
        _at(line, text) for line, text in enumerate(lines, start=1) if text.strip("\ufeff \t\r\n")
    )
    if not found:
        raise EvaluationInvalid("There is no question in the file: give one JSON object a line.")
    return found


def _at(line: int, text: str) -> Question:
    try:
        return _question(line, text)
    except _Wrong as wrong:
        raise EvaluationInvalid(f"line {line}: {wrong}") from wrong


class _Wrong(Exception):
    """What is wrong with a row; the line number is added outside."""


def _question(line: int, text: str) -> Question:
    try:
        row = json.loads(text.lstrip("\ufeff"))
    except ValueError as error:
        raise _Wrong(f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise _Wrong("not an object: write {...}")
    _refuse_unknown(row, _FIELDS, "field")
    gold = tuple(_gold(one) for one in _list(row, "gold"))
    answerable = _flag(row, "answerable", unsaid=bool(gold))
    if gold and not answerable:
        raise _Wrong("it has gold, so it is answerable: leave one of the two out")
    where = row.get("filter")
    if where is not None and not isinstance(where, dict):
        raise _Wrong('\'filter\' must be an object, such as {"tags": ["public"]}')
    return Question(
        line,
        tuple(_messages(row)),
        gold,
        answerable,
        _words(row, "type"),
        where or {},
        _flag(row, "review", unsaid=False),
    )


def _messages(row: Mapping[str, Json]) -> Iterator[Message]:
    question = _words(row, "question")
    if bool(question) == ("messages" in row):
        raise _Wrong("give either 'question' or 'messages'")
    if question:
        yield Message("user", question)
        return
    role = ""
    for one in _list(row, "messages"):
        if not isinstance(one, dict):
            raise _Wrong('each of \'messages\' must be {"role": ..., "content": ...}')
        role = _words(one, "role")
        if role not in _ROLES:
            raise _Wrong(f"the role {role!r} is none of {', '.join(sorted(_ROLES))}")
        content = _words(one, "content")
        if not content:
            raise _Wrong("a message is empty")
        yield Message(role, content)
    if role != "user":
        raise _Wrong("the last of 'messages' must be the user's: it is the question")


def _gold(one: Json) -> Gold:
    if not isinstance(one, dict):
        raise _Wrong('each of \'gold\' must be an object such as {"ref": "returns.md"}')
    _refuse_unknown(one, _GOLD_FIELDS, "field of gold")
    named = [by for by in _NAMES if by in one]
    if len(named) != 1 or not _words(one, named[0]):
        raise _Wrong("each of 'gold' names its page by one of 'ref', 'url' and 'document'")
    start, end = _offset(one, "start"), _offset(one, "end")
    if (start is None) != (end is None):
        raise _Wrong("give 'start' and 'end' together, or neither")
    if start is not None and end is not None and start >= end:
        raise _Wrong(f"'start' ({start}) must lie before 'end' ({end})")
    return Gold(named[0], _words(one, named[0]), start, end, _words(one, "text"))


def _refuse_unknown(row: Mapping[str, Json], known: frozenset[str], what: str) -> None:
    """Refuse what is not understood: gold that is misspelt would make a question unanswerable."""
    if unknown := sorted(set(row) - known):
        raise _Wrong(f"unknown {what} {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _words(row: Mapping[str, Json], name: str) -> str:
    found = row.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _Wrong(f"'{name}' must be text")
    return found.strip()


def _flag(row: Mapping[str, Json], name: str, *, unsaid: bool) -> bool:
    found = row.get(name)
    if found is None:
        return unsaid
    if not isinstance(found, bool):
        raise _Wrong(f"'{name}' must be true or false")
    return found


def _list(row: Mapping[str, Json], name: str) -> list[Json]:
    found = row.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _Wrong(f"'{name}' must be a list")
    return found


def _offset(row: Mapping[str, Json], name: str) -> int | None:
    found = row.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise _Wrong(f"'{name}' must be a number of characters from 0")
    return found
