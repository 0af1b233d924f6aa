"""Hand a planned prompt to the model router and give back what it says."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from connectors.model import Json, TenantId
from retrieval.answer import Answer
from retrieval.cited import Strict, checker_of
from retrieval.completion import Usage, same_model, text_of
from retrieval.declining import declines
from retrieval.errors import (
    RetrievalError,
    RouterError,
    RouterMissing,
    RouterRefused,
    RouterSilent,
)
from retrieval.model import ContextRequest
from retrieval.planner.escalate import ESCALATED
from retrieval.ports import Router
from retrieval.profiles import Dialect, fitted

_OURS = frozenset({"model", "messages", "metadata", "stream"})
"""Keys of the body that the plan decides; `metadata` is merged."""
_BUSY = 429
_FAILING = 500
_Chunks = AsyncIterator[Mapping[str, Json]]


class Asking(Protocol):
    """Plans and packs; the Asker does."""

    async def answer(self, tenant: TenantId, request: ContextRequest) -> Answer:
        """Plan and pack; raises QuestionInvalid, ModelUnknown, NothingFits."""
        ...


@dataclass(frozen=True, slots=True)
class Spare:
    """A second router, asked where the first gave no byte of an answer."""

    router: Router
    dialect: Dialect
    model: str | None = None
    """Asked for there; None: the plan's."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole completion with the answer's plan and citations."""

    answer: Answer
    completion: Mapping[str, Json]
    served_by: str
    """`router` or `fallback`."""
    earlier: "Reply | None" = None
    """The one that declined, where this was asked one rung up."""

    @property
    def text(self) -> str:
        """What the model said in its first choice; "" where it only called tools."""
        return text_of(self.completion, "message")


@dataclass(frozen=True, slots=True)
class Streaming:
    """A completion that is being made; its first chunk is there."""

    answer: Answer
    chunks: _Chunks
    """Each is given as it comes."""
    served_by: str
    waited_s: float
    """From asking the router that serves to its first chunk."""


class Chat:
    """Answer by the router; without one, say which setting is missing."""

    def __init__(
        self,
        asker: Asking,
        router: Router | None,
        spare: Spare | None = None,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._asker = asker
        self._router = router
        self._spare = spare
        self._timer = timer

    async def complete(
        self, tenant: TenantId, request: ContextRequest, parameters: Mapping[str, Json]
    ) -> Reply:
        """Plan, pack and wait for the whole completion; raises RouterError beside the plan's.

        Where the policy allows it, one that declines is asked for once more, one rung up.
        """
        router = self._configured()
        answer = await self._asker.answer(tenant, request)
        reply = await self._ask(answer, router, parameters)
        if not request.policy.escalate or not declined(reply, request):
            return reply
        declining = reply.answer.plan
        further = replace(request, after=declining.decision, after_budget=declining.chosen.budget)
        try:
            second = await self._asker.answer(tenant, further)
            if ESCALATED not in second.plan.chosen.reasons:
                return reply
            return replace(await self._ask(second, router, parameters), earlier=reply)
        except RetrievalError:
            return reply

    async def stream(
        self, tenant: TenantId, request: ContextRequest, parameters: Mapping[str, Json]
    ) -> Streaming:
        """Plan and pack, wait for the first chunk, and give it with the rest as it comes."""
        router = self._configured()
        answer = await self._asker.answer(tenant, request)
        body = counting(with_parameters(answer.request, parameters))
        try:
            return await self._begin(answer, router, body, "router")
        except RouterError as error:
            if self._spare is None or not _may_fall_over(error):
                raise
            body = fitted(body, self._spare.dialect, tenant, self._spare.model)
            with _after(error):
                return await self._begin(answer, self._spare.router, body, "fallback")

    async def _ask(self, answer: Answer, router: Router, parameters: Mapping[str, Json]) -> Reply:
        body = with_parameters(answer.request, parameters)
        try:
            return Reply(answer, await router.complete(body), "router")
        except RouterError as error:
            if self._spare is None or not _may_fall_over(error):
                raise
            body = fitted(body, self._spare.dialect, answer.tenant, self._spare.model)
            with _after(error):
                return Reply(answer, await self._spare.router.complete(body), "fallback")

    async def _begin(
        self, answer: Answer, router: Router, body: Mapping[str, Json], name: str
    ) -> Streaming:
        asked_at = self._timer()
        chunks = router.stream(body)
        first = await anext(chunks, None)
        waited = self._timer() - asked_at
        return Streaming(answer, _chain(first, chunks), name, waited)

    def _configured(self) -> Router:
        if self._router is None:
            raise RouterMissing(
                "No model router is configured: set PUNNET_ROUTER_URL (and PUNNET_ROUTER_KEY) to "
                "any OpenAI-compatible endpoint, or use /v1/context and send its request yourself."
            )
        return self._router


def declined(reply: Reply, request: ContextRequest) -> bool:
    """Say whether a reply rests on nothing and says that it does not answer."""
    checker = checker_of(reply.answer, request)
    if request.policy.strict_citations:
        strict = Strict(checker, reply.answer.language)
        shown = strict.feed(reply.text) + strict.finish()
        return strict.nothing_left or (strict.kept == 0 and declines(shown))
    return not checker.check(reply.text).citations and declines(reply.text)


def cost_of(usage: Usage | None, answer: Answer, served: str) -> float | None:
    """Price what a provider counted, in US dollars; None where it or its rates are unknown."""
    if usage is None or not same_model(answer.plan.model.name, served):
        return None
    cached = min(usage.cached or 0, usage.prompt)
    return answer.plan.model.prices.cost(usage.prompt, usage.reply, cached=cached)


def with_parameters(body: Mapping[str, Json], parameters: Mapping[str, Json]) -> Mapping[str, Json]:
    """Add the caller's own parameters (temperature, tools, …) to a planned body."""
    own = {key: value for key, value in parameters.items() if key not in _OURS}
    given, planned = parameters.get("metadata"), body.get("metadata")
    if isinstance(given, dict):
        own["metadata"] = {**given, **planned} if isinstance(planned, dict) else given
    return {**own, **{key: body[key] for key in body if key not in own}}


def counting(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """Ask for a stream's usage, whoever else asked for it: every profile's routers give it."""
    given = body.get("stream_options")
    options = given if isinstance(given, dict) else {}
    return {**body, "stream_options": {**options, "include_usage": True}}


@contextmanager
def _after(first: RouterError) -> Iterator[None]:
    """Tell of both routers where neither answered; what the second refuses is told as it is."""
    try:
        yield
    except RouterError as second:
        if not _may_fall_over(second):
            raise
        told = f"Neither router answered. {_told(first)} Then: {_told(second)}"
        raise RouterSilent(told) from second


def _told(error: RouterError) -> str:
    # What a router says when it refuses may be for the operator alone.
    if isinstance(error, RouterRefused):
        return f"It answered with status {error.status}."
    return str(error)


def _may_fall_over(error: RouterError) -> bool:
    """Say whether another router may do better: nothing of an answer came from this one."""
    if isinstance(error, RouterRefused):
        return error.status == _BUSY or error.status >= _FAILING
    return isinstance(error, RouterSilent)


async def _chain(first: Mapping[str, Json] | None, rest: _Chunks) -> _Chunks:
    try:
        if first is not None:
            yield first
        async for chunk in rest:
            yield chunk
    finally:
        # A caller who leaves half-way ends the router's work as well.
        if isinstance(rest, AsyncGenerator):
            await rest.aclose()
