"""Run a module as a child that does not outlive its supervisor: `python -m api.child`.

The arguments are the module and its own arguments. Imports little: every process of the
embedded mode starts through here.
"""

import os
import runpy
import signal
import sys
import threading
from pathlib import Path

LIFELINE = "PUNNET_LIFELINE"
"""Names the descriptor of a pipe that reaches its end when the supervisor is gone."""
NICENESS = "PUNNET_NICENESS"
"""How far the process steps back for the others, as `nice` counts."""
CANNOT_START = 3
"""The exit status of a process that told why it cannot start and that a person must mend it."""
_PR_SET_PDEATHSIG = 1


def command(module: str, *arguments: str) -> tuple[str, ...]:
    """Give the command line that runs one of our modules in a process of its own.

    `-P`, because somebody's working folder may hold an `api` that is not ours.
    """
    return (sys.executable, "-P", "-m", module, *arguments)


def environment() -> dict[str, str]:
    """Give an environment in which our modules are found, installed or not."""
    root = Path(__file__).resolve().parents[1]
    if root.name in {"site-packages", "dist-packages"}:
        return dict(os.environ)
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def main() -> None:
    """Tie this process to its supervisor, then become the module that was asked for."""
    os.nice(int(os.environ.pop(NICENESS, "0")))
    lifeline = os.environ.pop(LIFELINE, "")
    if lifeline:
        _die_with_parent(int(lifeline))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _die_with_parent(lifeline: int) -> None:
    """End at once when the supervisor ends, however it ends.

    At once, because nothing that runs here may need a last word: every process must
    survive a kill -9 anyhow. The kernel's own signal also reaches a process whose
    interpreter lock is held by native code; the pipe works on every system.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_wait_for_end, args=(lifeline,), daemon=True).start()


def _wait_for_end(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
