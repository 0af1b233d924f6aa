"""What links can lead to: the pages of a knowledge base, by address and by place."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname, normpath, splitext
from urllib.parse import unquote, urlsplit

from connectors.model import SourceId
from connectors.urls import normalised
from ingest.freshness.model import Aging

_INDEXES = ("index", "README", "readme", "_index")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a source, by their paths from its root, with and without their suffix."""

    stems: frozenset[str]
    suffixes: frozenset[str]
    folders: frozenset[str]

    @classmethod
    def of(cls, refs: Collection[str]) -> "Files":
        """Arrange the refs of a source's pages."""
        pairs = [splitext(ref) for ref in refs]
        stems = {stem for stem, _ in pairs}
        folders = {""}
        for stem, _ in pairs:
            folder = dirname(stem)
            while folder not in folders:
                folders.add(folder)
                folder = dirname(folder)
        suffixes = {suffix.lower() for _, suffix in pairs}
        return cls(frozenset(stems), frozenset(suffixes), frozenset(folders))

    def hold(self, path: str) -> bool:
        """Say whether a path leads to a page, or to a folder of pages."""
        there = path in self.folders or not {path, splitext(path)[0]}.isdisjoint(self.stems)
        return there or any(f"{path}/{name}" in self.stems for name in _INDEXES)

    def lack(self, path: str) -> bool:
        """Say whether a file is missing that would be a page here, whatever its suffix.

        What lies in a folder, or is of a kind, that no page is in, nobody can tell.
        """
        stem, suffix = splitext(path)
        if (suffix and suffix.lower() not in self.suffixes) or dirname(stem) not in self.folders:
            return False
        return not self.hold(path)


@dataclass(frozen=True, slots=True)
class LinkedKnowledge:
    """The pages that are there, and addresses of those that were."""

    addresses: frozenset[str]
    deleted: frozenset[str]
    files: Mapping[SourceId, Files]

    @classmethod
    def of(cls, pages: Sequence[Aging], deleted: Collection[str] = ()) -> "LinkedKnowledge":
        """Arrange what is known; `deleted` are addresses of pages that were deleted."""
        there = frozenset(filter(None, (address_of(page.url) for page in pages)))
        were = frozenset(filter(None, map(address_of, deleted)))
        refs: defaultdict[SourceId, set[str]] = defaultdict(set)
        for page in pages:
            if "://" not in page.ref:
                refs[page.source].add(page.ref)
        return cls(there, were - there, {of: Files.of(some) for of, some in refs.items()})


def address_of(url: str) -> str:
    """Give what names a page of the web: its address but for http or https, `www.` and `/`."""
    known = normalised(url)
    return known.partition("://")[2].removeprefix("www.").rstrip("/") if known else ""


def absolute(target: str, url: str) -> str | None:
    """Give the address that a link of the page at `url` leads to; None where it has none."""
    base = normalised(url) if url else None
    return normalised(target, base) if base else normalised(target)


def paths_from(target: str, ref: str) -> list[str]:
    """Give the paths that a link of the file `ref` may lead to; none where it leads out.

    Without a suffix it may be meant for a site on which every page is a folder of its own.
    """
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path:
        return []
    path = unquote(parts.path)
    if path.startswith("/"):
        return [_normal(path)]
    bases = [dirname(ref)] if splitext(path)[1] else [dirname(ref), splitext(ref)[0]]
    found = (_normal(f"{base}/{path}") for base in bases)
    return [one for one in found if not one.startswith("..")]


def _normal(path: str) -> str:
    path = normpath(path.lstrip("/")) if path.strip("/") else "."
    return "" if path == "." else path
