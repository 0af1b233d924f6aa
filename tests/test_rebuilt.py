"""What is made again from the ledger is what was there: its terms to the bit."""

from pathlib import Path

from connectors.model import TenantId
from ingest.model import Point, PointId
from ingest.parsed import Block, BlockKind, ParsedDocument
from tests.fakes import MemoryIndex
from tests.life import ACME, SOURCE, living

PAGE = """de|Die Häuser der Nachbarn wurden 2024 verkauft, ohne dass sie gefragt wurden.
en|Refunds never take more than five working days 🍓 of HR-7777.
zh|退款需要五个工作日, Punnet 说.
hi|मरम्मत के दिन दुकान खुली रहती है।
|???
"""


class Lines:
    """Reads each line as a section of its own, in the language before the bar."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        blocks: list[Block] = []
        text = ""
        for line in content.decode().splitlines():
            language, _, said = line.partition("|")
            for kind, part in ((BlockKind.HEADING, said[:9]), (BlockKind.PARAGRAPH, said)):
                level = 1 if kind is BlockKind.HEADING else 0
                start, text = len(text), f"{text}{part}\n\n"
                end = start + len(part)
                blocks.append(Block(kind, start, end, level=level, language=language))
        return ParsedDocument(text, tuple(blocks), title="Häuser und Rückgaben", language="de")


class Index(MemoryIndex):
    """Shows what it holds."""

    def held(self, tenant: TenantId) -> dict[PointId, Point]:
        return dict(self._tenants[tenant])


async def test_the_reconciler_weighs_terms_as_the_sync_did(tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "page.txt").write_text(PAGE, encoding="utf-8")
    index = Index()
    async with living(tmp_path, index=index, parser=Lines()) as life:
        await life.add_source("files", {"path": str(tmp_path / "kb")})
        await life.sync()
        before = index.held(ACME)
        await index.delete(ACME, list(before))
        await life.upkeep.compare(ACME, SOURCE, repair=True)
        after = index.held(ACME)
    assert len(before) >= 4
    for point, was in before.items():
        its = after[point]
        assert (its.sparse, its.payload) == (was.sparse, was.payload)
        assert its.dense @ was.dense > 0.999  # the ledger keeps vectors in half precision
