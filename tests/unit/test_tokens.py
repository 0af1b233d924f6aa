from collections.abc import Sequence

import pytest

from ingest.adapters.tokens import O200kTokens, RecentTokens, ScriptTokens

PROSE = {
    "english": "Refunds are paid to the original means of payment within five working days. " * 4,
    "german": "Die Rückerstattung erfolgt innerhalb von fünf Werktagen nach Eingang der Sendung.",
    "russian": "Возврат денежных средств производится в течение пяти рабочих дней.",
    "arabic": "يتم استرداد المبلغ خلال خمسة أيام عمل من استلام الطرد",
    "hindi": "पैकेज मिलने के बाद पाँच कार्य दिवसों में पैसा वापस किया जाता है।",
    "chinese": "退款将在收到包裹后的五个工作日内退回原支付方式。",
    "japanese": "返品は商品到着後7日以内にご連絡ください。送料はお客様のご負担となります。",
    "korean": "환불은 상품을 받은 후 영업일 기준 5일 이내에 처리됩니다.",
    "code": "def refund(order: Order) -> Money:\n    return order.total - order.fees",
    "digits": "12345678901234567890 555 0142 2025-11-03",
}


def test_o200k_counts_as_the_published_encoding() -> None:
    assert O200kTokens().count(["", "hello world", "antidisestablishmentarianism"]) == [0, 2, 6]


def test_what_looks_like_a_special_token_is_counted_as_text() -> None:
    assert O200kTokens().count(["<|endoftext|>"]) == [7]


def test_half_a_surrogate_pair_is_counted() -> None:
    assert O200kTokens().count(["\ud800"])[0] >= 1
    assert ScriptTokens().count(["\ud800", ""]) == [2, 0]


@pytest.mark.parametrize("kind", PROSE)
def test_the_estimate_is_near_and_seldom_short(kind: str) -> None:
    true, guess = (counter.count([PROSE[kind]])[0] for counter in (O200kTokens(), ScriptTokens()))
    assert 0.9 * true <= guess <= 2.5 * true


def test_a_short_text_that_comes_again_is_not_counted_again() -> None:
    asked: list[str] = []

    class Attentive:
        def count(self, texts: Sequence[str]) -> list[int]:
            asked.extend(texts)
            return [len(text) for text in texts]

    counter = RecentTokens(Attentive(), most=2)
    long = "page " * 10_000
    assert counter.count(["ab", long, "ab"]) == [2, len(long), 2]
    assert counter.count(["ab", long, "c"]) == [2, len(long), 1]
    assert asked == ["ab", long, long, "c"]
    assert counter.count(["d", "ab"]) == [1, 2]
    assert asked[4:] == ["d", "ab"]
