"""Turn bytes into text without losing any, whatever charset they claim."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)|<meta[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
# What browsers read under these names: the Windows page holds all of it and more.
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_WIDER |= {"shift_jis": "cp932", "euc_kr": "cp949", "iso8859-9": "cp1254"}
# Codecs that no page is written in; some take hours for a large one.
_PYTHONS_OWN = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)
_MULTI_BYTE = ("cp932", "euc_jp", "cp949", "gb18030", "big5")
_SAMPLE = 100_000
_KANA = re.compile("[\u3040-\u30ff]")
_RUSSIAN = re.compile("[\u0410-\u042f]?[\u0430-\u044f\u0451]{2,}")
_HANGUL = re.compile("[\uac00-\ud7a3]")
# The thousand or so characters that fill Chinese text stand in the first planes of both
# national sets; what a wrong guess gives is mostly rare ones, private use and half width.
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "的這個們來為國說時會對過發後經動當還開長無與學從體點業將兩間問應見頭義幾認條氣題別變總電數報結關實務場計進產話歸書聽買賣寫"
)
_MEANINGLESS = re.compile(
    "[\u0080-\u009f\u00a1-\u00b6\u00b8-\u00bf\u00d7\u00f7\u2020-\u2030\u20ac]"
)


def decode(content: bytes, declared: str = "") -> str:
    """Give the text of these bytes; byte order marks and valid UTF-8 outweigh declarations.

    A charset `declared` beside the content, as by the header of a web page, outweighs one
    within it.
    """
    marked = _by_mark(content) or _by_zeros(content)
    if marked:
        return content.decode(marked, errors="replace")
    utf8 = _strictly(content, "utf-8")
    if utf8 is not None and b"\x1b$" not in content:
        return utf8
    for name in (_known(declared), _declared(content)):
        text = _strictly(content, name) if name else None
        if text is not None:
            return text
    return _guessed(content)


def _by_mark(content: bytes) -> str | None:
    return next((name for mark, name in _BOMS if content.startswith(mark)), None)


def _by_zeros(content: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of Western text is zero."""
    head = content[:4096]
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head[1::2]) and even < odd / 10:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * len(head[0::2]) and odd < even / 10 else None


def _declared(content: bytes) -> str | None:
    found = _DECLARED.search(content, 0, _DECLARED_WITHIN)
    return _known((found[1] or found[2]).decode("ascii")) if found else None


def _known(charset: str) -> str | None:
    """Give the codec that browsers use under this name, or None for what is no charset."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    # A declaration that could be read cannot be in UTF-16.
    no_charset = name in _PYTHONS_OWN or name.startswith(("utf-16", "utf-32"))
    return None if no_charset else _WIDER.get(name, name)


def _strictly(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (UnicodeError, LookupError):
        return None


def _guessed(content: bytes) -> str:
    """Choose the charset whose reading looks most like writing; the last resort loses nothing."""
    # Mostly UTF-8 with a few torn bytes: the torn ones alone read as Windows Western.
    torn = content.decode("utf-8", errors="replace")
    sound = sum(character > "\x7f" for character in torn) - torn.count("\ufffd")
    if sound > 4 * torn.count("\ufffd"):
        return _mended(content)
    if b"\x1b$" in content or b"\x1b(" in content:
        escaped = _strictly(content, "iso2022_jp")
        if escaped is not None:
            return escaped
    scored = [(_likeness(content, name), name) for name in (*_MULTI_BYTE, "cp1251", "cp1252")]
    score, name = max(scored, key=lambda pair: pair[0])
    return content.decode(name if score > 0 else "cp1252", errors="replace")


def _mended(content: bytes) -> str:
    raw = content.decode("utf-8", errors="surrogateescape")
    return re.sub(
        "[\udc80-\udcff]",
        lambda torn: bytes([ord(torn[0]) - 0xDC00]).decode("cp1252", errors="replace"),
        raw,
    )


def _likeness(content: bytes, name: str) -> float:
    """Score a reading between -1 and 1: the share of its high characters that are usual."""
    errors = "replace" if name.startswith("cp125") else "strict"
    try:
        text = content[:_SAMPLE].decode(name, errors=errors)
    except UnicodeDecodeError as error:
        if len(content) <= _SAMPLE or error.start < _SAMPLE - 4:
            return -1.0
        text = content[: error.start].decode(name, errors="replace")
    high = [character for character in text if character > "\x7f"]
    if not high:
        return 0.0
    return _usual(high, text, name) / len(high) - high.count("\ufffd") / len(high)


def _usual(high: list[str], text: str, name: str) -> float:
    if name in {"cp932", "euc_jp"}:
        return 1.5 * len(_KANA.findall(text))
    if name == "cp949":
        return float(_written_hangul(text))
    if name in {"gb18030", "big5"}:
        return 1.6 * sum(character in _COMMON_HAN for character in high)
    if name == "cp1251":
        return float(sum(len(word) for word in _RUSSIAN.findall(text)))
    return 0.9 * sum(not _MEANINGLESS.match(character) for character in _beside_ascii(text))


def _written_hangul(text: str) -> int:
    """Count the 2,350 syllables that Korean is written with; a wrong guess gives the others."""
    raw = "".join(_HANGUL.findall(text)).encode("cp949")
    return sum(a >= 0xB0 and b >= 0xA1 for a, b in zip(raw[::2], raw[1::2], strict=True))


def _beside_ascii(text: str) -> list[str]:
    """Find accented letters as Western writing has them: one or two amid plain ones."""
    return [c for run in re.findall("[^\x00-\x7f]+", text) if len(run) <= 2 for c in run]
