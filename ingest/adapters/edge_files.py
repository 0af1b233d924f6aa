"""The directory of an embedded index: who may open it, and what lies in it.

lock    held by the one process that has it open
shard   Qdrant Edge's files
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    KeywordIndexParams,
    Modifier,
    UpdateOperation,
)

from connectors.failpoint import failpoint
from ingest.adapters import edge_marks
from ingest.errors import IndexUnavailable

DENSE = "dense"
SPARSE = "sparse"

# Every field that a scope can limit: a field without an index is read from disk for each
# point of the tenant (16.5 ms a search at 10,000 points, against 3.2 ms with the index).
_FIELDS = ("tenant", "source", "document", "access", "tags", "language")

# Exact search is fast enough at the sizes of this mode, and building a graph would freeze
# the process for a minute; so `optimize` only ever removes deleted points.
_NEVER_KB = 1 << 40

# Edge writes into mapped files with holes: on a full disk the system kills it for that. So
# it is asked to write only while there is room for its largest steps.
ROOM_TO_OPEN = 8_000_000
ROOM_TO_WRITE = 100_000_000
"""Three files that grow by 32 MiB at a time."""


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the directory for this process; raises IndexUnavailable while another has it."""
    directory.mkdir(parents=True, exist_ok=True)
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise IndexUnavailable(
                f"another process has the index in {directory} open: stop it, or use its socket"
            ) from held
        yield
    finally:
        os.close(lock)


def room_missing(directory: Path, wanted: int) -> str:
    """Say what to do when the disk has less than `wanted` bytes left; "" when it has more."""
    free = shutil.disk_usage(directory).free
    if free >= wanted:
        return ""
    return (
        f"the disk of {directory} is full ({free / 1e6:.0f} MB are free, {wanted / 1e6:.0f} MB "
        "are needed): free space; nothing is lost, and what waits goes on by itself"
    )


def open_shard(directory: Path, dimension: int) -> EdgeShard:
    """Open the shard, made new where there is none.

    Raises IndexUnavailable when it holds vectors of another length, cannot be read, or has no
    room on its disk.
    """
    place = directory / "shard"
    if full := room_missing(directory, ROOM_TO_OPEN if place.exists() else ROOM_TO_WRITE):
        raise IndexUnavailable(full)
    if not place.exists():
        _make_shard(place, dimension)
    try:
        return EdgeShard.load(str(place), _config(dimension))
    except Exception as error:  # Edge raises nothing more precise
        raise IndexUnavailable(
            f"the index in {place} cannot be opened for vectors of length {dimension} ({error}): "
            "give each embedding model a directory of its own; where the files are broken, "
            "move them away and start again, the index is then built from the ledger"
        ) from error


def _make_shard(place: Path, dimension: int) -> None:
    """Make it aside and move it into place, so that a crash leaves all of it or none.

    It is empty, so that what was known of the one before no longer counts.
    """
    edge_marks.doubt(place.parent)
    aside = place.with_name("shard.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    shard = EdgeShard.create(str(aside), _config(dimension))
    for field in _FIELDS:
        schema = KeywordIndexParams(is_tenant=field == "tenant")
        shard.update(UpdateOperation.create_field_index(field, schema))
    shard.flush()
    shard.close()
    failpoint("edge.made")
    aside.rename(place)
    edge_marks.sync(place.parent)


def _config(dimension: int) -> EdgeConfig:
    return EdgeConfig(
        max_search_threads=1,  # a second one costs a third more work and saves no time here
        vectors={DENSE: EdgeVectorParams(dimension, Distance.Cosine)},
        sparse_vectors={SPARSE: EdgeSparseVectorParams(modifier=Modifier.Idf)},
        optimizers=EdgeOptimizersConfig(indexing_threshold=_NEVER_KB),
    )
