"""Make questions of conversations: what a customer asked, and the pages that an agent named."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from connectors.model import Json
from retrieval.evaluate.redact import redact
from retrieval.evaluate.transcripts import Turn

MOST_EARLIER = 6
"""Turns before a question that are kept with it."""
_FEWEST_WORDS = 3
_MOST_CHARACTERS = 4_000
_CIVIL = re.compile(
    r"\b(?:hi|hello|hey|hiya|dear|good|morning|afternoon|evening|day|there|team|thanks?|thank|you|"
    r"very|much|so|many|a|lot|please|cheers|ok|okay|great|perfect|bye|goodbye|yes|no|yep|sure|"
    r"hallo|guten|tag|morgen|abend|moin|danke|vielen|dank|bitte|tsch[uü]ss|gr[uü](?:ß|ss)e|"
    r"bonjour|bonsoir|salut|merci|beaucoup|s'il|vous|pla[iî]t|au|revoir|"
    r"hola|buenos|buenas|d[ií]as|tardes|gracias|muchas|por|favor|adi[oó]s)\b",
    re.IGNORECASE,
)


def rows_of(
    conversations: Sequence[Sequence[Turn]], pages: Sequence[str] = ()
) -> Iterator[dict[str, Json]]:
    """Yield a row for each question that asks something, each once.

    Links of the answer are its gold, where `pages` are given only those that begin with one of
    them. A row without any is marked for a person, who alone can say what answers it, if
    anything does.
    """
    seen: set[tuple[str, ...]] = set()
    for turns in conversations:
        for at, turn in enumerate(merged := _merged(turns)):
            if not turn.customer or not _asks(turn.text):
                continue
            said = [*merged[max(0, at - MOST_EARLIER) : at], turn]
            key = tuple(_plain(one.text) for one in said)
            if key in seen or key[-1:] in seen:
                continue
            seen.add(key)
            answer = merged[at + 1] if at + 1 < len(merged) else None
            yield _row(said, _gold(answer, pages))


def _row(said: Sequence[Turn], gold: Sequence[str]) -> dict[str, Json]:
    words = [redact(one.text)[:_MOST_CHARACTERS] for one in said]
    row: dict[str, Json] = {"question": words[-1]}
    if len(said) > 1:
        roles = ["user" if one.customer else "assistant" for one in said]
        row = {
            "messages": [
                {"role": role, "content": text} for role, text in zip(roles, words, strict=True)
            ]
        }
    row["gold"] = [{"url": url} for url in gold]
    return row if gold else row | {"review": True}


def _merged(turns: Sequence[Turn]) -> list[Turn]:
    """Join what one side says in several messages, without those that say nothing."""
    joined: list[Turn] = []
    for turn in turns:
        if not turn.text:
            continue
        if joined and joined[-1].customer == turn.customer:
            last = joined.pop()
            links = tuple(dict.fromkeys((*last.links, *turn.links)))
            turn = Turn(turn.customer, f"{last.text}\n{turn.text}", links)
        joined.append(turn)
    return joined


def _gold(answer: Turn | None, pages: Sequence[str]) -> list[str]:
    links = answer.links if answer else ()
    public = dict.fromkeys(_public(link) for link in links if _is_page(link))
    return [link for link in public if not pages or link.startswith(tuple(pages))]


def _is_page(link: str) -> bool:
    """Leave out home pages: they answer nothing."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return bool(parts.path.strip("/") or parts.query)


def _public(link: str) -> str:
    """Drop a query that carries somebody's address, and the place within the page."""
    link = link.partition("#")[0]
    return link if redact(link) == link else link.partition("?")[0]


def _asks(text: str) -> bool:
    return len(re.findall(r"\w+", _CIVIL.sub(" ", text))) >= _FEWEST_WORDS


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
