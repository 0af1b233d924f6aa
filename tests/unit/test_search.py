"""What a search makes of its two lists, over a real ledger."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ingest.reading import DocumentFilter
from retrieval.errors import RerankerFailed
from retrieval.model import Found, Message, SearchRequest
from retrieval.rerank import Reranking
from retrieval.search import Searcher
from tests.fakes import FakeEmbedder, MemoryIndex
from tests.languages import reader
from tests.life import ACME, Life, living

TERMS = "Bicycles are sent back in the box that they came in, with both of their keys."
LONG = "\n\n".join(f"Step {at}: lamps are mended by turning them {at} times." for at in range(60))


@dataclass
class Backwards:
    """Prefers what comes last, after a while, or fails."""

    seconds: float = 0.0
    trouble: str = ""
    asked: str = ""

    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        self.asked = question
        await asyncio.sleep(self.seconds)
        if self.trouble:
            raise RerankerFailed(self.trouble)
        return range(len(texts))


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "lamps.md").write_text(f"# Lamps 🍓\n\n{LONG}\n")
    (pages / "returns.md").write_text(f"# Returns\n\n{TERMS}\n")
    (pages / "terms.md").write_text(f"# Terms\n\n**{TERMS}**\n")
    index = MemoryIndex()
    async with living(tmp_path, index=index) as alive:
        await alive.add_source("files", {"path": str(pages)})
        await alive.sync()
        yield alive


async def search(life: Life, query: str, by: Reranking | None = None, *, joined: bool) -> Found:
    reading, index, flags = life.ledger.reading, life.index, life.ledger.flags
    searcher = Searcher(reading, index, reader(FakeEmbedder()), life.now, flags, by)
    return await searcher.search(ACME, SearchRequest(query, 9, DocumentFilter(), joined=joined))


async def test_neighbours_come_as_one_piece_of_their_page(life: Life) -> None:
    apart = (await search(life, "mend lamps", joined=False)).hits
    found = (await search(life, "mend lamps", joined=True)).hits
    assert len(found) < len(apart)
    assert max(len(hit.passage.text) for hit in found) > max(len(one.passage.text) for one in apart)
    for hit in found:
        its = hit.passage
        stored = await life.ledger.reading.revision(ACME, its.document, its.revision)
        assert stored is not None
        assert stored.text[its.start : its.end] == its.text
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))


async def test_two_pages_that_say_the_same_are_one_hit(life: Life) -> None:
    found = (await search(life, "how are bicycles sent back", joined=True)).hits
    about = [hit for hit in found if "Bicycles" in hit.passage.text]
    assert len(about) == 1
    assert len(about[0].also_in) == 1
    assert about[0].passage.document not in about[0].also_in


async def test_the_same_text_of_two_sources_is_one_hit(life: Life, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "bikes.html").write_text(f"<h1>Sending</h1><p>{TERMS}</p>")
    await life.sync(await life.add_source("files", {"path": str(tmp_path / "copies")}, "copies"))
    found = await life.hits("how are bicycles sent back")
    (hit,) = [hit for hit in found if "Bicycles" in hit.passage.text]
    assert len(hit.also_in) == 2


async def test_a_reranker_has_the_last_word_and_scores_go_on_falling(life: Life) -> None:
    usual = await search(life, "mend lamps", joined=False)
    turned = await search(life, "mend lamps", Reranking(Backwards()), joined=False)
    assert [hit.passage.id for hit in turned.hits] == [
        hit.passage.id for hit in reversed(usual.hits)
    ]
    assert [hit.score for hit in turned.hits] == [hit.score for hit in usual.hits]
    few = await search(life, "mend lamps", Reranking(Backwards(), hits=2), joined=False)
    assert few.hits[2:] == usual.hits[2:]


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (Reranking(Backwards(seconds=60), seconds=0.01), "it took more than 0.01 s"),
        (Reranking(Backwards(trouble="out of order")), "out of order"),
    ],
)
async def test_without_its_reranker_a_search_answers_and_says_so(
    life: Life, by: Reranking, why: str
) -> None:
    usual = await search(life, "mend lamps", joined=False)
    found = await search(life, "mend lamps", by, joined=False)
    assert found.hits == usual.hits
    assert found.warnings == (f"not reranked: {why}",)


async def test_a_page_that_may_not_be_seen_is_not_named_either(life: Life, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "secret.md").write_text(f"# Terms\n\n{TERMS}\n")
    source = await life.add_source("files", {"path": str(tmp_path / "inside")}, "inside")
    record = await life.ledger.sources.source(ACME, source)
    assert record is not None
    staff = replace(record.source, access=frozenset({"staff"}))
    await life.ledger.sources.save_source(replace(record, source=staff))
    await life.sync(source)
    named = {}
    for group in ("staff", "guests"):
        where = DocumentFilter(groups=frozenset({group}))
        asked = SearchRequest("how are bicycles sent back", 9, where, joined=True)
        hits = (await life.searcher.search(ACME, asked)).hits
        named[group] = {one for hit in hits for one in (hit.passage.document, *hit.also_in)}
    (secret,) = (await life.ledger.documents.heads(ACME, source, ["secret.md"])).values()
    assert secret.facts.id in named["staff"]
    assert secret.facts.id not in named["guests"]


EARLIER = (
    Message("user", "How are bicycles sent back?"),
    Message("assistant", "In the box that they came in."),
)


async def test_a_follow_up_is_found_by_what_was_said_before(life: Life) -> None:
    leaning = SearchRequest("what about that?", 1, DocumentFilter(), earlier=EARLIER)
    found = await life.searcher.search(ACME, leaning)
    assert found.follow_up
    assert "Bicycles" in found.hits[0].passage.text
    assert not (await life.searcher.search(ACME, replace(leaning, earlier=()))).follow_up


async def test_a_new_question_is_searched_for_as_if_nothing_was_said(life: Life) -> None:
    asked = SearchRequest("How many times are lamps turned to mend them?", 9, DocumentFilter())
    alone = await life.searcher.search(ACME, asked)
    assert await life.searcher.search(ACME, replace(asked, earlier=EARLIER)) == alone


async def test_a_reranker_reads_a_follow_up_with_what_it_leans_on(life: Life) -> None:
    by = Backwards()
    reading, index, flags = life.ledger.reading, life.index, life.ledger.flags
    searcher = Searcher(reading, index, reader(FakeEmbedder()), life.now, flags, Reranking(by))
    asked = SearchRequest("what about that?", 3, DocumentFilter(), earlier=EARLIER)
    await searcher.search(ACME, asked)
    assert by.asked == "How are bicycles sent back?\nwhat about that?"


MANY = "\n\n".join(f"## Lamp {at}\n\nMend lamp {at} by {at} turns." for at in range(120))


@pytest.fixture
async def lamps(tmp_path: Path) -> AsyncIterator[Life]:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "many.md").write_text(f"# Mending\n\n{MANY}\n")
    async with living(tmp_path, index=MemoryIndex()) as alive:
        await alive.add_source("files", {"path": str(pages)})
        await alive.sync()
        yield alive


async def test_the_best_are_the_same_whatever_the_limit(lamps: Life) -> None:
    few, some, many = [await lamps.hits("how to mend lamp 7", limit) for limit in (10, 30, 80)]
    assert (len(few), len(some), len(many)) == (10, 30, 80)
    assert [(one.passage.id, one.score) for one in many[:30]] == [
        (one.passage.id, one.score) for one in some
    ]
    assert few == some[:10]
    scores = [hit.score for hit in many]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.passage.id for hit in many}) == len(many)


async def test_the_lists_of_an_answer_are_as_deep_whatever_the_limit(lamps: Life) -> None:
    few, many = [
        await lamps.searcher.search(ACME, SearchRequest("mend lamp 7", limit, DocumentFilter()))
        for limit in (5, 80)
    ]
    assert few.lists == many.lists
