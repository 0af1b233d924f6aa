"""The words of passages and questions meet, in every language."""

import pytest

from ingest.adapters.bm25 import Bm25Encoder, Weighing
from ingest.model import SparseVector


def weighed(text: str, language: str = "en", *, context: str = "") -> SparseVector:
    return Bm25Encoder().encode_passage(context, text, language)


def asked(text: str, *languages: str) -> SparseVector:
    return Bm25Encoder().encode_query(text, languages)


def shared(passage: SparseVector, question: SparseVector) -> int:
    return len(set(passage.indices) & set(question.indices))


def weight_of(word: str, passage: SparseVector) -> float:
    (term,) = asked(word).indices
    return passage.values[passage.indices.index(term)]


def test_a_question_meets_a_passage_by_the_stem() -> None:
    passage = weighed("Refunds are taking five days.")
    assert shared(passage, asked("when is my refund taken?")) == 1


@pytest.mark.parametrize(
    ("language", "passage", "question"),
    [
        ("de", "Die Erstattungen dauern fünf Tage.", "Wann kommt die Erstattung?"),
        ("es", "Los reembolsos tardan cinco días.", "¿Y mi reembolso?"),
        ("ru", "Возвраты занимают пять дней.", "Где мой возврат?"),
        ("ar", "المدفوعات تصل خلال خمسة أيام", "متى المدفوعة"),
    ],
)
def test_each_language_has_its_own_stems(language: str, passage: str, question: str) -> None:
    assert shared(weighed(passage, language), asked(question, language)) == 1
    assert shared(weighed(passage, "en"), asked(question, "en")) < 2


def test_stop_words_weigh_nothing_in_their_own_language() -> None:
    assert asked("what is the") == asked("")
    assert asked("wie ist das", "de") == asked("")
    assert weighed("wie ist das", "de") == SparseVector((), ())
    assert len(asked("wie ist das", "en").indices) == 3


def test_a_german_stop_word_is_no_english_word() -> None:
    assert shared(weighed("When pets die"), asked("die Rechnung", "de")) == 0


def test_a_name_in_a_question_meets_an_english_passage() -> None:
    passage = weighed("Bluetooth headphones cannot be returned.")
    assert shared(passage, asked("Kann ich Bluetooth headphones umtauschen?", "de")) == 2


def test_an_uncertain_question_carries_the_stems_of_each_language_it_may_be_in() -> None:
    question = asked("Passwort vergessen", "en", "de")
    assert shared(weighed("Passwörter vergessen? Passwort!", "de"), question) == 2


def test_what_has_no_known_language_is_read_as_english() -> None:
    assert weighed("Refunds", "") == weighed("Refund", "en")
    assert asked("refunds") == asked("refund", "en")


def test_a_language_without_a_stemmer_is_compared_word_by_word() -> None:
    passage = weighed("Zwroty trafiają na konto", "pl")
    assert shared(passage, asked("zwroty na konto", "pl")) == 3


def test_a_term_weighs_more_the_more_often_it_stands_and_the_shorter_the_passage() -> None:
    often = weight_of("refund", weighed("refund refund card"))
    once = weight_of("refund", weighed("refund card"))
    lost = weight_of("refund", weighed("refund card " + "delivery " * 200))
    assert often > once > lost


def test_a_word_in_the_heading_weighs_more_than_one_in_the_text() -> None:
    text = "Money reaches your card within five days."
    above = weighed(text, context="Help > Refunds")
    beside = weighed(f"{text} Refunds.", context="Help")
    assert weight_of("refund", above) > weight_of("refund", beside)


def test_a_long_heading_path_weighs_less_by_the_word() -> None:
    deep = weighed("Text.", context="Refund " + "and other chapters of this long manual " * 3)
    assert weight_of("refund", weighed("Text.", context="Refund")) > weight_of("refund", deep)


def test_a_question_counts_each_term_once() -> None:
    assert asked("refund refunds REFUND").values == (1.0,)


@pytest.mark.parametrize(
    ("language", "passage", "question"),
    [
        ("zh", "退款需要五个工作日才能到达您的银行账户", "退款需要多久"),
        ("ja", "返金には五日かかります", "返金はいつですか"),
        ("th", "การคืนเงินใช้เวลาห้าวันทำการ", "การคืนเงิน"),
    ],
)
def test_scripts_without_spaces_are_cut_into_words(
    language: str, passage: str, question: str
) -> None:
    assert len(weighed(passage, language).indices) >= 4
    assert shared(weighed(passage, language), asked(question, language)) >= 1


def test_hindi_words_are_not_broken_at_their_joined_letters() -> None:
    assert len(asked("मेरा ऑर्डर रद्द कीजिए", "hi").indices) == 4


def test_a_name_inside_a_chinese_sentence_is_found_by_the_name_alone() -> None:
    passage = weighed("我们的服务支持PostgreSQL 15.2数据库", "zh")
    assert shared(passage, asked("PostgreSQL 15.2")) == len(asked("PostgreSQL 15.2").indices)


def test_equal_texts_give_equal_weights_with_unique_sorted_terms() -> None:
    text = "Refunds 退款 take five days, refunds 退款 again"
    assert weighed(text) == weighed(text)
    assert list(weighed(text).indices) == sorted(set(weighed(text).indices))


def test_a_term_that_stands_very_often_is_counted_exactly() -> None:
    linear = Bm25Encoder(Weighing(k=1e9, b=0.0)).encode_passage("", "refund " * 9_999, "en")
    assert linear.values[0] == pytest.approx(9_999, rel=1e-4)


def test_text_without_words_or_with_broken_characters_has_an_answer() -> None:
    assert weighed("") == SparseVector((), ())
    assert asked("?!") == SparseVector((), ())
    assert asked("refund \ud800") == asked("refund")


def test_the_settings_tell_weighings_apart() -> None:
    assert Bm25Encoder(Weighing(context=2.0)).settings != Bm25Encoder().settings
