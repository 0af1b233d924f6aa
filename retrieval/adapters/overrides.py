"""Read what is known of models beside the price list: what ships, and the operator's own."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from retrieval.errors import CatalogInvalid
from retrieval.model import CacheKind, Tier

_SHIPPED = Path(__file__).with_name("models.toml")

_Count = Annotated[int, Field(gt=0, strict=True)]
_Price = Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class DearerAbove:
    """Prices of a call whose prompt is longer than so many tokens."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    above: _Count
    input: _Price
    output: _Price
    cache_read: _Price | None = None
    cache_write: _Price | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Figures that go before the price list's; prices in US dollars for a million tokens."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    like: str | None = None
    """The name under which the list knows this model."""
    window: _Count | None = None
    input_limit: _Count | None = None
    input: _Price | None = None
    output: _Price | None = None
    cache_read: _Price | None = None
    cache_write: _Price | None = None
    steps: tuple[DearerAbove, ...] = ()
    cache: CacheKind | None = None
    cache_ttl: _Count | None = None
    """Seconds."""
    cache_least: _Count | None = None
    """Tokens."""
    effective: _Count | None = None
    tier: Tier | None = None
    as_of: date | None = None
    """When these figures were true."""

    @property
    def priced(self) -> bool:
        """Whether the prices of this entry replace those of the list."""
        return self.input is not None and self.output is not None


_EMPTY = Override()
_NAMES = tuple(field.name for field in fields(Override))
_PRICES = ("input", "output", "cache_read", "cache_write", "steps", "as_of")


def over(below: Override, above: Override) -> Override:
    """Lay one entry over another; prices go together, so that none is mixed from two lists."""
    kept = replace(below, **{n: getattr(_EMPTY, n) for n in _PRICES}) if above.priced else below
    said = {n: getattr(above, n) for n in _NAMES if getattr(above, n) != getattr(_EMPTY, n)}
    return replace(kept, **said)


def said_of(overrides: Mapping[str, Override], model: str) -> Override:
    """Join the entries that speak of a model: its name, its name alone, and patterns."""
    name, joined = model.lower(), _EMPTY
    alone = name.rpartition("/")[2]  # a prefix names who serves the model, not another model
    for pattern, entry in overrides.items():
        if pattern == name or fnmatchcase(name, pattern):
            joined = over(joined, entry)
        elif pattern == alone:
            joined = over(joined, replace(entry, like=None))
    return joined


def read_overrides(own: Path | None) -> Mapping[str, Override]:
    """Read the shipped file and the operator's, by lower-cased name, the last of which wins.

    Raises CatalogInvalid that names the file, the model and the line to mend.
    """
    entries = dict(_read(_SHIPPED))
    for name, entry in (_read(own) if own else {}).items():
        entries[name] = over(entries.pop(name, _EMPTY), entry)
    return entries


def _read(path: Path) -> Mapping[str, Override]:
    """Read one file, its patterns before its names and the short ones before the long."""
    try:
        with path.open("rb") as file:
            models = tomllib.load(file).get("models", {})
    except OSError as error:
        raise CatalogInvalid(f"the model file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogInvalid(f"the model file {path} is not valid TOML: {error}") from error
    if not isinstance(models, dict):
        raise CatalogInvalid(f'{path}: write each model as a table [models."name"]')
    found = {name.lower(): _override(path, name, entry) for name, entry in models.items()}
    return {name: found[name] for name in sorted(found, key=_precedence)}


def _precedence(name: str) -> tuple[bool, int]:
    return not any(mark in name for mark in "*?["), len(name)


def _override(path: Path, name: str, entry: object) -> Override:
    if not isinstance(entry, dict) or not entry.keys() <= set(_NAMES):
        unknown = ", ".join(sorted(set(entry) - set(_NAMES))) if isinstance(entry, dict) else entry
        known = ", ".join(_NAMES)
        raise CatalogInvalid(f'{path}: [models."{name}"] may hold only {known}; not {unknown}')
    if ("input" in entry) != ("output" in entry):
        raise CatalogInvalid(f'{path}: [models."{name}"] needs input and output prices, or neither')
    try:
        read = TypeAdapter(Override).validate_python(entry)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(step) for step in wrong["loc"])
        raise CatalogInvalid(f'{path}: {where} of [models."{name}"]: {wrong["msg"]}') from error
    if any(_kinds(step) != _kinds(read) for step in read.steps):
        raise CatalogInvalid(f'{path}: steps of [models."{name}"] need a price for each kind')
    return replace(read, steps=tuple(sorted(read.steps, key=lambda step: step.above)))


def _kinds(prices: Override | DearerAbove) -> tuple[bool, ...]:
    return tuple(getattr(prices, kind) is not None for kind in _PRICES[:4])
