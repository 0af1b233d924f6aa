"""The words of passages and questions meet."""

import pytest

from ingest.adapters.bm25 import Bm25Encoder
from ingest.model import SparseVector


def shared(passage: SparseVector, question: SparseVector) -> int:
    return len(set(passage.indices) & set(question.indices))


def test_a_question_meets_a_passage_by_the_stem() -> None:
    encoder = Bm25Encoder()
    passage = encoder.encode_passage("Refunds are taking five days.")
    assert shared(passage, encoder.encode_query("when is my refund taken?")) == 1


def test_stop_words_weigh_nothing() -> None:
    assert Bm25Encoder().encode_query("what is the") == Bm25Encoder().encode_query("")


def test_a_term_weighs_more_the_more_often_it_stands_and_the_shorter_the_passage() -> None:
    encoder = Bm25Encoder()
    (term,) = encoder.encode_query("refund").indices

    def weight(text: str) -> float:
        found = encoder.encode_passage(text)
        return found.values[found.indices.index(term)]

    assert weight("refund refund card") > weight("refund card")
    assert weight("refund card") > weight("refund card " + "delivery " * 200)


def test_a_question_counts_each_term_once() -> None:
    assert Bm25Encoder().encode_query("refund refunds REFUND").values == (1.0,)


@pytest.mark.parametrize(
    ("passage", "question"),
    [
        ("退款需要五个工作日才能到达您的银行账户", "退款需要多久"),
        ("返金には五日かかります", "返金はいつですか"),
        ("การคืนเงินใช้เวลาห้าวันทำการ", "การคืนเงิน"),
    ],
)
def test_scripts_without_spaces_are_cut_into_words(passage: str, question: str) -> None:
    encoder = Bm25Encoder()
    assert len(encoder.encode_passage(passage).indices) >= 4
    assert shared(encoder.encode_passage(passage), encoder.encode_query(question)) >= 1


def test_a_name_inside_a_chinese_sentence_is_found_by_the_name_alone() -> None:
    encoder = Bm25Encoder()
    passage = encoder.encode_passage("我们的服务支持PostgreSQL 15.2数据库")
    assert shared(passage, encoder.encode_query("PostgreSQL 15.2")) == len(
        encoder.encode_query("PostgreSQL 15.2").indices
    )


def test_equal_texts_give_equal_weights_with_unique_sorted_terms() -> None:
    text = "Refunds 退款 take five days, refunds 退款 again"
    one, other = Bm25Encoder().encode_passage(text), Bm25Encoder().encode_passage(text)
    assert one == other
    assert list(one.indices) == sorted(set(one.indices))


def test_text_without_words_or_with_broken_characters_has_an_answer() -> None:
    encoder = Bm25Encoder()
    assert encoder.encode_passage("") == SparseVector((), ())
    assert encoder.encode_query("?!") == SparseVector((), ())
    assert encoder.encode_query("refund \ud800") == encoder.encode_query("refund")


def test_the_settings_tell_languages_apart() -> None:
    assert Bm25Encoder("german").settings != Bm25Encoder().settings


def test_a_language_without_a_stemmer_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        Bm25Encoder("klingon")
