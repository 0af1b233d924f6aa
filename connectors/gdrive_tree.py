"""Which folder lies in which, asked of Drive only where it is not known."""

from collections.abc import Iterable, Mapping
from functools import cache

from connectors.gdrive_api import DriveApi
from connectors.gdrive_model import DriveFile
from connectors.model import KnownDocument

_DEEPEST = 200
Path = tuple[str, ...]
"""Ids of the folders above a file, the uppermost first."""


def written(path: Path) -> Mapping[str, str]:
    """Give the validators of a document that lies there."""
    return {"path": "/".join(path)} if path else {}


def read(validators: Mapping[str, str]) -> Path:
    """Give where a document lay when it was listed."""
    return _ids(validators.get("path", ""))


def read_all(known: Mapping[str, KnownDocument]) -> dict[str, Path]:
    """Give where each document lay; documents of one folder share what says so."""
    shared = cache(_ids)
    return {ref: shared(one.validators.get("path", "")) for ref, one in known.items()}


def _ids(path: str) -> Path:
    return tuple(one for one in path.split("/") if one)


class Tree:
    """Know the folders above files, by what we hold and by what a scan meets."""

    def __init__(self, api: DriveApi, paths: Iterable[Path] = ()) -> None:
        self._api = api
        self._folders: dict[str, DriveFile | None] = {}
        self._moved: set[str] = set()
        """Folders of which documents say differently where they lie: one of them was not read."""
        self._above: dict[str, Path] = {}
        for path in set(paths):
            for parent, child in zip(("", *path), path, strict=False):
                above = (parent,) if parent else ()
                if self._above.setdefault(child, above) != above:
                    self._moved.add(child)
        for child in self._moved:
            del self._above[child]

    def note(self, folder: DriveFile) -> None:
        """Take a folder as it is now."""
        self._folders[folder.id] = folder
        self._above[folder.id] = folder.parents

    def above(self, id_: str) -> Path | None:
        """Give the folders that a folder lies in, or lay, as far as it is known without asking.

        None: nothing that we hold lies below it.
        """
        return self._above.get(id_, () if id_ in self._moved else None)

    async def folder(self, id_: str) -> DriveFile | None:
        """Give a folder; None for one that we may not see, such as what a file is shared out of."""
        if id_ not in self._folders:
            found = await self._api.file(id_)
            self._folders[id_] = found
            self._above[id_] = found.parents if found else ()
        return self._folders[id_]

    async def path(self, parents: Path) -> Path:
        """Give all folders above, also where there are several, or they go round in circles."""
        found: dict[str, None] = {}
        waiting = list(parents)
        while waiting and len(found) < _DEEPEST:
            id_ = waiting.pop(0)
            if id_ in found:
                continue
            found[id_] = None
            if id_ not in self._above:
                await self.folder(id_)
            waiting += self._above[id_]
        return tuple(reversed(found))
