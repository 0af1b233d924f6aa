"""Embed over the OpenAI embeddings API: a hosted model, or a separate inference server."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from ingest.adapters.tokens import sound
from ingest.errors import EmbedderUnavailable
from ingest.model import Recipe, Vector, Vectors
from ingest.ports import TokenCounter
from ingest.together import together

_TOO_BUSY = 429
_SERVER_FAULT = 500
_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class HttpModel:
    """A model behind an address such as `https://api.openai.com/v1`, and how it is asked."""

    base_url: str
    key: str
    """Empty: no Authorization header."""
    model: str
    dimension: int
    max_tokens: int
    """Of a text; the server decides what becomes of longer ones."""
    query_prompt: str = ""
    passage_prompt: str = ""
    ask_dimension: bool = False
    """Send `dimensions`, for models that can be cut; others refuse it."""
    batch: int = 64
    parallel: int = 4
    attempts: int = 6
    pause_seconds: float = 0.5
    """Before the second attempt, doubled with each; a Retry-After goes before it."""
    deadline_seconds: float = 60.0
    """For one batch, all attempts and pauses together."""


class _TryAgain(Exception):
    """The server may answer later; `after` is the number of seconds that it asked for."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class HttpEmbedder:
    """Embeds by asking a server, patiently while it is busy; owns the client it was given."""

    def __init__(
        self, client: httpx2.AsyncClient, settings: HttpModel, tokens: TokenCounter
    ) -> None:
        self._client = client
        self._settings = settings
        self._tokens = tokens

    @property
    def recipe(self) -> Recipe:
        asked = self._settings
        return Recipe(
            model=asked.model,
            weights="",
            runtime="http",
            precision="",
            pooling="",
            query_prompt=asked.query_prompt,
            passage_prompt=asked.passage_prompt,
            dimension=asked.dimension,
            max_tokens=asked.max_tokens,
            chunker="",
            sparse="",
        )

    @property
    def tokens(self) -> TokenCounter:
        return self._tokens

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        unique = list(dict.fromkeys(texts))
        found: dict[str, Vector] = {}
        batches = _batches(unique, self._settings.batch)
        await together(self._work(batches, found) for _ in range(self._settings.parallel))
        rows = [found[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self._settings.dimension), np.float32)

    async def embed_query(self, text: str) -> Vector:
        vector: Vector = (await self._ask([sound(self._settings.query_prompt + text)]))[0]
        return vector

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def _work(self, batches: Iterator[Sequence[str]], found: dict[str, Vector]) -> None:
        """Embed batch after batch of those that the others have not taken."""
        for batch in batches:
            prompted = [sound(self._settings.passage_prompt + text) for text in batch]
            found.update(zip(batch, await self._ask(prompted), strict=True))

    async def _ask(self, texts: Sequence[str]) -> Vectors:
        """Post one batch until it is answered, refused, or the deadline has passed."""
        asked = self._settings
        patiently = AsyncRetrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_after_attempt(asked.attempts),
            wait=self._pause,
            reraise=True,
        )
        try:
            async with asyncio.timeout(asked.deadline_seconds):
                return await patiently(self._once, texts)
        except (_TryAgain, TimeoutError) as error:
            reason = str(error) or f"nothing within {asked.deadline_seconds:g} s"
            raise EmbedderUnavailable(
                f"{asked.base_url} does not embed now ({reason}): see whether it runs and has room"
            ) from error

    async def _once(self, texts: Sequence[str]) -> Vectors:
        return self._read(await self._post(texts), len(texts))

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        after = error.after if isinstance(error, _TryAgain) else None
        doubled: float = self._settings.pause_seconds * 2 ** (state.attempt_number - 1)
        return doubled if after is None else after

    async def _post(self, texts: Sequence[str]) -> httpx2.Response:
        asked = self._settings
        body: dict[str, Any] = {"model": asked.model, "input": texts, "encoding_format": "float"}
        if asked.ask_dimension:
            body["dimensions"] = asked.dimension
        try:
            answer = await self._client.post(
                f"{asked.base_url.rstrip('/')}/embeddings",
                json=body,
                headers={"Authorization": f"Bearer {asked.key}"} if asked.key else {},
            )
        except httpx2.TransportError as error:
            raise _TryAgain(f"{type(error).__name__} {error}".strip()) from error
        if answer.status_code == _TOO_BUSY or answer.status_code >= _SERVER_FAULT:
            raise _TryAgain(f"status {answer.status_code}", _seconds(answer))
        return answer

    def _read(self, answer: httpx2.Response, count: int) -> Vectors:
        """Give the vectors in the order of the texts, or raise for what is not an answer."""
        if answer.status_code != httpx2.codes.OK:
            raise EmbedderUnavailable(
                f"{self._settings.base_url} refused with status {answer.status_code}"
                f" ({answer.text[:_EXCERPT]}): check the address, the key and the model's name"
            )
        try:
            rows = sorted(answer.json()["data"], key=lambda row: int(row["index"]))
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (ValueError, TypeError, KeyError) as error:
            raise EmbedderUnavailable(
                f"{self._settings.base_url} answered what is not an embedding ({error!r})"
            ) from error
        return self._checked(vectors, count)

    def _checked(self, vectors: Vectors, count: int) -> Vectors:
        if vectors.shape != (count, self._settings.dimension):
            raise EmbedderUnavailable(
                f"{self._settings.model} gave vectors of shape {vectors.shape} for {count} texts;"
                f" the settings say dimension {self._settings.dimension}"
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(norms) & (norms > 0)).all():
            raise EmbedderUnavailable(f"{self._settings.model} gave a vector that is not finite")
        return np.asarray(vectors / norms, np.float32)


def _seconds(answer: httpx2.Response) -> float | None:
    """Read Retry-After as seconds; a date there is rare, and the doubled pause will do."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _batches(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
