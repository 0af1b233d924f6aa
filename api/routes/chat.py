"""POST /v1/chat/completions: OpenAI's call, with the knowledge packed in."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.deps import Reader, Served, Services
from api.errors import problem_of
from api.problems import view_of
from api.routes.plans import plan_record
from api.routes.replies import Responses
from api.schemas.chat import ChatBody, ChatPunnetView, ChatView
from api.telemetry import get_log
from connectors.model import Json
from retrieval.errors import RetrievalError, RouterMissing
from retrieval.model import Answer
from retrieval.ports import Router

router = APIRouter(prefix="/v1", tags=["answers"])
_MISSING = (
    "Set PUNNET_ROUTER_URL (and PUNNET_ROUTER_KEY, PUNNET_ROUTER_MODEL) to an "
    "OpenAI-compatible endpoint. /v1/context gives the packed prompt without one."
)
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STREAM: Responses = {
    200: {
        "description": "The completion; with `stream`, its chunks as server-sent events.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@dataclass(slots=True)
class _Call:
    """One call of the router, and what is learned while it goes on."""

    router: Router
    answer: Answer
    body: Mapping[str, Json]
    began: float
    learned: dict[str, Json] = field(default_factory=dict)

    def note_chunk(self, chunk: Mapping[str, Json]) -> None:
        self.learned.setdefault("ttft_s", round(time.perf_counter() - self.began, 4))
        if isinstance(chunk.get("usage"), dict):
            self.learned["usage"] = chunk["usage"]

    def ours(self) -> Mapping[str, Json]:
        shown = ChatPunnetView.of(self.answer).model_dump(mode="json")
        return {"punnet": shown}


@router.post(
    "/chat/completions",
    summary="Answer with citations",
    response_model=ChatView,
    responses=_STREAM,
)
async def complete(request: Request, body: ChatBody, caller: Reader, served: Served) -> Response:
    """Plan, pack and ask the model router; the answer carries `punnet` with its citations.

    With `stream`, chunks are passed on as they come and the first carries `punnet`.
    """
    if served.router is None:
        raise RouterMissing(_MISSING)
    answer = await served.asker.answer(caller.tenant, body.request(caller))
    asked = {**body.generation(), **answer.request, "stream": body.stream}
    call = _Call(served.router, answer, asked, time.perf_counter())
    if not body.stream:
        whole = await served.router.complete(asked)
        call.note_chunk(whole)
        _note(served, call, body.question())
        return Response(to_json({**whole, **call.ours()}), media_type="application/json")
    chunks = served.router.stream(asked)
    # The router's refusal is still a problem with a status, not a broken stream.
    first = await anext(chunks, None)
    events = _events(request, call, first, chunks)
    return StreamingResponse(
        _noted(served, call, body.question(), events),
        media_type="text/event-stream",
        headers=_HEADERS,
    )


async def _events(
    request: Request,
    call: _Call,
    first: Mapping[str, Json] | None,
    rest: AsyncIterator[Mapping[str, Json]],
) -> AsyncIterator[bytes]:
    if first is not None:
        call.note_chunk(first)
        yield _event({**first, **call.ours()})
    try:
        async for chunk in rest:
            call.note_chunk(chunk)
            yield _event(chunk)
    except RetrievalError as error:
        get_log("punnet.chat").error("stream_broke", error=type(error).__name__)
        told = view_of(request, problem_of(error))
        yield _event({"error": told.model_dump(exclude_none=True)})
        return
    yield b"data: [DONE]\n\n"


async def _noted(
    served: Services, call: _Call, question: str, events: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """Pass the events on; keep the question even when the caller leaves half-way."""
    try:
        async for event in events:
            yield event
    finally:
        _note(served, call, question)


def _note(served: Services, call: _Call, question: str) -> None:
    served.queries.note(plan_record(call.answer, "chat", question, served.clock(), **call.learned))


def _event(content: object) -> bytes:
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"
