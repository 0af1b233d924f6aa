"""A question that leans on the conversation is searched for with what it leans on."""

from uuid import UUID

import numpy as np
import pytest

from ingest.adapters.bm25 import Bm25Encoder
from ingest.model import Probe, Scored
from retrieval.follow_up import (
    CHOSEN,
    Lean,
    blended,
    last_answer,
    lean_of,
    leans,
    replies,
    said_before,
)
from retrieval.model import Message
from tests.fakes import FakeEmbedder

STANDS_OUT = [Scored(UUID(int=at), score) for at, score in enumerate((0.9, 0.2, 0.1))]
ALIKE = [Scored(UUID(int=at), score) for at, score in enumerate((0.3, 0.28, 0.25))]


@pytest.mark.parametrize(
    "question",
    [
        "and for gift cards?",
        "How long does that take?",
        "What if I lose it?",
        "Is that free?",
        "what about express?",
        "No, I meant the small one.",
        "What happens to my points then?",
        "Can they be merged?",
        "Und für Gutscheine?",
        "Wie lange dauert das?",
        "Geht das auch am Samstag?",
        "Brauche ich dafür den Beleg?",
        "Et pour les cartes cadeaux ?",
        "Combien de temps cela prend-il ?",
        "Et ils expirent quand ?",
        "¿Y para las tarjetas regalo?",
        "¿Cuánto tarda eso?",
        "Pero, ¿puedo devolverla?",
    ],
)
def test_what_points_back_leans(question: str) -> None:
    assert lean_of(question) is Lean.BACK


@pytest.mark.parametrize(
    "question", ["how much?", "with thick socks?", "ab wann?", "pour combien ?", "¿desde cuándo?"]
)
def test_what_is_short_may_lean(question: str) -> None:
    assert lean_of(question) is Lean.SHORT


@pytest.mark.parametrize(
    "question",
    [
        "gift cards",
        "E31",
        "autovacuum threshold",
        "How long do refunds take to arrive?",
        "Is there a student discount?",
        "Is it possible to pay by invoice?",
        "How long does it take to get a refund?",
        "Are you open on Sundays this week?",
        "Can I get a buckle for a bag that is no longer sold?",
        "Wie lange kann ich etwas zurückgeben?",
        "Gibt es das Buch auch auf Deutsch zu kaufen?",
        "Comment puis-je retourner un article ?",
        "No puedo entrar en mi cuenta, ayuda",
        "¿Cómo puedo devolver un artículo?",
    ],
)
def test_what_stands_alone_does_not(question: str) -> None:
    assert lean_of(question) is Lean.NOT


def test_a_follow_up_is_one_whose_own_search_finds_nothing_that_stands_out() -> None:
    assert leans("and for gift cards?", ALIKE)
    assert not leans("and for gift cards?", STANDS_OUT)
    assert leans("for how much?", ALIKE)
    assert not leans("for how much?", STANDS_OUT)


def test_a_question_of_its_own_is_none_however_little_it_finds() -> None:
    assert not leans("Do you deliver kayaks to the Moon?", ALIKE)
    assert not leans("Do you deliver kayaks to the Moon?", [])


def test_where_cosines_tell_nothing_only_words_that_point_back_do() -> None:
    assert leans("Und für Gutscheine?", STANDS_OUT, understood=False)
    assert not leans("Ab wann?", ALIKE, understood=False)


def test_a_turn_that_leans_itself_is_read_with_the_one_before() -> None:
    dialogue = (
        Message("user", "Where is your shop in York?"),
        Message("assistant", "14 Stonegate."),
        Message("user", "How long do refunds take to arrive?"),
        Message("assistant", "Five days."),
        Message("user", "and for gift cards?"),
        Message("assistant", "They cannot be refunded."),
    )
    assert said_before(dialogue) == "How long do refunds take to arrive?\nand for gift cards?"
    assert last_answer(dialogue) == "They cannot be refunded."
    assert last_answer(dialogue[:1]) == "Where is your shop in York?"


def test_of_long_turns_only_the_beginning_is_looked_for() -> None:
    pasted = Message("user", f"Why does my export fail? {'stack trace ' * 9_000}")
    assert lean_of(f"and that? {'stack trace ' * 100}") is Lean.NOT
    assert said_before([pasted]).startswith("Why does my export fail?")
    assert len(said_before([pasted])) <= 400


async def test_a_blend_keeps_the_questions_own_words_first() -> None:
    embedder, bm25 = FakeEmbedder(), Bm25Encoder()
    question = await embedder.embed_query("and for gift cards?")
    answer = await embedder.embed_query("Refunds take five days.")
    own = Probe(question, bm25.encode_query("and for gift cards?"))
    probe = blended(own, answer, bm25.encode_query("How long do refunds take?"))
    assert float(np.linalg.norm(probe.dense)) == pytest.approx(1)
    assert probe.dense @ question > probe.dense @ answer > question @ answer
    weights = dict(zip(probe.sparse.indices, probe.sparse.values, strict=True))
    assert {weights.pop(term) for term in own.sparse.indices} == {1.0}
    assert set(weights) == set(bm25.encode_query("How long do refunds take?").indices)
    assert set(weights.values()) == {CHOSEN.terms}


@pytest.mark.parametrize(
    ("asked", "reply", "follows"),
    [
        ("Tents or boots?", "Boots.", True),
        ("Shall I tell you how? [D1§2]", "Yes please", True),
        ("Refunds take five days.", "Boots.", False),
        ("Tents or boots?", "How do I wash the boots that I bought?", False),
    ],
)
def test_what_answers_a_question_back_is_read_with_it(
    asked: str, reply: str, follows: bool
) -> None:
    assert replies(reply, [Message("user", "Help"), Message("assistant", asked)]) is follows
