"""List all that a source reads of Drive: corpora whole, and folders with what is below."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from connectors.errors import SourceUnavailable
from connectors.failpoint import failpoint
from connectors.gdrive_api import DriveApi, Listed
from connectors.gdrive_cursor import Place, Position
from connectors.gdrive_model import DriveFile
from connectors.gdrive_sift import Sift
from connectors.gdrive_tree import Tree
from connectors.google_errors import GoogleRefused
from connectors.model import Entry, Failure, Page

_TOGETHER = 20
"""Folders whose files one request lists."""


@dataclass(frozen=True, slots=True)
class Range:
    """What is to be listed of one corpus."""

    corpus: str
    roots: tuple[str, ...]
    """Only what lies below these folders; none: the corpus whole."""


class Listing:
    """Walk ranges page by page; where a walk stands, a position says."""

    def __init__(self, api: DriveApi, tree: Tree, sift: Sift) -> None:
        self._api = api
        self._tree = tree
        self._sift = sift
        self._seen: set[str] = set()
        self.incomplete = False

    async def pages(self, ranges: Sequence[Range], place: Place) -> AsyncIterator[Page]:
        """List everything after where the place stands."""
        at = place.at
        self.incomplete = at is not None and at.incomplete
        for one in ranges:
            if at is not None and one.corpus < at.corpus:
                continue
            begun = at if at is not None and one.corpus == at.corpus else None
            async for items, stands in self._of_range(one, begun):
                failpoint("gdrive.listed")
                stands = replace(stands, incomplete=self.incomplete)
                yield Page(items, replace(place, at=stands).cursor())

    async def below(self, corpus: str, root: str) -> AsyncIterator[list[DriveFile]]:
        """Give the files below a folder, some at a time."""
        for within in _groups(await self._folders(Range(corpus, (root,)))):
            token = ""
            while True:
                page = await self._api.files(Listed(corpus, within), token)
                if page.incomplete:
                    raise SourceUnavailable("Google did not search the whole of a folder.")
                yield list(page.files)
                token = page.following
                if not token:
                    break

    async def _of_range(
        self, one: Range, begun: Position | None
    ) -> AsyncIterator[tuple[tuple[Entry | Failure, ...], Position]]:
        if begun is not None and begun.done and not one.roots:
            return
        folders = await self._folders(one)
        groups = [()] if not one.roots else list(_groups(folders, begun))
        if begun is not None and not begun.done:
            groups = [begun.within, *(groups if one.roots else ())]
        for within in groups:
            token = begun.page if begun is not None and within == begun.within else ""
            while True:
                page = await self._api.files(Listed(one.corpus, within), token)
                self.incomplete |= page.incomplete
                token = page.following
                items = await self._items(page.files)
                yield items, Position(one.corpus, within, token, done=not token)
                if not token:
                    break

    async def _items(self, files: Sequence[DriveFile]) -> tuple[Entry | Failure, ...]:
        found: list[Entry | Failure] = []
        for file in files:
            if file.id not in self._seen:
                self._seen.add(file.id)
                item = await self._sift.item(file)
                found += [item] if item is not None else []
        return tuple(found)

    async def _folders(self, one: Range) -> list[str]:
        """Find the folders of a range, and let the tree know them; sorted, so as to resume."""
        found = set(one.roots)
        level: Sequence[str] = sorted(found)
        while True:
            below: list[str] = []
            for within in _groups(level) if one.roots else [()]:
                below += await self._folders_in(Listed(one.corpus, within, folders=True))
            level = sorted(set(below) - found)
            found.update(level)
            if not level or not one.roots:
                return sorted(found)

    async def _folders_in(self, listed: Listed) -> list[str]:
        found, token = [], ""
        while True:
            page = await self._api.files(listed, token)
            self.incomplete |= page.incomplete
            for folder in page.files:
                self._tree.note(folder)
                found.append(folder.id)
            token = page.following
            if not token:
                return found


async def ranges_of(tree: Tree, folders: Sequence[str], corpora: Sequence[str]) -> list[Range]:
    """Say what is to be listed; raises SourceUnavailable for a folder that is not there."""
    roots: dict[str, list[str]] = {}
    for id_ in sorted(folders):
        folder = await tree.folder(id_)
        if folder is None or folder.trashed:
            raise SourceUnavailable(lost_folder(id_))
        if folder.drive not in corpora:
            roots.setdefault(folder.drive, []).append(id_)
    whole = [Range(corpus, ()) for corpus in corpora]
    parts = [Range(corpus, tuple(below)) for corpus, below in roots.items()]
    return sorted([*whole, *parts], key=lambda one: one.corpus)


async def tokens_of(api: DriveApi, ranges: Sequence[Range]) -> dict[str, str]:
    """Take where each log stands; raises SourceUnavailable for a drive that is not there."""
    tokens: dict[str, str] = {}
    for one in ranges:
        try:
            tokens[one.corpus] = await api.start_token(one.corpus)
        except GoogleRefused as error:
            raise SourceUnavailable(
                f"The shared drive {one.corpus} cannot be read ({error}): make the account a "
                "member of it, or take it out of 'shared_drives'. Nothing was deleted."
            ) from error
    return tokens


def lost_folder(id_: str) -> str:
    """Say what a person does about a folder of the settings that is not there."""
    return (
        f"The folder {id_} is not there, or not shared with the account any more: share it, take "
        "it out of the trash, or take it out of 'folders'. Nothing was deleted."
    )


def _groups(folders: Sequence[str], begun: Position | None = None) -> list[tuple[str, ...]]:
    """Divide sorted folders, after those that a position has behind it."""
    after = max(begun.within, default="") if begun is not None else ""
    left = [one for one in folders if one > after]
    return [tuple(left[at : at + _TOGETHER]) for at in range(0, len(left), _TOGETHER)]
