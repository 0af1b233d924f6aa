"""Take a message apart into the questions that can be answered apart.

By rules on words and marks, without a model: what they do not understand stays whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.planner.asking import (
    ABBREVIATION,
    ASKING_MARK,
    BARE,
    BEFORE_COLON,
    BEGINS,
    CONDITION,
    EMPTY,
    ENDS_ASKING,
    GREETING,
    ITEM,
    LEAD,
    MARK,
    NUMBER,
    PLEASANT,
    PRONOUN,
    REQUEST,
    SECOND,
    UNFINISHED,
    WEIGHS,
)
from retrieval.signals import own_words, stems

MOST = 6
"""Parts of one message; what asks more keeps the rest in the last."""
_CARRIED = 8
"""Words that a part takes along, where it does not say what it is about."""
_FEW, _FEW_OF_SOMETHING = 3, 5
"""A part with fewer words of its own leans on another; with a pronoun, with fewer than more."""
_WRAPPED = 60
"""A line this long may have been broken by a mail program."""
_SHORTENED = 12
"""Characters before a full stop that may be an abbreviation."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u4e00-\u9fff]")
"""Letters of scripts that set no spaces: two of them say about as much as a word."""
_WORD = re.compile(r"[\w'\u2019-]+")


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    asks: bool


def split_parts(text: str) -> tuple[str, ...]:
    """Give the questions of a message, 1 to 6, each as a text that can be searched alone.

    Greetings, thanks and the story around are dropped where a question remains. A question too
    short to say what it is about takes words of the first one along, or of the story before it.
    """
    said = [one for piece in _pieces(text) for one in piece]
    asked = [_clauses(one.text) for one in said if one.asks]
    if not asked:
        kept = [one.text for one in said if not PLEASANT.match(one.text)]
        return (" ".join(kept) or text.strip(),)
    first = next(number for number, one in enumerate(said) if one.asks)
    story = " ".join(one.text for one in said[:first] if not PLEASANT.match(one.text))
    return _few(_standing(asked, story))


def essence(text: str) -> str:
    """Give a message without greetings, thanks and signature; whole, where little else remains."""
    said = [one for piece in _pieces(text) for one in piece]
    kept = [one for one in said if one.asks or not PLEASANT.match(one.text)]
    bare = " ".join(one.text for one in kept)
    return bare if any(one.asks for one in kept) or len(own_words(bare)) > 1 else text


def _pieces(text: str) -> Iterator[list[_Said]]:
    """Give the sentences of running text, and the items of each list that asks."""
    items: list[str] = []
    for line in _lines(text):
        cut = _numbered(line)
        if ITEM.match(line) or len(cut) > 1:
            running = [] if ITEM.match(line) else cut[:1]
            yield [one for piece in running for one in _sentences(piece)]
            items += cut[len(running) :]
            continue
        yield _listed(items)
        items = []
        yield _sentences(line)
    yield _listed(items)


def _lines(text: str) -> list[str]:
    """Join the lines that a mail program broke."""
    lines: list[str] = []
    broken = False
    for line in text.splitlines():
        if broken and line.strip() and not ITEM.match(line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
        broken = len(line) >= _WRAPPED and line.rstrip()[-1:] not in ".!?:;,\uff1f\u3002\u061f"
    return [line for line in lines if line]


def _numbered(line: str) -> list[str]:
    """Cut a line before 1) 2) 3), where it counts so."""
    found = list(NUMBER.finditer(line))
    counts = [int(one[1]) for one in found] == list(range(1, len(found) + 1))
    if len(found) < 2 or not counts:
        return [line]
    starts = [one.start() for one in found]
    ends = [*starts[1:], len(line)]
    head = [line[: starts[0]].strip()] if line[: starts[0]].strip() else []
    return [*head, *(line[start:end].strip() for start, end in zip(starts, ends, strict=True))]


def _listed(items: Sequence[str]) -> list[_Said]:
    """Read a list: where half of its items ask, all of them do."""
    read = [_sentences(ITEM.sub("", item)) for item in items]
    asking = sum(any(one.asks for one in sentences) for sentences in read)
    if not items or asking * 2 < len(items):
        return [one for sentences in read for one in sentences]
    whole = [sentences for sentences in read if sentences]
    return [
        one
        for sentences in whole
        for one in (
            sentences
            if any(one.asks for one in sentences)
            else [_Said(" ".join(one.text for one in sentences), asks=True)]
        )
    ]


def _sentences(text: str) -> list[_Said]:
    found = []
    start = 0
    for mark in MARK.finditer(text):
        if not ABBREVIATION.search(text[max(start, mark.end() - _SHORTENED) : mark.end()]):
            found.append(text[start : mark.end()])
            start = mark.end()
    bare = (_bare(piece) for piece in (*found, text[start:]))
    return [_Said(piece, _asks(piece)) for piece in bare if _WORD.search(piece)]


def _bare(text: str) -> str:
    """Take off what greets, and what ties a question to the one before."""
    bare = text.strip()
    while True:
        less = BEFORE_COLON.sub("", LEAD.sub("", GREETING.sub("", bare)))
        if less == bare or not _WORD.search(less):
            return bare
        bare = less


def _asks(text: str) -> bool:
    return any((ASKING_MARK.search(text), BEGINS.match(text), REQUEST.search(text))) or bool(
        ENDS_ASKING.search(text)
    )


def _clauses(text: str) -> list[str]:
    """Cut a sentence where a second question begins."""
    parts = []
    start = 0
    for second in () if WEIGHS.search(text) else SECOND.finditer(text):
        before, after = text[start : second.start()], text[second.end() :]
        if _whole(before) and not BARE.fullmatch(after):
            parts.append(before)
            start = second.end()
    return [part.strip() for part in (*parts, text[start:])]


def _whole(clause: str) -> bool:
    open_ended = CONDITION.match(clause) or UNFINISHED.search(clause)
    return len(clause.split()) > 1 and not open_ended and _asks(clause)


def _standing(sentences: Sequence[Sequence[str]], story: str) -> list[str]:
    """Give each part with the words it leans on: of its sentence, else of the first, or a story."""
    standing: list[str] = []
    for clauses in sentences:
        source = standing[0] if standing else story
        for clause in clauses:
            if standing and BARE.fullmatch(clause):
                standing[-1] += f" {clause}"
                continue
            standing.append(f"{clause} {_topic(source, clause)}".strip())
            source = standing[-1] if clause is clauses[0] else source
    return standing


def _topic(source: str, part: str) -> str:
    """Give the source's own words that the part does not say, where it leans on them."""
    mine = own_words(part)
    few = _FEW_OF_SOMETHING if PRONOUN.search(part) else _FEW
    if len(mine) + len(_UNSPACED.findall(part)) // 2 >= few:
        return ""
    words = (word for word in _WORD.findall(source) if not EMPTY.match(word))
    return " ".join([word for word in words if stems(word) & own_words(source) - mine][-_CARRIED:])


def _few(parts: Sequence[str]) -> tuple[str, ...]:
    unlike = list(dict.fromkeys(parts))
    rest = " ".join(unlike[MOST - 1 :])
    return (*unlike[: MOST - 1], rest) if rest else tuple(unlike)
