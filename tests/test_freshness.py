"""What is wrong with pages is found after a sync, and is over once the pages are mended."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.inspecting import detectors
from ingest.freshness.inspect import Inspector, InspectPorts, Report
from ingest.freshness.judge import Remembered
from ingest.freshness.link_round import LinkRound
from ingest.freshness.model import WAITING, Flag, FlagFilter, FlagKind
from ingest.freshness.neighbours import LedgerNeighbours
from tests.life import ACME, Life, living

SALE = "# Summer sale\n\nThe sale ends on 31 August 2025. Everything is half price.\n"
TERMS = """# Gift cards

A gift card is valid for 24 months from the day it was bought. It cannot be exchanged for money,
and it can be used for everything that we sell in our shop, as often as something is left on it.
"""


@dataclass
class Pages:
    life: Life
    folder: Path
    inspector: Inspector

    async def write(self, name: str, text: str) -> Report:
        (self.folder / name).write_text(text)
        return await self.look()

    async def look(self) -> Report:
        await self.life.sync()
        return await self.inspector.inspect(ACME)

    async def waiting(self, *kinds: FlagKind) -> list[Flag]:
        where = FlagFilter(WAITING, frozenset(kinds) if kinds else None)
        return list(await self.life.ledger.flags.list_flags(ACME, where, None, 99))


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    folder = tmp_path / "pages"
    folder.mkdir()
    async with living(tmp_path) as life:
        await life.add_source("files", {"path": str(folder)})
        ledger = life.ledger
        near = LedgerNeighbours(ledger.vectors, ledger.reading)
        links = LinkRound(ledger.flags, ledger.freshness, ledger.runs, None)
        ports = InspectPorts(ledger.flags, ledger.freshness, ledger.reading, near, links, life.now)
        yield Pages(life, folder, Inspector(ports, detectors()))


async def test_an_expired_page_is_flagged_stale_and_well_again_once_it_is_mended(
    pages: Pages,
) -> None:
    assert len((await pages.write("sale.md", SALE)).raised) == 1
    (flag,) = await pages.waiting(FlagKind.EXPIRED)
    (quote,) = flag.finding.quotes
    assert "31 August 2025" in quote.text
    assert flag.impact > 0
    (hit,) = await pages.life.hits("sale")
    assert hit.freshness.stale
    report = await pages.write("sale.md", SALE.replace("2025", "2028"))
    assert [one.id for one in report.closed] == [flag.id]
    assert "changed" in report.closed[0].note
    (hit,) = await pages.life.hits("sale")
    assert not hit.freshness.stale


async def test_a_second_look_raises_nothing_anew(pages: Pages) -> None:
    await pages.write("sale.md", SALE)
    again = await pages.look()
    assert (again.looked_at, again.raised, again.closed) == (0, [], [])


async def test_what_is_near_its_end_is_flagged_when_the_time_has_come(pages: Pages) -> None:
    assert not (await pages.write("sale.md", SALE.replace("August 2025", "December 2027"))).raised
    pages.life.now.pass_by(days=390)
    assert [one.finding.kind for one in (await pages.look()).raised] == [FlagKind.EXPIRING]
    pages.life.now.pass_by(days=30)
    assert [one.finding.kind for one in (await pages.look()).raised] == [FlagKind.EXPIRED]


async def test_a_copy_is_named_with_its_original_until_it_is_gone(pages: Pages) -> None:
    await pages.write("terms.md", TERMS)
    await pages.write("old-terms.md", TERMS)
    (flag,) = await pages.waiting(FlagKind.DUPLICATE)
    assert flag.finding.other is not None
    (pages.folder / "old-terms.md").unlink()
    await pages.look()
    assert await pages.waiting() == []


async def test_a_link_to_a_page_that_is_gone_is_flagged_until_it_leads_somewhere(
    pages: Pages,
) -> None:
    await pages.write("terms.md", TERMS)
    await pages.write("help.md", "# Help\n\nRead [our terms](terms.md) first of all.\n")
    assert await pages.waiting() == []
    (pages.folder / "terms.md").unlink()
    (flag,) = (await pages.look()).raised
    assert (flag.finding.kind, flag.finding.key) == (FlagKind.BROKEN_LINK, "terms.md")
    await pages.write("terms.md", TERMS)
    assert await pages.waiting() == []


class Doubtful:
    """Finds nothing likely, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def contradicts(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float]:
        self.asked += pairs
        return [0.0 for _ in pairs]


@pytest.mark.parametrize("judged", [False, True])
async def test_what_the_judge_finds_unlikely_is_never_raised(pages: Pages, *, judged: bool) -> None:
    judge = Doubtful()
    if judged:
        ports = replace(pages.inspector.ports, judge=Remembered(judge))
        pages.inspector = Inspector(ports, detectors())
    await pages.write("terms.md", TERMS)
    report = await pages.write("other.md", TERMS.replace("24 months", "12 months"))
    raised = [one.finding.kind for one in report.raised]
    assert (FlagKind.CONTRADICTION in raised) is not judged
    assert len(judge.asked) == judged
    deeds = await pages.life.ledger.audit.deeds(ACME, None, None, 99)
    assert not judged or all(one.detail["kind"] != "contradiction" for one in deeds)


async def test_a_page_in_quarantine_answers_nobody_whatever_its_text_until_it_is_released(
    pages: Pages,
) -> None:
    await pages.write("terms.md", TERMS)
    (hit,) = await pages.life.hits("gift card")
    ledger = pages.life.ledger
    assert await ledger.freshness.quarantine(ACME, hit.passage.document, "Wrong.", pages.life.now())
    assert await pages.life.hits("gift card") == ()
    await pages.write("terms.md", TERMS.replace("24", "36"))
    assert await pages.life.hits("gift card") == ()
    assert await ledger.freshness.release(ACME, hit.passage.document, pages.life.now())
    (found,) = await pages.life.hits("gift card")
    assert "36 months" in found.passage.text
