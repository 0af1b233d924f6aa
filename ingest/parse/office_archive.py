"""Look into a zip archive before any parser does: what it is, and whether it may be opened."""

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from ingest.errors import Unparsable
from ingest.parse import media
from ingest.parse.clean import has_words

_MIB = 1 << 20
_TYPES_PART = "[Content_Types].xml"
_MAIN_PART = re.compile(rb'ContentType\s*=\s*["\']([^"\']+?)(?:\.main\+xml|\.main)["\']')
_STRICT = b"purl.oclc.org/ooxml"
_TAGS = re.compile(rb"<[^>]*>")
_WORDS_IN = re.compile(
    r"(?:word/(?:document|footnotes)|ppt/slides/slide\d+|xl/sharedStrings|xl/worksheets/sheet\d+"
    r"|content)\.xml\Z"
)
_PICTURES_OF = re.compile(
    r"(?:word/_rels/document|ppt/slides/_rels/slide\d+|xl/drawings/_rels/drawing\d+)\.xml\.rels\Z"
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold, in sum: office files of hundreds of pages stay far below.

    `ratio` is unpacked bytes to packed ones, where more than `ratio_from_mib` are unpacked:
    deflate reaches 1,032, the XML of large sheets about 30.
    """

    members: int = 20_000
    unpacked_mib: int = 1024
    ratio: int = 150
    ratio_from_mib: int = 32
    read_mib: int = 64


class OfficeArchive:
    """A zip archive that was found harmless to open; raises Unparsable for any other."""

    def __init__(self, content: bytes, name: str, limits: ArchiveLimits | None = None) -> None:
        self._content = content
        self._name = name or "the file"
        self._limits = limits or ArchiveLimits()
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise self._broken(error) from error
        self._members = {member.filename: member for member in self._zip.infolist()}
        self._check()

    @property
    def media_type(self) -> str:
        """Say what it is by its own table of contents, whatever its name says."""
        if _TYPES_PART in self._members:
            return self._ooxml_type()
        declared = self.read("mimetype").decode("ascii", "replace").strip()
        return declared.removesuffix("-template") or "application/zip"

    @property
    def is_strict(self) -> bool:
        """Say whether it is Strict Open XML, which nearly nothing but Office itself reads."""
        return _STRICT in self.read("_rels/.rels")

    def read(self, member: str) -> bytes:
        """Give a member's bytes, none of one that is absent, the first of one too large."""
        if member not in self._members:
            return b""
        try:
            with self._zip.open(member) as opened:
                return opened.read(self._limits.read_mib * _MIB)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError) as error:
            raise self._broken(error) from error

    def missing_text(self) -> str:
        """Say why no text may have come of it; "" where there is none to be had."""
        for member in filter(_WORDS_IN.match, self._members):
            if has_words(_TAGS.sub(b" ", self.read(member)).decode("utf-8", "replace")):
                return f"there are words in {member}, but no text came out of it"
        if any(b"media/" in self.read(one) for one in filter(_PICTURES_OF.match, self._members)):
            return "it holds pictures but no text: run it through text recognition (OCR) first"
        return ""

    def _check(self) -> None:
        limits, members = self._limits, self._zip.infolist()
        if len(members) > limits.members:
            raise self._refused(f"it has more than {limits.members} members")
        if any(member.flag_bits & 1 for member in members):
            raise Unparsable(f"{self._name} is encrypted: give it without a password")
        for member in members:
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if ".." in path.parts or "\0" in member.orig_filename:
                raise self._refused("a member's name leads out of it")
        unpacked = sum(member.file_size for member in members)
        packed = max(1, min(len(self._content), sum(member.compress_size for member in members)))
        if unpacked > limits.unpacked_mib * _MIB:
            raise self._refused(f"it would unpack to {unpacked // _MIB} MiB")
        if unpacked > limits.ratio_from_mib * _MIB and unpacked > limits.ratio * packed:
            raise self._refused(f"it would unpack to {unpacked // packed} times its size")

    def _ooxml_type(self) -> str:
        found = {
            media.OOXML_MAIN[kind.decode("ascii", "replace").lower()]
            for kind in _MAIN_PART.findall(self.read(_TYPES_PART))
            if kind.decode("ascii", "replace").lower() in media.OOXML_MAIN
        }
        return found.pop() if len(found) == 1 else "application/zip"

    def _refused(self, why: str) -> Unparsable:
        return Unparsable(
            f"{self._name} is not opened, for it may be a zip bomb ({why}): "
            "save it anew with the program that made it"
        )

    def _broken(self, error: Exception) -> Unparsable:
        return Unparsable(
            f"{self._name} is broken and cannot be opened ({error}): "
            "write it anew with the program that made it"
        )
