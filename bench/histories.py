"""Pages of a real edit history as they were at any time, for the benches of freshness."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import Unparsable
from ingest.parse.markdown import parse_markdown

MASS = 0.2
"""A commit that touches a greater share of the pages is housekeeping, and tells of no page."""


@dataclass(frozen=True, slots=True)
class Version:
    """A page's text from a time on."""

    at: datetime
    title: str
    text: str
    mass: bool
    """Whether a commit made it that touched too many pages at once."""


@dataclass(slots=True)
class Life:
    """A page from its first version to its last."""

    path: str
    versions: list[Version] = field(default_factory=list)
    gone: datetime | None = None

    def alive(self, at: datetime) -> bool:
        """Say whether it was there."""
        return self.versions[0].at < at and (self.gone is None or self.gone >= at)

    def before(self, at: datetime) -> list[Version]:
        """Give the versions that were known the moment before."""
        return [one for one in self.versions if one.at < at]

    @property
    def edits(self) -> list[datetime]:
        """When it was edited by itself."""
        return [one.at for one in self.versions[1:] if not one.mass]


def read_lives(bundle: Path, place: Path, under: str = "") -> list[Life]:
    """Read the pages of a bundle whose path begins so, cloning it into an empty place."""
    _git("clone", "-q", "--bare", str(bundle), str(place))
    lives: dict[str, Life] = {}
    ended: list[Life] = []
    for commit, at, changes in _commits(place):
        changes = [one for one in changes if one[-1].startswith(under)]
        mass = len(changes) > MASS * max(len(lives), 1)
        for status, *paths in changes:
            if status == "D":
                gone = lives.pop(paths[0])
                gone.gone = at
                ended.append(gone)
                continue
            life = lives.pop(paths[0], None) or Life(paths[-1])
            lives[paths[-1]] = life
            version = _version(place, commit, paths[-1], at, mass=mass)
            if not life.versions or version.text != life.versions[-1].text:
                life.versions.append(version)
    return sorted([*ended, *lives.values()], key=lambda life: (life.path, life.versions[0].at))


def _commits(place: Path) -> Iterator[tuple[str, datetime, list[list[str]]]]:
    form = "--format=%x00%H%x09%aI"
    told = _git("--git-dir", str(place), "log", "--reverse", "-M90", "--name-status", form)
    for one in told.split("\0")[1:]:
        head, *lines = [line for line in one.splitlines() if line]
        commit, at = head.split("\t")
        yield commit, datetime.fromisoformat(at).astimezone(UTC), [s.split("\t") for s in lines]


def _version(place: Path, commit: str, path: str, at: datetime, *, mass: bool) -> Version:
    raw = _git("--git-dir", str(place), "show", f"{commit}:{path}")
    try:
        parsed = parse_markdown(raw)
    except Unparsable:
        return Version(at, path, raw, mass)
    return Version(at, parsed.title or Path(path).stem, parsed.text, mass)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def windows(
    lives: Sequence[Life], days: float, end: datetime
) -> Iterator[tuple[Version, int, float]]:
    """Give each page's version at the start of every window, its edit days in it, and its years."""
    for life in lives:
        since = life.versions[0].at
        until = min(life.gone or end, end)
        while (until - since).days > 0:
            to = min(until.timestamp(), since.timestamp() + days * 86_400)
            stop = datetime.fromtimestamp(to, UTC)
            known = [one for one in life.versions if one.at <= since]
            edits = {one.date() for one in life.edits if since < one <= stop}
            yield known[-1], len(edits), (stop - since).total_seconds() / 31_557_600
            since = stop
