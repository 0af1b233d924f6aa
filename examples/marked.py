"""Read and write what the scripts beside this file share: marked text in, steady files out."""

import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page; `mark` is `#`, `##`, `-`, `1.`, `|` or "" for a paragraph.

    A table has its cells in `rows`, the header row first; everything else has its words in `text`.
    """

    mark: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def parts_of(page: str) -> Iterator[Part]:
    """Read a page: lines belong together until a blank line or the next mark."""
    marked = [(_mark(line), line.strip()) for line in page.splitlines()]
    for mark, group in groupby(_joined(marked), key=lambda one: one[0]):
        texts = [text for _, text in group]
        if mark == "|":
            yield Part("|", rows=tuple(_cells(text) for text in texts))
        else:
            yield from (Part(mark, text.removeprefix(mark).strip()) for text in texts if text)


def _mark(line: str) -> str:
    return next((mark for mark in ("##", "#", "-", "1.", "|") if line.startswith(mark)), "")


def _joined(lines: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join lines without a mark to the one above."""
    held = ("", "")
    for mark, text in [*lines, ("", "")]:
        if text and not mark and held[1]:
            held = (held[0], f"{held[1]} {text}")
            continue
        yield held
        held = (mark, text)


def _cells(row: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row.strip("|").split("|"))


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Write an archive whose members are all of one date; `mimetype` is not packed."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        for name, content in members.items():
            packing = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            written.writestr(zipfile.ZipInfo(name), content, packing)
    return archive.getvalue()


def unzipped(archive: bytes) -> dict[str, bytes]:
    """Give the members of an archive by name."""
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def write(files: Mapping[str, bytes]) -> None:
    """Write files into the folder that the command line names."""
    for name, content in files.items():
        (Path(sys.argv[1]) / name).write_bytes(content)
