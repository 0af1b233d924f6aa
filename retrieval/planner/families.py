"""How many tokens each family of models makes of what o200k counts once.

The ratios were measured with the vocabularies that splintr-rs 0.22 carries (DeepSeek V3,
Kimi K2, GLM 4, Qwen 3, Mistral Tekken, Llama 3, cl100k, and Gemma 3 for Gemini) on the
same sentences in 19 languages, on code, tables and numbers, and agree with larger samples
of English, German, Chinese, Arabic, Greek, Hindi, Thai and Vietnamese. Claude publishes no
vocabulary: its rows are priors from published counts of `count_tokens`, with wide margins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Script(StrEnum):
    """A kind of writing that tokenizers treat alike."""

    ENGLISH = "english"
    EUROPEAN = "european"
    VIETNAMESE = "vietnamese"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    ARABIC = "arabic"
    HEBREW = "hebrew"
    INDIC = "indic"
    THAI = "thai"
    CJK = "cjk"
    HANGUL = "hangul"
    DIGIT = "digit"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Family:
    """Models that share a tokenizer, or nearly."""

    name: str
    ratios: Mapping[Script, float]
    """Expected tokens for one token of o200k."""
    trust: float
    """What the margin of each script is multiplied with; 0: the counter is exact."""

    @property
    def exact(self) -> bool:
        """Whether the counter's own vocabulary is the family's."""
        return self.trust == 0


MARGINS: Mapping[Script, float] = {
    Script.ENGLISH: 0.08,
    Script.EUROPEAN: 0.25,
    Script.VIETNAMESE: 0.10,
    Script.CYRILLIC: 0.28,
    Script.GREEK: 0.12,
    Script.ARABIC: 0.20,
    Script.HEBREW: 0.20,
    Script.INDIC: 0.35,
    Script.THAI: 0.20,
    Script.CJK: 0.40,
    Script.HANGUL: 0.15,
    Script.DIGIT: 0.15,
    Script.OTHER: 1.0,
}
"""How far above its ratio the 99th percentile of a text of each script lies."""


def _family(name: str, ratios: str, trust: float = 1.0) -> Family:
    values = (float(ratio) for ratio in ratios.split())
    return Family(name, dict(zip(Script, values, strict=True)), trust)


# In order of Script: en   eu   vi   cyr  el   ar   he   ind  th   cjk  ko   digit other
_EXACT = _family("o200k", "1    1    1    1    1    1    1    1    1    1    1    1    1", 0.0)
_FAMILIES = (
    _family("deepseek", "1.02 1.15 1.40 1.14 1.30 1.18 1.10 1.75 0.93 0.79 1.12 1.05 1.2"),
    _family("glm", "     1.01 1.14 1.00 1.05 1.18 1.29 2.56 3.20 2.21 0.81 1.37 1.15 1.2"),
    _family("kimi", "    1.00 1.32 1.88 1.66 1.56 1.49 1.48 1.72 1.79 0.83 1.41 1.00 1.2"),
    _family("qwen", "    1.04 1.20 1.00 1.28 2.33 1.21 1.05 3.10 1.35 0.89 1.08 3.00 1.2"),
    _family("mistral", " 1.05 1.06 1.00 1.16 1.04 0.98 1.12 1.20 1.24 1.17 0.92 3.00 1.2"),
    _family("llama", "   1.00 1.20 0.95 1.25 1.05 1.15 2.56 1.75 1.00 1.08 1.02 1.00 1.2"),
    _family("gemini", "  1.00 1.00 0.95 0.97 1.03 1.03 1.22 0.90 0.90 0.90 0.96 3.00 1.2", 1.5),
    _family("cl100k", "  1.00 1.22 1.60 1.88 2.42 2.05 2.56 3.33 2.14 1.37 1.67 1.00 1.2"),
)
_CLAUDE = _family("claude", "1.15 1.45 1.90 1.70 2.00 1.90 2.00 3.00 2.00 1.50 1.60 1.40 1.5", 1.5)
_CLAUDE_4_7 = _family(
    "claude-4.7", "1.60 1.90 2.10 1.80 2.10 2.00 2.10 3.10 2.10 1.60 1.70 2.00 1.6", 1.5
)
_UNKNOWN = _family(
    "unknown", "1.05 1.30 1.60 1.60 2.00 1.60 2.30 3.00 2.00 1.15 1.40 3.00 1.5", 1.5
)

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
        return _claude(name)
    for pattern, family in _NAMES:
        if pattern.search(name):
            return next(known for known in _FAMILIES if known.name == family)
    return _EXACT if _O200K.search(name) else _UNKNOWN


def _claude(name: str) -> Family:
    """Since 4.7 Claude makes about 1.45 times as many tokens of English as before."""
    version = _CLAUDE_VERSION.search(name)
    if version is None:
        return _CLAUDE_4_7
    number = int(version[1]), int(version[2] or 0)
    return _CLAUDE_4_7 if number >= (4, 7) else _CLAUDE
