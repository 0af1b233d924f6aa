"""Read the front matter of Markdown: YAML between `---` lines, TOML between `+++` lines."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

import yaml

from connectors.model import Json

_FENCED = re.compile(
    r"\A\s*?(---|\+\+\+)[ \t]*\n(.*?)(?:\n|(?<=\n))(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_ENTRY = re.compile(r"""["']?(\w[\w ./-]{0,60})["']?[ \t]*:(?:[ \t]+(.*)|)""")
_LONGEST = 64_000
_MOST_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stood in front, and the body after it; the whole text where nothing could be read."""

    body: str
    values: Mapping[str, Json] = field(default_factory=dict)


def split_front_matter(text: str) -> FrontMatter:
    """Take front matter off; keys become lower case with underscores, dates ISO 8601.

    Of what YAML refuses, though each line reads like an entry, each entry is read by itself.
    What is broken otherwise, or is no mapping, stays in the body: nothing written is lost.
    """
    found = _FENCED.match(text)
    if not found or len(found[2]) > _LONGEST:
        return FrontMatter(text)
    written, is_yaml = found[2], found[1] == "---"
    values = _values(yaml.safe_load if is_yaml else tomllib.loads, written)
    if values is None and is_yaml:
        values = _each_by_itself(written)
    if values is None or (not values and written.strip()):
        return FrontMatter(text)
    return FrontMatter(text[found.end() :], values)


def _values(load: Callable[[str], object], written: str) -> dict[str, Json] | None:
    """Give what was written by name, or None where it cannot be read so."""
    try:
        return _Reading().mapping(load(written))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None


def _each_by_itself(written: str) -> dict[str, Json] | None:
    """Read entry by entry, as plain words where YAML refuses it; None where one is none."""
    entries: list[list[str]] = []
    for line in filter(str.strip, written.split("\n")):
        if _ENTRY.fullmatch(line):
            entries.append([line])
        elif entries and line[0] in "-#] }\t":
            entries[-1].append(line)
        elif line[0] != "#":
            return None
    found: dict[str, Json] = {}
    for entry in entries:
        found |= _values(yaml.safe_load, "\n".join(entry)) or _plain(entry)
    return found


def _plain(entry: list[str]) -> dict[str, Json]:
    first = _ENTRY.fullmatch(entry[0])
    if first is None:
        return {}
    more = [line.strip() for line in entry[1:] if line[0] != "#"]
    if more and not first[2] and all(line.startswith("-") for line in more):
        return {_key(first[1]): [_unquoted(line[1:]) for line in more]}
    return {_key(first[1]): _unquoted(" ".join([first[2] or "", *more]))}


def _unquoted(words: str) -> str:
    words = words.strip()
    quoted = len(words) > 1 and words[0] == words[-1] and words[0] in "\"'"
    return words[1:-1] if quoted else words


class _Reading:
    """Turns what YAML loads into JSON, as far as a fair number of values goes.

    YAML may name one value many times, so that a small text stands for billions.
    """

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def mapping(self, value: object) -> dict[str, Json]:
        """Give a mapping with plain keys; raises TypeError for what is none."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise TypeError("front matter is a mapping of names to values")
        return {_key(name): self._json(inner) for name, inner in value.items()}

    def _json(self, value: object) -> Json:
        self._left -= 1
        if self._left < 0:
            raise ValueError("front matter holds too many values")
        if isinstance(value, dict):
            return self.mapping(value)
        if isinstance(value, list | tuple | set):
            return [self._json(inner) for inner in value]
        if isinstance(value, date | time | datetime):
            return value.isoformat()
        if value is None or isinstance(value, str | bool | float):
            return value
        if isinstance(value, int) and abs(value) < 2**63:
            return value
        return str(value)


def _key(name: object) -> str:
    return re.sub(r"[\s-]+", "_", str(name).strip().lower())
