"""How much of a shared prefix stays the same, byte by byte, while its documents are edited.

    python -m bench.prefix [--documents N] [--days N]

Pages of the PostgreSQL manual, packed whole every evening for 30 days: a share of the pages
is edited a day, each as often as the others or a few of them most of the time; in the last
row one page a week goes as well, which no prefix may hold another hour. What is shared is
the leading bytes that an evening's prefix has in common with that of the evening before,
as a share of its own; evenings without a change count for nothing.
"""

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.figures import mean, show
from bench.sets import folder
from connectors.model import SourceId, TenantId
from ingest.adapters.tokens import O200kTokens
from ingest.model import DocumentId
from ingest.parse.html import parse_html
from ingest.prefixes import PrefixEntry
from ingest.reading import DocumentRecord, Revision
from ingest.records import DocumentFacts, DocumentState
from retrieval.pack.layout import VOID_SHARE, lay_out, void_of
from retrieval.pack.prefix import Sheet, Shelf, write_sheet

SET = "postgresql-doc-15"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAILY = (0.0, 0.01, 0.05)
SHARES = (0.05, 0.10, 0.15, 0.20, 0.30)


@dataclass
class Manual:
    """Pages as they are today, with what is needed to write them as they were."""

    records: dict[DocumentId, DocumentRecord]
    revisions: dict[tuple[DocumentId, int], Revision]
    counter: O200kTokens
    sheets: dict[PrefixEntry, Sheet] = field(default_factory=dict)

    def edit(self, id_: DocumentId, day: int) -> None:
        """Add a sentence to the end of a page."""
        record = self.records[id_]
        old = self.revisions[id_, record.revision]
        text = f"{old.text} Edited on day {day}."
        blocks = (*old.blocks[:-1], replace(old.blocks[-1], end=len(text)))
        number = old.number + 1
        self.revisions[id_, number] = replace(old, number=number, text=text, blocks=blocks)
        self.records[id_] = replace(record, revision=number, tokens=record.tokens + 6)

    def shelf(self, stored: Sequence[PrefixEntry], void_share: float) -> Shelf:
        """Write the prefix that follows a stored one."""
        return Shelf(tuple(map(self._sheet, lay_out(stored, self.records, void_share))))

    def _sheet(self, entry: PrefixEntry) -> Sheet:
        if entry not in self.sheets:
            record = self.records[entry.document]
            revision = self.revisions[entry.document, entry.revision]
            sheet = write_sheet(entry, record, revision, self.counter)
            self.sheets[sheet.entry] = sheet
            return sheet
        return self.sheets[entry]


@dataclass(frozen=True, slots=True)
class Life:
    """How pages are edited."""

    daily: float
    few: bool = False
    """Whether nine of ten edits go to a tenth of the pages."""
    gone: bool = False
    """Whether a page goes every week."""

    @property
    def name(self) -> str:
        """Say it."""
        told = f"{self.daily:.0%} a day" + (", few pages" if self.few else "")
        return told + (", one gone a week" if self.gone else "")

    def edited(self, ids: Sequence[DocumentId], rng: random.Random) -> Iterator[DocumentId]:
        """Draw the pages of one day."""
        busy = ids[: max(1, len(ids) // 10)]
        for _ in range(round(self.daily * len(ids))):
            yield rng.choice(busy if self.few and rng.random() < 0.9 else ids)


def main() -> None:
    """Live through a month in each of these ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--days", type=int, default=30)
    chosen = parser.parse_args()
    pages = list(_pages(folder(SET) / "html", chosen.documents))
    lives = [
        *(Life(daily) for daily in DAILY),
        *(Life(daily, few=True) for daily in DAILY[1:]),
        Life(0.01, gone=True),
    ]
    rows = [_lived(pages, life, chosen.days, VOID_SHARE) for life in lives]
    show(f"Prefix: shared bytes, {len(pages)} pages, {chosen.days} days", rows)
    tried = [
        {"void up to": share, **_lived(pages, life, chosen.days, share)}
        for life in (lives[1], lives[2], lives[3])
        for share in SHARES
    ]
    show(f"Prefix void: how much void is worth keeping, {len(pages)} pages", tried)


def _lived(
    pages: Sequence[tuple[DocumentRecord, Revision]], life: Life, days: int, void_share: float
) -> dict[str, object]:
    rng = random.Random(7)
    manual = Manual(
        {record.facts.id: record for record, _ in pages},
        {(record.facts.id, 1): revision for record, revision in pages},
        O200kTokens(),
    )
    ids = [record.facts.id for record, _ in pages]
    rng.shuffle(ids)
    shelf = manual.shelf((), void_share)
    shares, voids, anew = [], [_void(shelf)], 0
    for day in range(1, days + 1):
        if life.gone and day % 7 == 0:
            del manual.records[ids.pop()]
        for id_ in life.edited(ids, rng):
            manual.edit(id_, day)
        before, shelf = shelf, manual.shelf(shelf.entries, void_share)
        voids.append(_void(shelf))
        if shelf.id != before.id:
            shares.append(_shared(before, shelf))
            anew += shelf.entries[: len(before.entries)] != before.entries
    return {
        "edits": life.name,
        "prefixes": len(shares) + 1,
        "mean shared": mean(shares) if shares else 1.0,
        "median": median(shares) if shares else 1.0,
        "least": min(shares, default=1.0),
        "packed anew": anew,
        "void, mean": mean(voids),
        "tokens": sum(entry.tokens for entry in shelf.entries),
    }


def _shared(before: Shelf, after: Shelf) -> float:
    old, new = (
        "\0".join(f"{one.role}\n{one.content}" for one in shelf.opening).encode()
        for shelf in (before, after)
    )
    same, differs = 0, min(len(old), len(new)) + 1
    while differs - same > 1:
        middle = (same + differs) // 2
        same, differs = (middle, differs) if old[:middle] == new[:middle] else (same, middle)
    return same / len(new)


def _void(shelf: Shelf) -> float:
    sizes: Mapping[int, int] = {entry.number: entry.tokens for entry in shelf.entries}
    return sum(sizes[number] for number in void_of(shelf.entries)) / sum(sizes.values())


def _pages(where: Path, count: int) -> Iterator[tuple[DocumentRecord, Revision]]:
    counter = O200kTokens()
    files = sorted(where.rglob("*.html"))
    for number, file in enumerate(files[:: max(1, len(files) // count)][:count]):
        parsed = parse_html(file.read_text(encoding="utf-8", errors="replace"))
        if not parsed.blocks:
            continue
        id_ = DocumentId(f"{number:05}")
        born = NOON + timedelta(seconds=number)
        facts = DocumentFacts(
            id=id_,
            ref=file.name,
            version="1",
            validators={},
            content_hash="",
            title=parsed.title,
            url=f"https://docs.example/{file.name}",
            media_type="text/html",
            language="en",
            access=frozenset(),
            tags=frozenset(),
            changed_at=born,
        )
        record = DocumentRecord(
            facts=facts,
            tenant=TenantId("bench"),
            source=SourceId("manual"),
            state=DocumentState.LIVE,
            reason="",
            attempts=0,
            revision=1,
            tokens=counter.count([parsed.text])[0],
            chunks=1,
            created_at=born,
            synced_at=born,
            verified_at=None,
        )
        yield record, Revision(id_, 1, born, None, parsed.title, parsed.text, parsed.blocks)


if __name__ == "__main__":
    main()
