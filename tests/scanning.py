"""Scan a connector in a test, and look at what it listed."""

from collections.abc import Mapping, Sequence

from connectors.model import (
    Completeness,
    Cursor,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Tombstone,
)
from connectors.port import Connector

NOTHING: Mapping[str, KnownDocument] = {}


async def scan(
    connector: Connector,
    cursor: Cursor | None = None,
    held: Mapping[str, KnownDocument] = NOTHING,
) -> list[Page | Completeness]:
    return [step async for step in connector.scan(cursor, held)]


async def entries(
    connector: Connector,
    cursor: Cursor | None = None,
    held: Mapping[str, KnownDocument] = NOTHING,
) -> list[Entry]:
    """Scan, and hold that nothing but entries was listed."""
    listed = items(await scan(connector, cursor, held))
    found = [item for item in listed if isinstance(item, Entry)]
    assert found == listed
    return found


def items(steps: Sequence[Page | Completeness]) -> list[Entry | Tombstone | Failure]:
    return [item for step in steps if isinstance(step, Page) for item in step.items]


def end(steps: Sequence[Page | Completeness]) -> Completeness:
    assert isinstance(steps[-1], Completeness)
    return steps[-1]


def known(listed: Sequence[Entry]) -> dict[str, KnownDocument]:
    return {one.ref: KnownDocument(one.ref, one.version, "", one.validators) for one in listed}
