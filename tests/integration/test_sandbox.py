"""The parser in its child processes: what kills one harms nothing else."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from ingest.errors import IngestError, ParserDied, Unparsable
from ingest.parse.limits import ParseLimits
from ingest.parse.sandbox import SandboxedParser
from tests.bombs import BOMBS

# Hundreds of seconds of work for the HTML parser, from a small file.
ENDLESS = b"<div>" * 400_000
PAGE = "<html lang='en'><title>T</title><main><h1 id='a'>T</h1><p>Grüße</p></main>".encode()


async def until_busy(parser: SandboxedParser) -> None:
    for _ in range(500):
        if not parser.idle_pids:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the child never took the document")


async def until_gone(pid: int) -> None:
    for _ in range(1000):
        if not _is_alive(pid):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"process {pid} still lives")


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_a_document_comes_back_whole() -> None:
    async with SandboxedParser() as parser:
        page = await parser.parse(PAGE, "text/html", "p.html")
        notes = await parser.parse(b"---\ndate: 2024-01-02\n---\nText.", "text/markdown", "n.md")
    assert (page.text, page.title, page.language) == ("T\n\nGrüße", "T", "en")
    assert [(b.kind.value, b.level, b.anchor) for b in page.blocks] == [
        ("heading", 1, "a"),
        ("paragraph", 0, ""),
    ]
    assert notes.published_at is not None
    assert notes.front == {"date": "2024-01-02"}


async def test_a_refusal_comes_back_with_its_reason_and_the_child_stays() -> None:
    async with SandboxedParser() as parser:
        await parser.parse(b"words", "text/plain", "a.txt")
        first = parser.idle_pids
        with pytest.raises(Unparsable, match="broken"):
            await parser.parse(b"%PDF-1.4 broken", "application/pdf", "a.pdf")
        assert parser.idle_pids == first


async def test_a_document_that_takes_too_long_fails_alone() -> None:
    async with SandboxedParser(ParseLimits(seconds=1.0)) as parser:
        with pytest.raises(ParserDied, match=r"deep\.html took its parser longer than the 1 sec"):
            await parser.parse(ENDLESS, "text/html", "deep.html")
        assert (await parser.parse(b"words", "text/plain", "a.txt")).text == "words"


async def test_a_document_that_needs_too_much_memory_fails_alone() -> None:
    async with SandboxedParser(ParseLimits(memory_mib=128)) as parser:
        with pytest.raises(ParserDied, match="more memory than the 128 MiB"):
            await parser.parse(b"word " * (4 << 20), "text/plain", "a.txt")
        assert (await parser.parse(b"words", "text/plain", "a.txt")).text == "words"


async def test_a_crash_fails_alone() -> None:
    async with SandboxedParser() as parser:
        await parser.parse(b"words", "text/plain", "a.txt")
        [pid] = parser.idle_pids
        parsing = asyncio.create_task(parser.parse(ENDLESS, "text/html", "deep.html"))
        await until_busy(parser)
        os.kill(pid, signal.SIGSEGV)
        with pytest.raises(ParserDied, match="crashed its parser"):
            await parsing
        assert (await parser.parse(b"words", "text/plain", "a.txt")).text == "words"


async def test_a_child_that_died_while_idle_is_replaced() -> None:
    async with SandboxedParser() as parser:
        await parser.parse(b"words", "text/plain", "a.txt")
        [pid] = parser.idle_pids
        os.kill(pid, signal.SIGKILL)
        await until_gone(pid)
        for _ in range(100):
            try:
                again = await parser.parse(b"again", "text/plain", "a.txt")
                break
            except ParserDied:
                continue
        assert again.text == "again"
        assert parser.idle_pids != [pid]


async def test_children_are_recycled() -> None:
    async with SandboxedParser(ParseLimits(documents_per_child=2)) as parser:
        pids = []
        for _ in range(3):
            await parser.parse(b"words", "text/plain", "a.txt")
            pids += parser.idle_pids
        assert len(set(pids)) == 2
        assert not _is_alive(pids[0])


async def test_a_cancelled_parse_ends_its_child() -> None:
    async with SandboxedParser() as parser:
        await parser.parse(b"words", "text/plain", "a.txt")
        [pid] = parser.idle_pids
        parsing = asyncio.create_task(parser.parse(ENDLESS, "text/html", "deep.html"))
        await until_busy(parser)
        parsing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await parsing
        await until_gone(pid)
        assert (await parser.parse(b"words", "text/plain", "a.txt")).text == "words"


async def test_closing_ends_every_child_even_at_work() -> None:
    parser = SandboxedParser(processes=2)
    await parser.parse(b"words", "text/plain", "a.txt")
    [pid] = parser.idle_pids
    parsing = asyncio.create_task(parser.parse(ENDLESS, "text/html", "deep.html"))
    await until_busy(parser)
    await parser.close()
    with pytest.raises(IngestError, match="closed"):
        await parsing
    await until_gone(pid)
    with pytest.raises(IngestError, match="closed"):
        await parser.parse(b"words", "text/plain", "a.txt")


async def test_several_children_parse_at_once() -> None:
    async with SandboxedParser(processes=2) as parser:
        pages = await asyncio.gather(
            *(parser.parse(f"page {n}".encode(), "text/plain", "a.txt") for n in range(8))
        )
        assert [page.text for page in pages] == [f"page {n}" for n in range(8)]
        assert len(parser.idle_pids) == 2


async def test_a_file_of_200_mb_is_refused_by_its_size() -> None:
    async with SandboxedParser() as parser:
        with pytest.raises(Unparsable, match=r"200 MB.*100 MB that PUNNET_MAX_DOCUMENT_MB"):
            await parser.parse(bytes(200 << 20), "text/plain", "big.txt")


async def test_html_nested_5000_deep_gives_its_words() -> None:
    page = b"<div>" * 5000 + b"deep words"
    async with SandboxedParser() as parser:
        assert (await parser.parse(page, "text/html", "deep.html")).text == "deep words"


async def test_a_child_ends_when_its_parent_dies() -> None:
    code = (
        "import asyncio, os\n"
        "from ingest.parse.sandbox import SandboxedParser\n"
        "async def main():\n"
        "    parser = SandboxedParser()\n"
        "    await parser.parse(b'words', 'text/plain', 'a.txt')\n"
        "    print(parser.idle_pids[0], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert await parent.wait() == -signal.SIGKILL
    await until_gone(pid)


@pytest.mark.parametrize(
    "bomb", ["overlapping.docx", "matryoshka-60.zip", "deep-forwards-2000.eml"]
)
async def test_a_bomb_is_refused_and_the_child_stays(bomb: str) -> None:
    async with SandboxedParser() as parser:
        await parser.parse(b"words", "text/plain", "a.txt")
        first = parser.idle_pids
        with pytest.raises(Unparsable):
            await parser.parse(BOMBS[bomb](), "", bomb)
        assert parser.idle_pids == first


async def test_bombs_in_word_files_leave_their_child_small_and_alive() -> None:
    bombs = ("laughs", "quadratic", "external", "wide-table", "deep-tables-60")
    said, pids = [], set()
    # What unstructured itself takes is far more than this, and is not held against the child.
    async with SandboxedParser(ParseLimits(memory_mib=600, resident_mib=64)) as parser:
        for bomb in bombs:
            try:
                document = await parser.parse(BOMBS[f"{bomb}.docx"](), "", f"{bomb}.docx")
                said.append(document.text)
            except Unparsable as error:
                said.append(f"refused: {'broken' in str(error)}")
            pids.update(parser.idle_pids)
    assert said == ["refused: True"] * 3 + ["words words words", "words"]
    assert len(pids) == 1


async def test_what_a_child_started_ends_with_it() -> None:
    # It takes pandoc many times the limit to come to the end of this.
    deep = b"{\\rtf1 " + b"{" * 10_000_000
    async with SandboxedParser(ParseLimits(seconds=3.0)) as parser:
        await parser.parse(b"words", "text/plain", "a.txt")
        [group] = parser.idle_pids
        with pytest.raises(ParserDied, match="longer than the 3 seconds"):
            await parser.parse(deep, "", "deep.rtf")
    for _ in range(1000):
        if not any(_is_alive(pid) for pid in _members(group)):
            return
        await asyncio.sleep(0.01)
    pytest.fail("pandoc still runs")


def _members(group: int) -> list[int]:
    members = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            members.append(int(path.parent.name))
    return members


async def test_a_child_has_no_network_and_no_models() -> None:
    code = (
        "import socket, sys\n"
        "from ingest.parse.walls import close_network, hide_models\n"
        "close_network(), hide_models()\n"
        "for ask in (socket.socket, socket.create_connection, socket.getaddrinfo):\n"
        "    try:\n"
        "        ask(('127.0.0.1', 1))\n"
        "    except PermissionError as error:\n"
        "        print(error)\n"
        "try:\n"
        "    import torch\n"
        "except ImportError:\n"
        "    print('no torch')\n"
    )
    assert await _said(code) == ["a document's parser has no network"] * 3 + ["no torch"]


async def test_where_the_kernel_allows_it_native_code_has_no_network_either() -> None:
    code = (
        "from pathlib import Path\n"
        "from ingest.parse.walls import close_network\n"
        "held = close_network()\n"
        "lines = Path('/proc/self/net/dev').read_text().splitlines()[2:]\n"
        "print(held, sorted(line.split(':')[0].strip() for line in lines))\n"
    )
    [said] = await _said(code)
    if said.startswith("False"):
        pytest.skip("this kernel gives no network namespace to us")
    assert "eth" not in said


async def _said(code: str) -> list[str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    output, _ = await child.communicate()
    return output.decode().splitlines()


async def test_the_child_imports_nothing_heavy() -> None:
    code = (
        "import sys, ingest.parse.child\n"
        "import ingest.parse.html, ingest.parse.pdf, ingest.parse.markdown\n"
        "heavy = {'torch', 'numpy', 'sqlalchemy', 'fastapi', 'onnxruntime', 'pydantic'}\n"
        "heavy |= {'lxml', 'openpyxl', 'spacy', 'unstructured'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    output, _ = await child.communicate()
    assert output.strip() == b"[]"
