"""Read JSON answers safely: what is absent reads as empty, whatever the server's version."""

from connectors.model import Json


def pick(value: Json, *path: str) -> Json:
    """Follow names into objects; None where one is absent."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value: Json, *path: str) -> str:
    """Give what stands there as words; "" for nothing, lists with commas."""
    found = pick(value, *path)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, list):
        return ", ".join(text(one) for one in found)
    return str(found)


def number(value: Json, *path: str) -> float:
    """Give the number that stands there, 0 for anything else."""
    found = pick(value, *path)
    return found if isinstance(found, int | float) else 0


def rows(value: Json, *path: str) -> list[Json]:
    """Give the list that stands there, empty for anything else."""
    found = pick(value, *path)
    return found if isinstance(found, list) else []


def when(value: Json, *path: str) -> str:
    """Give a moment to the minute, in UTC as the wire has it."""
    return text(value, *path)[:16].replace("T", " ")
