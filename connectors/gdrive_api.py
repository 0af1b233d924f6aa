"""The requests of the Drive API that reading takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors import gdrive_wire as wire
from connectors.errors import CursorExpired, DocumentUnreadable
from connectors.gdrive_model import (
    FOLDER,
    USER,
    ChangePage,
    DriveFile,
    FilePage,
    Operation,
    Permission,
)
from connectors.google_api import GoogleApi, Writes, plain_get
from connectors.google_errors import GoogleRefused

PAGE = 1000
"""The most that one request lists."""
_PERMISSIONS_PAGE = 100
_LOST = frozenset({400, 404, 410})
_NO_SUCH = frozenset({"notFound", "NOT_FOUND"})
_OF_GOOGLE = (".googleapis.com", ".googleusercontent.com", ".google.com")


@dataclass(frozen=True, slots=True)
class Listed:
    """What to list of a corpus."""

    corpus: str
    within: Sequence[str] = ()
    """Only what lies in one of these folders itself."""
    folders: bool = False
    """Folders, or what is none."""

    @property
    def query(self) -> str:
        """Give it as Drive's query language has it."""
        kind = f"mimeType {'=' if self.folders else '!='} '{FOLDER}'"
        parents = " or ".join(f"'{one}' in parents" for one in self.within)
        return f"trashed = false and {kind}" + (f" and ({parents})" if parents else "")


class DriveApi:
    """Requests of Drive v3; all raise SourceUnavailable and CredentialsInvalid."""

    def __init__(self, api: GoogleApi, writes: Writes, root: str, page_size: int) -> None:
        self._api = api
        self._writes = writes
        self._root = root
        self._page_size = page_size

    async def prove(self) -> None:
        """Return only if we are let in."""
        await self._api.call(self._writes("about").get(fields="kind,user"), wire.somebody)

    async def start_token(self, corpus: str) -> str:
        """Give where the log of a corpus stands now; raises GoogleRefused for a lost drive."""
        asked = self._writes("changes").getStartPageToken(supportsAllDrives=True, **_drive(corpus))
        return await self._api.call(asked, wire.start_token)

    async def files(self, listed: Listed, token: str) -> FilePage:
        """List a page; raises CursorExpired for a token that is not taken any more."""
        whose = {"corpora": "drive"} if listed.corpus != USER else {"corpora": "user"}
        asked = self._writes("files").list(
            q=listed.query,
            fields=wire.FILES,
            pageSize=self._page_size,
            pageToken=token or None,
            spaces="drive",
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            **whose,
            **_drive(listed.corpus),
        )
        try:
            return await self._api.call(asked, wire.file_page)
        except GoogleRefused as error:
            if token and error.status in _LOST:
                raise CursorExpired(f"Google lost the place in its listing: {error}") from error
            raise

    async def changes(self, token: str, corpus: str) -> ChangePage:
        """Give the changes after a token; raises CursorExpired where it is worthless."""
        asked = self._writes("changes").list(
            pageToken=token,
            fields=wire.CHANGES,
            pageSize=self._page_size,
            spaces="drive",
            includeRemoved=True,
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            **_drive(corpus),
        )
        try:
            return await self._api.call(asked, wire.change_page)
        except GoogleRefused as error:
            if error.status in _LOST:
                raise CursorExpired(f"Google knows the token no more: {error}") from error
            raise

    async def file(self, id_: str) -> DriveFile | None:
        """Give a file or folder, None where Google itself says that we may see none such."""
        asked = self._writes("files").get(fileId=id_, fields=wire.FILE, supportsAllDrives=True)
        try:
            return await self._api.call(asked, wire.drive_file)
        except GoogleRefused as error:
            if error.status == 404 and error.reasons & _NO_SUCH:
                return None
            raise

    async def permissions(self, id_: str) -> tuple[Permission, ...]:
        """Give who may see a file, or a shared drive; raises GoogleRefused."""
        found: tuple[Permission, ...] = ()
        token = ""
        while True:
            asked = self._writes("permissions").list(
                fileId=id_,
                fields=wire.PERMISSIONS,
                pageSize=_PERMISSIONS_PAGE,
                pageToken=token or None,
                supportsAllDrives=True,
            )
            page, token = await self._api.call(asked, wire.permission_page)
            found += page
            if not token:
                return found

    async def drives(self) -> tuple[str, ...]:
        """Give the ids of all shared drives that the account is in."""
        found: tuple[str, ...] = ()
        token = ""
        while True:
            asked = self._writes("drives").list(
                pageSize=100, pageToken=token or None, fields="kind,nextPageToken,drives(id)"
            )
            page, token = await self._api.call(asked, wire.drive_page)
            found += page
            if not token:
                return found

    async def export(self, id_: str, media_type: str, most: int) -> bytes:
        """Have a file exported, up to 10 MB of it; raises GoogleRefused, AnswerTooLarge."""
        asked = self._writes("files").export_media(fileId=id_, mimeType=media_type)
        return await self._api.download(asked, most)

    async def stored(self, id_: str, most: int) -> bytes:
        """Give the bytes of a file; raises GoogleRefused, AnswerTooLarge."""
        asked = self._writes("files").get_media(fileId=id_, supportsAllDrives=True)
        return await self._api.download(asked, most)

    async def prepare(self, id_: str, media_type: str) -> Operation:
        """Have a large export made; raises GoogleRefused."""
        asked = self._writes("files").download(fileId=id_, mimeType=media_type)
        return await self._api.call(asked, wire.operation)

    async def operation(self, name: str) -> Operation:
        """Say how far an export is; raises GoogleRefused."""
        return await self._api.call(self._writes("operations").get(name=name), wire.operation)

    async def prepared(self, uri: str, most: int) -> bytes:
        """Give what was prepared; our token is shown to nobody but Google."""
        at, ours = urlsplit(uri), urlsplit(self._root)
        google = at.scheme == "https" and (at.hostname or "").endswith(_OF_GOOGLE)
        if not google and (at.scheme, at.netloc) != (ours.scheme, ours.netloc):
            raise DocumentUnreadable(f"Google says it is at {at.netloc}, which is not Google's.")
        return await self._api.download(plain_get(uri), most)


def _drive(corpus: str) -> dict[str, str]:
    return {"driveId": corpus} if corpus != USER else {}
