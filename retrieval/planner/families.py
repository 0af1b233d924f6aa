"""How many tokens each family of models makes of what o200k counts once.

The ratios were measured with the vocabularies that splintr-rs 0.22 carries (DeepSeek V3,
Kimi K2, GLM 4, Qwen 3, Mistral Tekken, Llama 3, cl100k, and Gemma 3 for Gemini) on the same
sentences in 40 languages, on paragraphs in 12 of them (XQuAD), on help pages, code, tables and
numbers; `python -m bench.overflow` measures them anew. Claude publishes no vocabulary: its rows
are priors from published counts of `count_tokens`, with wide margins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Script(StrEnum):
    """A kind of writing that tokenizers treat alike."""

    ENGLISH = "english"
    EUROPEAN = "european"
    """The larger languages of western Europe."""
    LATIN = "latin"
    """All else in Latin letters: other languages, names, code, capitals."""
    VIETNAMESE = "vietnamese"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    ARABIC = "arabic"
    HEBREW = "hebrew"
    DEVANAGARI = "devanagari"
    INDIC = "indic"
    """The other scripts of India."""
    THAI = "thai"
    CJK = "cjk"
    HANGUL = "hangul"
    DIGIT = "digit"
    SYMBOL = "symbol"
    """Signs, arrows and emoji."""
    OTHER = "other"
    """Letters of other scripts, and those that few languages of a script have."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that share a tokenizer, or nearly."""

    name: str
    ratios: Mapping[Script, float] = field(hash=False)
    """Expected tokens for one token of o200k."""
    trust: float
    """What the margin of each script is multiplied with; 0: the counter is exact."""
    measured: bool = True
    """Whether its vocabulary is public."""

    @property
    def exact(self) -> bool:
        """Whether the counter's own vocabulary is the family's."""
        return self.trust == 0


MARGINS: Mapping[Script, float] = {
    Script.ENGLISH: 0.10,
    Script.EUROPEAN: 0.25,
    Script.LATIN: 0.45,
    Script.VIETNAMESE: 0.22,
    Script.CYRILLIC: 0.28,
    Script.GREEK: 0.32,
    Script.ARABIC: 0.30,
    Script.HEBREW: 0.25,
    Script.DEVANAGARI: 0.36,
    Script.INDIC: 0.35,
    Script.THAI: 0.28,
    Script.CJK: 0.30,
    Script.HANGUL: 0.25,
    Script.DIGIT: 0.15,
    Script.SYMBOL: 0.80,
    Script.OTHER: 0.80,
}
"""How far above its ratio the 99th percentile of a text of each script lies."""


_RATIOS = """
            en   eu   lat  vi   cyr  el   ar   he   dev  ind  th   cjk  ko   dig  sym  other
deepseek    1.02 1.15 1.17 1.40 1.14 1.24 1.18 1.12 1.76 1.40 0.97 0.79 1.12 1.05 1.2  2.3
glm         1.01 1.12 1.10 1.00 1.05 1.14 1.29 2.56 3.00 4.30 2.21 0.81 1.37 1.46 1.2  5.2
kimi        1.03 1.30 1.15 1.86 1.66 1.54 1.49 1.50 1.72 1.90 1.79 0.84 1.41 1.00 1.2  2.1
qwen        1.04 1.20 1.15 1.00 1.28 2.32 1.21 1.05 2.90 3.50 1.35 0.89 1.08 3.00 1.2  2.8
mistral     1.05 1.06 1.20 1.00 1.16 1.04 0.98 1.12 1.20 1.15 1.30 1.17 0.92 3.00 1.2  3.2
llama       1.00 1.20 1.12 0.95 1.25 1.05 1.15 2.56 1.75 4.30 1.05 1.08 1.02 1.00 1.2  5.2
gemini      1.04 1.03 1.14 0.95 0.97 1.03 1.06 1.20 0.87 0.90 0.90 0.90 0.98 3.00 1.2  1.3
cl100k      1.00 1.22 1.15 1.62 1.80 2.38 2.20 2.56 3.00 4.30 2.21 1.45 1.67 1.00 1.2  5.2
claude      1.15 1.45 1.45 1.90 1.70 2.00 1.90 2.00 2.80 3.20 2.00 1.50 1.60 1.40 1.5  3.0
claude-4.7  1.60 1.90 1.90 2.10 1.80 2.10 2.00 2.10 2.90 3.30 2.10 1.60 1.70 2.00 1.6  3.1
unknown     1.05 1.30 1.20 1.70 1.60 2.10 1.70 2.30 2.80 3.30 2.00 1.20 1.40 3.00 1.5  3.2
"""
_TRUST = {"gemini": 1.25, "claude": 1.5, "claude-4.7": 1.5, "unknown": 1.5}
"""Gemini's own vocabulary is only probably that of Gemma."""
_UNMEASURED = frozenset({"claude", "claude-4.7", "unknown"})


def _read_families() -> Mapping[str, Family]:
    rows = [line.split() for line in _RATIOS.strip().splitlines()[1:]]
    return {
        name: Family(
            name=name,
            ratios=dict(zip(Script, map(float, ratios), strict=True)),
            trust=_TRUST.get(name, 1.0),
            measured=name not in _UNMEASURED,
        )
        for name, *ratios in rows
    }


_FAMILIES = _read_families()
_EXACT = Family("o200k", dict.fromkeys(Script, 1.0), trust=0.0)

_NAMES = (
    (re.compile(r"deepseek"), "deepseek"),
    (re.compile(r"glm|zhipu"), "glm"),
    (re.compile(r"kimi|moonshot"), "kimi"),
    (re.compile(r"qwen|qwq"), "qwen"),
    (re.compile(r"mi[sx]tral|codestral|devstral|magistral|pixtral"), "mistral"),
    (re.compile(r"llama"), "llama"),
    (re.compile(r"gemini|gemma"), "gemini"),
    (re.compile(r"gpt-3|gpt-4(?![.o])|phi-?[34]|olmo"), "cl100k"),
)
_O200K = re.compile(r"gpt|(?:^|/)o[134](?:-|$)|codex")
_CLAUDE_VERSION = re.compile(r"(?<!\d)(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")


def family_of(model: str) -> Family:
    """Tell the family by the model's name; an unknown one gets wide margins."""
    name = model.lower()
    if "claude" in name:
        return _FAMILIES[_claude(name)]
    for pattern, family in _NAMES:
        if pattern.search(name):
            return _FAMILIES[family]
    return _EXACT if _O200K.search(name) else _FAMILIES["unknown"]


def _claude(name: str) -> str:
    """Since 4.7 Claude makes about 1.45 times as many tokens of English as before."""
    version = _CLAUDE_VERSION.search(name)
    number = (int(version[1]), int(version[2] or 0)) if version else (4, 7)
    return "claude-4.7" if number >= (4, 7) else "claude"
