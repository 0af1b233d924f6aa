"""Count tokens offline with OpenAI's o200k vocabulary, which every estimate starts from."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from splintr import AnyTokenizer


class O200kTokens:
    """Counts as o200k does; loads its 31 MB at the first count, in 0.1 s."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Give the number of tokens of each text; marks such as <|endoftext|> are plain text."""
        return [len(self._tokenizer.encode_ordinary(text)) for text in texts]

    @cached_property
    def _tokenizer(self) -> "AnyTokenizer":
        from splintr import Tokenizer

        return Tokenizer.from_pretrained("o200k_base")
