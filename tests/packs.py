# ruff: noqa: RUF001, E501
"""Random packs of all kinds of text, drawn from a seed: the same seed gives the same pack."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.model import TenantId
from ingest.model import DocumentId
from ingest.ports import TokenCounter
from ingest.reading import DocumentFilter, LivePassage, Revision
from retrieval.errors import NothingFits
from retrieval.model import ContextPack, Message, Mode, TokenRatio
from retrieval.pack.asked import Asked
from retrieval.pack.estimate import size_up
from retrieval.pack.holdings import Holdings
from retrieval.pack.material import Material
from retrieval.pack.packer import Packer
from retrieval.pack.scope import scope_of
from retrieval.planner.families import family_of
from retrieval.planner.tokens import Gauge
from tests.prefixes import FakePrefixes
from tests.questions import ACME, NOON, Page, hits, page

VOCABULARIES = {
    "o200k_base": "gpt-5.5",
    "deepseek_v3": "deepseek-v4-flash",
    "qwen3": "qwen3-max",
    "glm4": "glm-5.1",
    "kimi_k2": "kimi-k2.6",
    "mistral_v3": "mistral-large-latest",
    "llama3": "llama-3.3-70b",
    "gemma3": "gemini-3.1-pro-preview",
    "cl100k_base": "gpt-4-turbo",
}
"""Vocabularies that splintr holds, and a model of each family."""

PROSE: Mapping[str, str] = {
    "en": "Refunds take five working days. Contact support if you want to change the address of your order, and we will send it to the new one.",
    "de": "Rückerstattungen dauern fünf Werktage. Die Lieferadresse ändert der Kundendienst gern, solange die Sendung nicht unterwegs ist.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem.",
    "cs": "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím.",
    "hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel bírván, testvéri szellemben viseltessenek.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve kardeşlik zihniyeti ile hareket etmelidirler.",
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto.",
    "is": "Hver maður er borinn frjáls og jafn öðrum að virðingu og réttindum. Menn eru gæddir vitsmunum og samvisku.",
    "id": "Semua orang dilahirkan merdeka dan mempunyai martabat dan hak-hak yang sama. Mereka dikaruniai akal dan hati nurani.",
    "sw": "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo yapasa watendeane kindugu.",
    "yo": "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì dọ́gba. Wọ́n ní ẹ̀bùn ti làákàyè àti ti ẹ̀rí-ọkàn.",
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền. Mọi con người đều được tạo hoá ban cho lý trí và lương tâm.",
    "ru": "Возврат денег занимает пять рабочих дней. Напишите нам, чтобы изменить адрес доставки вашего заказа.",
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю.",
    "kk": "Барлық адамдар тумысынан азат және қадір-қасиеті мен құқықтары тең болып дүниеге келеді.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση.",
    "ar": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق، وقد وهبوا عقلاً وضميراً وعليهم أن يعامل بعضهم بعضاً بروح الإخاء.",
    "fa": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان می‌باشند.",
    "ur": "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ انہیں ضمیر اور عقل ودیعت ہوئی ہے۔",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו ברוח של אחווה.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। पैसा पाँच कार्य दिवसों में वापस किया जाता है।",
    "bn": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে। তাঁদের বিবেক এবং বুদ্ধি আছে।",
    "ta": "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமானவர்கள்.",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม",
    "km": "មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរនិងសិទ្ធិ។",
    "ka": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით.",
    "hy": "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։",
    "am": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "zh": "退款需要五个工作日,请联系客服修改收货地址。人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心。",
    "ja": "返金には五営業日かかります。配送先の変更はサポートまでご連絡ください。すべての人間は、生まれながらにして自由である。",
    "ko": "환불에는 영업일 기준 5일이 걸립니다. 배송 주소를 바꾸려면 문의하세요. 모든 인간은 태어날 때부터 자유롭다.",
}
"""Article 1 of the Universal Declaration of Human Rights, or what help pages say."""
_CODE_LINES = """\
def refund(order: Order, *, days: int = 5) -> Money:
    if order.is_refunded or days < 0: return Money(0, "EUR")
for (int i = 0; i < n; ++i) { sum += data[i] * 0x1F; }
import java.util.concurrent.ExecutionException;
{"order_id": "A-9183", "items": [{"sku": null, "qty": 2}]}
<a href="https://shop.example/help?id=7#refunds" class="link">Refunds</a>
    async with session.get(f"{base}/v1/orders/{order.id}") as reply:
SELECT id, MAX(paid_at) FROM refunds WHERE state <> 'DONE' GROUP BY 1;
$ curl -sSL -H "Authorization: Bearer $TOKEN" | jq '.data[]'
// NO EVENT SHALL THE COPYRIGHT OWNER BE LIABLE FOR ANY DAMAGES"""
_EMOJI_SIGNS = "🚚 📦 😀 🎉 ✓ ✗ ➡️ ⚠️ 🔒 💳 👍🏽 ❤️ 🇩🇪 ⭐ 👩‍👩‍👧 → • ™ ½"
_CELLS = ["Team", "29.00 €", "5", "yes", "—", "2026-11-22", "✓", "n/a", "120,50 $", "Größe"]
_TRICK_MARKS = "<|im_start|> [D1§2] </knowledge> ﷽ \u200b \ufeff \u00a0 \x00 \t --- ``` {{x}}"
_CODE = _CODE_LINES.split("\n")
_EMOJI = _EMOJI_SIGNS.split(" ")
_TRICKS = _TRICK_MARKS.split(" ")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pack to make."""

    mode: Mode
    budget: int
    vocabulary: str
    """Whose tokens the prompt is counted in."""
    material: Material
    pages: tuple[Page, ...]


def draw(seed: int, counter: TokenCounter, longest: int = 120) -> Drawn:
    """Draw mode, budget, model and all that a prompt may hold; `longest` is words of a section."""
    rng = random.Random(seed)
    vocabulary = rng.choice(list(VOCABULARIES))
    gauge = Gauge(counter, family_of(VOCABULARIES[vocabulary]), _ratio(rng))
    pages = tuple(_page(rng, number, longest) for number in range(rng.choice([0, 1, 2, 2, 4])))
    found = [passage for one in pages for passage in one.passages()]
    rng.shuffle(found)
    budget = round(math.exp(rng.uniform(math.log(80), math.log(20_000))))
    holdings = Holdings.of([one.record for one in pages])
    ranked = hits(*found)
    material = Material(
        tenant=ACME,
        sequence=7,
        where=DocumentFilter(),
        holdings=holdings,
        asked=_asked(rng, longest),
        hits=ranked,
        gauge=gauge,
        at=NOON,
        room=rng.choice([budget, 2_000, 6_000]),
        scope=scope_of(ranked, holdings),
    )
    return Drawn(rng.choice(list(Mode)), budget, vocabulary, material, pages)


async def make(drawn: Drawn) -> ContextPack | None:
    """Make the pack; None where not even the question fits."""
    packer = Packer(_Reading({DocumentId(one.id): one for one in drawn.pages}), FakePrefixes())
    try:
        sizes = size_up(drawn.material)
        return await packer.pack(drawn.mode, drawn.budget, drawn.material, sizes)
    except NothingFits:
        return None


def limit_of(drawn: Drawn, pack: ContextPack) -> int:
    """Give the most tokens that the prompt may have: the budget, and what the pack says."""
    whole = drawn.mode in (Mode.FULL, Mode.SCOPED)
    return pack.tokens.p99 if whole else min(drawn.budget, pack.tokens.p99)


def count_prompt(messages: Sequence[Message], counter: TokenCounter) -> int:
    """Count a prompt as its model does, with OpenAI's marks around each message."""
    return sum(counter.count([one.content for one in messages])) + 4 * len(messages) + 3


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads these pages."""

    pages: Mapping[DocumentId, Page]

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        return {one: self.pages[one].revision for one in documents}

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        return self.pages[document].passages()

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        return self.pages[document].revision


def _ratio(rng: random.Random) -> TokenRatio:
    """Most models have taught nothing yet; what was taught by honest reports is true."""
    return TokenRatio(1.0, 1.02, 100) if rng.random() < 0.1 else TokenRatio()


def _page(rng: random.Random, number: int, longest: int) -> Page:
    flavours = rng.sample(list(FLAVOURS), rng.choice([1, 1, 2, 3]))
    texts = [
        _text(rng, flavours, rng.choice([longest // 15, longest // 4, longest]))
        for _ in range(rng.randint(1, 3))
    ]
    one = page(f"doc-{number}", *texts, language=rng.choice(["en", "de", "zh", ""]))
    heading, rest = _text(rng, flavours, 4).replace("\n", " "), one.sections[1:]
    return replace(one, sections=((heading, texts[0]), *rest))


def _asked(rng: random.Random, longest: int) -> Asked:
    def some(words: int, chance: float) -> str:
        flavours = rng.sample(list(FLAVOURS), 1)
        return _text(rng, flavours, rng.randint(1, words)) if rng.random() < chance else ""

    turns = [some(longest // 2, 1.0) for _ in range(rng.choice([0, 0, 1, 2, 5]))]
    history = tuple(
        Message("assistant" if number % 2 else "user", text) for number, text in enumerate(turns)
    )
    question, rules = some(longest // 4, 1.0), some(longest // 2, 0.3)
    return Asked(question, history, rules, some(longest, 0.4), rng.random() < 0.3)


def _text(rng: random.Random, flavours: Sequence[str], words: int) -> str:
    """Write about so many words; they come in runs of one flavour."""
    runs, left = [], words
    while left > 0:
        run = min(left, rng.randint(3, 60))
        runs.append(FLAVOURS[rng.choice(list(flavours))](rng, run))
        left -= run
    return rng.choice(["\n\n", "\n", " "]).join(runs)


def _prose(text: str) -> Callable[[random.Random, int], str]:
    words = text.split(" ")

    def write(rng: random.Random, count: int) -> str:
        if rng.random() < 0.5:
            return " ".join(rng.choices(words, k=count))
        return " ".join((words * (count // len(words) + 1))[:count])

    return write


def _joined(
    draw_one: Callable[[random.Random], str], joint: str = " ", each: int = 1
) -> Callable[[random.Random, int], str]:
    return lambda rng, count: joint.join(draw_one(rng) for _ in range(max(1, count // each)))


def _letters(rng: random.Random, alphabet: str, shortest: int, longest: int) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(shortest, longest)))


def _row(rng: random.Random) -> str:
    return f"| {' | '.join(rng.choices(_CELLS, k=5))} |"


FLAVOURS: Mapping[str, Callable[[random.Random, int], str]] = {
    **{language: _prose(text) for language, text in PROSE.items()},
    "capitals": _prose(PROSE["en"].upper()),
    "code": _joined(lambda rng: rng.choice(_CODE), "\n", 8),
    "table": _joined(_row, "\n", 6),
    "digits": _joined(lambda rng: _letters(rng, "0123456789", 1, 14)),
    "prices": _joined(lambda rng: f"{rng.randint(0, 99_999) / 100:.2f} EUR"),
    "hex": _joined(lambda rng: _letters(rng, "0123456789abcdef", 8, 40), " ", 3),
    "base64": _joined(lambda rng: _letters(rng, "ABCDEFGHIJabcdefghij0123456789+/", 40, 200), "\n", 20),
    "long words": _joined(lambda rng: _letters(rng, "etaoinshrdlucmfwypvbgkjqxz", 20, 90), " ", 4),
    "links": _joined(lambda rng: f"https://shop.example/{_letters(rng, 'abcdefg-_/', 5, 30)}?id={rng.randint(1, 10**9)}", "\n", 6),
    "emoji": _joined(lambda rng: "".join(rng.choices(_EMOJI, k=rng.randint(1, 4)))),
    "tricks": _joined(lambda rng: rng.choice(_TRICKS)),
    "blanks": _joined(lambda rng: " " * rng.randint(1, 40) + rng.choice("x|-\t\n"), "\n"),
}  # fmt: skip
"""Writers of text, by what they write."""
