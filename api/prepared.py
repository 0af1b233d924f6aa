"""What a home was prepared for, so that a later start need not look again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
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
    embedding: Mapping[str, str] = field(default_factory=dict)
    """The settings that led to that model, by name."""
    languages: Mapping[str, float] = field(default_factory=dict)
    """How well the model understands each language that was tried; empty where none was."""

    def changes(self, settings: "Settings") -> tuple[str, ...]:
        """Say which settings lead to another model now, and what they were."""
        return tuple(
            f"{name} was {self.embedding[name] or 'not set'} and is {value or 'not set'}"
            for name, value in embedding_of(settings).items()
            if name in self.embedding and self.embedding[name] != value
        )


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


def embedding_of(settings: "Settings") -> Mapping[str, str]:
    """Give the settings that decide by which model texts are embedded, by name."""
    served = settings.embed_url is not None
    return {
        "PUNNET_MODEL": settings.model,
        "PUNNET_MODEL_DEVICE": settings.model_device or "",
        "PUNNET_EMBED_URL": settings.embed_url or "",
        "PUNNET_EMBED_MODEL": settings.embed_model or "",
        "PUNNET_EMBED_DIMENSION": str(settings.embed_dimension or ""),
        "PUNNET_EMBED_MAX_TOKENS": str(settings.embed_max_tokens) if served else "",
        "PUNNET_EMBED_QUERY_PROMPT": settings.embed_query_prompt or "",
        "PUNNET_EMBED_PASSAGE_PROMPT": settings.embed_passage_prompt or "",
    }


def needs_export(settings: "Settings") -> bool:
    """Say whether a model is served that must be built first."""
    return not (settings.embed_url or settings.model_device)


def marks(settings: "Settings") -> str:
    """Digest what a home must be prepared anew for: the schema, the program, the model."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        program = version("punnet")
    except PackageNotFoundError:
        program = ""
    revisions = sorted(path.name for path in (INGEST / "migrations" / "versions").glob("*.py"))
    recipe = [hashlib.sha256((INGEST / name).read_bytes()).hexdigest() for name in RECIPE_SOURCES]
    places = (
        str(settings.models_dir),
        settings.ledger_url.get_secret_value(),
        settings.qdrant_url or "",
    )
    told = (program, *revisions, *recipe, *embedding_of(settings).values(), *places)
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def is_due(home: Home, settings: "Settings", example: Path | None) -> bool:
    """Say whether the home lacks something that `prepare` would give it."""
    prepared = read_prepared(home)
    return (
        prepared is None
        or prepared.fingerprint != marks(settings)
        or not home.exists
        or (needs_export(settings) and not any(settings.models_dir.glob("*/recipe.json")))
        or (example is not None and str(example) not in prepared.examples)
    )
