"""What stands beside a built model: its recipe, its agreement with the original, its languages."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import ModelUnusable
from ingest.model import Recipe

FORMAT = 2
"""Goes up when models are built another way; builds of other formats are not used."""
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
RECIPE_FILE = "recipe.json"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cosines of a built model's vectors with the original's, over the shipped sentences."""

    mean: float
    lowest: float

    def __str__(self) -> str:
        return f"cosine to the original {self.mean:.4f} on average, {self.lowest:.4f} at worst"


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A model as it lies in its folder; `window` is its longest input with special tokens."""

    recipe: Recipe
    window: int
    agreement: Agreement
    languages: Mapping[str, float] = field(default_factory=dict)
    """How well it understands each language that was tried, 0 to 1."""

    def save(self, directory: Path) -> None:
        """Write the recipe file."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)
        (directory / RECIPE_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "BuiltModel":
        """Read the recipe file; raises ModelUnusable where it is missing or of another format."""
        path = directory / RECIPE_FILE
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if found.pop("format") != FORMAT:
                raise ModelUnusable(f"{path} is of another format: run `punnet model build` again")
            return cls(
                Recipe(**found["recipe"]),
                found["window"],
                Agreement(**found["agreement"]),
                found["languages"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(
                f"{directory} holds no built model ({error}): run `punnet model build`"
            ) from error
