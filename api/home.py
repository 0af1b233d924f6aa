"""The folder where the embedded mode keeps everything, and who works in it.

Nothing here but the standard library: every command looks here first, and must be quick.
"""

import fcntl
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

DEFAULT_HOME = Path("~/.punnet")
LONGEST_SOCKET_PATH = 100
"""A Unix socket's path holds 107 bytes on Linux and 103 on macOS."""
LOCK_PATIENCE_SECONDS = 0.5
"""A command that only looks who is there holds the lock for microseconds."""


class HomeBusy(Exception):
    """Another process works in the home; the message says which and where it listens."""


class HomeUnusable(Exception):
    """The home cannot be made or written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """The process that works in a home; `address` is "" until it answers there."""

    pid: int
    address: str
    started: str


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything lies."""

    path: Path

    @property
    def exists(self) -> bool:
        """Whether `punnet up` ever got as far as making its key."""
        return self.admin_key.exists()

    @property
    def admin_key(self) -> Path:
        """The file that holds the operator's key, readable by its owner alone."""
        return self.path / "admin.key"

    @property
    def pepper(self) -> Path:
        """The file that holds what keys are digested with, unless the settings do."""
        return self.path / "pepper"

    @property
    def running_file(self) -> Path:
        """Says who serves here; there only while somebody is ready."""
        return self.path / "punnet.json"

    @property
    def lock_file(self) -> Path:
        """Locked while somebody works here; holds what is known of them."""
        return self.path / "punnet.lock"

    @property
    def prepared_file(self) -> Path:
        """Says for which program and settings the home was prepared."""
        return self.path / "prepared.json"

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self.path / "logs"

    @property
    def index_socket(self) -> Path:
        """Where the index listens; in the temporary folder when the home's path is too long."""
        inside = self.path / "index.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"punnet-{os.getuid()}-{name}.sock"

    def create(self) -> None:
        """Make the folder, or make it private; raises HomeUnusable where nothing can be kept.

        One of another owner's keeps its rights: it is not ours to close.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept = self.path.stat()
            if kept.st_uid == os.geteuid() and kept.st_mode & 0o077:
                self.path.chmod(0o700)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise HomeUnusable(
                f"Nothing can be kept in {self.path} ({(error.strerror or str(error)).lower()}). "
                "Let Punnet write there, or give another folder with --home or PUNNET_HOME."
            ) from error


def chosen_home(home: Path | None) -> Path:
    """Give the folder that is meant: as said, or PUNNET_HOME, or the one in the user's own."""
    chosen = home or Path(os.environ.get("PUNNET_HOME") or DEFAULT_HOME)
    return chosen.expanduser().absolute()


@contextmanager
def occupy(home: Home, started: str) -> Iterator[None]:
    """Hold the home alone; raises HomeBusy when somebody else does."""
    with _opened(home.lock_file) as lock:
        _lock(home, lock)
        me = Running(os.getpid(), "", started)
        os.ftruncate(lock, 0)
        os.pwrite(lock, _encoded(me), 0)
        home.running_file.unlink(missing_ok=True)
        try:
            yield
        finally:
            home.running_file.unlink(missing_ok=True)


def announce(home: Home, running: Running) -> None:
    """Tell other processes, all at once, where this home is served."""
    write_whole(home.running_file, _encoded(running))


def is_occupied(home: Home) -> bool:
    """Say whether a live process holds the home."""
    if not home.lock_file.exists():
        return False
    with _opened(home.lock_file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def who_serves(home: Home) -> Running | None:
    """Give the live process that answers for this home, or None while nobody is ready."""
    return _read(home.running_file) if is_occupied(home) else None


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file by one that is whole and on disk, whatever happens meanwhile."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.replace(path)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(home: Home, lock: int) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise HomeBusy(_who_is_there(home)) from None
            time.sleep(0.02)
        else:
            return


def _who_is_there(home: Home) -> str:
    other = _read(home.running_file) or _read(home.lock_file)
    process = f"process {other.pid}" if other else "another process"
    where = f"at {other.address}" if other and other.address else "and is still starting"
    stop = f"kill {other.pid}" if other else "stopping it"
    return (
        f"{home.path} is already served by {process} {where}. "
        f"Use that one, end it with '{stop}', or give another --home."
    )


def _encoded(running: Running) -> bytes:
    return json.dumps(asdict(running)).encode() + b"\n"


def _read(path: Path) -> Running | None:
    try:
        return Running(**json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
