"""Files made to harm whoever opens them: small, and large or endless inside."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType

from tests.documents import epub_bytes, odt_bytes, word_archive, xlsx_bytes, zipped

_MIB = 1 << 20
_LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(12)
)


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def swollen(mib: int) -> bytes:
    """A Word file with a member of so many MiB of nothing."""
    archive = BytesIO(word_archive(paragraph("words")))
    with (
        zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened,
        opened.open("word/media/image1.png", "w") as member,
    ):
        for _ in range(mib):
            member.write(bytes(_MIB))
    return archive.getvalue()


def overlapping() -> bytes:
    """One member of 10 MiB that the archive lists three thousand times."""
    content = zipped({"word/a.xml": b" " * 10 * _MIB})
    listing = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry, count = content[listing:end], 3000
    sizes = (len(entry) * count).to_bytes(4, "little") + listing.to_bytes(4, "little")
    counts = count.to_bytes(2, "little") * 2
    return content[:listing] + entry * count + b"PK\x05\x06\0\0\0\0" + counts + sizes + b"\0\0"


def laughing() -> bytes:
    return word_archive(paragraph("&l11;"), f"<!DOCTYPE x [{_LAUGHS}]>")


def quadratic() -> bytes:
    entity = f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>'
    return word_archive(paragraph("&a;" * 20_000), entity)


def external() -> bytes:
    """Asks for a file of the machine by an external entity."""
    prolog = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    return word_archive(paragraph("before &f; after"), prolog)


def matryoshka(depth: int) -> bytes:
    content = b"words"
    for _ in range(depth):
        content = zipped({"inner.zip": content})
    return content


def deep_word(depth: int) -> bytes:
    opened, closed = "<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"
    return word_archive(opened * depth + paragraph("words") + closed * depth)


def wide_table() -> bytes:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="30000000"/></w:tcPr>' + paragraph("words") + "</w:tc>"
    return word_archive(f"<w:tbl><w:tr>{cell}{cell}</w:tr><w:tr>{cell}</w:tr></w:tbl>")


def deep_tables(depth: int) -> bytes:
    opened, closed = "<w:tbl><w:tr><w:tc>", "<w:p/></w:tc></w:tr></w:tbl>"
    return word_archive(opened * depth + paragraph("words") + closed * depth)


def many_paragraphs(count: int) -> bytes:
    return word_archive(paragraph("words") * count)


def far_cell() -> bytes:
    """A sheet whose second cell stands in its last row and column."""
    content = xlsx_bytes({"Sheet": [["words"]]})
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    rows = (
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
    )
    path = "xl/worksheets/sheet1.xml"
    members[path] = members[path].replace(b"</sheetData>", rows.encode())
    return zipped(members)


def deep_multiparts(depth: int) -> bytes:
    heads = [
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    ]
    return f"From: a@b.c\r\nSubject: deep\r\n{''.join(heads)}\r\nwords".encode()


def deep_forwards(depth: int) -> bytes:
    content = b"Subject: innermost\r\n\r\nwords"
    for _ in range(depth):
        content = b"Subject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n" + content
    return b"From: a@b.c\r\n" + content


def many_parts(count: int) -> bytes:
    part = "--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na,b\r\n"
    head = 'From: a@b.c\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return f"{head}{part * count}--b--".encode()


BOMBS: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "swollen-100.docx": lambda: swollen(100),
        "swollen-1100.docx": lambda: swollen(1100),
        "overlapping.docx": overlapping,
        "laughs.docx": laughing,
        "quadratic.docx": quadratic,
        "external.docx": external,
        "matryoshka-60.zip": lambda: matryoshka(60),
        "deep-controls-100000.docx": lambda: deep_word(100_000),
        "deep-controls-100.docx": lambda: deep_word(100),
        "deep-tables-2000.docx": lambda: deep_tables(2000),
        "deep-tables-60.docx": lambda: deep_tables(60),
        "wide-table.docx": wide_table,
        "empty-paragraphs-4m.docx": lambda: word_archive("<w:p/>" * 4_000_000),
        "paragraphs-20000.docx": lambda: many_paragraphs(20_000),
        "far-cell.xlsx": far_cell,
        "laughs.epub": lambda: epub_bytes("Laughs", [f"<!DOCTYPE x [{_LAUGHS}]><p>&l11;</p>"]),
        "deep-100000.epub": lambda: epub_bytes("Deep", ["<div>" * 100_000 + "words"]),
        "deep-20000.odt": lambda: odt_bytes(
            "<text:list><text:list-item>" * 20_000
            + "<text:p>words</text:p>"
            + "</text:list-item></text:list>" * 20_000
        ),
        "deep-100000.rtf": lambda: b"{\\rtf1 " + b"{" * 100_000 + b"words" + b"}" * 100_001,
        "deep-100000.html": lambda: b"<div>" * 100_000 + b"words",
        "deep-100000.xml": lambda: b"<a>" * 100_000 + b"words" + b"</a>" * 100_000,
        "deep-multiparts-5000.eml": lambda: deep_multiparts(5000),
        "deep-multiparts-50.eml": lambda: deep_multiparts(50),
        "deep-forwards-2000.eml": lambda: deep_forwards(2000),
        "parts-100000.eml": lambda: many_parts(100_000),
        "one-field-60mb.csv": lambda: b'"' + b"a" * (60 << 20),
        "commas-20mb.csv": lambda: b"," * (20 << 20),
    }
)
