"""Archives are looked into before anything opens them."""

import zipfile
from io import BytesIO

import pytest

from ingest.errors import Unparsable
from ingest.parse import media
from ingest.parse.dispatch import parse_document
from ingest.parse.office_archive import ArchiveLimits, OfficeArchive
from tests.bombs import overlapping, paragraph
from tests.documents import epub_bytes, odt_bytes, word_archive, xlsx_bytes, zipped

SMALL = ArchiveLimits(members=5, unpacked_mib=2, ratio=50, ratio_from_mib=1)
WORD = word_archive(paragraph("words"))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (WORD, media.DOCX),
        (xlsx_bytes({"A": [["x"]]}), media.XLSX),
        (odt_bytes("x"), media.ODT),
        (epub_bytes("x", ["x"]), media.EPUB),
        (zipped({"a.txt": b"x"}), media.ZIP),
    ],
)
def test_an_archive_says_itself_what_it_is(content: bytes, media_type: str) -> None:
    assert OfficeArchive(content, "a.bin").media_type == media_type


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped({f"{n}": b"" for n in range(6)}), "more than 5 members"),
        (zipped({"a": bytes(3 << 20)}), "would unpack to 3 MiB"),
        (zipped({"a": bytes(3 << 19)}), r"would unpack to \d+ times its size"),
        (zipped({"a/../../b": b"x"}), "leads out of it"),
        (zipped({"..\\b": b"x"}), "leads out of it"),
    ],
)
def test_a_bomb_is_not_opened(content: bytes, why: str) -> None:
    with pytest.raises(Unparsable, match=f"may be a zip bomb .*{why}"):
        OfficeArchive(content, "a.docx", SMALL)


def test_members_that_overlap_are_counted_each() -> None:
    content = overlapping()
    with pytest.raises(Unparsable, match="would unpack to 30000 MiB"):
        OfficeArchive(content, "a.docx")


def test_an_encrypted_archive_is_refused() -> None:
    content = bytearray(WORD)
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unparsable, match=r"a\.docx is encrypted"):
        OfficeArchive(bytes(content), "a.docx")


def test_a_torn_archive_is_refused() -> None:
    with pytest.raises(Unparsable, match="is broken and cannot be opened"):
        OfficeArchive(WORD[:-30], "a.docx")


def test_what_a_member_lies_about_its_size_is_not_read() -> None:
    content = zipped({"mimetype": b"x" * 100}, zipfile.ZIP_STORED).replace(
        (100).to_bytes(4, "little"), (10).to_bytes(4, "little")
    )
    with pytest.raises(Unparsable, match="broken"):
        OfficeArchive(content, "a.odt").read("mimetype")


def test_strict_open_xml_is_refused_with_what_to_do() -> None:
    strict = {"_rels/.rels": b'<R Type="http://purl.oclc.org/ooxml/officeDocument"/>'}
    archive = BytesIO(WORD)
    with zipfile.ZipFile(archive, "a") as opened:
        members = {name: opened.read(name) for name in opened.namelist()} | strict
    with pytest.raises(Unparsable, match="Strict Open XML: save it as an ordinary docx file"):
        parse_document(zipped(members), "", "a.docx")


def test_a_zip_of_files_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unparsable, match=r"a\.zip is a zip archive: unpack it"):
        parse_document(zipped({"a.txt": b"words"}), "", "a.zip")
