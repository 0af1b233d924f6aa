"""Codes and part numbers of a question, and whether passages hold them."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from unicodedata import normalize

# Letters, then digits: E31, HR-7777. Signs of Chinese may stand right beside one.
_ASKED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]+[-_./]?\d[A-Za-z0-9-]*")
_WRITTEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]+[-_./ ]?\d[A-Za-z0-9-]*")
_NO_LETTER = re.compile(r"[^a-z0-9]")
_RANGE = 12
"""Characters between the two ends of a range: "E01 to E20", "von E01 bis einschl. E20"."""


def unheld(question: str, texts: Iterable[str]) -> float:
    """Give the share of the question's identifiers that none of the texts holds, 0 to 1.

    HR-7777 is held by "HR 7777", by "hr7777-B" and by "HR-7700 to HR-7800", not by "HR-77771".
    """
    asked = {_plain(one) for one in _ASKED.findall(normalize("NFKC", question))}
    missing = asked
    for text in texts:
        if not missing:
            break
        held = set(_held(normalize("NFKC", text)))
        missing = {one for one in missing if not any(_covers(one, *ends) for ends in held)}
    return len(missing) / len(asked) if asked else 0.0


def _held(text: str) -> Iterator[tuple[str, str]]:
    """Give each identifier of a text as a range of one, and each two that stand together."""
    found = list(_WRITTEN.finditer(text))
    for one in found:
        yield _plain(one[0]), _plain(one[0])
    for one, following in pairwise(found):
        if following.start() - one.end() <= _RANGE:
            yield _plain(one[0]), _plain(following[0])


def _covers(one: str, first: str, last: str) -> bool:
    if first == last:
        return first.startswith(one) and not first[len(one) :][:1].isdigit()
    letters = one.rstrip("0123456789")
    alike = len(one) == len(first) == len(last) and first.startswith(letters)
    return alike and first <= one <= last


def _plain(identifier: str) -> str:
    return _NO_LETTER.sub("", identifier.lower())
