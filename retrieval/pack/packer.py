"""Make the pack that was chosen, reading no more than it needs."""

import asyncio
from collections.abc import Sequence

from ingest.prefixes import PrefixLedger
from ingest.reading import DocumentRecord
from retrieval.model import ContextPack, Mode
from retrieval.pack.estimate import Sizes
from retrieval.pack.material import Material
from retrieval.pack.prefix import pack_full, whole_pieces
from retrieval.pack.snippets import pack_snippets
from retrieval.ports import Knowledge


class Packer:
    """Packs in every mode; what is packed whole is kept, so that it is written once."""

    def __init__(self, reading: Knowledge, prefixes: PrefixLedger) -> None:
        self._reading = reading
        self._prefixes = prefixes

    async def pack(self, mode: Mode, budget: int, material: Material, sizes: Sizes) -> ContextPack:
        """Pack; raises NothingFits when the question alone is larger than the budget.

        No pack exceeds the budget at the 99th percentile but one that holds all of something
        (scoped, full): who asked for it weighs it again by its true size. `sizes` is of the
        same question; the material's hits may have been cut since.
        """
        if mode in (Mode.FULL, Mode.SCOPED):
            return await self._whole(mode, material)
        hits = () if mode is Mode.NONE else material.hits
        return await asyncio.to_thread(pack_snippets, material.asked, hits, budget, material.gauge)

    async def _whole(self, mode: Mode, material: Material) -> ContextPack:
        records: Sequence[DocumentRecord] = list(material.holdings.records.values())
        if mode is Mode.SCOPED and material.scope is not None:
            inside = material.scope.bulk.documents
            records = [record for record in records if record.facts.id in inside]
        ids = [record.facts.id for record in records]
        revisions = await self._reading.contents(material.tenant, material.sequence, ids)
        pieces = whole_pieces(records, revisions, material.at)
        return await asyncio.to_thread(
            pack_full, material.asked, pieces, material.hits, material.room, material.gauge
        )
