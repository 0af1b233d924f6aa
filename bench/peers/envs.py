"""One environment per peer: torch for the CPU first, then exactly what its requirements say."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_MIB = 2**20


def prepared(envs: Path, name: str) -> Path:
    """Give the Python of an environment, made when it is not there or its pins have changed."""
    venv = envs / name
    python = venv / "bin" / "python"
    pins = (HERE / f"requirements-{name}.txt").read_text(encoding="utf-8")
    mark = venv / "installed.txt"
    if not (mark.exists() and mark.read_text(encoding="utf-8") == pins):
        print(f"preparing {venv} (once; minutes)", flush=True)
        _make(venv, python)
        # Everything is pinned, so no resolver can bring another torch with it.
        _install(python, "--no-deps", "-r", str(HERE / f"requirements-{name}.txt"))
        _refuse_cuda(python)
        mark.write_text(pins, encoding="utf-8")
    return python


def prepared_for_us(envs: Path, *, extra: str | None) -> Path:
    """Give an environment with what Punnet needs to run, with or without what builds models."""
    venv = envs / ("punnet" if extra else "punnet-serving")
    mark = venv / "installed.txt"
    needs = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    needs += (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if not (mark.exists() and mark.read_text(encoding="utf-8") == needs):
        print(f"preparing {venv} (once; minutes)", flush=True)
        python = venv / "bin" / "python"
        _make(venv, python, torch=bool(extra))
        pins = ["-c", str(ROOT / "requirements.lock")]
        extras = ["--extra", extra] if extra else []
        _install(python, *pins, *extras, "-r", str(ROOT / "pyproject.toml"))
        if extra:
            _refuse_cuda(python)
        mark.write_text(needs, encoding="utf-8")
    return venv


def size_mib(*folders: Path) -> float:
    """Give what folders take on the disk, a file with several names once."""
    blocks = {
        (stat.st_dev, stat.st_ino): stat.st_blocks * 512
        for folder in folders
        for path in folder.rglob("*")
        if not path.is_dir()
        for stat in (path.lstat(),)
    }
    return sum(blocks.values()) / _MIB


def _make(venv: Path, python: Path, *, torch: bool = True) -> None:
    subprocess.check_call([*_UV, "venv", "--quiet", "--clear", "--python", sys.executable, venv])
    if torch:
        _install_torch(python)


def _install_torch(python: Path) -> None:
    """Install the same build as beside Punnet, where `make install` has found one for the CPU."""
    torch = f"torch=={importlib.metadata.version('torch')}"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    # Only pip reads the folder of wheels that some machines keep their CPU build in.
    if subprocess.call([*pip, "--no-compile", torch], stderr=subprocess.DEVNULL) != 0:
        _install(python, "--torch-backend", "cpu", torch)
    _refuse_cuda(python)


def _install(python: Path, *what: str) -> None:
    # Copies, because nltk refuses to read a file that has a second name.
    how = ["--quiet", "--link-mode", "copy", "--compile-bytecode", "--python", str(python)]
    subprocess.check_call([*_UV, "pip", "install", *how, *what])


def _refuse_cuda(python: Path) -> None:
    said = subprocess.check_output(
        [python, "-c", "import torch; print(torch.version.cuda)"],
        text=True,
        stderr=subprocess.DEVNULL,
    )
    if said.strip() != "None":
        sys.exit(f"{python} has a torch with CUDA {said.strip()}: remove the environment.")


_UV = [sys.executable, "-m", "uv"]
