"""Read conversations with customers out of what chats and help desks export."""

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.model import Json
from retrieval.errors import EvaluationInvalid

_CUSTOMER = frozenset(
    [
        "user",
        "customer",
        "end-user",
        "end_user",
        "enduser",
        "requester",
        "visitor",
        "client",
        "lead",
        "contact",
        "human",
    ]
)
_AGENT = frozenset(
    [
        "assistant",
        "agent",
        "admin",
        "bot",
        "operator",
        "support",
        "teammate",
        "staff",
        "ai",
        "model",
        "employee",
    ]
)
_SILENT = frozenset(["system", "developer", "tool", "function", "note", "private", "internal"])
_TURNS = ("messages", "comments", "conversation_parts", "turns", "parts")
_HELD_IN = ("tickets", "conversations", "results", "data", "items")
_AUTHOR = ("role", "author_role", "author_type", "author", "sender", "from", "author_id")
_WORDS = ("content", "body", "text", "message", "comment", "html_body", "plain_body")
_THREAD = ("ticket_id", "ticket", "conversation_id", "conversation", "thread_id", "thread", "id")
_LINK = re.compile(r"https?://[^\s<>\"')\]}]+")
_HREF = re.compile(r"href\s*=\s*[\"'](https?://[^\"']+)", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[a-zA-Z][^>]*|!--.*?--)>", re.DOTALL)
_ENDS_LINE = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said."""

    customer: bool
    text: str
    links: tuple[str, ...] = ()


def read_transcripts(content: str, *, table: bool) -> tuple[tuple[Turn, ...], ...]:
    """Read conversations from CSV (a `table`), JSON or JSON Lines.

    Raises EvaluationInvalid where none can be told from the file.
    """
    found = _from_csv(content) if table else _from_json(content)
    conversations = tuple(turns for turns in found if turns)
    if not conversations:
        raise EvaluationInvalid(
            "No conversation was found. Give JSON or JSON Lines with 'messages' or 'comments', or "
            "CSV with a column for the ticket, one for the author and one for the body."
        )
    return conversations


def as_words(body: str) -> tuple[str, tuple[str, ...]]:
    """Give a body as plain text, and the links in it, each once."""
    links = [*_HREF.findall(body), *_LINK.findall(_TAG.sub(" ", body))]
    if _TAG.search(body):
        body = html.unescape(_TAG.sub(" ", _ENDS_LINE.sub("\n", body)))
    lines = (" ".join(line.split()) for line in body.splitlines())
    text = "\n".join(line for line in lines if line)
    return text, tuple(dict.fromkeys(html.unescape(link).rstrip(".,;:!?") for link in links))


# --- CSV: one comment a row -------------------------------------------------------


def _from_csv(content: str) -> Iterator[tuple[Turn, ...]]:
    rows = list(csv.DictReader(io.StringIO(content.lstrip("\ufeff"))))
    threads: dict[str, list[Mapping[str, Json]]] = {}
    for at, row in enumerate(rows):
        lower = {(name or "").strip().lower(): value for name, value in row.items()}
        known: dict[str, Json] = {name: value for name, value in lower.items() if value}
        thread = next((str(known[name]) for name in _THREAD if name in known), str(at))
        threads.setdefault(thread, []).append(known)
    for comments in threads.values():
        yield _turns(comments, "")


# --- JSON -------------------------------------------------------------------------


def _from_json(content: str) -> Iterator[tuple[Turn, ...]]:
    for one in _records(content.lstrip("\ufeff")):
        yield _turns(list(_comments(one)), str(one.get("requester_id") or ""))


def _records(content: str) -> Iterator[Mapping[str, Json]]:
    try:
        yield from _unwrapped(json.loads(content))
    except ValueError:
        for line, text in enumerate(content.splitlines(), start=1):
            if text.strip():
                yield from _unwrapped(_line(line, text))


def _line(line: int, text: str) -> Json:
    try:
        found: Json = json.loads(text)
    except ValueError as error:
        raise EvaluationInvalid(f"line {line}: not JSON ({error})") from error
    return found


def _unwrapped(value: Json) -> Iterator[Mapping[str, Json]]:
    """Yield conversations, also those that an export holds under one of its own names."""
    if isinstance(value, list):
        if any(isinstance(one, dict) and _author(one) and _body(one) for one in value):
            yield {"messages": value}
            return
        for one in value:
            yield from _unwrapped(one)
    elif isinstance(value, dict):
        inner = next((value[name] for name in _HELD_IN if isinstance(value.get(name), list)), None)
        ticket = value.get("ticket")
        if inner is not None and not any(name in value for name in _TURNS):
            yield from _unwrapped(inner)
        elif isinstance(ticket, dict) and not any(name in value for name in _TURNS):
            yield ticket
        else:
            yield value


def _comments(one: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Yield what was said, oldest first; Intercom keeps the first message apart."""
    source = one.get("source")
    if isinstance(source, dict) and source.get("body"):
        yield source
    held = next((one[name] for name in _TURNS if name in one), None)
    if isinstance(held, dict):
        held = next((held[name] for name in _TURNS if name in held), None)
    for said in held if isinstance(held, list) else ():
        if isinstance(said, dict):
            yield said


# --- who says what ----------------------------------------------------------------


def _turns(comments: Sequence[Mapping[str, Json]], requester: str) -> tuple[Turn, ...]:
    """Tell the customer from the agents; where nothing says, who spoke first is the customer."""
    spoken = [(_author(one), one) for one in comments if not _hidden(one)]
    customer = requester or (spoken[0][0] if spoken else "")
    return tuple(_said(author, one, customer) for author, one in spoken if _body(one))


def _said(author: str, comment: Mapping[str, Json], customer: str) -> Turn:
    text, links = as_words(_body(comment))
    known = author in _CUSTOMER or author in _AGENT
    return Turn(author in _CUSTOMER if known else author == customer, text, links)


def _hidden(comment: Mapping[str, Json]) -> bool:
    kind = str(comment.get("part_type") or comment.get("type") or "").lower()
    private = comment.get("public") in (False, "false", "False", "FALSE", "0")
    return private or kind in _SILENT or _author(comment) in _SILENT


def _author(comment: Mapping[str, Json]) -> str:
    found = _first(comment, _AUTHOR)
    if isinstance(found, dict):
        found = _first(found, ("role", "type", "name", "id", "email"))
    return str(found or "").strip().lower()


def _body(comment: Mapping[str, Json]) -> str:
    found = _first(comment, _WORDS)
    if isinstance(found, list):  # OpenAI's parts of a message
        found = "\n".join(str(one.get("text", "")) for one in found if isinstance(one, dict))
    return found.strip() if isinstance(found, str) else ""


def _first(held: Mapping[str, Json], names: Iterable[str]) -> Json:
    return next((held[name] for name in names if held.get(name)), None)
