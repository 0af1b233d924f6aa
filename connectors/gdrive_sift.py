"""Make of files what a scan lists."""

from collections.abc import Callable
from datetime import datetime

from connectors.errors import DocumentUnreadable
from connectors.gdrive_access import Readers
from connectors.gdrive_formats import is_document, version_of
from connectors.gdrive_model import SHORTCUT, DriveFile
from connectors.gdrive_settings import DriveSettings
from connectors.gdrive_tree import Path, Tree, written
from connectors.model import Entry, Failure


class Sift:
    """Tell documents that a source means from all else, and put versions to them."""

    def __init__(
        self, settings: DriveSettings, tree: Tree, readers: Readers, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._tree = tree
        self._readers = readers
        self._now = now
        self.astray = 0
        """Shortcuts that were met; what they lead to is read where it lies, or not at all."""

    async def item(self, file: DriveFile) -> Entry | Failure | None:
        """Give what a file is listed as, None where it is no document of this source."""
        self.astray += file.media_type == SHORTCUT
        if not self.takes(file):
            return None
        path = await self._tree.path(file.parents)
        if not self._settings.holds(file, path):
            return None
        return await self._listed(file, path)

    def takes(self, file: DriveFile) -> bool:
        """Say whether it is a document, wherever it lies."""
        readable = is_document(file) and self._settings.takes_type(file.media_type)
        return readable and not file.trashed

    async def holds_folder(self, folder: DriveFile) -> bool:
        """Say whether documents in this folder are meant."""
        path = await self._tree.path((folder.id,))
        return not folder.trashed and self._settings.holds(folder, path)

    async def _listed(self, file: DriveFile, path: Path) -> Entry | Failure:
        try:
            access = await self._readers.of(file)
        except DocumentUnreadable as error:
            return Failure(file.id, str(error), error.access)
        return Entry(file.id, version_of(file, access, self._now()), written(path))
