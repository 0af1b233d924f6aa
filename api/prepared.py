"""What a home was prepared for, so that a later start need not look again."""

import json
from dataclasses import asdict, dataclass

from api.home import Home, write_whole


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
