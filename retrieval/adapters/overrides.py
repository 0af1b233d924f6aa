"""Read what an operator says of models that the price list does not know."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from retrieval.errors import CatalogInvalid

_SHIPPED = Path(__file__).with_name("models.toml")


@dataclass(frozen=True, slots=True)
class Override:
    """Figures that go before the price list's; prices in US dollars for a million tokens."""

    window: int | None = None
    input_limit: int | None = None
    input: float | None = None
    cache_read: float | None = None
    output: float | None = None

    @property
    def priced(self) -> bool:
        """Whether the prices of this entry replace those of the list."""
        return self.input is not None and self.output is not None


_NAMES = tuple(field.name for field in fields(Override))
_COUNTS = ("window", "input_limit")


def read_overrides(own: Path | None) -> Mapping[str, Override]:
    """Read the shipped file and then the operator's, by lower-cased model name.

    Raises CatalogInvalid that names the file, the model and the line to mend.
    """
    shipped = _read(_SHIPPED)
    return {**shipped, **_read(own)} if own else shipped


def _read(path: Path) -> Mapping[str, Override]:
    try:
        with path.open("rb") as file:
            models = tomllib.load(file).get("models", {})
    except OSError as error:
        raise CatalogInvalid(f"the model file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogInvalid(f"the model file {path} is not valid TOML: {error}") from error
    if not isinstance(models, dict):
        raise CatalogInvalid(f'{path}: write each model as a table [models."name"]')
    return {name.lower(): _override(path, name, entry) for name, entry in models.items()}


def _override(path: Path, name: str, entry: object) -> Override:
    if not isinstance(entry, dict) or not entry.keys() <= set(_NAMES):
        raise CatalogInvalid(f'{path}: [models."{name}"] may hold only {", ".join(_NAMES)}')
    for key, value in entry.items():
        whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
        price = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not (whole if key in _COUNTS else price):
            raise CatalogInvalid(f'{path}: {key} of [models."{name}"] must be a positive number')
    if ("input" in entry) != ("output" in entry):
        raise CatalogInvalid(f'{path}: [models."{name}"] needs input and output prices, or neither')
    return Override(**entry)
