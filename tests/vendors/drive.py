"""Google Drive as far as reading goes, in memory: files, folders, shared drives, the log."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.vendors.google import Tokens

GOOGLE = "application/vnd.google-apps."
FOLDER, SHORTCUT = f"{GOOGLE}folder", f"{GOOGLE}shortcut"
DOC, SHEET = f"{GOOGLE}document", f"{GOOGLE}spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROOT = "root-of-robot"
_OPEN = ({"type": "user", "emailAddress": "Ada@acme.test", "role": "owner", "id": "1"},)
Permissions = tuple[Mapping[str, object], ...]


def file_id(name: str) -> str:
    """Make an id of a file out of any name."""
    return "1" + re.sub(r"[^A-Za-z0-9]", "-", name).ljust(10, "_")


@dataclass
class Item:
    id: str
    name: str
    kind: str
    parents: tuple[str, ...]
    drive: str = ""
    content: bytes = b""
    trashed: bool = False
    shared: bool = True
    changed: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    version: int = 1
    permissions: Permissions = _OPEN
    augmented: bool = False
    target: str = ""


@dataclass
class Drive:
    """What the service account may see of the world, and what becomes of it."""

    tokens: Tokens = field(default_factory=Tokens)
    items: dict[str, Item] = field(default_factory=dict)
    drives: dict[str, Permissions] = field(default_factory=dict)
    members_only: bool = False
    """Whether the account may see, but not share: it is not told who else may see."""
    incomplete: bool = False
    expired: int | None = None
    """The status that tokens older than `oldest` are refused with."""
    oldest: int = 0
    on_listing: Callable[[], object] | None = None
    """Done once, when files are listed next, before they are."""
    log: list[tuple[str, str]] = field(default_factory=list)
    """Corpora and the ids of what changed in them, in order."""

    def __post_init__(self) -> None:
        self.items[ROOT] = Item(ROOT, "My Drive", FOLDER, ())

    # --- what people do -----------------------------------------------------------

    def put(
        self,
        id_: str,
        content: bytes | str = b"",
        name: str = "",
        kind: str = "text/plain",
        **more: object,
    ) -> Item:
        """Write a file, a new one into My Drive unless `parents` says where."""
        old = self.items.get(id_)
        item = old or Item(id_, name or id_, kind, (ROOT,))
        item.content = content.encode() if isinstance(content, str) else content
        for key, value in more.items():
            setattr(item, key, value)
        item.drive = self._drive_of(item)
        self.items[id_] = item
        self._touch(item, edited=True)
        return item

    def folder(self, id_: str, *parents: str, drive: str = "") -> str:
        """Make a folder."""
        self.put(id_, kind=FOLDER, parents=parents or (drive or ROOT,))
        return id_

    def shared_drive(self, id_: str, permissions: Permissions = _OPEN) -> str:
        """Make a shared drive that the account is in."""
        self.drives[id_] = permissions
        self.items[id_] = Item(
            id_, "Drive", FOLDER, (), id_, permissions=permissions, augmented=True
        )
        return id_

    def edit(self, id_: str, content: bytes | str, *, quietly: bool = False) -> None:
        """Write anew; quietly: within the same moment as before."""
        item = self.items[id_]
        item.content = content.encode() if isinstance(content, str) else content
        self._touch(item, edited=not quietly)

    def rename(self, id_: str, name: str) -> None:
        self.items[id_].name = name
        self._touch(self.items[id_])

    def move(self, id_: str, parent: str) -> None:
        """Put into another folder; of a folder, only its own change is logged."""
        item = self.items[id_]
        item.parents = (parent,)
        before, drive = item.drive, self._drive_of(item)
        for one in [item, *self._below(id_)]:
            one.drive = drive
        self._touch(item)
        if before != drive:
            self.log.append((before, id_))

    def trash(self, id_: str) -> None:
        self.items[id_].trashed = True
        self._touch(self.items[id_])

    def restore(self, id_: str) -> None:
        self.items[id_].trashed = False
        self._touch(self.items[id_])

    def delete(self, id_: str) -> None:
        """Delete for good."""
        gone = self.items.pop(id_)
        self.log.append((gone.drive, id_))

    def share(self, id_: str, *permissions: Mapping[str, object]) -> None:
        """Say who may see it, and with My Drive's way of handing down, what is below it."""
        item = self.items[id_]
        for one in [item, *self._below(id_)]:
            if one is item or not one.augmented:
                one.permissions = permissions
        item.augmented = True
        self._touch(item)

    def unshare(self, id_: str) -> None:
        """Keep the account itself from seeing it."""
        self.items[id_].shared = False
        self._touch(self.items[id_])

    def reshare(self, id_: str) -> None:
        self.items[id_].shared = True
        self._touch(self.items[id_])

    def expire(self, status: int = 410) -> None:
        """Have every token that was given refused."""
        self.expired, self.oldest = status, len(self.log) + 1
        self.log.append(("", "nothing"))

    def _touch(self, item: Item, *, edited: bool = False) -> None:
        item.version += 1
        if edited:
            item.changed += timedelta(seconds=1)
        self.log.append((item.drive, item.id))

    def _below(self, id_: str) -> list[Item]:
        children = [one for one in self.items.values() if id_ in one.parents]
        return children + [deep for one in children for deep in self._below(one.id)]

    def _drive_of(self, item: Item) -> str:
        at = item
        for _ in range(50):
            if at.id in self.drives:
                return at.id
            if not at.parents or at.parents[0] not in self.items:
                return ""
            at = self.items[at.parents[0]]
        return ""

    # --- what holds of it ---------------------------------------------------------

    def visible(self, item: Item) -> bool:
        return all(one.shared for one in self._with_above(item))

    def is_trashed(self, item: Item) -> bool:
        return any(one.trashed for one in self._with_above(item))

    def _with_above(self, item: Item) -> list[Item]:
        """Give it and all folders above, also where they go round in circles."""
        found = {item.id: item}
        waiting = [item]
        while waiting:
            parents = waiting.pop().parents
            new = [self.items[one] for one in parents if one in self.items and one not in found]
            found.update((one.id, one) for one in new)
            waiting += new
        return list(found.values())

    def readers(self, item: Item) -> Permissions:
        """In a shared drive all that is above counts as well."""
        if not item.drive:
            return item.permissions
        own = item.permissions if item.augmented else ()
        above = self.items.get(item.parents[0]) if item.parents else None
        return own + (self.readers(above) if above is not None else ())
