"""What the supervisor decides, and what becomes of the words of its children."""

import asyncio
import io
import os
from pathlib import Path

from api.child_logs import KEPT_FILES, LONGEST_LINE, ChildLogs
from api.supervisor import Patience


def test_waits_grow_up_to_the_longest() -> None:
    waits = [Patience().delay(deaths) for deaths in range(1, 9)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_thousand_deaths_wait_no_longer() -> None:
    assert Patience().delay(1000) == 5.0


def test_lines_go_to_the_file_and_to_the_terminal(tmp_path: Path) -> None:
    echo = io.BytesIO()
    ChildLogs(tmp_path, echo).write("api", b"hello")
    assert (tmp_path / "api.log").read_bytes() == b"hello\n"
    assert echo.getvalue() == b"api    | hello\n"


class Terminal(io.BytesIO):
    """Keeps what a person would see."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_only_what_a_person_must_know(tmp_path: Path) -> None:
    screen = Terminal()
    logs = ChildLogs(tmp_path, screen)
    logs.write("api", b'{"event": "request", "status": 200, "level": "info"}')
    logs.write(
        "worker", b'{"run": "r_1", "event": "run_failed", "level": "warning", "logger": "x"}'
    )
    logs.write("index", b"Traceback (most recent call last):")
    assert screen.getvalue().decode().splitlines() == [
        "worker | warning: run_failed run=r_1",
        "index  | Traceback (most recent call last):",
    ]
    assert logs.tail("api", 1) == ['{"event": "request", "status": 200, "level": "info"}']


def test_full_files_move_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    logs = ChildLogs(tmp_path, None, largest_file=10)
    for number in range(10):
        logs.write("api", f"line number {number}".encode())
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == [f"api.log.{number}" for number in range(1, KEPT_FILES + 1)]
    assert (tmp_path / "api.log.1").read_text() == "line number 9\n"


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    ChildLogs(tmp_path / "missing", None).write("api", b"lost")


def test_a_closed_terminal_stops_nobody(tmp_path: Path) -> None:
    echo = io.BytesIO()
    echo.close()
    ChildLogs(tmp_path, echo).write("api", b"kept")
    assert ChildLogs(tmp_path, None).tail("api", 1) == ["kept"]


def test_the_tail_of_nothing_is_empty(tmp_path: Path) -> None:
    assert ChildLogs(tmp_path, None).tail("api", 5) == []


async def follow(folder: Path, said: bytes) -> list[str]:
    output, its_end = os.pipe()
    logs = ChildLogs(folder, None)
    following = asyncio.create_task(logs.follow("api", output))
    await asyncio.to_thread(os.write, its_end, said)
    os.close(its_end)
    await following
    return logs.tail("api", 1000)


async def test_a_last_line_without_an_end_is_kept(tmp_path: Path) -> None:
    assert await follow(tmp_path, b"one\ntwo") == ["one", "two"]


async def test_a_line_that_never_ends_passes_in_pieces(tmp_path: Path) -> None:
    lines = await follow(tmp_path, b"x" * (3 * LONGEST_LINE))
    assert "".join(lines) == "x" * (3 * LONGEST_LINE)
