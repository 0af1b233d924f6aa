"""Every mode keeps its budget, and gives what it promises of the text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import Block, BlockKind
from ingest.parse.markdown import parse_markdown
from ingest.reading import LivePassage
from retrieval.model import ContextPack, Hit, Mode
from retrieval.pack.estimate import size_up
from retrieval.pack.expand import widen
from retrieval.pack.holdings import ScopeKind
from retrieval.pack.packer import Packer
from retrieval.pack.scope import scope_of
from retrieval.pack.sections import sections_of
from tests.packing import GAUGE, Library, asked
from tests.prefixes import FakePrefixes
from tests.questions import Page, hits, page

MANUAL = page("manual", *(f"Step {number} is to turn the wheel {number}." for number in range(9)))


async def packed(
    mode: Mode, library: Library, found: Sequence[Hit], budget: int = 4_000, **fields: Any
) -> ContextPack:
    material = library.material(hits=found, **fields)
    return await Packer(library, FakePrefixes()).pack(mode, budget, material, size_up(material))


def library(*pages: Page) -> Library:
    held = Library()
    for one in pages:
        held.put(one)
    return held


def first(of: Page, *places: int) -> tuple[LivePassage, ...]:
    return tuple(replace(of.passages()[at], revision=1) for at in places)


# --- expanded ---------------------------------------------------------------------


async def test_a_hit_brings_its_neighbours_as_one_run_of_the_text() -> None:
    pack = await packed(Mode.EXPANDED, library(MANUAL), hits(*first(MANUAL, 4)))
    (cited,) = pack.citations
    assert cited.tag == "D1§4"
    assert MANUAL.text[cited.start : cited.end] == cited.text
    assert cited.text.startswith("Step 3")
    assert "Part 5\nStep 4" in cited.text  # the headings between stand in the text
    assert cited.text.endswith("wheel 5.")


async def test_runs_that_touch_are_one_and_the_best_comes_first() -> None:
    found = hits(*first(MANUAL, 7), *first(MANUAL, 1), *first(MANUAL, 3))
    pack = await packed(Mode.EXPANDED, library(MANUAL), found)
    assert [one.tag for one in pack.citations] == ["D1§1", "D1§7"]
    assert [one.text.count("Step") for one in pack.citations] == [5, 3]


def test_a_section_that_was_half_found_is_taken_whole() -> None:
    passages = [
        replace(one, heading_path=("Setup" if at < 6 else "Use",))
        for at, one in enumerate(first(MANUAL, *range(9)))
    ]
    revision = replace(MANUAL.revision, number=1)
    found = hits(*passages[0:3])
    (unit,) = widen(found, {passages[0].document: passages}, {revision.document: revision})
    assert unit.hits[0].passage.text.count("Step") == 6
    (little,) = widen(found[:2], {passages[0].document: passages}, {revision.document: revision})
    assert little.hits[0].passage.text.count("Step") == 3


async def test_a_run_without_room_stands_down_for_its_hits() -> None:
    held = library(MANUAL)
    found = hits(*first(MANUAL, 2, 4, 6))
    whole = await packed(Mode.EXPANDED, held, found)
    assert len(whole.citations) == 1
    alone = await packed(Mode.SNIPPETS, held, found)
    tight = await packed(Mode.EXPANDED, held, found, budget=alone.tokens.p99)
    assert [one.text for one in tight.citations] == [one.text for one in alone.citations]


async def test_a_hit_of_another_revision_stands_alone() -> None:
    (old,) = first(MANUAL, 4)
    pack = await packed(Mode.EXPANDED, library(MANUAL), hits(replace(old, revision=7)))
    assert [one.text for one in pack.citations] == [old.text]


@pytest.mark.parametrize("kind", [BlockKind.TABLE, BlockKind.CODE])
def test_tables_and_code_are_never_cut(kind: BlockKind) -> None:
    rows = [f"| row {number} | {number * 7} |" for number in range(40)]
    text = "\n".join(["Prices", "| name | price |", *rows, "That was all."])
    start, end = text.index("| name"), text.index("\nThat")
    blocks = (
        Block(BlockKind.HEADING, 0, 6, level=1),
        Block(kind, start, end, header="| name | price |"),
        Block(BlockKind.PARAGRAPH, end + 1, len(text)),
    )
    (one,) = first(page("prices", "x"), 0)
    cuts = [text.index(f"| row {number} ") for number in (0, 10, 20, 30)] + [end + 1]
    placed = [
        replace(one, ordinal=at, start=a, end=b - 1, text=text[a : b - 1], context="T > Prices\nH")
        for at, (a, b) in enumerate(zip(cuts, [*cuts[1:], len(text) + 1], strict=True))
    ]
    revision = replace(page("prices", "x").revision, number=1, text=text, blocks=blocks)
    document = one.document
    (unit,) = widen(hits(placed[1]), {document: placed}, {document: revision})
    run = unit.hits[0].passage
    assert (run.start, run.end) == (start, end)
    assert run.context == "T > Prices"  # its head row stands in the text
    assert unit.smaller[0].hits[0].passage.context == "T > Prices\nH"


# --- documents --------------------------------------------------------------------


async def test_documents_are_whole_or_not_there() -> None:
    others = [page(f"other-{n}", *(f"Other {n}.{k} words." for k in range(6))) for n in range(3)]
    held = library(MANUAL, *others)
    found = hits(*first(others[0], 2), *first(MANUAL, 4, 5), *first(others[1], 0))
    pack = await packed(Mode.DOCUMENTS, held, found, budget=20_000)
    by_document = {one.document for one in pack.citations}
    assert by_document == {"manual", "other-0", "other-1"}
    for one in (MANUAL, *others[:2]):
        told = "".join(cited.text for cited in pack.citations if cited.document == one.id)
        assert told.replace("\n", "") == one.text.replace("\n", "")
    assert pack.citations[0].document == "other-0"


async def test_what_is_too_long_whole_leaves_its_best_passages() -> None:
    long = page("long", *("Refunds of all kinds are told of here at length. " * 40,) * 30)
    held = library(long, MANUAL)
    found = hits(*first(long, 3), *first(MANUAL, 0), *first(long, 9))
    pack = await packed(Mode.DOCUMENTS, held, found, budget=3_000)
    assert {one.tag for one in pack.citations if one.document == "long"} == {"D1§4"}
    assert sum(one.document == "manual" for one in pack.citations) == 9
    assert long.id not in held.read


# --- all modes --------------------------------------------------------------------


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    sizes=st.lists(st.lists(st.integers(1, 120), min_size=1, max_size=8), min_size=1, max_size=5),
    budget=st.integers(250, 5_000),
    mode=st.sampled_from([Mode.NONE, Mode.SNIPPETS, Mode.EXPANDED, Mode.DOCUMENTS]),
    order=st.randoms(use_true_random=False),
)
async def test_no_mode_exceeds_its_budget(
    sizes: list[list[int]],
    budget: int,
    mode: Mode,
    order: "st.RandomGenerator",  # type: ignore[name-defined]
) -> None:
    pages = [
        page(f"p{at}", *(f"Text {at}.{n} " + "word " * size for n, size in enumerate(its)))
        for at, its in enumerate(sizes)
    ]
    passages = [one for its in pages for one in first(its, *range(len(its.sections)))]
    order.shuffle(passages)
    pack = await packed(mode, library(*pages), hits(*passages), budget)
    assert GAUGE.prompt(pack.messages).p99 <= pack.tokens.p99 <= budget
    texts = {its.id: its.text for its in pages}
    for cited in pack.citations:
        assert texts[cited.document][cited.start : cited.end] == cited.text
    assert len({one.tag for one in pack.citations}) == len(pack.citations)


async def test_sizes_tell_before_what_packing_yields() -> None:
    pages = [page(f"p{at}", *(f"Text {at}.{n} " + "word " * 40 for n in range(5))) for at in "abc"]
    held = library(*pages)
    found = hits(*(one for its in pages for one in first(its, 1, 4)))
    material = held.material(hits=found)
    sizes = size_up(material)
    for count in range(1, 7):
        cut = replace(material, hits=found[:count])
        packer = Packer(held, FakePrefixes())
        pack = await packer.pack(Mode.SNIPPETS, 9_999, cut, sizes)
        assert pack.tokens == sizes.snippets[count]
        wide = await packer.pack(Mode.EXPANDED, 9_999, cut, sizes)
        assert 0.7 <= wide.tokens.expected / sizes.expanded[count].expected <= 1.3
    whole = await packed(Mode.DOCUMENTS, held, found, sizes.documents[2].p99)
    assert 0.7 <= whole.tokens.expected / sizes.documents[2].expected <= 1
    assert sizes.none.p99 < sizes.snippets[0].p99 < sizes.snippets[1].p99


async def test_what_two_pages_say_in_the_same_words_is_packed_once() -> None:
    words = "Refunds take five days after your parcel has come back to us in one piece."
    other = "Refunds take nine days after your parcel has come back to us in one piece."
    pages = [page("a", words), page("b", f"Hello!\n{words.upper()} Bye."), page("c", other)]
    found = hits(*(one for its in reversed(pages) for one in first(its, 0)))
    pack = await packed(Mode.SNIPPETS, library(*pages), found)
    assert {one.document for one in pack.citations} == {"b", "c"}
    assert pack.left_out == 0


async def test_without_knowledge_a_greeting_is_just_answered() -> None:
    pack = await packed(Mode.NONE, library(MANUAL), hits(*first(MANUAL, 1)))
    assert "A greeting or thanks asks for nothing" in pack.messages[0].content
    assert pack.citations == ()
    assert pack.left_out == 0


def test_facts_and_history_have_the_same_room_in_every_mode() -> None:
    request = asked(facts="\n".join(f"order {n}: " + "item " * 30 for n in range(50)))
    small = size_up(Library().material(request, room=1_000))
    large = size_up(Library().material(request, room=4_000))
    assert 0 < len(small.frame.facts) < len(large.frame.facts) < len(request.facts)
    assert large.frame.warnings == ("some lines of the facts had no room",)


# --- scopes -----------------------------------------------------------------------


def places(**fields: Any) -> Library:
    held = Library()
    for number in range(6):
        held.put(page(f"p{number}", "word " * 50), **fields)
    for number in range(20):
        url = f"https://docs.example/{'api/v2' if number < 5 else 'guide'}/{number}"
        tags = frozenset({"new"}) if number < 8 else frozenset()
        held.put(page(f"d{number}", "word " * 50), source="docs", url=url, tags=tags)
    return held


def scoped(held: Library, *ids: str) -> tuple[str, str, int] | None:
    found = hits(*(held.pages[id_].passages()[0] for id_ in ids))  # type: ignore[index]
    scope = scope_of(found, held.material().holdings)
    if scope is None:
        return None
    return scope.label.kind.value, scope.label.value, len(scope.bulk.documents)


def test_the_smallest_part_that_holds_most_of_the_hits_is_the_scope() -> None:
    held = places()
    assert scoped(held, "p1", "p2", "p3") == ("source", "shop", 6)
    assert scoped(held, "d0", "d1", "d2") == ("path", "https://docs.example/api/v2/", 5)
    assert scoped(held, "d0", "d6", "d7") == ("tag", "new", 8)
    assert scoped(held, "d0", "d1", "d2", "d3", "p1") == ("path", "https://docs.example/api/v2/", 5)


def test_hits_from_everywhere_have_no_scope() -> None:
    held = places()
    assert scoped(held, "d0", "p1") is None
    assert scoped(held, "d0", "d15") is None  # their source is most of the knowledge
    assert scoped(held) is None


def test_refs_have_folders_too() -> None:
    held = places(url="")
    held.records = {
        id_: replace(record, facts=replace(record.facts, ref=f"faq/{'de' if n % 2 else 'en'}/{n}"))
        for n, (id_, record) in enumerate(held.records.items())
    }
    kind = scoped(held, "p0", "p2")
    assert kind == (ScopeKind.PATH.value, "shop:/faq/en/", 3)


# --- what parsers give ------------------------------------------------------------


def test_tables_and_code_stay_whole_in_sections() -> None:
    rows = "\n".join(f"| {number} | {'x' * 40} |" for number in range(90))
    code = "\n".join(f"run --step {number}" for number in range(120))
    parsed = parse_markdown(
        f"# Prices\n\n| n | what |\n|---|---|\n{rows}\n\n```\n{code}\n```\n\nThat was all.\n"
    )
    its = page("prices", "x")
    revision = replace(its.revision, text=parsed.text, blocks=parsed.blocks)
    sections = sections_of(its.record, revision)
    assert len(sections) > 1
    for block in parsed.blocks:
        holding = [one for one in sections if one.start <= block.start and block.end <= one.end]
        assert len(holding) == 1
