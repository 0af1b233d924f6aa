"""Read the front matter of Markdown: YAML between `---` lines, TOML between `+++` lines."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

import yaml

from connectors.model import Json

_FENCED = re.compile(
    r"\A\s*?(---|\+\+\+)[ \t]*\n(.*?)(?:\n|(?<=\n))(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_LONGEST = 64_000
_MOST_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stood in front, and the body after it; the whole text where nothing could be read."""

    body: str
    values: Mapping[str, Json] = field(default_factory=dict)


def split_front_matter(text: str) -> FrontMatter:
    """Take front matter off; keys become lower case with underscores, dates ISO 8601.

    What is broken, or is no mapping, stays in the body: nothing that was written is lost.
    """
    found = _FENCED.match(text)
    if not found or len(found[2]) > _LONGEST:
        return FrontMatter(text)
    try:
        loaded = tomllib.loads(found[2]) if found[1] == "+++" else yaml.safe_load(found[2])
        values = _Reading().mapping(loaded)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, TypeError, RecursionError):
        return FrontMatter(text)
    if not values and found[2].strip():
        return FrontMatter(text)
    return FrontMatter(text[found.end() :], values)


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
