"""A shared prefix is the same bytes for everybody, and stays so while documents come and go."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.errors import LedgerConflict
from ingest.prefixes import StoredPrefix
from ingest.reading import DocumentFilter
from retrieval.model import ContextPack, Message, Mode
from retrieval.pack.asked import Asked
from retrieval.pack.estimate import size_up
from retrieval.pack.key import prefix_key
from retrieval.pack.packer import Packer
from retrieval.pack.scope import scope_of
from tests.packing import GAUGE, Library, asked
from tests.prefixes import FakePrefixes
from tests.questions import NOON, Page, hits, page, stale

REFUNDS = page("refunds", "Refunds take five days.", "Ask for them in your account.")
SHIPPING = page("shipping", "Parcels leave at noon.", "Islands take two days more.")
STAFF = frozenset({"staff"})


def shop(*more: Page) -> Library:
    """Ten long pages and two short ones, so that an edit of one leaves little void."""
    library = Library()
    library.put(REFUNDS)
    library.put(SHIPPING)
    for number in range(10):
        library.put(page(f"page-{number}", f"Topic {number} is explained here. " * 20))
    for one in more:
        library.put(one)
    return library


class Desk:
    """Packs what a library holds, as one process does."""

    def __init__(self, library: Library, prefixes: FakePrefixes | None = None) -> None:
        self.library = library
        self.prefixes = prefixes or FakePrefixes()
        self.packer = Packer(library, self.prefixes)

    async def pack(
        self, request: Asked | None = None, mode: Mode = Mode.FULL, **fields: object
    ) -> ContextPack:
        material = self.library.material(request or asked(), **fields)  # type: ignore[arg-type]
        if mode is Mode.SCOPED:
            material = replace(material, scope=scope_of(material.hits, material.holdings))
        return await self.packer.pack(mode, 100_000, material, size_up(material))


def shared(pack: ContextPack) -> tuple[Message, ...]:
    assert pack.prefix is not None
    return pack.messages[: pack.prefix.messages]


def knowledge(pack: ContextPack) -> str:
    return "\n".join(one.content for one in shared(pack) if one.role == "user")


# --- the same for everybody -------------------------------------------------------


async def test_every_caller_begins_with_the_same_bytes() -> None:
    desk = Desk(shop())
    one = await desk.pack(asked("A?", instructions="Be brief.", facts="Order 7 is late."))
    desk.library.records = dict(reversed(desk.library.records.items()))
    history = (Message("user", "Hello?"), Message("assistant", "Hi."))
    other = await desk.pack(asked("B?", strict=True, history=history))
    assert shared(one) == shared(other)
    assert one.prefix == other.prefix
    assert [message.role for message in one.messages] == [
        *("system", "user", "assistant"),  # shared
        *("system", "user", "assistant", "user"),  # instructions, facts, question
    ]
    assert one.messages[3].content == "# Instructions of the operator\n\nBe brief."
    assert one.messages[4].content == "<facts>\nOrder 7 is late.\n</facts>"
    assert "cannot cite" in other.messages[3].content
    assert other.messages[-1].content.endswith("Question: B?")


async def test_the_same_knowledge_is_the_same_bytes_a_thousand_times() -> None:
    library = Library()
    for one in (REFUNDS, SHIPPING, page("größe", "Ü " * 30, language="de")):
        library.put(one)
    first = await Desk(library).pack()
    material = library.material(hits=hits(*REFUNDS.passages()))
    sizes = size_up(material)
    for _ in range(1_000):
        again = await Packer(library, FakePrefixes()).pack(Mode.FULL, 9_999, material, sizes)
        assert shared(again) == shared(first)
        assert again.prefix == first.prefix


def test_every_process_writes_the_same_bytes() -> None:
    program = """
import asyncio
from tests.unit.test_prefix import Desk, shop
print(asyncio.run(Desk(shop()).pack()).prefix.id)
"""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    ids = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0, 0]
    assert len(ids) == 1


async def test_nothing_in_it_is_of_the_day() -> None:
    library = shop(stale(SHIPPING))
    desk = Desk(library)
    monday = await desk.pack()
    for id_, record in library.records.items():
        looked = replace(record, synced_at=NOON + timedelta(days=3), verified_at=NOON)
        moved = replace(looked.facts, changed_at=datetime(2026, 11, 24, tzinfo=UTC))
        library.records[id_] = replace(looked, facts=moved)
    thursday = await desk.pack()
    assert shared(monday) == shared(thursday)
    assert "Stale documents: D2 (past its review date" in monday.messages[-1].content
    assert "Stale" not in thursday.messages[-1].content
    assert "\r" not in knowledge(monday)


# --- append-only ------------------------------------------------------------------


async def test_an_edit_is_appended_and_makes_the_old_text_void() -> None:
    desk = Desk(shop())
    before = await desk.pack()
    desk.library.put(page("refunds", "Refunds take nine days.", "Ask for them by mail."))
    after = await desk.pack()
    assert shared(after)[: len(shared(before))] == shared(before)
    assert "replaces D1, which is void" in shared(after)[-2].content
    assert "Refunds take nine days." in shared(after)[-2].content
    assert "neither to be used nor cited: D1 (now D13)" in after.messages[-1].content
    assert not {one.tag for one in after.citations} & {"D1§1", "D1§2"}
    (cited,) = (one for one in after.citations if one.tag == "D13§1")
    assert "nine days" in cited.text
    assert after.prefix != before.prefix


async def test_a_new_page_and_a_new_title_are_appended() -> None:
    desk = Desk(shop())
    before = await desk.pack()
    desk.library.put(page("gifts", "Gift cards never expire."))
    desk.library.put(SHIPPING, title="Delivery")
    after = await desk.pack()
    assert shared(after)[: len(shared(before))] == shared(before)
    appended = shared(after)[-2].content
    assert "## [D13] Delivery | https://shop.example/shipping" in appended
    assert "replaces D2" in appended
    assert "Gift cards never expire." in appended


async def test_another_process_goes_on_with_the_same_bytes() -> None:
    one = Desk(shop())
    await one.pack()
    one.library.put(page("refunds", "Refunds take nine days."))
    appended = await one.pack()
    other = await Desk(one.library, one.prefixes).pack()
    assert shared(other) == shared(appended)
    assert one.prefixes.saved == 2


async def test_an_unchanged_prefix_is_neither_read_nor_saved_again() -> None:
    desk = Desk(shop())
    material = desk.library.material()
    await desk.packer.pack(Mode.FULL, 9_999, material, size_up(material))
    desk.library.read.clear()
    await desk.packer.pack(Mode.FULL, 9_999, material, size_up(material))
    assert (desk.library.read, desk.prefixes.saved) == ([], 1)


async def test_too_much_that_is_void_is_packed_anew_from_there_on() -> None:
    desk = Desk(shop())
    before = await desk.pack()
    for number in (5, 7):
        desk.library.put(page(f"page-{number}", f"Topic {number} is now another. " * 20))
    after = await desk.pack()
    text, old = knowledge(after), knowledge(before)
    assert "void" not in text
    assert "Topic 5 is explained" not in text
    assert len(shared(after)) == 3
    kept = old[: old.index("## [D8]")]
    assert "page-4" in kept
    assert text.startswith(kept)
    assert len({one.tag for one in after.citations}) == len(after.citations) == 14


async def test_what_may_not_be_shown_any_more_is_gone_at_once() -> None:
    desk = Desk(shop())
    before = await desk.pack(groups=frozenset())
    desk.library.drop("page-9")
    gone = await desk.pack(groups=frozenset())
    assert "Topic 9" in knowledge(before)
    assert "Topic 9" not in knowledge(gone)
    desk.library.put(SHIPPING, access=STAFF)
    hidden = await desk.pack(groups=frozenset())
    assert "Parcels" not in knowledge(hidden)
    assert knowledge(hidden).startswith(knowledge(gone)[: knowledge(gone).index("## [D2]")])


async def test_a_void_text_of_a_page_that_is_gone_is_gone_too() -> None:
    desk = Desk(shop())
    await desk.pack()
    desk.library.put(page("refunds", "Refunds take nine days."))
    await desk.pack()
    desk.library.drop("refunds")
    assert "Refunds take" not in knowledge(await desk.pack())


async def test_an_old_text_that_is_not_kept_any_more_is_left_out() -> None:
    desk = Desk(shop())
    await desk.pack()
    desk.library.put(page("refunds", "Refunds take nine days."))
    await desk.pack()
    del desk.library.revisions[next(iter(desk.library.revisions))]
    pack = await Desk(desk.library, desk.prefixes).pack()
    assert "five days" not in knowledge(pack)
    assert "nine days" in knowledge(pack)


async def test_a_page_that_cannot_be_read_now_is_left_out() -> None:
    desk = Desk(shop())
    await desk.pack()
    material = desk.library.material()
    desk.library.drop("page-4")
    pack = await Desk(desk.library, desk.prefixes).packer.pack(
        Mode.FULL, 9_999, material, size_up(material)
    )
    assert "Topic 4" not in knowledge(pack)
    assert "Topic 5" in knowledge(pack)


async def test_a_text_that_comes_out_otherwise_today_is_packed_anew() -> None:
    desk = Desk(shop())
    before = await desk.pack()
    (place, kept), *_ = desk.prefixes.kept.items()
    changed = (replace(kept.entries[0], digest="another"), *kept.entries[1:])
    desk.prefixes.kept[place] = replace(kept, entries=changed)
    after = await Desk(desk.library, desk.prefixes).pack()
    assert shared(after) == shared(before)
    assert desk.prefixes.kept[place].entries == kept.entries


# --- side by side -----------------------------------------------------------------


class Rival(FakePrefixes):
    """Another process saves what it wrote just before the next save."""

    winner: StoredPrefix | None = None

    async def save_prefix(self, prefix: StoredPrefix) -> None:
        if self.winner is not None:
            winner, self.winner = self.winner, None
            await super().save_prefix(winner)
            raise LedgerConflict("another process was faster")
        await super().save_prefix(prefix)


async def test_the_loser_of_two_that_append_takes_what_the_winner_wrote() -> None:
    library = shop()
    other = Desk(library)
    won = await other.pack()
    rival = Rival()
    rival.winner = next(iter(other.prefixes.kept.values()))
    lost = await Desk(library, rival).pack()
    assert shared(lost) == shared(won)
    assert rival.saved == 1


async def test_many_at_once_agree() -> None:
    library, prefixes = shop(), FakePrefixes()
    packs = await asyncio.gather(*(Desk(library, prefixes).pack() for _ in range(8)))
    assert len({pack.prefix for pack in packs}) == 1


async def test_who_reads_an_earlier_moment_saves_nothing() -> None:
    desk = Desk(shop())
    material = desk.library.material()
    desk.library.put(page("gifts", "Gift cards never expire."))
    await desk.pack()
    late = await desk.packer.pack(Mode.FULL, 9_999, material, size_up(material))
    assert "Gift cards" not in knowledge(late)
    assert desk.prefixes.saved == 1


# --- who sees what ----------------------------------------------------------------


async def test_a_prefix_holds_what_all_of_its_readers_may_see() -> None:
    library = shop()
    library.put(page("staff", "The alarm code is 4711."), access=STAFF)
    library.put(page("vip", "VIPs get a cake."), access=frozenset({"vip", "boss"}))
    desk = Desk(library)

    async def seen(*groups: str) -> ContextPack:
        return await desk.pack(groups=frozenset(groups))

    public, staff, vip = await seen(), await seen("staff"), await seen("vip", "unknown")
    assert "4711" not in knowledge(public) + knowledge(vip)
    assert "4711" in knowledge(staff)
    assert "cake" not in knowledge(public) + knowledge(staff)
    assert shared(await seen("somebody", "else")) == shared(public)
    assert shared(await seen("vip")) == shared(vip)
    everything = await desk.pack()
    assert "cake" in knowledge(everything)
    assert len(desk.prefixes.kept) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"sources": frozenset({"a"})}, {"sources": frozenset({"b"})}),
        ({"tags": frozenset({"a", "b"})}, {"tags": frozenset({"a"})}),
        ({"language": "de"}, {}),
        ({"groups": frozenset()}, {"groups": None}),
        ({"fresh_at": NOON}, {}),
        ({"changed_after": NOON}, {"changed_after": NOON + timedelta(days=1)}),
    ],
)
def test_another_filter_is_another_key(one: dict[str, object], other: dict[str, object]) -> None:
    held = shop().material().holdings

    def key(fields: dict[str, object]) -> str:
        return prefix_key(DocumentFilter(**fields), held, None)  # type: ignore[arg-type]

    assert key(one) != key(other)
    assert key(one) == key(one)


def test_the_time_of_a_question_is_not_in_its_key() -> None:
    held = shop().material().holdings
    monday, tuesday = (DocumentFilter(fresh_at=NOON + timedelta(days=at)) for at in (0, 1))
    assert prefix_key(monday, held, None) == prefix_key(tuesday, held, None)


# --- size, scope, pointers --------------------------------------------------------


async def test_estimates_err_upwards_and_sizes_are_of_the_whole_prompt() -> None:
    library = shop()
    material = library.material()
    sizes = size_up(material)
    desk = Desk(library)
    fresh = await desk.pack()
    for number in range(3):
        library.put(page("refunds", f"Refunds take {number} days. " * 12))
        pack = await desk.pack()
        assert GAUGE.prompt(pack.messages).p99 <= pack.tokens.p99 <= sizes.full.p99
    assert fresh.tokens.p99 <= sizes.full.p99 <= 1.6 * fresh.tokens.p99
    assert fresh.prefix is not None
    assert fresh.prefix.tokens.p99 <= sizes.shared_full.p99


async def test_a_scope_is_a_prefix_of_its_own() -> None:
    library = shop()
    for number in range(3):
        library.put(page(f"api-{number}", f"Call number {number}."), source="api")
    found = hits(*(one for n in range(3) for one in library.pages[f"api-{n}"].passages()))  # type: ignore[index]
    desk = Desk(library)
    pack = await desk.pack(mode=Mode.SCOPED, hits=found)
    assert "Call number 2." in knowledge(pack)
    assert "Topic" not in knowledge(pack)
    again = await desk.pack(asked("Else?"), Mode.SCOPED, hits=found[:1])
    assert shared(again) == shared(pack)
    assert shared(await desk.pack(hits=found)) != shared(pack)


async def test_the_best_hits_are_pointed_at_and_other_notes_follow() -> None:
    desk = Desk(shop())
    found = hits(*reversed(REFUNDS.passages()))
    pack = await desk.pack(hits=found, notes=("D1 and D2 contradict each other.",))
    assert pack.messages[-1].content == (
        "Probably most relevant: [D1§2] [D1§1]\n\nD1 and D2 contradict each other.\n\n"
        "Question: How long do refunds take?"
    )
