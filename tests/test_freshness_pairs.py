"""What stands between two pages stays one flag, whichever of them is looked at."""

import random
from collections.abc import Sequence

from ingest.freshness.inspect import Detectors, Inspector
from ingest.freshness.model import Finding, FlagAction, FlagChange, FlagKind
from ingest.freshness.pages import NearPage, Page
from tests.life import ACME
from tests.test_freshness import SALE, TERMS, Pages, pages

__all__ = ["pages"]
WORDS = TERMS.split()
COPIES = 20
"""More than are near to one passage at a time."""


def copies() -> dict[str, str]:
    rng = random.Random(1)
    words = [rng.choice(WORDS) for _ in range(120)]
    texts = {}
    for number in range(COPIES):
        own = list(words)
        for _ in range(rng.randrange(8)):
            own[rng.randrange(len(own))] = rng.choice(WORDS)
        texts[f"p{number}.md"] = f"# Gift cards\n\n{' '.join(own)}.\n"
    return texts


class Pairs:
    """Names every two pages of which passages are near to one another."""

    kinds = frozenset({FlagKind.DUPLICATE})
    nearness = 0.5

    def look(self, page: Page, near: Sequence[NearPage]) -> Sequence[Finding]:
        found = []
        for other in near:
            first, second = sorted((page, other.page), key=lambda one: one.id)
            number = first.revision.number
            found.append(
                Finding(FlagKind.DUPLICATE, first.id, number, second.id, 0.3, "", (), second.id)
            )
        return found


async def test_many_near_copies_are_not_raised_and_closed_with_every_look(pages: Pages) -> None:
    pages.inspector = Inspector(pages.inspector.ports, Detectors((), (Pairs(),), ()))
    for name, text in copies().items():
        (pages.folder / name).write_text(text)
    assert (await pages.look()).closed == []
    edited = await pages.write("p7.md", copies()["p7.md"].replace(".", " gift."))
    pages.life.now.pass_by(days=8)
    again = await pages.look()
    assert edited.looked_at < again.looked_at == COPIES
    assert (again.raised, again.closed) == ([], [])


async def test_what_is_in_quarantine_keeps_what_was_found_on_it(pages: Pages) -> None:
    await pages.write("terms.md", TERMS)
    await pages.write("old-terms.md", TERMS)
    (flag,) = await pages.waiting(FlagKind.DUPLICATE)
    ledger, now = pages.life.ledger, pages.life.now
    assert await ledger.freshness.quarantine(ACME, flag.finding.document, "Wrong.", now())
    now.pass_by(days=8)
    assert (await pages.look()).closed == []
    assert await ledger.freshness.release(ACME, flag.finding.document, now())
    again = await pages.look()
    assert (again.raised, again.closed) == ([], [])
    assert await pages.waiting(FlagKind.DUPLICATE) == [flag]


async def test_a_clock_that_went_back_does_not_put_off_the_next_whole_look(pages: Pages) -> None:
    pages.life.now.pass_by(days=3_000)
    await pages.write("terms.md", TERMS)
    pages.life.now.pass_by(days=-2_900)
    assert (await pages.look()).looked_at == 1


async def test_a_dismissed_flag_stays_so_when_its_page_moves_and_comes_back(pages: Pages) -> None:
    await pages.write("sale.md", SALE)
    (flag,) = await pages.waiting(FlagKind.EXPIRED)
    told = FlagChange(FlagAction.DISMISS, "k1", pages.life.now(), "It is history.")
    await pages.life.ledger.flags.change(ACME, [flag.id], told)
    (pages.folder / "sale.md").rename(pages.folder / "old-sale.md")
    await pages.look()
    (pages.folder / "old-sale.md").unlink()
    await pages.look()
    assert (await pages.write("old-sale.md", SALE)).raised == []
