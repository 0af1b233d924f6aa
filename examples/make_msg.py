"""Write the example's Outlook message: `python examples/make_msg.py examples/shop`.

A message is a compound file: a small file system of 512-byte sectors, in which streams below 4,096
bytes share sectors in pieces of 64. Only such streams are written here, and at most 64 kB of them.
[MS-CFB] and [MS-OXMSG] say how.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from marked import write

SUBJECT = "Product recall: lid of the Wharfe 0.75 l bottle"
SENDER = ("Hazel & Rye Product Safety", "safety@hazel-and-rye.example")
TO = "help@hazel-and-rye.example"
SENT = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
BODY = """Dear team,

we recall the lid of the Wharfe 0.75 l bottle, sold from 1 February to 30 April 2026, lots W26-031
to W26-038. With something hot in the bottle, the lid can crack and scald the hands. Nobody was
seriously hurt; we know of three cases.

Tell customers to stop using the lid. The bottle itself is sound.

They choose between a new lid, sent free of charge within three working days, and a full refund of
£18. They need not send anything back, and need no receipt: the lot number is enough. They report it
to recall@hazel-and-rye.example by 31 May 2027.

How to find the lot number is in the attached note.

Imogen Sharp
Head of Operations
"""
NOTE = """Where the lot number is

Turn the bottle over. The lot number is engraved on the bottom, beside the recycling mark: a W, the
year, a hyphen and three digits, such as W26-033.

If it is worn off, hold the bottle against the light at a low angle, or look at the packing slip.

Bottles bought as a set with the Tarn 2 stove have lots from W26-101 on and are not affected.
"""

SECTOR, MINI = 512, 64
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
UNUSED = bytes(68) + b"\xff" * 12 + bytes(48)
"""A line of the directory that holds nothing."""
TEXT, BINARY, NUMBER, TIME = 0x1F, 0x102, 0x03, 0x40

Tree = Mapping[str, "bytes | Tree"]


def properties(head: bytes, values: Mapping[int, str | bytes | int | datetime]) -> Tree:
    """Give what a message, a recipient or an attachment says of itself, as streams."""
    entries, streams = [head], {}
    for tag, value in sorted(values.items()):
        if isinstance(value, str | bytes):
            kind = TEXT if isinstance(value, str) else BINARY
            stored = value.encode("utf-16-le") if isinstance(value, str) else value
            streams[f"__substg1.0_{tag:04X}{kind:04X}"] = stored
            length = len(stored) + (2 if kind == TEXT else 0)
        else:
            kind = NUMBER if isinstance(value, int) else TIME
            length = value if isinstance(value, int) else _ticks(value)
        entries.append(struct.pack("<HHIQ", kind, tag, 6, length))
    return {"__properties_version1.0": b"".join(entries), **streams}


def _ticks(moment: datetime) -> int:
    since = moment - datetime(1601, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10_000_000


def message() -> Tree:
    name, address = SENDER
    body = BODY.replace("\n", "\r\n")
    said = {
        0x001A: "IPM.Note", 0x0037: SUBJECT, 0x0039: SENT, 0x0C1A: name, 0x0C1E: "SMTP",
        0x0C1F: address, 0x0E04: TO, 0x0E06: SENT, 0x1000: body, 0x340D: 0x40000,
    }  # fmt: skip
    recipient = {0x0C15: 1, 0x3001: TO, 0x3002: "SMTP", 0x3003: TO, 0x39FE: TO}
    note = {
        0x0E21: 0, 0x3701: NOTE.encode(), 0x3704: "lot-numb.txt", 0x3705: 1,
        0x3707: "lot-numbers.txt", 0x370E: "text/plain",
    }  # fmt: skip
    return {
        "__nameid_version1.0": {
            f"__substg1.0_000{at}0102": b"" for at in (2, 3, 4)
        },
        "__recip_version1.0_#00000000": properties(bytes(8), recipient),
        "__attach_version1.0_#00000000": properties(bytes(8), note),
        **properties(struct.pack("<8x4I8x", 1, 1, 1, 1), said),
    }  # fmt: skip


@dataclass(slots=True)
class Entry:
    """A line of the directory; `left`, `right` and `child` are numbers of others."""

    name: str
    kind: int
    content: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE

    def packed(self, start: int, size: int) -> bytes:
        name = self.name.encode("utf-16-le")
        links = (self.left, self.right, self.child)
        return struct.pack(
            "<64sHBB3I36xIQ", name, len(name) + 2, self.kind, 1, *links, start, size
        )  # fmt: skip


def directory(tree: Tree) -> list[Entry]:
    """List a tree, its root first."""
    entries = [Entry("Root Entry", 5)]

    def add(names: Sequence[str], within: Tree) -> int:
        """Make a balanced tree of siblings; a shorter name goes before a longer one."""
        if not names:
            return FREE
        middle = len(names) // 2
        what, at = within[names[middle]], len(entries)
        entries.append(Entry(names[middle], 2 if isinstance(what, bytes) else 1))
        if isinstance(what, bytes):
            entries[at].content = what
        else:
            entries[at].child = add(_sorted(what), what)
        entries[at].left = add(names[:middle], within)
        entries[at].right = add(names[middle + 1 :], within)
        return at

    entries[0].child = add(_sorted(tree), tree)
    return entries


def _sorted(tree: Tree) -> list[str]:
    return sorted(tree, key=lambda name: (len(name), name.upper()))


def padded(content: bytes, size: int, filling: bytes = b"\0") -> bytes:
    return content + filling * (-len(content) % size)


def chain(first: int, length: int) -> Iterator[int]:
    yield from range(first + 1, first + length)
    yield END


def streams_of(entries: list[Entry]) -> tuple[bytes, bytes, bytes]:
    """Give the lines of all entries but the root, the table of pieces, and the pieces."""
    lines, pieces, small = b"", [], b""
    for entry in entries[1:]:
        start = len(small) // MINI if entry.content else (END if entry.kind == 2 else 0)
        lines += entry.packed(start, len(entry.content))
        small += padded(entry.content, MINI)
        if entry.content:
            pieces += chain(start, -(-len(entry.content) // MINI))
    table = padded(struct.pack(f"<{len(pieces)}I", *pieces), SECTOR, b"\xff")
    return lines, table, padded(small, SECTOR)


def compound(tree: Tree) -> bytes:
    """Lay out header, sector table, directory, table of pieces, and the pieces."""
    entries = directory(tree)
    lines, table, small = streams_of(entries)
    sectors = [-(-len(entries) // 4), len(table) // SECTOR, len(small) // SECTOR]
    starts = [1, 1 + sectors[0], 1 + sectors[0] + sectors[1]]
    lines = entries[0].packed(starts[2], len(small)) + lines + UNUSED * (-len(entries) % 4)
    used = [TABLE]
    for start, length in zip(starts, sectors, strict=True):
        used += chain(start, length)
    fat = padded(struct.pack(f"<{len(used)}I", *used), SECTOR, b"\xff")
    header = struct.pack(
        "<8s16xHHHHH6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, starts[0], 0, 4096, starts[1], sectors[1], END, 0,
    )  # fmt: skip
    places = struct.pack("<I", 0) + b"\xff" * (108 * 4)
    return header + places + fat + lines + table + small


def files() -> dict[str, bytes]:
    return {"notices/bottle-recall.msg": compound(message())}


if __name__ == "__main__":
    write(files())
