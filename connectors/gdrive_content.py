"""Have the content of a file: as it is stored, or exported by Google's editors."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import new

from connectors.errors import DocumentUnreadable
from connectors.failpoint import failpoint
from connectors.gdrive_api import DriveApi
from connectors.gdrive_formats import export_type, is_exported, read_as, without_pictures
from connectors.gdrive_model import DriveFile
from connectors.google_api import AnswerTooLarge
from connectors.google_errors import GoogleRefused

_TOO_LARGE_TO_EXPORT = "exportSizeLimitExceeded"
_WAITS = (1.0, 1.0, 2.0, 4.0, 8.0, *(15.0,) * 38)
"""Seconds between two looks at an export that is being made: ten minutes in all."""
GONE = "It was deleted, put into the trash, or is not shared any more, after it was listed."


class Broken(Exception):
    """The bytes are not those that the checksum is of: the file changed, or came by half."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class ContentReader:
    """Read files up to a size."""

    api: DriveApi
    most: int
    sleep: Callable[[float], Awaitable[object]]

    async def read(self, file: DriveFile) -> Content:
        """Give the whole content; raises DocumentUnreadable, Broken."""
        try:
            if is_exported(file):
                return await self._exported(file)
            return Content(await self._stored(file), read_as(file, None))
        except AnswerTooLarge as error:
            raise DocumentUnreadable(self._too_large()) from error
        except GoogleRefused as error:
            if error.status == 404:
                raise DocumentUnreadable(GONE) from error
            raise DocumentUnreadable(f"Google does not give it out: {error}") from error

    async def _stored(self, file: DriveFile) -> bytes:
        if file.size is not None and file.size > self.most:
            raise DocumentUnreadable(self._too_large())
        content = await self.api.stored(file.id, self.most)
        failpoint("gdrive.downloaded")
        kind, _, digest = file.checksum.partition(":")
        if digest and new(kind, content).hexdigest() != digest:
            raise Broken
        return content

    async def _exported(self, file: DriveFile) -> Content:
        media_type = export_type(file)
        if media_type is None:
            raise DocumentUnreadable(
                "Google offers it in no format that is read here; the owner may have forbidden "
                "that it is downloaded."
            )
        content = await self._export(file, media_type)
        failpoint("gdrive.exported")
        kind = read_as(file, media_type)
        return Content(without_pictures(content, kind), kind)

    async def _export(self, file: DriveFile, media_type: str) -> bytes:
        try:
            if content := await self.api.export(file.id, media_type, self.most):
                return content
        except GoogleRefused as error:
            if _TOO_LARGE_TO_EXPORT not in error.reasons:
                raise
        # Nothing may be a slip: it is believed when the other way to it gives nothing either.
        return await self._prepared(file, media_type)

    async def _prepared(self, file: DriveFile, media_type: str) -> bytes:
        operation = await self.api.prepare(file.id, media_type)
        for wait in _WAITS:
            if operation.error:
                raise DocumentUnreadable(f"Google cannot export it: {operation.error}")
            if operation.done:
                return await self.api.prepared(operation.uri, self.most)
            await self.sleep(wait)
            operation = await self.api.operation(operation.name)
        raise DocumentUnreadable("Google did not export it within ten minutes.")

    def _too_large(self) -> str:
        return f"It is larger than {self.most} bytes: raise 'max_bytes' to have it read."
