"""Match paths against glob patterns, as people write them.

- a pattern without a slash matches a name at any depth: `*.md`, `drafts`
- one with a slash counts from the folder of the source: `guides/*.md`, `/readme.md`
- `**` stands for any number of folders, also none: `guides/**/*.md`
- `*`, `?` and `[a-z]` stay within one name; upper and lower case are the same

Each name is compared by itself with fnmatch, whose expressions do not backtrack, and
`**` is solved by walking both sides, so no pattern can make a match slow.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import reduce
from itertools import pairwise

from connectors.errors import SettingsInvalid

_ANY_FOLDERS = None
_Part = re.Pattern[str] | None
MAX_PATTERNS = 200
MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Globs:
    """Several patterns; a path matches when one of them does."""

    names: re.Pattern[str] | None
    rooted: tuple[tuple[_Part, ...], ...]

    def match(self, path: str) -> bool:
        """Say whether a path, relative and with forward slashes, matches."""
        parts = path.split("/")
        if self.names is not None and self.names.match(parts[-1]):
            return True
        return any(_matches(pattern, parts) for pattern in self.rooted)


def compile_globs(patterns: Sequence[str], setting: str) -> Globs:
    """Read patterns; raises SettingsInvalid naming the setting and the pattern."""
    if len(patterns) > MAX_PATTERNS:
        raise SettingsInvalid(f"'{setting}' has more than {MAX_PATTERNS} patterns.")
    names: list[str] = []
    rooted: list[tuple[_Part, ...]] = []
    for pattern in patterns:
        parts = _parts(pattern, setting)
        if "/" in pattern.rstrip("/") or "**" in parts:
            rooted.append(tuple(map(_compile, _without_repeats(parts))))
        else:
            names.append(translate(parts[0]))
    joined = re.compile("|".join(names), re.IGNORECASE) if names else None
    return Globs(joined, tuple(rooted))


def _parts(pattern: str, setting: str) -> list[str]:
    trouble = ""
    parts = pattern.strip("/").removeprefix("./").split("/")
    if not pattern.strip("/"):
        trouble = "is empty: leave it out"
    elif len(pattern) > MAX_LENGTH:
        trouble = f"is longer than {MAX_LENGTH} characters"
    elif ".." in parts or "." in parts or "" in parts:
        trouble = "has an empty part, '.' or '..': write it from the source's own folder"
    elif "\\" in pattern:
        trouble = "has a backslash: separate folders with '/'"
    elif "{" in pattern:
        trouble = "has braces: write one pattern for each alternative"
    elif any("**" in part and part != "**" for part in parts):
        trouble = "has '**' beside other characters: '**' must stand alone between slashes"
    if trouble:
        raise SettingsInvalid(f"'{setting}': the pattern '{pattern[:80]}' {trouble}.")
    return parts


def _without_repeats(parts: list[str]) -> list[str]:
    return [parts[0], *(now for before, now in pairwise(parts) if not before == now == "**")]


def _compile(part: str) -> _Part:
    return _ANY_FOLDERS if part == "**" else re.compile(translate(part), re.IGNORECASE)


def _matches(pattern: Sequence[_Part], parts: Sequence[str]) -> bool:
    """Follow all ways through the pattern at once: the set holds how far each has come."""
    reached = reduce(lambda at, name: _step(pattern, at, name), parts, frozenset({0}))
    last = len(pattern)
    return last in reached


def _step(pattern: Sequence[_Part], reached: frozenset[int], name: str) -> frozenset[int]:
    after: set[int] = set()
    for at in _skip_folders(pattern, reached):
        if at == len(pattern):
            continue
        part = pattern[at]
        if part is _ANY_FOLDERS:
            after.add(at)
            if at == len(pattern) - 1:
                after.add(at + 1)
        elif part.match(name):
            after.add(at + 1)
    return frozenset(after)


def _skip_folders(pattern: Sequence[_Part], reached: frozenset[int]) -> set[int]:
    ways = set(reached)
    for at in reached:
        if at < len(pattern) - 1 and pattern[at] is _ANY_FOLDERS:
            ways.add(at + 1)
    return ways
