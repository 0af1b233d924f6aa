"""What the Drive API answers over the fake Drive, in Google's wire format.

    python -m tests.vendors.drive_api --port 9302

serves it, so that docs/connectors.md can be followed.
"""

import argparse
import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hostile_server import Answer, Asked, page, redirect, serving
from tests.vendors.drive import DOC, FOLDER, GOOGLE, ROOT, SHEET, SHORTCUT, XLSX, Drive, Item
from tests.vendors.google import ROBOT, answer, old_refusal, service_account
from tests.vendors.google_consent import (
    CLIENT,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    GoogleConsent,
)

EXPORTS = {
    DOC: ("text/plain", "text/markdown", "application/pdf"),
    SHEET: ("text/csv", XLSX),
    f"{GOOGLE}drawing": ("image/png", "application/pdf"),
}


@dataclass
class DriveApi:
    """Answers requests."""

    drive: Drive
    root: str = ""
    """Where it is served."""
    export_limit: int = 10_000_000
    _operations: dict[str, tuple[Item, int]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        if parts.path == "/token":
            return self.drive.tokens(asked)
        if not self.drive.tokens.opens(asked):
            return old_refusal(401, "authError", "Invalid Credentials")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/prepared/"):
            return self._bytes(self._operations[parts.path.split("/")[-1]][0].content)
        below = [unquote(one) for one in parts.path.removeprefix("/drive/v3/").split("/")]
        return self._answer(below, query)

    def _answer(self, below: list[str], query: Mapping[str, str]) -> Answer:
        match below:
            case ["about"]:
                return self._told({"kind": "drive#about", "user": {"emailAddress": ROBOT}}, query)
            case ["drives"]:
                drives = [{"kind": "drive#drive", "id": one} for one in sorted(self.drive.drives)]
                return self._told({"kind": "drive#driveList", "drives": drives}, query)
            case ["changes", "startPageToken"]:
                return self._start(query)
            case ["changes"]:
                return self._changes(query)
            case ["files"]:
                return self._files(query)
            case ["operations", name]:
                return self._operation(name)
            case ["files", id_, *rest]:
                return self._file(id_, rest, query)
        return old_refusal(404, "notFound")

    def _file(self, id_: str, rest: list[str], query: Mapping[str, str]) -> Answer:
        item = self.drive.items.get(id_)
        if item is None or not self.drive.visible(item):
            return old_refusal(404, "notFound", f"File not found: {id_}.")
        if rest == ["permissions"]:
            return self._permissions(item, query)
        if rest == ["export"]:
            return self._export(item, query["mimeType"])
        if rest == ["download"]:
            name = f"op-{len(self._operations)}"
            self._operations[name] = (item, 2)
            return answer({"name": name, "done": False})
        if query.get("alt") == "media":
            return self._bytes(item.content)
        return self._told(self._resource(item), query)

    def _permissions(self, item: Item, query: Mapping[str, str]) -> Answer:
        if self.drive.members_only:
            return old_refusal(403, "insufficientFilePermissions", "No permission to list.")
        rows = [{"kind": "drive#permission", **one} for one in self.drive.readers(item)]
        return self._told({"kind": "drive#permissionList", "permissions": rows}, query)

    def _export(self, item: Item, media_type: str) -> Answer:
        if media_type not in EXPORTS.get(item.kind, ()):
            return old_refusal(400, "badRequest", "The requested conversion is not supported.")
        if len(item.content) > self.export_limit:
            return old_refusal(403, "exportSizeLimitExceeded", "This file is too large.")
        return self._bytes(item.content)

    def _operation(self, name: str) -> Answer:
        item, left = self._operations[name]
        self._operations[name] = (item, left - 1)
        if left > 0:
            return answer({"name": name, "done": False})
        told = {"downloadUri": f"{self.root}/prepared/{name}", "partialDownloadAllowed": False}
        return answer({"name": name, "done": True, "response": told})

    def _start(self, query: Mapping[str, str]) -> Answer:
        if (drive := query.get("driveId", "")) and drive not in self.drive.drives:
            return old_refusal(404, "notFound", f"Shared drive not found: {drive}")
        told = {"kind": "drive#startPageToken", "startPageToken": str(len(self.drive.log) + 1)}
        return answer(told)

    def _changes(self, query: Mapping[str, str]) -> Answer:
        token, corpus = int(query["pageToken"]), query.get("driveId", "")
        if self.drive.expired is not None and token <= self.drive.oldest:
            return old_refusal(self.drive.expired, "invalid", "Invalid Value")
        if corpus and corpus not in self.drive.drives:
            return old_refusal(404, "notFound", f"Shared drive not found: {corpus}")
        later = [
            (at, id_)
            for at, (of, id_) in enumerate(self.drive.log, 1)
            if of == corpus and at >= token
        ]
        last_of = {id_: at for at, id_ in later}
        rows = sorted((at, id_) for id_, at in last_of.items())
        size = int(query.get("pageSize", 100))
        told: dict[str, object] = {
            "kind": "drive#changeList",
            "changes": [self._change(id_, corpus) for _, id_ in rows[:size]],
        }
        if len(rows) > size:
            told["nextPageToken"] = str(rows[size - 1][0] + 1)
        else:
            told["newStartPageToken"] = str(len(self.drive.log) + 1)
        return self._told(told, query)

    def _change(self, id_: str, corpus: str) -> Mapping[str, object]:
        item = self.drive.items.get(id_)
        base = {"kind": "drive#change", "time": "2026-01-01T00:00:00.000Z", "type": "file"}
        if id_ in self.drive.drives:
            return {**base, "changeType": "drive", "driveId": id_, "removed": False}
        told = {**base, "changeType": "file", "fileId": id_}
        if item is None or not self.drive.visible(item) or item.drive != corpus:
            return {**told, "removed": True}
        return {**told, "removed": False, "file": self._resource(item)}

    def _files(self, query: Mapping[str, str]) -> Answer:
        if self.drive.on_listing is not None:
            doing, self.drive.on_listing = self.drive.on_listing, None
            doing()
        q, corpus = query.get("q", ""), query.get("driveId", "")
        parents = set(re.findall(r"'([^']+)' in parents", q))
        found = [
            item
            for item in sorted(self.drive.items.values(), key=lambda one: one.id)
            if item.drive == corpus
            and item.id not in self.drive.drives
            and item.id != ROOT
            and self.drive.visible(item)
            and not ("trashed = false" in q and self.drive.is_trashed(item))
            and (not parents or parents & set(item.parents))
            and (f"mimeType = '{FOLDER}'" not in q or item.kind == FOLDER)
            and (f"mimeType != '{FOLDER}'" not in q or item.kind != FOLDER)
        ]
        after = query.get("pageToken", "~").removeprefix("~")
        rest = [item for item in found if item.id > after]
        size = int(query.get("pageSize", 100))
        told: dict[str, object] = {
            "kind": "drive#fileList",
            "incompleteSearch": self.drive.incomplete,
            "files": [self._resource(item) for item in rest[:size]],
        }
        if len(rest) > size:
            told["nextPageToken"] = f"~{rest[size - 1].id}"
        return self._told(told, query)

    def _resource(self, item: Item) -> dict[str, object]:
        told: dict[str, object] = {
            "kind": "drive#file",
            "id": item.id,
            "name": item.name,
            "mimeType": item.kind,
            "parents": list(item.parents),
            "trashed": self.drive.is_trashed(item),
            "explicitlyTrashed": item.trashed,
            "modifiedTime": item.changed.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "version": str(item.version),
            "webViewLink": f"https://drive.google.com/file/d/{item.id}/view",
        }
        if item.drive:
            told |= {"driveId": item.drive, "hasAugmentedPermissions": item.augmented}
        elif not self.drive.members_only:
            told["permissions"] = [{"kind": "drive#permission", **one} for one in item.permissions]
        if item.kind in EXPORTS:
            links = {one: f"https://docs.google.com/export?x={one}" for one in EXPORTS[item.kind]}
            told["exportLinks"] = links
        elif item.kind == SHORTCUT:
            told["shortcutDetails"] = {"targetId": item.target, "targetMimeType": "text/plain"}
        elif not item.kind.startswith(GOOGLE):
            told["size"] = str(len(item.content))
            told["md5Checksum"] = hashlib.md5(item.content, usedforsecurity=False).hexdigest()
            told["sha256Checksum"] = hashlib.sha256(item.content).hexdigest()
            told["headRevisionId"] = f"r{item.version}"
        return told

    def _bytes(self, content: bytes) -> Answer:
        return page(content, 200, {"content-type": "application/octet-stream"})

    def _told(self, told: Mapping[str, object], query: Mapping[str, str]) -> Answer:
        """Answer with no more than `fields` asks for."""
        mask = _mask(query["fields"]) if "fields" in query else None
        return answer(told if mask is None else _masked(told, mask))


Mask = dict[str, "Mask"]


def _mask(fields: str) -> Mask:
    """Read `a,b(c,d)`."""
    mask: Mask = {}
    stack, name = [mask], ""
    for part in re.findall(r"[^,()]+|[(),]", fields):
        if part == "(":
            stack.append(stack[-1][name])
        elif part == ")":
            stack.pop()
        elif part != ",":
            name = part.strip()
            stack[-1][name] = {}
    return mask


def _masked(told: object, mask: Mask) -> object:
    if isinstance(told, list):
        return [_masked(one, mask) for one in told]
    if not mask or not isinstance(told, Mapping):
        return told
    return {name: _masked(value, mask[name]) for name, value in told.items() if name in mask}


def _example() -> Drive:
    drive = Drive()
    folder = drive.folder("handbook-folder")
    returns = "# Returns\n\nBoots go back within 30 days."
    drive.put("returns-doc", returns, "Returns", DOC, parents=(folder,))
    tents = "Tents are dried before they are stored."
    drive.put("tents-text", tents, "tents.txt", parents=(folder,))
    return drive


def _with_consent(api: DriveApi) -> Callable[[Asked], Answer]:
    """Let people consent, too: whoever opens the page says yes."""
    google = GoogleConsent()
    api.drive.tokens.client = (CLIENT_ID, CLIENT_SECRET)

    def answered(asked: Asked) -> Answer:
        if asked.path.startswith("/consent?"):
            return redirect(google.says_yes(asked.path))
        if asked.path == "/token" and b"authorization_code" in asked.body:
            told = google.answer(asked)
            api.drive.tokens.refresh_token = f"{REFRESH_TOKEN}-{google.tokens}"
            return told
        return api(asked)

    return answered


async def _serve(port: int, folder: Path) -> None:
    api = DriveApi(_example())
    (folder / "key.json").write_text(service_account())
    (folder / "client.json").write_text(CLIENT)
    async with serving({}, port=port) as server:
        server.otherwise = _with_consent(api)
        api.root = at = server.url("")
        print(f"Google of sorts: {at}, with the folder handbook-folder.")  # noqa: T201
        print("Credentials: key.json (service account), client.json (OAuth client).")  # noqa: T201
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9302)
    parser.add_argument("--folder", type=Path, default=Path(), help="Where credentials are put.")
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.folder))


if __name__ == "__main__":
    main()
