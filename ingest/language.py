"""Say which language a document, a part of it and a question are in."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.model import Block, BlockKind, Guess, ParsedDocument
from ingest.ports import LanguageDetector, Parser

_READ = 6_000
"""Characters of a document that tell its language."""
_BLOCK = 400
_CLEAR = 0.7
"""The probability from which a text may contradict what is said of it."""
_ENOUGH = 40
"""Bytes of letters without which it may not: seven Latin words, or thirteen Chinese signs."""
_CLEAR_OF_NAMES = 0.9
"""The same of a short question with names, which are taken for words of any language."""
_SHORT = 30
"""Bytes of letters below which a question is short."""
_TELLING = 0.3
"""The probability below which nothing tells the language of a document."""
_POSSIBLE = 0.2
"""The probability from which a question may be in a language."""
_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "cmn": "zh", "yue": "zh", "wuu": "zh"}


class LabellingParser:
    """Labels what another parser gives by language: the document, and blocks in another one."""

    def __init__(self, parser: Parser, detector: LanguageDetector) -> None:
        self._parser = parser
        self._detector = detector

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        """Parse as the other does; raises what it raises."""
        parsed = await self._parser.parse(content, media_type, name)
        return await asyncio.to_thread(label, parsed, self._detector)


def primary(tag: str) -> str:
    """Give the language of a tag such as de-AT in ISO 639-1, where it has such a code."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return _SAME.get(code, code)


def label(document: ParsedDocument, detector: LanguageDetector) -> ParsedDocument:
    """Give the document with its language, and each block with its own where it differs.

    What the document declares stands unless its text clearly is in another language: pages
    are copied with the wrong one, and short texts tell little.
    """
    written = [block for block in document.blocks if block.kind is not BlockKind.CODE]
    language = _of_text(_sample(document.text, written), primary(document.language), detector)
    blocks = tuple(
        replace(block, language=_of_block(document.text, block, language, detector))
        for block in document.blocks
    )
    return replace(document, language=language, blocks=blocks)


def asked_in(guesses: Iterable[Guess]) -> tuple[str, ...]:
    """Give the languages that a question may be in, likeliest first; none where nothing tells."""
    return tuple(guess.language for guess in guesses if guess.probability >= _POSSIBLE)


def surely_in(text: str, guesses: Sequence[Guess]) -> str:
    """Give the language that a question clearly is in, else "", of guesses likeliest first."""
    least = _CLEAR_OF_NAMES if _letters(text) < _SHORT and _has_names(text) else _CLEAR
    return guesses[0].language if guesses and guesses[0].probability >= least else ""


def _of_text(text: str, declared: str, detector: LanguageDetector) -> str:
    if declared:
        return _clearly_other(text, declared, detector) or declared
    guesses = detector.guess(text)
    return guesses[0].language if guesses and guesses[0].probability >= _TELLING else ""


def _of_block(text: str, block: Block, language: str, detector: LanguageDetector) -> str:
    if block.kind is BlockKind.CODE:
        return ""
    return _clearly_other(text[block.start : block.end][:_BLOCK], language, detector)


def _clearly_other(text: str, language: str, detector: LanguageDetector) -> str:
    """Give the language of a text where it clearly is not the one named, else ""."""
    if _letters(text) < _ENOUGH:
        return ""
    best = next(iter(detector.guess(text)), None)
    if best is None or best.language == language or best.probability < _CLEAR:
        return ""
    return best.language


def _letters(text: str) -> int:
    return len("".join(filter(str.isalpha, text)).encode("utf-8", "replace"))


def _has_names(text: str) -> bool:
    """Say whether any word after the first has a capital; in German most nouns do."""
    return any(sign.isupper() for word in text.split()[1:] for sign in word)


def _sample(text: str, blocks: Iterable[Block]) -> str:
    """Join what is written in words, up to enough of it."""
    taken: list[str] = []
    room = _READ
    for block in blocks:
        if room <= 0:
            break
        taken.append(text[block.start : block.end][:room])
        room -= len(taken[-1])
    return "\n".join(taken)
