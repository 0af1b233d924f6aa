"""What other pages say against a passage is told with it, and may call for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors.model import TenantId
from ingest.freshness.model import Conflict, Quote
from ingest.model import DocumentId
from ingest.reading import LivePassage
from retrieval.disputes import cited_disputes, contested, disputed, notes_on
from retrieval.freshness import judge
from retrieval.model import Citation, Hit
from tests.questions import ACME, NOON, hits, page

QUESTION = "How long is a gift card valid?"
NEW = "A gift card is valid for 24 months."
OLD = "Gift cards are valid for 12 months."


def quote(passage: LivePassage, text: str) -> Quote:
    return Quote(
        passage.document,
        passage.revision,
        passage.start,
        passage.start + len(text),
        text,
        point=passage.id,
    )


@dataclass
class Known:
    """A contradiction between two passages, and who asked for it."""

    sides: tuple[LivePassage, LivePassage]
    asked: int = 0

    async def conflicts(
        self, tenant: TenantId, documents: Sequence[DocumentId], groups: frozenset[str] | None
    ) -> Sequence[Conflict]:
        self.asked += 1
        quotes = tuple(quote(side, side.text) for side in self.sides)
        return [Conflict("f1", "“24 months” against “12 months”.", quotes)]


def passages(*, flagged: bool = True) -> tuple[LivePassage, ...]:
    found = (*page("new", NEW).passages(), *page("old", OLD).passages())
    return (*(replace(one, disputed=flagged) for one in found), *page("other", "Hm.").passages())


async def found(*, flagged: bool = True) -> tuple[Hit, ...]:
    all_ = passages(flagged=flagged)
    return await disputed(Known((all_[0], all_[1])), ACME, hits(*all_), None)


async def test_both_sides_are_told_of_each_other() -> None:
    new, old, other = await found()
    assert [one.document for one in new.disputes] == ["old"]
    assert (new.disputes[0].says, new.disputes[0].against) == (NEW, OLD)
    assert new.warnings == (f"contradicted by another page: {OLD}",)
    assert old.warnings == (f"contradicted by another page: {NEW}",)
    assert not other.disputes
    assert not other.warnings


async def test_nobody_is_asked_where_no_page_is_disputed() -> None:
    all_ = passages(flagged=False)
    known = Known((all_[0], all_[1]))
    assert await disputed(known, ACME, hits(*all_), None) == hits(*all_)
    assert known.asked == 0


async def test_a_sentence_of_an_older_text_is_no_longer_disputed() -> None:
    all_ = passages()
    edited = replace(all_[0], revision=all_[0].revision + 1)
    marked = await disputed(Known((all_[0], all_[1])), ACME, hits(edited), None)
    assert marked[0].disputes == ()


async def test_a_question_about_what_is_contradicted_is_contested() -> None:
    both = await found()
    assert [one.flag for one in contested(QUESTION, both)] == ["f1"]
    assert contested("Do you ship to Norway?", both) == ()


async def test_one_word_is_enough_where_such_a_value_is_asked_for() -> None:
    both = await found()
    assert contested("How long will my card work?", both)
    assert contested("What does a card cost?", both) == ()
    assert contested("Can I buy a card here?", both) == ()


async def test_freshness_may_decide_between_the_two() -> None:
    new, old, _ = await found()
    stale = replace(old, freshness=replace(old.freshness, stale=True))
    assert contested(QUESTION, (new, stale)) == ()
    assert contested(QUESTION, (new,)) == ()


async def test_the_reader_of_a_prompt_is_told_once() -> None:
    told = notes_on(await found())
    assert len(told) == 1
    assert NEW in told[0]
    assert OLD in told[0]


async def test_citations_carry_what_was_found_against_them() -> None:
    both = await found()
    one = both[0].passage
    cited = Citation(
        "D1§1", one.document, one.revision, "", "", "", 0, one.end, "", both[0].freshness
    )
    elsewhere = replace(cited, start=one.end, end=one.end + 9)
    first, second = cited_disputes([cited, elsewhere], both)
    assert first.disputes == both[0].disputes
    assert second.disputes == ()


def test_a_page_is_stale_as_it_was_found_or_by_its_own_date() -> None:
    (plain,) = page("p", NEW).passages()
    assert not judge(plain, NOON).stale
    found_so = replace(plain, stale=True, staleness=0.8, stale_reasons=("Says 2024.",))
    assert judge(found_so, NOON).stale
    assert judge(found_so, NOON).reasons == ("Says 2024.",)
    past = replace(plain, review_by=NOON - timedelta(days=1))
    assert judge(past, NOON).staleness == 1.0
    verified = replace(past, verified_at=NOON)
    assert judge(verified, NOON).staleness == 0.0
