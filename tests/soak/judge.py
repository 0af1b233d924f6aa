"""Whether a ledger and its index are as they must be, in the middle of things and at their end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from connectors.model import SourceId
from ingest.adapters.ledger.tables import document, lingering, placement, revision
from ingest.reading import DocumentFilter
from ingest.records import DocumentState
from retrieval.model import SearchRequest
from tests.life import ACME, SOURCE, Life
from tests.soak.pages import Told, marks

Final = Mapping[str, tuple[str, tuple[str, ...]]]
"""The state of every document that is not deleted, and its passages in their order, by ref."""


async def final(life: Life, source: SourceId = SOURCE) -> Final:
    """Tell what the ledger holds of a source."""
    database = life.ledger.work.database
    rows = await database.rows(_DOCUMENTS, {"source": source})
    texts: dict[str, list[str]] = {row.ref: [] for row in rows}
    for row in await database.rows(_PLACED, {"source": source}):
        texts[row.ref].append(row.text[row.start : row.end])
    return {row.ref: (str(row.state), tuple(texts[row.ref])) for row in rows}


async def wrong_at_the_end(life: Life, expected: Final) -> list[str]:
    """Say which invariants do not hold once nothing is left to do: I1, I2, I3, I6."""
    found = await final(life)
    wrong = [
        f"{_which(ref, expected, found)} {ref}: {found.get(ref)} instead of {expected.get(ref)}"
        for ref in sorted(expected.keys() | found.keys())
        if expected.get(ref) != found.get(ref)
    ]
    wrong += await _unaccounted(life)
    if await life.ledger.sources.source(ACME, SOURCE) is not None:
        drift = await life.upkeep.compare(ACME, SOURCE, repair=False)
        wrong += [] if drift.clean else [f"I3 the index differs: {drift}"]
    left = await life.ledger.work.database.rows(select(lingering.c.point_id))
    wrong += [f"I3 points linger: {len(left)}"] if left else []
    return wrong


async def wrong_amid(life: Life, before: Told | None, after: Told | None, ref: str) -> list[str]:
    """Say whether a reader now sees a document whole, in the one version or the other: I4.

    Of a version None means that the document is not there.
    """
    where = DocumentFilter(refs=frozenset({ref}))
    name = (after or before or Told("", 0)).name
    found = await life.searcher.search(ACME, SearchRequest(name, 50, where))
    seen = marks(hit.passage.text for hit in found.hits).get(name, {})
    allowed = [_whole(told) for told in (before, after)]
    return [] if seen in allowed else [f"I4 {ref} is seen as {seen}, not as any of {allowed}"]


@dataclass(frozen=True)
class Standing:
    """Where the ledger stands in the middle of things."""

    runs: int
    listed: int
    cursor: str | None


async def standing(life: Life) -> Standing:
    """Tell how far the newest run came."""
    runs = await life.ledger.runs.list_runs(ACME, SOURCE, None, 100)
    record = await life.ledger.sources.source(ACME, SOURCE)
    listed = runs[0].counts.listed if runs else 0
    return Standing(len(runs), listed, record.cursor if record else None)


async def _unaccounted(life: Life) -> list[str]:
    rows = await life.ledger.work.database.rows(_STATES)
    known = {state.value for state in DocumentState}
    return [
        f"I6 {row.ref} is {row.state} without a reason"
        for row in rows
        if row.state not in known or (row.state == DocumentState.FAILED and not row.reason)
    ]


def _which(ref: str, expected: Final, found: Final) -> str:
    if ref not in expected:
        return "I1 too many:"
    if ref not in found:
        return "I1 lost:"
    twice = len(found[ref][1]) > len(expected[ref][1])
    return "I2 twice:" if twice else "I1 other:"


def _whole(told: Told | None) -> Mapping[int, set[int]]:
    return {told.version: set(range(told.parts))} if told and told.parts else {}


def only_failures(wrong: Iterable[str]) -> Sequence[str]:
    """Give each once, few enough to be read."""
    return list(dict.fromkeys(wrong))[:10]


_ITS = (document.c.source == bindparam("source")) & (document.c.state != DocumentState.DELETED)
_DOCUMENTS = select(document.c.ref, document.c.state).where(_ITS)
_STATES = select(document.c.ref, document.c.state, document.c.reason)
_PLACED = (
    select(document.c.ref, revision.c.text, placement.c.start, placement.c.end)
    .join(revision, revision.c.document == document.c.id)
    .join(placement, placement.c.revision == revision.c.id)
    .where(_ITS, revision.c.retired_seq.is_(None))
    .order_by(document.c.ref, placement.c.ordinal)
)
