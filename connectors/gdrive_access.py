"""Who may see a file, as access tags; where it cannot be told, nobody is let in by us."""

from collections.abc import Callable, Iterable
from datetime import datetime

from connectors.errors import DocumentUnreadable
from connectors.gdrive_api import DriveApi
from connectors.gdrive_model import USER, DriveFile, Permission
from connectors.gdrive_tree import Tree
from connectors.google_errors import GoogleRefused
from connectors.model import NOBODY

_UNSEEN = (
    "Google does not say who may see it, so it is not read: let the account share it (as an "
    "editor or a manager), or set 'permissions' to false and give the source its own access"
)
_CLOSED = frozenset({NOBODY})
_KINDS = frozenset({"user", "group", "domain"})


def tags_of(permissions: Iterable[Permission], now: datetime) -> frozenset[str]:
    """Give `user:…`, `group:…` and `domain:…`; nothing where anyone may see it."""
    valid = [
        one for one in permissions if one.counts and (not one.expires_at or one.expires_at > now)
    ]
    if any(one.kind == "anyone" for one in valid):
        return frozenset()
    tags = frozenset(f"{one.kind}:{one.who}" for one in valid if one.kind in _KINDS and one.who)
    return tags or _CLOSED


class Readers:
    """Tell who may see files, with as few requests as inheritance allows."""

    def __init__(
        self, api: DriveApi, tree: Tree, now: Callable[[], datetime], *, wanted: bool
    ) -> None:
        self._api = api
        self._tree = tree
        self._now = now
        self._wanted = wanted
        self._asked: dict[str, frozenset[str]] = {}

    async def of(self, file: DriveFile) -> frozenset[str] | None:
        """Give its tags, None where they are not asked for; raises DocumentUnreadable."""
        if not self._wanted:
            return None
        if file.permissions is not None:
            return tags_of(file.permissions, self._now())
        if file.drive == USER:
            raise DocumentUnreadable(_UNSEEN, access=_CLOSED)
        try:
            return await self._told(await self._opener(file))
        except GoogleRefused as error:
            raise DocumentUnreadable(f"{_UNSEEN} ({error})", access=_CLOSED) from error

    async def _opener(self, file: DriveFile) -> str:
        """Give what decides who sees a file of a shared drive: itself, a folder, or the drive."""
        one: DriveFile | None = file
        for _ in range(200):
            if one is None:
                return file.id
            if one.augmented is not False or not one.parents:
                return one.id
            if one.parents[0] == file.drive:
                return file.drive
            one = await self._tree.folder(one.parents[0])
        return file.id

    async def _told(self, id_: str) -> frozenset[str]:
        if id_ not in self._asked:
            self._asked[id_] = tags_of(await self._api.permissions(id_), self._now())
        return self._asked[id_]
