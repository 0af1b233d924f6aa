"""Shared prefixes over a ledger on disk, as two processes use it."""

import asyncio
from pathlib import Path

from ingest.adapters.ledger import SqlLedger, migrate, open_ledger
from ingest.reading import DocumentFilter
from ingest.records import Drop
from retrieval.model import ContextPack, Mode
from retrieval.pack.estimate import size_up
from retrieval.pack.holdings import Holdings
from retrieval.pack.material import Material
from retrieval.pack.packer import Packer
from tests.builders import ACME, NOON, Ticking, facts, write
from tests.contracts.ledgers import desk_at, url_of
from tests.packing import GAUGE, asked

STAFF = frozenset({"staff"})


class Process:
    """Packs all that these groups may see, from a ledger of its own."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._reading = ledger.reading
        self._packer = Packer(ledger.reading, ledger.prefixes)

    async def pack(self, groups: frozenset[str] = STAFF) -> ContextPack:
        where = DocumentFilter(groups=groups)
        sequence = (await self._reading.snapshot(ACME)).sequence
        records = await self._reading.knowledge(ACME, sequence, where)
        material = Material(
            tenant=ACME,
            sequence=sequence,
            where=where,
            holdings=Holdings.of(records),
            asked=asked(),
            hits=(),
            gauge=GAUGE,
            at=NOON,
            room=4_000,
        )
        return await self._packer.pack(Mode.FULL, 99_999, material, size_up(material))


async def test_two_processes_write_one_prefix_through_edits_and_losses(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    await migrate(url_of(file))
    async with (
        desk_at(file) as desk,
        open_ledger(url_of(file), clock=Ticking()) as other,
    ):
        processes = Process(desk.ledger), Process(other)

        async def both() -> ContextPack:
            one, two = await asyncio.gather(*(process.pack() for process in processes))
            assert one.messages == two.messages
            assert one.prefix == two.prefix
            return one

        def said(pack: ContextPack) -> str:
            return "\n".join(one.content for one in pack.messages)

        pages = [write(f"page-{n}", f"Topic {n} is told of here. " * 20, "More.") for n in range(9)]
        await desk.commit(*pages, write("secret", "4711", its=facts("secret", access=STAFF)))
        first = await both()
        await desk.commit(write("page-3", "Topic 3 is another now.", "More."))
        edited = await both()
        assert first.prefix is not None
        shared = first.prefix.messages
        assert edited.messages[:shared] == first.messages[:shared]
        assert "Topic 3 is another now." in edited.messages[shared].content
        await desk.commit(Drop("page-3"))
        gone = await both()
        assert "Topic 3" not in said(gone)
        assert "4711" in said(gone)
        assert "4711" not in said(await processes[1].pack(frozenset()))
