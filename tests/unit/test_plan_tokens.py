# ruff: noqa: RUF001, E501
import pytest

from ingest.adapters.tokens import O200kTokens
from retrieval.model import Message
from retrieval.planner.families import Script, family_of
from retrieval.planner.tokens import Gauge, shares_of, shares_of_language

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
