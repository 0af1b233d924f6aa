"""Find or write the shared prefix that a question needs, the same in every process."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.model import TenantId
from ingest.errors import LedgerConflict
from ingest.model import DocumentId
from ingest.prefixes import PrefixEntry, PrefixLedger, StoredPrefix
from ingest.reading import DocumentRecord, Revision
from retrieval.model import TokenEstimate
from retrieval.pack.holdings import Holdings
from retrieval.pack.key import prefix_key
from retrieval.pack.layout import lay_out
from retrieval.pack.material import Material
from retrieval.pack.prefix import Sheet, Shelf, write_sheet
from retrieval.pack.scope import Scope
from retrieval.planner.tokens import Gauge, learned
from retrieval.ports import Texts

_TRIES = 3
"""How often a prefix is laid out again when another process was faster."""
_MOST_CHARACTERS = 16_000_000
"""Of all prefixes that a process keeps written; in memory each is there about three times."""
_Place = tuple[TenantId, str]
_Texts = Mapping[tuple[DocumentId, int], Revision]


class _Drifted(Exception):
    """A block cannot be written again as it was."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A prefix as it was written last, and of what."""

    holdings: Holdings
    shelf: Shelf
    sizes: dict[str, TokenEstimate] = field(default_factory=dict)
    """By family of models, before anything was learned."""


class Shelves:
    """Keeps prefixes written, and lays them out again as documents change.

    What may be seen is held against the caller's own records each time: the key says who
    shares a prefix, not who may read it.
    """

    def __init__(self, reading: Texts, prefixes: PrefixLedger) -> None:
        self._reading = reading
        self._prefixes = prefixes
        self._kept: OrderedDict[_Place, _Kept] = OrderedDict()

    async def fetch(self, material: Material, scope: Scope | None) -> tuple[Shelf, TokenEstimate]:
        """Give the prefix with all that the caller may see, or with a scope of it, and its size.

        What changed is appended and saved. Of two processes that append at once one wins, and
        the other reads what that wrote. Who reads as of an earlier moment saves nothing.
        """
        place = material.tenant, prefix_key(material.where, material.holdings, scope)
        for _ in range(_TRIES):
            kept, settled = await self._attempt(place, material, scope)
            if settled:
                break
        self._keep(place, kept)
        return kept.shelf, await self._size(kept, material.gauge)

    async def _attempt(
        self, place: _Place, material: Material, scope: Scope | None
    ) -> tuple[_Kept, bool]:
        """Give the prefix, and say whether it need not be laid out again."""
        stored = await self._prefixes.prefix(*place)
        before, kept = (stored.entries if stored else ()), self._kept.get(place)
        if kept and kept.holdings is material.holdings and kept.shelf.entries == before:
            return kept, True
        kept = await self._lay_out(before, kept, material, scope)
        late = stored is not None and stored.sequence > material.sequence
        if late or kept.shelf.entries == before:
            return kept, True
        version = stored.version + 1 if stored else 1
        return kept, await self._save(place, version, kept, material)

    async def _lay_out(
        self,
        before: Sequence[PrefixEntry],
        kept: _Kept | None,
        material: Material,
        scope: Scope | None,
    ) -> _Kept:
        records = _inside(material.holdings, scope)
        known = {sheet.entry: sheet for sheet in kept.shelf.sheets} if kept else {}
        entries = lay_out(before, records)
        try:
            texts = await self._read([one for one in entries if one not in known], material)
            shelf = await asyncio.to_thread(_write, entries, known, texts, material)
        except _Drifted:
            shelf = await self._write_anew(records, material)
        return _Kept(material.holdings, shelf)

    async def _write_anew(
        self, records: Mapping[DocumentId, DocumentRecord], material: Material
    ) -> Shelf:
        """Write what is alive, with nothing of what was stored."""
        alive = await self._reading.contents(material.tenant, material.sequence, list(records))
        texts = {(one, its.number): its for one, its in alive.items()}
        present = {one: its for one, its in records.items() if (one, its.revision) in texts}
        return await asyncio.to_thread(_write, lay_out((), present), {}, texts, material)

    async def _read(self, entries: Sequence[PrefixEntry], material: Material) -> _Texts:
        """Read the revisions of blocks, old ones too, of documents that are alive.

        Raises _Drifted where one is not, or not kept.
        """
        wanted = sorted({one.document for one in entries})
        alive = await self._reading.contents(material.tenant, material.sequence, wanted)
        found: dict[tuple[DocumentId, int], Revision] = {}
        for one in entries:
            revision = alive.get(one.document)
            if revision is not None and revision.number != one.revision:
                revision = await self._reading.revision(material.tenant, one.document, one.revision)
            if revision is None:
                raise _Drifted
            found[one.document, one.revision] = revision
        return found

    async def _save(self, place: _Place, version: int, kept: _Kept, material: Material) -> bool:
        """Save it; False when another process has saved something else."""
        entries, at = kept.shelf.entries, material.at
        prefix = StoredPrefix(*place, version, material.sequence, at, entries)
        try:
            await self._prefixes.save_prefix(prefix)
        except LedgerConflict:
            return False
        return True

    async def _size(self, kept: _Kept, gauge: Gauge) -> TokenEstimate:
        family = gauge.family.name
        if family not in kept.sizes:
            plain = Gauge(gauge.counter, gauge.family)
            # Counting a knowledge of half a million tokens takes most of a second.
            kept.sizes[family] = await asyncio.to_thread(plain.prompt, kept.shelf.opening)
        return learned(kept.sizes[family], gauge.ratio)

    def _keep(self, place: _Place, kept: _Kept) -> None:
        self._kept[place] = kept
        self._kept.move_to_end(place)
        held = sum(one.shelf.characters for one in self._kept.values())
        while held > _MOST_CHARACTERS and self._kept:
            held -= self._kept.popitem(last=False)[1].shelf.characters


def _write(
    entries: Sequence[PrefixEntry],
    known: Mapping[PrefixEntry, Sheet],
    texts: _Texts,
    material: Material,
) -> Shelf:
    """Write the blocks that are not known; raises _Drifted where one comes out otherwise."""

    def write(entry: PrefixEntry) -> Sheet:
        record = material.holdings.records[entry.document]
        text = texts[entry.document, entry.revision]
        sheet = write_sheet(entry, record, text, material.gauge.counter)
        if entry.digest not in ("", sheet.entry.digest):
            raise _Drifted
        return sheet

    return Shelf(tuple(known.get(one) or write(one) for one in entries))


def _inside(holdings: Holdings, scope: Scope | None) -> Mapping[DocumentId, DocumentRecord]:
    if scope is None:
        return holdings.records
    return {one: holdings.records[one] for one in sorted(scope.bulk.documents)}
