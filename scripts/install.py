"""Prepare the virtual environment: torch for the CPU, the locked rest, and Punnet itself.

Run by the system's Python with its standard library alone: `python3 scripts/install.py .venv`.
Safe to run again: what is there already is left.
"""

# ruff: noqa: S603, S606, T201
from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)
TORCH = "torch==2.13.*"
MODEL = "all-MiniLM-L6-v2"
ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("connectors", "ingest", "retrieval", "api")
LOCK = ROOT / "requirements.lock"
HOME = ROOT / ".punnet"


def main() -> int:
    """Prepare everything, or say what is missing."""
    if len(sys.argv) != 2:
        return fail("usage: python3 scripts/install.py FOLDER (the Makefile says .venv)")
    if sys.version_info < NEEDED:
        return with_newer_python()
    venv = Path(sys.argv[1]).resolve()
    try:
        make_venv(venv)
        python = str(venv / "bin" / "python")
        install_torch(python)
        install_locked(python)
        install_punnet(python)
        build_model(venv)
    except subprocess.CalledProcessError as error:
        return fail(f"'{' '.join(map(str, error.cmd))}' failed: see above for the reason.")
    return 0


def with_newer_python() -> int:
    """Start again under a Python that is new enough, where there is one."""
    for minor in range(20, NEEDED[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    return fail(
        f"Punnet needs Python {NEEDED[0]}.{NEEDED[1]} or newer; this is "
        f"{platform.python_version()} and no newer one is on the PATH. Install one and run "
        "'make install PYTHON=/path/to/python3'."
    )


def make_venv(venv: Path) -> None:
    """Make the environment and its installer, unless a usable one is there."""
    python = venv / "bin" / "python"
    if not usable(python):
        say(f"Making {venv}")
        if (
            subprocess.call([sys.executable, "-c", "import ensurepip"], stderr=subprocess.DEVNULL)
            != 0
        ):
            sys.exit(fail("This Python lacks 'venv': on Debian, apt-get install python3-venv."))
        run(sys.executable, "-m", "venv", "--clear", str(venv))
    if not succeeds(str(python), "-c", "import uv"):
        # A recent pip reads a package's needs without downloading the package.
        run(str(python), "-m", "pip", "install", "--quiet", "--upgrade", "pip", "uv")


def usable(python: Path) -> bool:
    """Say whether the environment's Python runs and is new enough."""
    wanted = f"import sys; sys.exit(sys.version_info < {NEEDED})"
    return python.exists() and succeeds(str(python), "-c", wanted)


def install_torch(python: str) -> None:
    """Install torch without the gigabytes that a GPU needs."""
    version = TORCH.partition("==")[2].rstrip("*")
    has = f"import importlib.metadata as m, sys; sys.exit(not m.version('torch').startswith('{version}'))"  # noqa: E501
    if succeeds(python, "-c", has):
        return
    say("Installing torch for the CPU")
    if pip_offers_cpu_build(python):
        run(python, "-m", "pip", "install", "--quiet", TORCH)
        return
    if subprocess.call([*uv(python, "install"), "--torch-backend", "cpu", TORCH]) == 0:
        return
    sys.exit(
        fail(
            f"No CPU build of {TORCH} could be installed. Install one into {python} by hand "
            "(https://pytorch.org says how for this machine), then run 'make install' again."
        )
    )


def pip_offers_cpu_build(python: str) -> bool:
    """Say whether plain pip would take torch without CUDA, as on macOS or with a local index."""
    command = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-", TORCH]
    asked = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if asked.returncode != 0:
        return False
    names = [item["metadata"]["name"].lower() for item in json.loads(asked.stdout)["install"]]
    return not any(name.startswith(("nvidia-", "cuda-", "triton")) for name in names)


def install_locked(python: str) -> None:
    """Install exactly what the lock says, each file checked by its hash."""
    say("Installing what requirements.lock says")
    install = [*uv(python, "install"), "--compile-bytecode", "--no-deps", "-r", str(LOCK)]
    if subprocess.call(install) != 0:
        say("uv could not; trying pip")
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(LOCK))


def install_punnet(python: str) -> None:
    """Make the `punnet` command, running the code of this folder."""
    if subprocess.call([*uv(python, "install"), "--no-deps", "-e", str(ROOT)]) != 0:
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", "-e", str(ROOT))
    # Compiling at each start, where Python may not write, would take half of it.
    run(python, "-m", "compileall", "-q", *(str(ROOT / room) for room in ROOMS))


def build_model(venv: Path) -> None:
    """Build the default embedding model where `make run` looks for it, unless it is there."""
    say(f"Building the embedding model {MODEL} (once; half a minute)")
    run(str(venv / "bin" / "punnet"), "model", "build", MODEL, "--home", str(HOME))


def uv(python: str, verb: str) -> list[str]:
    """Give the beginning of a uv command for this environment."""
    return [python, "-m", "uv", "pip", verb, "--python", python]


def run(*command: str) -> None:
    """Run a command, showing what it prints; raises CalledProcessError."""
    subprocess.check_call(command)


def succeeds(*command: str) -> bool:
    """Say whether a command ends well, hiding what it prints."""
    hidden = subprocess.DEVNULL
    return subprocess.call(command, stdout=hidden, stderr=hidden) == 0


def say(what: str) -> None:
    """Tell the reader what happens now."""
    print(f"* {what}", flush=True)


def fail(why: str) -> int:
    """Tell what went wrong and give the exit status for it."""
    print(f"install: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
