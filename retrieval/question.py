"""Read a question: its vector, its words in the languages it may be in, and what falls short."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.language import asked_in, surely_in
from ingest.model import Probe, Served
from ingest.ports import Embedder, LanguageDetector, SparseEncoder
from retrieval.follow_up import blended, last_answer, said_before
from retrieval.model import Message

FOREIGN_SHARE = 0.4
"""What cosines count where the model does not understand the question: docs/retrieval.md."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the index compares it."""

    probe: Probe
    dense_share: float
    """What cosines count against what they count where the model understands, 0 to 1."""
    warnings: tuple[str, ...]

    @property
    def understood(self) -> bool:
        """Whether cosines say what the question is about."""
        return self.dense_share == 1.0


class QuestionReader:
    """Reads questions for one embedding model, and says where it does not understand them."""

    def __init__(
        self,
        embedder: Embedder,
        sparse: SparseEncoder,
        detector: LanguageDetector,
        served: Served,
    ) -> None:
        self._embedder = embedder
        self._sparse = sparse
        self.detector = detector
        self._served = served

    async def read(self, text: str) -> Question:
        """Embed and weigh a question; raises EmbedderUnavailable."""
        vector = await self._embedder.embed_query(text)
        guesses = self.detector.guess(text)
        sparse = self._sparse.encode_query(text, asked_in(guesses))
        language = surely_in(text, guesses)
        if self._served.serves(language):
            return Question(Probe(vector, sparse), 1.0, ())
        warning = (
            f"the embedding model does not understand questions in this language ({language}):"
            " pages were found by their words more than by what they mean"
        )
        return Question(Probe(vector, sparse), FOREIGN_SHARE, (warning,))

    async def lean(self, question: Question, earlier: Sequence[Message]) -> Question:
        """Let a question lean on the turns before it; raises EmbedderUnavailable."""
        said = said_before(earlier)
        answer = await self._embedder.embed_query(last_answer(earlier))
        words = self._sparse.encode_query(said, asked_in(self.detector.guess(said)))
        return replace(question, probe=blended(question.probe, answer, words))
