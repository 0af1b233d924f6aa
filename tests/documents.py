"""Office files, e-mails and archives as bytes, built where a test needs them."""

import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from io import BytesIO
from types import MappingProxyType
from typing import Any, Protocol

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
from docx.document import Document
from pptx.presentation import Presentation

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


class _Savable(Protocol):
    def save(self, target: Any, /) -> None: ...


def docx_bytes(write: Callable[[Document], object]) -> bytes:
    document = docx.Document()
    write(document)
    return _saved(document)


def pptx_bytes(write: Callable[[Presentation], object]) -> bytes:
    deck = pptx.Presentation()
    write(deck)
    return _saved(deck)


def xlsx_bytes(sheets: Mapping[str, Sequence[Sequence[object]]], **states: str) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.sheet_state = states.get(title, "visible")
        for row in rows:
            sheet.append(list(row))
    return _saved(book)


def _saved(document: _Savable) -> bytes:
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


def zipped(members: Mapping[str, bytes], mode: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", mode) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return archive.getvalue()


def rezipped(content: bytes, **changes: bytes) -> bytes:
    """Replace members; a name's dots and slashes are written `_dot_` and `_slash_`."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    named = {
        key.replace("_slash_", "/").replace("_dot_", "."): value for key, value in changes.items()
    }
    return zipped(members | named)


def word_archive(body: str, prolog: str = "", **members: bytes) -> bytes:
    """Write a DOCX by hand: `body` is what stands in its `w:body`."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{WORD_TYPE}"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org'
        '/officeDocument/2006/relationships/officeDocument"/></Relationships>'
    )
    document = (
        f'<?xml version="1.0"?>{prolog}<w:document xmlns:w="http://schemas.openxmlformats.org/'
        f'wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    )
    return zipped(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": relations.encode(),
            "word/document.xml": document.encode(),
            **members,
        }
    )


def odt_bytes(body: str, title: str = "") -> bytes:
    """Write an OpenDocument text by hand: `body` is what stands in its `office:text`."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("text", "text"), ("table", "table"))
    )
    meta = (
        f'<office:document-meta{spaces} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        f"<dc:title>{title}</dc:title><dc:date>2024-03-01T10:00:00</dc:date>"
        "</office:meta></office:document-meta>"
    )
    content = (
        f"<office:document-content{spaces}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": content.encode(),
            "meta.xml": meta.encode(),
            "styles.xml": (
                f"<office:document-styles{spaces}><office:font-face-decls/><office:styles/>"
                "<office:automatic-styles/><office:master-styles/></office:document-styles>"
            ).encode(),
        }
    )


def epub_bytes(title: str, chapters: Sequence[str]) -> bytes:
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x'
        f"</dc:identifier><dc:title>{title}</dc:title><dc:language>en</dc:language></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
        '<rootfiles><rootfile full-path="book.opf" '
        'media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    pages = {
        f"c{n}.xhtml": (
            f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{chapter}</body></html>'
        ).encode()
        for n, chapter in enumerate(chapters)
    }
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "book.opf": package.encode(),
            **pages,
        }
    )


def mail(
    text: str = "", html: str = "", attachments: Sequence[tuple[str, str, bytes]] = ()
) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Delivery to Malmö"
    message["From"] = "Ada <ada@example.com>"
    message["To"] = "shop@example.com"
    message["Date"] = "Mon, 04 Mar 2024 09:30:00 +0100"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, media_type, content in attachments:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


Streams = Mapping[str, "bytes | Streams"]


def ole_bytes(streams: Streams) -> bytes:
    """Write a compound file; a short stream is filled up with zeros, to stand in sectors."""
    entries: list[bytes] = []
    sectors: list[bytes] = []
    chains: list[tuple[int, int]] = []

    def place(content: bytes) -> int:
        content = content.ljust(max(4096, -(-len(content) // _SECTOR) * _SECTOR), b"\0")
        start = len(sectors)
        sectors.extend(content[at : at + _SECTOR] for at in range(0, len(content), _SECTOR))
        chains.append((start, len(sectors)))
        return start

    def add(name: str, what: bytes | Streams, kind: int, right: int) -> int:
        child, start, size = _FREE, 0, 0
        if isinstance(what, bytes):
            kind, start, size = 2, place(what), max(4096, len(what))
        else:
            for inner, below in what.items():
                child = add(inner, below, 1, child)
        written = name.encode("utf-16-le")
        named = struct.pack("<64sHBBII", written, len(written) + 2, kind, 1, _FREE, right)
        entries.append(named + struct.pack("<I16sIQQIQ", child, b"", 0, 0, 0, start, size))
        return len(entries) - 1

    root = add("Root Entry", streams, 5, _FREE)
    entries[0], entries[root] = entries[root], entries[0]
    return _compound(_renumbered(entries, root), sectors, chains)


def _renumbered(entries: Sequence[bytes], root: int) -> list[bytes]:
    """The root has to be the first entry, and changed places with another."""
    swap = {0: root, root: 0}
    written = []
    for entry in entries:
        right, child = (swap.get(at, at) for at in struct.unpack_from("<II", entry, 72))
        written.append(entry[:72] + struct.pack("<II", right, child) + entry[80:])
    return written


def _compound(entries: list[bytes], sectors: list[bytes], chains: list[tuple[int, int]]) -> bytes:
    directory = b"".join(entries)
    directory = directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0")
    first_directory = len(sectors)
    sectors = sectors + [directory[at : at + _SECTOR] for at in range(0, len(directory), _SECTOR)]
    chains = [*chains, (first_directory, len(sectors))]
    tables = 1
    while tables * 128 < len(sectors) + tables:
        tables += 1
    fat = [_FREE] * (tables * 128)
    for start, end in chains:
        fat[start:end] = [*range(start + 1, end), _END]
    for at in range(tables):
        fat[len(sectors) + at] = _FAT
    places = [len(sectors) + at for at in range(tables)] + [_FREE] * (109 - tables)
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        b"", 0, tables, first_directory, 0, 4096, _END, 0, _END, 0,
    )  # fmt: skip
    return (
        header
        + struct.pack("<109I", *places)
        + b"".join(sectors)
        + struct.pack(f"<{len(fat)}I", *fat)
    )


def xls_bytes(title: str, rows: Sequence[Sequence[str | float]]) -> bytes:
    """Write a workbook as Excel 97 did (BIFF8): texts and numbers of one sheet."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def opened(what: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, what, 0x0DBB, 1996, 0, 6))

    end = record(0x0A, b"")
    name = bytes([len(title), 0]) + title.encode("latin-1")
    before = len(opened(5)) + 4 + 6 + len(name) + len(end)
    sheet = record(0x85, struct.pack("<IBB", before, 0, 0) + name)
    cells = b""
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            place = struct.pack("<HHH", y, x, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 0) + value.encode("latin-1")
                cells += record(0x204, place + text)
            else:
                cells += record(0x203, place + struct.pack("<d", value))
    return ole_bytes({"Workbook": opened(5) + sheet + end + opened(0x10) + cells + end})


def msg_bytes(subject: str, body: str, attachments: Streams = MappingProxyType({})) -> bytes:
    """Write a message as Outlook keeps it; what is attached is bytes, or another message's."""
    return ole_bytes(msg_streams(subject, body, attachments, header=32))


def msg_streams(
    subject: str, body: str, attachments: Streams = MappingProxyType({}), header: int = 24
) -> Streams:
    parts: dict[str, bytes | Streams] = {}
    for at, (name, content) in enumerate(attachments.items()):
        values = {0x3707: name} | ({0x3701: content} if isinstance(content, bytes) else {})
        below = {} if isinstance(content, bytes) else {"__substg1.0_3701000D": content}
        parts[f"__attach_version1.0_#{at:08X}"] = {**_held(values, bytes(8), 1), **below}
    counts = struct.pack("<8x4I", 0, len(attachments), 0, len(attachments)).ljust(header, b"\0")
    return {**_held({0x37: subject, 0x1000: body}, counts, 0), **parts}


def _held(values: Mapping[int, str | bytes], head: bytes, method: int) -> Streams:
    entries, streams = [head, struct.pack("<HHIQ", 3, 0x3705, 6, method)], {}
    for pid, value in values.items():
        kind = 0x1F if isinstance(value, str) else 0x102
        written = value.encode("utf-16-le") if isinstance(value, str) else value
        entries.append(struct.pack("<HHIQ", kind, pid, 6, len(written)))
        streams[f"__substg1.0_{pid:04X}{kind:04X}"] = written
    return {"__properties_version1.0": b"".join(entries), **streams}
