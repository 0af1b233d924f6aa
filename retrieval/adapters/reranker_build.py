"""Build a cross-encoder for serving, once, by the same path as an embedding model."""

from pathlib import Path

from ingest.adapters.model_build import Progress, build_model
from ingest.adapters.model_source import canonical
from ingest.errors import ModelUnusable
from retrieval.adapters.reranker import RERANKER_FILE, BuiltReranker

_EXPORTER = "retrieval.adapters.reranker_export"


def build_reranker(name: str, models: Path, progress: Progress) -> Path:
    """Give the folder of the reranker, exported and checked; built once, ever.

    `name` is a folder that transformers saved, an installed package that holds one, or a name
    on the hub. Raises ModelUnusable.
    """
    return build_model(name, models, progress, exporter=_EXPORTER)


def find_reranker(name: str, models: Path) -> Path:
    """Give the folder of a built reranker: itself, or what was built of the name last.

    Raises ModelUnusable where it was never built.
    """
    itself = Path(name).expanduser()
    if (itself / RERANKER_FILE).is_file():
        return itself
    wanted = canonical(name)
    folders = [file.parent for file in models.glob(f"[!.]*/{RERANKER_FILE}")]
    for folder in sorted(folders, key=lambda one: one.stat().st_mtime_ns, reverse=True):
        if BuiltReranker.load(folder).model == wanted:
            return folder
    raise ModelUnusable(
        f"the reranker {name} was not built yet: run `punnet model build --reranker {name}`"
    )
