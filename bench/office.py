"""Whether every office file is read or refused for a reason, and how much of it comes out.

    python -m bench.office [--markitdown PYTHON]

The files of two public sets and the bombs of `tests/bombs.py`, each in the sandbox; recalls
beside unstructured's and markitdown's own where the words that should come out are known.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import mean, show
from bench.sets import folder
from ingest.errors import Unparsable
from ingest.parse.sandbox import SandboxedParser
from ingest.parsed import BlockKind, ParsedDocument
from tests.bombs import BOMBS

SETS = ("office-pdf-files", "tricky-pdf-pptx")
_LEFT_OUT = {"README.md", "LICENSE"}
_MARKUP = re.compile(r"<!--.*?-->|\]\([^)]*\)|!\[[^\]]*\]", re.DOTALL)
_MEASURED = frozenset({".csv", ".docx", ".odt", ".pdf", ".pptx", ".xlsx"})
_LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and the Markdown that was expected of it, or None."""

    name: str
    content: bytes
    path: Path | None = None
    expected: str | None = None

    @property
    def kind(self) -> str:
        return Path(self.name).suffix or "none"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case; `reason` says why there is no document."""

    case: Case
    document: ParsedDocument | None
    reason: str
    seconds: float
    rss_mib: float


Reading = tuple[str, list[str]]
"""A text and its headings."""


def main() -> None:
    """Measure it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markitdown", default=os.environ.get("PUNNET_MARKITDOWN_PYTHON", ""))
    chosen = parser.parse_args()
    files = [case for name in SETS for case in _cases(folder(name))]
    results = asyncio.run(_parsed(files))
    show("Office files: each read or refused", list(_rows(results)))
    _show_reasons(results)
    _show_recalls(results, chosen.markitdown)
    bombs = asyncio.run(_parsed([Case(name, make()) for name, make in BOMBS.items()]))
    show("Bombs: each read or refused", [_bomb_row(result) for result in bombs])
    slowest = max(result.seconds for result in (*results, *bombs))
    print(f"slowest {slowest:.1f} s of {_LONGEST_S:g}; the parent is alive")


def _cases(root: Path) -> Iterator[Case]:
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.name in _LEFT_OUT or "groundtruth" in path.parts:
            continue
        beside = path.parent / "groundtruth"
        names = (beside / f"{path.name}.md", beside / f"{path.stem}.md")
        expected = next((one.read_text("utf-8") for one in names if one.exists()), None)
        yield Case(path.name, path.read_bytes(), path, expected)


async def _parsed(cases: Sequence[Case]) -> list[Result]:
    async with SandboxedParser() as parser:
        return [await _one(parser, case) for case in cases]


async def _one(parser: SandboxedParser, case: Case) -> Result:
    watch = asyncio.create_task(_watched())
    since = time.perf_counter()
    document, reason = None, ""
    try:
        document = await parser.parse(case.content, "", case.name)
    except Unparsable as error:
        reason = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - since
    await asyncio.sleep(0)
    watch.cancel()
    return Result(case, document, reason, seconds, _PEAK.pop("now", 0.0))


_PEAK: dict[str, float] = {}


async def _watched() -> None:
    """Note the most memory that our children, and theirs, hold at a time."""
    while True:
        held = sum(_rss(pid) for pid in _below(os.getpid()))
        _PEAK["now"] = max(_PEAK.get("now", 0.0), held)
        await asyncio.sleep(0.02)


def _below(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(listed).split()):
            yield child
            yield from _below(child)


def _rss(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20) if fields else 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _rows(results: Sequence[Result]) -> Iterator[dict[str, object]]:
    by_kind = defaultdict(list)
    for result in results:
        by_kind[result.case.kind].append(result)
    for kind, some in sorted(by_kind.items()):
        yield {
            "format": kind,
            "files": len(some),
            "read": sum(bool(one.document and one.document.blocks) for one in some),
            "empty": sum(bool(one.document and not one.document.blocks) for one in some),
            "refused": sum(one.document is None for one in some),
            "died": sum(one.reason.startswith("ParserDied") for one in some),
            "median s": sorted(one.seconds for one in some)[len(some) // 2],
            "most s": max(one.seconds for one in some),
            "most MiB": round(max(one.rss_mib for one in some)),
        }


def _show_reasons(results: Sequence[Result]) -> None:
    for result in results:
        if result.document is None:
            print(f"  {result.case.name}: {result.reason[:200]}")
        elif not result.document.blocks:
            print(f"  {result.case.name}: no text in it")


def _show_recalls(results: Sequence[Result], markitdown: str) -> None:
    known = [one for one in results if one.case.expected is not None and one.case.kind in _MEASURED]
    paths = [str(one.case.path) for one in known]
    others = {"unstructured": _peer("unstructured", sys.executable, paths)}
    if markitdown:
        others["markitdown"] = _peer("markitdown", markitdown, paths)
    else:
        print("markitdown: not measured; name a Python that has it with --markitdown")
    by_kind = defaultdict(list)
    for result in known:
        by_kind[result.case.kind].append(result)
        _print_weak(
            result, {peer: found.get(str(result.case.path)) for peer, found in others.items()}
        )
    rows = [_recall_row(kind, some, others) for kind, some in sorted(by_kind.items())]
    show("Recall: of words and of headings", rows)


def _recall_row(
    kind: str, some: Sequence[Result], others: dict[str, dict[str, Reading | None]]
) -> dict[str, object]:
    row: dict[str, object] = {"format": kind, "files": len(some)}
    ours = {str(one.case.path): _reading(one.document) for one in some}
    readings: dict[str, dict[str, Reading | None]] = {"punnet": ours, **others}
    for peer, found in readings.items():
        if not any(found.get(str(one.case.path)) for one in some):
            row |= {f"{peer} words": "not read", f"{peer} heads": "not read"}
            continue
        pairs = [(one.case.expected or "", found.get(str(one.case.path))) for one in some]
        row[f"{peer} words"] = mean([_words(said, got) for said, got in pairs])
        heads = [share for said, got in pairs if (share := _heads(said, got)) is not None]
        row[f"{peer} heads"] = mean(heads) if heads else "none"
    return row


def _print_weak(result: Result, others: dict[str, Reading | None]) -> None:
    said, ours = result.case.expected or "", _reading(result.document)
    rest = max((_words(said, one) for one in others.values()), default=0.0)
    heads = max((_heads(said, one) or 0.0 for one in others.values()), default=0.0)
    if _words(said, ours) < rest - 0.02 or (_heads(said, ours) or 1.0) < heads - 0.02:
        print(
            f"  behind on {result.case.name}: words {_words(said, ours):.2f} against {rest:.2f}, "
            f"headings {_heads(said, ours) or 0:.2f} against {heads:.2f}"
        )


def _reading(document: ParsedDocument | None) -> Reading | None:
    if document is None:
        return None
    headings = [
        document.text[block.start : block.end]
        for block in document.blocks
        if block.kind is BlockKind.HEADING
    ]
    return document.text, headings


def _words(expected: str, got: Reading | None) -> float:
    """Give the share of expected words, each as often as it is expected, that came out."""
    wanted, found = _counted(_MARKUP.sub(" ", expected)), _counted(got[0] if got else "")
    return (wanted & found).total() / wanted.total() if wanted else 1.0


def _counted(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text.lower()))


def _heads(expected: str, got: Reading | None) -> float | None:
    """Give the share of expected headings found as headings; None where none is expected."""
    wanted = Counter(
        shown for line in expected.splitlines() if line.startswith("#") and (shown := _shown(line))
    )
    found = Counter(_shown(line) for line in (got[1] if got else []))
    return (wanted & found).total() / wanted.total() if wanted else None


def _shown(heading: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", _MARKUP.sub(" ", heading).lower()))


def _peer(peer: str, python: str, paths: Sequence[str]) -> dict[str, Reading | None]:
    script = Path(__file__).with_name("office_peers.py")
    with tempfile.TemporaryDirectory() as where:
        files, out = Path(where, "files.json"), Path(where, "out.json")
        files.write_text(json.dumps(list(paths)))
        done = subprocess.run([python, str(script), peer, str(files), str(out)])
        if done.returncode:
            print(f"{peer}: not measured, {python} has it not")
            return {}
        return {path: tuple(one) for path, one in json.loads(out.read_text()).items() if one}


def _bomb_row(result: Result) -> dict[str, object]:
    outcome = result.reason[:90] or f"{len(result.document.text if result.document else '')} chars"
    return {
        "file": result.case.name,
        "kB": len(result.case.content) // 1024,
        "s": result.seconds,
        "MiB": round(result.rss_mib),
        "outcome": outcome,
    }


if __name__ == "__main__":
    main()
