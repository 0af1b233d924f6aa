# ruff: noqa: RUF001, E501
import pytest

from ingest.adapters.tokens import O200kTokens
from retrieval.model import Message, TokenEstimate, TokenRatio
from retrieval.planner.families import Family, Script, family_of
from retrieval.planner.tokens import Gauge, learned, scale, shares_of, shares_of_language

LANGUAGES = {
    "en": "Refunds take five working days. Contact support to change the address of your order.",
    "de": "Rückerstattungen dauern fünf Werktage. Die Lieferadresse ändert der Kundendienst gern.",
    "fr": "Tous les remboursements prennent cinq jours ouvrables. Écrivez à notre équipe dévouée.",
    "id": "Semua orang dilahirkan merdeka dan mempunyai martabat dan hak-hak yang sama.",
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.",
    "ru": "Возврат денег занимает пять рабочих дней. Напишите нам, чтобы изменить адрес.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.",
    "ar": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق، وقد وهبوا عقلاً وضميراً",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "zh": "退款需要五个工作日,请联系客服修改收货地址。人人生而自由。",
    "ja": "返金には五営業日かかります。配送先の変更はサポートまでご連絡ください。",
    "ko": "환불에는 영업일 기준 5일이 걸립니다. 배송 주소를 바꾸려면 문의하세요.",
    "code": "for (int i = 0; i < n; ++i) { sum += data[i] * 0x1F; } // SELECT id FROM users;",
    "table": "| plan | price | seats |\n|---|---:|---|\n| Team | 29.00 € | 5 |\n| Big | 120,50 € | 25 |",
    "numbers": "ORD-2026-00918273 4012-8888-1881 192.168.13.244 +49 30 1234567 99.95 a8f5f167f44f",
    "mixed": "Refunds take five days and you can ask for them.\n\n退款需要五个工作日。\n\nВозврат денег.",
}
"""Real vocabularies, and a model of each family."""
MODELS = {
    "deepseek_v3": "deepseek-v4-flash",
    "qwen3": "qwen3.6-plus",
    "glm4": "glm-5.2",
    "kimi_k2": "kimi-k2.6",
    "mistral_v3": "mistral-large-latest",
    "llama3": "llama-3.3-70b",
    "cl100k_base": "gpt-4-turbo",
    "gemma3": "gemini-3.1-pro-preview",
    "o200k_base": "gpt-5.5",
}


@pytest.mark.parametrize("vocabulary", MODELS)
def test_real_tokenizers_stay_within_the_estimate(vocabulary: str) -> None:
    from splintr import Tokenizer

    tokenizer = Tokenizer.from_pretrained(vocabulary)
    gauge = Gauge(O200kTokens(), family_of(MODELS[vocabulary]))
    over = {}
    for language, text in LANGUAGES.items():
        real, estimate = len(tokenizer.encode_ordinary(text)), gauge.texts([text])[0]
        if real > estimate.p99:
            over[language] = (real, estimate)
    assert over == {}


def test_english_costs_little_margin() -> None:
    estimate = Gauge(O200kTokens(), family_of("deepseek-chat")).texts([LANGUAGES["en"] * 40])[0]
    assert estimate.p99 <= 1.12 * estimate.expected


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-5.5", "o200k"),
        ("openai/gpt-4o-mini", "o200k"),
        ("o3-mini", "o200k"),
        ("gpt-4-turbo", "cl100k"),
        ("claude-3-5-sonnet-20241022", "claude"),
        ("claude-sonnet-4-20250514", "claude"),
        ("anthropic/claude-opus-4.7", "claude-4.7"),
        ("claude-sonnet-5-5", "claude-4.7"),
        ("deepseek-v4-flash", "deepseek"),
        ("somebody/own-model", "unknown"),
    ],
)
def test_a_family_is_told_by_the_name(model: str, family: str) -> None:
    assert family_of(model).name == family


def test_shares_add_up_and_name_the_script() -> None:
    shares = shares_of(LANGUAGES["mixed"])
    assert sum(shares.values()) == pytest.approx(1)
    assert {Script.ENGLISH, Script.CJK, Script.CYRILLIC} <= {s for s in shares if shares[s] > 0.1}
    assert shares_of("") == {}
    assert sum(shares_of_language("hi").values()) == pytest.approx(1)


def test_a_prompt_counts_its_marks() -> None:
    gauge = Gauge(O200kTokens(), family_of("gpt-5.5"))
    assert gauge.prompt((Message("user", ""),)).expected == 7


SCRIPTS = {
    Script.ENGLISH: "Send it to the address of your order if you want to.",
    Script.EUROPEAN: "Die Sendung ist unterwegs und kommt mit der Post.",
    Script.LATIN: "Bütün insanlar hür doğarlar.",
    Script.VIETNAMESE: "Tất cả mọi người sinh ra đều được tự do.",
    Script.DEVANAGARI: "सभी मनुष्यों को गौरव",
    Script.INDIC: "সমস্ত মানুষ স্বাধীনভাবে",
    Script.OTHER: "ყველა ადამიანი იბადება",
    Script.SYMBOL: "➡️ ✓ 🚚",
    Script.DIGIT: "4012 8888 1881",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_told_by_its_letters_and_words(script: Script) -> None:
    shares = shares_of(SCRIPTS[script])
    assert max(shares, key=lambda one: shares[one]) is script


@pytest.mark.parametrize(
    "text", ["if (order.is_refunded) { return sum(data[i]); }", "IT IS FOR YOU AND NOT FOR THE DOG"]
)
def test_code_and_capitals_are_not_taken_for_english(text: str) -> None:
    assert shares_of(text)[Script.LATIN] > 0.9


def test_blanks_are_counted() -> None:
    blanks = "\n\n" * 50
    gauge = Gauge(O200kTokens(), family_of("qwen3-max"))
    assert gauge.texts([blanks])[0].expected >= O200kTokens().count([blanks])[0]


FAMILIES = [
    family_of(name) for name in (*MODELS.values(), "claude-opus-4-7", "claude-3-haiku", "own")
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_more_text_is_never_fewer_tokens(family: Family) -> None:
    for script in Script:
        sizes = [scale(count, {script: 1.0}, family) for count in range(0, 3_000, 7)]
        assert all(one.expected <= one.p99 for one in sizes)
        assert [one.expected for one in sizes] == sorted(one.expected for one in sizes)
        assert [one.p99 for one in sizes] == sorted(one.p99 for one in sizes)


def test_an_exact_count_stays_exact_until_outcomes_say_otherwise() -> None:
    text = LANGUAGES["en"]
    count = O200kTokens().count([text])[0]
    told = Gauge(O200kTokens(), family_of("gpt-5.5")).texts([text])[0]
    assert told == TokenEstimate(count, count)
    taught = Gauge(O200kTokens(), family_of("gpt-5.5"), TokenRatio(1.1, 1.2, 50)).texts([text])[0]
    assert taught.expected == pytest.approx(1.1 * count, abs=1)
    assert taught.p99 == pytest.approx(1.2 * count, abs=1)


@pytest.mark.parametrize(
    ("ratio", "measured", "expected"),
    [
        (TokenRatio(), True, (1_000, 1_500)),
        (TokenRatio(1.2), True, (1_200, 1_800)),
        (TokenRatio(0.8, 0.9, 99), True, (800, 1_500)),
        (TokenRatio(1.0, 1.7, 99), True, (1_000, 1_700)),
        (TokenRatio(0.8), False, (800, 1_200)),
        (TokenRatio(0.8, 0.81, 99), False, (800, 1_000)),
        (TokenRatio(1.0, 1.02, 99), False, (1_000, 1_250)),
        (TokenRatio(2.0, 1.9, 99), False, (2_000, 2_500)),
    ],
)
def test_what_was_learned_widens_margins_and_narrows_only_priors(
    ratio: TokenRatio, measured: bool, expected: tuple[int, int]
) -> None:
    told = learned(TokenEstimate(1_000, 1_500), ratio, measured=measured)
    assert (told.expected, told.p99) == expected
