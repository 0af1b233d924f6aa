"""Make the pack that was chosen, reading no more than it needs."""

import asyncio
from collections.abc import Mapping, Sequence

from ingest.model import DocumentId
from ingest.prefixes import PrefixLedger
from ingest.reading import Revision
from retrieval.model import ContextPack, Mode
from retrieval.pack.estimate import Sizes
from retrieval.pack.expand import widen
from retrieval.pack.fill import Unit, fill, singly
from retrieval.pack.material import Material
from retrieval.pack.prefix import pack_shelf
from retrieval.pack.shelves import Shelves
from retrieval.pack.whole import take_whole, worth_reading
from retrieval.ports import Texts


class Packer:
    """Packs in every mode."""

    def __init__(self, reading: Texts, prefixes: PrefixLedger) -> None:
        self._reading = reading
        self._shelves = Shelves(reading, prefixes)

    async def pack(self, mode: Mode, budget: int, material: Material, sizes: Sizes) -> ContextPack:
        """Pack; raises NothingFits when the question alone is larger than the budget.

        No pack exceeds the budget at the 99th percentile but one that holds all of something
        (scoped, full): who asked for it weighs it again by its true size. `sizes` is of the
        same question; the material's hits may have been cut since. Without a scope, scoped is full.
        """
        if mode in (Mode.FULL, Mode.SCOPED):
            scope = material.scope if mode is Mode.SCOPED else None
            shelf, size = await self._shelves.fetch(material, scope)
            return await asyncio.to_thread(pack_shelf, shelf, size, sizes.frame, material)
        units = await self._units(mode, budget, material, sizes)
        if mode is Mode.DOCUMENTS:
            # Long texts take a while to count: others are answered meanwhile.
            return await asyncio.to_thread(
                fill, sizes.frame, units, budget, material.gauge, sizes.written
            )
        return fill(sizes.frame, units, budget, material.gauge, sizes.written)

    async def _units(
        self, mode: Mode, budget: int, material: Material, sizes: Sizes
    ) -> Sequence[Unit]:
        """Give what the mode takes, in the order of its worth."""
        if mode is Mode.NONE:
            return ()
        if mode is Mode.EXPANDED:
            return await self._expanded(material)
        if mode is Mode.DOCUMENTS:
            documents = worth_reading(material, sizes, budget)
            revisions = await self._contents(material, documents)
            return await asyncio.to_thread(take_whole, material, documents, revisions)
        return singly(material.hits)

    async def _expanded(self, material: Material) -> Sequence[Unit]:
        documents = list(dict.fromkeys(hit.passage.document for hit in material.hits))
        placed = await asyncio.gather(
            *(
                self._reading.placements(material.tenant, material.sequence, one)
                for one in documents
            )
        )
        revisions = await self._contents(material, documents)
        placements = dict(zip(documents, placed, strict=True))
        return await asyncio.to_thread(widen, material.hits, placements, revisions)

    async def _contents(
        self, material: Material, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        if not documents:
            return {}
        return await self._reading.contents(material.tenant, material.sequence, documents)
