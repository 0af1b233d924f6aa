"""Hand a planned prompt to the model router and give back what it says."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from connectors.model import Json, TenantId
from retrieval.ask import Asker
from retrieval.completion import text_of
from retrieval.errors import RouterMissing
from retrieval.model import Answer, ContextRequest
from retrieval.ports import Router

_OURS = frozenset({"model", "messages", "metadata", "stream"})
"""Keys of the body that the plan decides; `metadata` is merged."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole completion with the answer's plan and citations."""

    answer: Answer
    completion: Mapping[str, Json]

    @property
    def text(self) -> str:
        """What the model said in its first choice; "" where it only called tools."""
        return text_of(self.completion, "message")


@dataclass(frozen=True, slots=True)
class Streaming:
    """A completion that is being made."""

    answer: Answer
    chunks: AsyncIterator[Mapping[str, Json]]


class Chat:
    """Answer by the router; without one, say which setting is missing."""

    def __init__(self, asker: Asker, router: Router | None) -> None:
        self._asker = asker
        self._router = router

    async def complete(
        self, tenant: TenantId, request: ContextRequest, parameters: Mapping[str, Json]
    ) -> Reply:
        """Plan, pack and wait for the whole completion; raises RouterError beside the plan's."""
        router = self._configured()
        answer = await self._asker.answer(tenant, request)
        completion = await router.complete(with_parameters(answer.request, parameters))
        return Reply(answer, completion)

    async def stream(
        self, tenant: TenantId, request: ContextRequest, parameters: Mapping[str, Json]
    ) -> Streaming:
        """Plan and pack, then give the chunks as they come; the router is asked at the first."""
        router = self._configured()
        answer = await self._asker.answer(tenant, request)
        return Streaming(answer, router.stream(with_parameters(answer.request, parameters)))

    def _configured(self) -> Router:
        if self._router is None:
            raise RouterMissing(
                "No model router is configured: set PUNNET_ROUTER_URL (and PUNNET_ROUTER_KEY) to "
                "any OpenAI-compatible endpoint, or use /v1/context and send its request yourself."
            )
        return self._router


def with_parameters(body: Mapping[str, Json], parameters: Mapping[str, Json]) -> Mapping[str, Json]:
    """Add the caller's own parameters (temperature, tools, …) to a planned body."""
    own = {key: value for key, value in parameters.items() if key not in _OURS}
    given, planned = parameters.get("metadata"), body.get("metadata")
    if isinstance(given, dict):
        own["metadata"] = {**given, **planned} if isinstance(planned, dict) else given
    return {**own, **{key: body[key] for key in body if key not in own}}
