"""Keep a few child processes alive, and never outlive them or be outlived by them."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from api.child import CANNOT_START, LIFELINE, NICENESS, command, environment
from api.child_logs import ChildLogs


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive: `argv` is a module of ours and its arguments."""

    name: str
    argv: tuple[str, ...]
    niceness: int = 0
    stop_seconds: float = 10.0
    """How long it may take to end when asked, before it is killed."""
    env: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    """What it inherits, such as the socket to listen on."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before a child that died is started again."""

    first_seconds: float = 0.1
    longest_seconds: float = 5.0
    forgiven_after_seconds: float = 30.0
    """A child that lived this long starts over with the shortest wait."""

    def delay(self, deaths: int) -> float:
        """Double with each death in a row."""
        return min(self.longest_seconds, self.first_seconds * 2.0 ** min(deaths - 1, 16))


DEFAULT_PATIENCE = Patience()


class Supervisor:
    """Runs children side by side; each is started again when it dies, the others go on."""

    def __init__(
        self, children: Sequence[Child], logs: ChildLogs, patience: Patience = DEFAULT_PATIENCE
    ) -> None:
        self._lifeline, self._held_end = os.pipe()
        self._kept = [_Kept(child, self._lifeline, logs, patience) for child in children]

    @property
    def pids(self) -> Mapping[str, int]:
        """The process of each child that is alive now."""
        return {kept.child.name: kept.pid for kept in self._kept if kept.pid}

    @property
    def deaths(self) -> Mapping[str, int]:
        """How often in a row each child died soon after its start."""
        return {kept.child.name: kept.deaths for kept in self._kept}

    @property
    def refusals(self) -> frozenset[str]:
        """The children that ended last because they cannot start until a person mends it."""
        return frozenset(kept.child.name for kept in self._kept if kept.refused)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep all alive until `stop`, then end them one by one in the order they were given."""
        try:
            async with asyncio.TaskGroup() as group:
                keeping = [group.create_task(kept.keep()) for kept in self._kept]
                await stop.wait()
                for kept, task in zip(self._kept, keeping, strict=True):
                    await kept.end()
                    await task
        finally:
            for kept in self._kept:
                kept.kill()
            os.close(self._held_end)
            os.close(self._lifeline)


class _Kept:
    """One child with what became of it."""

    def __init__(self, child: Child, lifeline: int, logs: ChildLogs, patience: Patience) -> None:
        self.child = child
        self.deaths = 0
        self.refused = False
        self._lifeline = lifeline
        self._logs = logs
        self._patience = patience
        self._process: Process | None = None
        self._ending = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def keep(self) -> None:
        """Start it again whenever it dies, until `end`."""
        clock = asyncio.get_running_loop().time
        while not self._ending.is_set():
            started = clock()
            ended = await self._live()
            if self._ending.is_set():
                return
            lasted = clock() - started
            self.deaths = 1 if lasted >= self._patience.forgiven_after_seconds else self.deaths + 1
            delay = self._patience.delay(self.deaths)
            self._say(f"{self.child.name} ended: {ended}; starting it again in {delay:.1f} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay)

    async def end(self) -> None:
        """Ask the child to end, and kill it when it takes too long."""
        self._ending.set()
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.child.stop_seconds)
        except TimeoutError:
            self._say(f"{self.child.name} did not end in {self.child.stop_seconds:.0f} s: killed")
            self.kill()

    def kill(self) -> None:
        """End the child and whatever it started, at once; without effect on a dead one."""
        if self._process is not None:
            # It leads a group of its own, which its own children belong to.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _live(self) -> str:
        """Let it live once and say how it ended."""
        output, its_end = os.pipe()
        following = asyncio.create_task(self._logs.follow(self.child.name, output))
        try:
            self._process = await self._start(its_end)
        except OSError as error:
            return f"it could not be started: {error}"
        finally:
            os.close(its_end)
        if self._ending.is_set():
            self.kill()
        code = await self._process.wait()
        self.refused = code == CANNOT_START
        self.kill()  # what it left behind
        self._process = None
        # Whatever still holds the pipe is in a group of its own and not ours to wait for.
        await asyncio.wait((following,), timeout=1)
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    async def _start(self, output: int) -> Process:
        # The pipe is ours, not asyncio's, whose `wait` would also wait for grandchildren
        # that hold it open.
        return await asyncio.create_subprocess_exec(
            *command("api.child", *self.child.argv),
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            env=self._environment(),
            pass_fds=(self._lifeline, *self.child.descriptors),
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        ours = {LIFELINE: str(self._lifeline), NICENESS: str(self.child.niceness)}
        return {**environment(), "PYTHONUNBUFFERED": "1", **self.child.env, **ours}

    def _say(self, message: str) -> None:
        self._logs.write("up", message.encode())
