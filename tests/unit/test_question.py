"""A question that the model does not understand is answered by its words, with a warning."""

from uuid import UUID

import pytest

from ingest.adapters.bm25 import Bm25Encoder
from ingest.model import Scored, Served
from retrieval.fusion import fuse
from retrieval.model import Message
from retrieval.question import QuestionReader
from tests.fakes import FakeEmbedder
from tests.languages import ToldDetector, reader

ENGLISH_ONLY = Served(frozenset({"en"}), frozenset({"en", "de", "fr"}))
MOST = Served(frozenset({"en", "de"}), frozenset({"en", "de", "fr"}))


async def test_an_unserved_language_is_warned_of_and_counts_cosines_less() -> None:
    asked = reader(FakeEmbedder(), ENGLISH_ONLY, de="Wo ist mein Paket?")
    german = await asked.read("Wo ist mein Paket?")
    assert german.dense_share < 1
    assert [("(de)" in warning) for warning in german.warnings] == [True]


async def test_a_served_language_is_not_warned_of() -> None:
    english = await reader(FakeEmbedder(), ENGLISH_ONLY).read("Where is my parcel?")
    assert (english.dense_share, english.warnings) == (1, ())


async def test_nothing_is_said_of_a_model_that_was_never_tried() -> None:
    german = await reader(FakeEmbedder(), de="Wo?").read("Wo?")
    assert (german.dense_share, german.warnings) == (1, ())


@pytest.mark.parametrize(("served", "holds"), [(ENGLISH_ONLY, False), (MOST, True)])
def test_an_untried_language_goes_by_the_most_of_the_others(served: Served, *, holds: bool) -> None:
    assert served.serves("sv") is holds


def test_a_text_whose_language_nothing_tells_is_not_warned_of() -> None:
    assert ENGLISH_ONLY.serves("")


async def test_a_question_is_weighed_in_its_own_language() -> None:
    told = ToldDetector({"Erstattungen": "de"})
    read = await QuestionReader(FakeEmbedder(), Bm25Encoder(), told, Served()).read("Erstattungen")
    assert read.probe.sparse == Bm25Encoder().encode_query("Erstattungen", ("de",))


def test_cosines_that_count_less_leave_the_order_to_words() -> None:
    near, named = UUID(int=1), UUID(int=2)
    dense = [Scored(near, 0.9), Scored(named, 0.5)]
    sparse = [Scored(named, 9.0), Scored(near, 1.0)]
    assert fuse(dense, sparse)[0].id == near
    assert fuse(dense, sparse, dense_share=0.1)[0].id == named


async def test_a_question_that_leans_takes_words_and_direction_of_what_was_said() -> None:
    asked = reader(FakeEmbedder())
    alone = await asked.read("and for gift cards?")
    earlier = (
        Message("user", "How long do refunds take?"),
        Message("assistant", "Refunds take five days."),
    )
    leaning = await asked.lean(alone, earlier)
    refunds = Bm25Encoder().encode_query("refunds").indices
    assert set(refunds) <= set(leaning.probe.sparse.indices) - set(alone.probe.sparse.indices)
    answer = await FakeEmbedder().embed_query("Refunds take five days.")
    assert leaning.probe.dense @ answer > alone.probe.dense @ answer
    assert leaning.warnings == alone.warnings
