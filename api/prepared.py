"""What a home was prepared for, so that a later start need not look again."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.home import Home, write_whole

if TYPE_CHECKING:
    from api.settings import Settings

INGEST = Path(__file__).resolve().parents[1] / "ingest"
RECIPE_SOURCES = ("chunk.py", "adapters/bm25.py")
"""They hold parts of the recipe; read, not imported, because what they import is heavy."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first start found out."""

    fingerprint: str
    """Of the program and the settings that it was done for."""
    dimension: int
    """Of the model's vectors."""
    collection: str
    """The digest of the recipe, which names the index."""
    examples: tuple[str, ...] = ()
    """Folders that were added as example sources, removed since or not."""
    model: str = ""
    """The digest of the model's part of the recipe: other vectors are of another space."""


def read_prepared(home: Home) -> Prepared | None:
    """Give what is known, or None where nothing usable is."""
    try:
        kept = json.loads(home.prepared_file.read_bytes())
        return Prepared(**{**kept, "examples": tuple(kept["examples"])})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def keep_prepared(home: Home, prepared: Prepared) -> None:
    """Write it down, whole."""
    write_whole(home.prepared_file, json.dumps(asdict(prepared)).encode() + b"\n")


def marks(settings: "Settings") -> str:
    """Digest what a home must be prepared anew for: the schema, the program, the model."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        program = version("punnet")
    except PackageNotFoundError:
        program = ""
    revisions = sorted(path.name for path in (INGEST / "migrations" / "versions").glob("*.py"))
    recipe = [hashlib.sha256((INGEST / name).read_bytes()).hexdigest() for name in RECIPE_SOURCES]
    embedding = (
        settings.model,
        str(settings.models_dir),
        settings.model_device or "",
        settings.embed_url or "",
        str(settings.embed_dimension),
    )
    places = (settings.ledger_url.get_secret_value(), settings.qdrant_url or "")
    told = (program, *revisions, *recipe, *embedding, settings.embed_model or "", *places)
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def is_due(home: Home, settings: "Settings", example: Path | None) -> bool:
    """Say whether the home lacks something that `prepare` would give it."""
    prepared = read_prepared(home)
    return (
        prepared is None
        or prepared.fingerprint != marks(settings)
        or not home.exists
        or not (settings.embed_url or any(settings.models_dir.glob("*/recipe.json")))
        or (example is not None and str(example) not in prepared.examples)
    )
