"""Make text plain: NFC, LF line ends, nothing invisible."""

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# Soft hyphen, grapheme joiner, Arabic letter mark, Hangul fillers, vowel separators, zero
# width, bidi marks and controls, word joiner and other format characters, variation
# selectors, BOM, annotation marks, the tag block; control characters; lone surrogates.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
    "\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
)
# Those of them that Python takes for printable.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# A joiner means something only after a letter of a script that joins: Arabic, Syriac, the
# scripts of India and its neighbours, Mongolian. In emoji and Latin it only hides.
_STRAY_JOINER = re.compile(
    "(?<![\u0600-\u109f\u1700-\u18af\u1a00-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefe])"
    "[\u200c\u200d]+"
)
# Not the single space between most words: to replace each of those took most of the time.
_RUN_OF_SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")
_LOOSE_LINE_END = re.compile(r" ?\n[ \n]*")


def clean(text: str) -> str:
    """Give NFC text with LF line ends and plain spaces, without a character that hides."""
    if _is_clean(text):
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    if text.isascii():
        return text
    text = _SPACES.sub(" ", text)
    if "\u200c" in text or "\u200d" in text:  # Its look behind is tried at every character.
        text = _STRAY_JOINER.sub("", text)
    return unicodedata.normalize("NFC", text)


def _is_clean(text: str) -> bool:
    """Say whether nothing is to be done; it takes a fifth of the time of doing it."""
    if not text.replace("\n", "").isprintable():
        return False
    return text.isascii() or (not _BLANK.search(text) and unicodedata.is_normalized("NFC", text))


def tidy(text: str) -> str:
    """Clean, and leave one space between words, no space at line ends and no empty line."""
    text = _RUN_OF_SPACES.sub(" ", clean(text))
    return (_LOOSE_LINE_END.sub("\n", text) if "\n" in text else text).strip()


def tidy_code(text: str) -> str:
    """Clean, and keep the layout; only empty lines around it and trailing spaces go."""
    lines = [line.rstrip() for line in clean(text).split("\n")]
    first = next((i for i, line in enumerate(lines) if line), len(lines))
    return "\n".join(lines[first:]).rstrip()


def one_line(text: str) -> str:
    """Clean, and put it on one line."""
    return tidy(text).replace("\n", " ")


def has_words(text: str) -> bool:
    """Say whether there is a letter or a digit in it."""
    return any(character.isalnum() for character in text)
