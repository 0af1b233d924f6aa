"""Build an embedding model for serving, once, in a child process that may import torch."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.adapters.model_recipe import FORMAT, MODEL_FILE, RECIPE_FILE, BuiltModel
from ingest.adapters.model_source import (
    ModelSource,
    canonical,
    locate,
    settings_digest,
    verify,
    weights_digest,
)
from ingest.errors import ModelUnusable

PROGRESS = "punnet-progress: "
REFUSAL = "punnet-refusal: "
RESULT = "punnet-result: "
_EXPORTER = "ingest.adapters.model_export"
"""The module that runs in the child; another one builds another kind of model."""
_LAST_LINES = 12
_NEEDED = ("torch", "sentence_transformers", "onnx")
_QUIET = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "PYTHONUNBUFFERED": "1",
}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

Progress = Callable[[str], None]
"""Is told, in words for a person, what happens now."""


def find_model(name: str, models: Path) -> Path | None:
    """Give the folder of the model as it was built or asked for last, without torch.

    A local model that was changed since is noticed by `build_model`, not here.
    """
    wanted = canonical(name)
    folders = sorted(
        (file.parent for file in models.glob(f"[!.]*/{RECIPE_FILE}")),
        key=lambda folder: folder.stat().st_mtime_ns,
        reverse=True,
    )
    return next((folder for folder in folders if _built_as(folder, wanted)), None)


def build_model(name: str, models: Path, progress: Progress, *, exporter: str = _EXPORTER) -> Path:
    """Give the folder of the model, exported and checked by the exporter; built once, ever.

    Takes ten to thirty seconds the first time for a small model. Raises ModelUnusable.
    """
    source = locate(name)
    folder = source.folder or _fetch(source, progress, exporter)
    weights = weights_digest(folder)
    verify(source.name, weights)
    settings = settings_digest(folder)
    kind = "" if exporter == _EXPORTER else f" {exporter}"
    said = f"{FORMAT} {source.name} {weights} {settings}{kind}"
    digest = hashlib.sha256(said.encode()).hexdigest()
    home = models / digest[:20]
    try:
        models.mkdir(parents=True, exist_ok=True)
        with _alone(models / f".{home.name}.lock", progress):
            if not (home / MODEL_FILE).is_file():
                _export([str(folder), source.name], home, progress, exporter)
            os.utime(home)  # what was asked for last is what find_model gives
    except OSError as error:
        raise ModelUnusable(
            f"cannot keep the built model in {models} ({error}): make room, or let it be written to"
        ) from error
    return home


def _built_as(folder: Path, name: str) -> bool:
    try:
        return BuiltModel.load(folder).recipe.model == name
    except ModelUnusable:
        return False


def _require_extra() -> None:
    missing = [module for module in _NEEDED if importlib.util.find_spec(module) is None]
    if missing:
        raise ModelUnusable(
            f"building a model needs {', '.join(missing)}: run `make install`, or"
            " `uv pip install --torch-backend cpu 'punnet[models]'`,"
            " or copy the models folder from an installation that has built it"
        )


def _fetch(source: ModelSource, progress: Progress, exporter: str) -> Path:
    """Bring the model from the hub into its cache on this machine."""
    _require_extra()
    progress(f"fetching {source.hub}")
    return Path(_child([exporter, "fetch", source.hub], {}, progress))


def _export(what: list[str], home: Path, progress: Progress, exporter: str) -> None:
    _require_extra()
    folder, name = what
    partial = home.with_name(f".{home.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        _child([exporter, "export", folder, str(partial), name], _OFFLINE, progress)
        shutil.rmtree(home, ignore_errors=True)
        partial.rename(home)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _child(arguments: list[str], environment: dict[str, str], progress: Progress) -> str:
    """Run the exporter, passing its progress on; gives its result, or raises with its last words.

    What torch and its friends print is kept back unless it is needed to explain a failure.
    """
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    child = subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
        [sys.executable, "-m", *arguments],
        env={**os.environ, **_QUIET, **environment, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        return _listen(child, progress)
    finally:
        child.kill()
        child.wait()


def _listen(child: "subprocess.Popen[str]", progress: Progress) -> str:
    result, refusal = "", ""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    for line in map(str.rstrip, child.stdout or ()):
        if line.startswith(PROGRESS):
            progress(line.removeprefix(PROGRESS))
        elif line.startswith(REFUSAL):
            refusal = line.removeprefix(REFUSAL)
        elif line.startswith(RESULT):
            result = line.removeprefix(RESULT)
        elif line:
            last.append(line)
    status = child.wait()
    if refusal:
        raise ModelUnusable(refusal)
    if status != 0:
        raise ModelUnusable(
            f"building the model failed (status {status}); its last words:\n" + "\n".join(last)
        )
    return result


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock, which the system drops when its holder dies."""
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is building this model: waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
