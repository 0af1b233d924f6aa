"""POST /v1/chat/completions: OpenAI's call, with the knowledge packed in."""

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
from retrieval.chat import Chat
from retrieval.cite import check_citations
from retrieval.completion import finishes, text_of
from retrieval.errors import RetrievalError
from retrieval.model import Answer

router = APIRouter(prefix="/v1", tags=["answers"])
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STREAM: Responses = {
    200: {
        "description": "The completion; with `stream`, its chunks as server-sent events.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@dataclass(slots=True)
class _Learning:
    """What is learned of an answer while the router gives it."""

    answer: Answer
    began: float
    learned: dict[str, Json] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def read(self, completion: Mapping[str, Json]) -> Mapping[str, Json]:
        """Take a whole completion, and give it back with what it cites."""
        self.said.append(text_of(completion, "message"))
        self._count(completion)
        return {**completion, "punnet": self._resolved()}

    def hear(self, chunk: Mapping[str, Json]) -> Mapping[str, Json]:
        """Take a chunk; the first is given back with all that may be cited, the last with what is.

        Both carry our part, so that tags can be shown as links while they come.
        """
        first = "ttft_s" not in self.learned
        self.learned.setdefault("ttft_s", round(time.perf_counter() - self.began, 4))
        self.said.append(text_of(chunk, "delta"))
        self._count(chunk)
        if finishes(chunk):
            return {**chunk, "punnet": self._resolved()}
        return {**chunk, "punnet": ChatPunnetView.of(self.answer).told()} if first else chunk

    def _count(self, part: Mapping[str, Json]) -> None:
        if isinstance(part.get("usage"), dict):
            self.learned["usage"] = part["usage"]

    def _resolved(self) -> Json:
        check = check_citations("".join(self.said), self.answer.pack.citations)
        return ChatPunnetView.of(self.answer, check).told()


@router.post(
    "/chat/completions",
    summary="Answer with citations",
    response_model=ChatView,
    responses=_STREAM,
)
async def complete(request: Request, body: ChatBody, caller: Reader, served: Served) -> Response:
    """Plan, pack and ask the model router; the answer carries `punnet` with its citations.

    `citations` are the pieces that the answer cites by their tags. With `stream`, chunks are
    passed on as they come: the first carries `punnet` with every piece of the prompt, the one
    that finishes with those that were cited.
    """
    chat = Chat(served.asker, served.router)
    began = time.perf_counter()
    asked = body.request(caller)
    if not body.stream:
        whole = await chat.complete(caller.tenant, asked, body.generation())
        learning = _Learning(whole.answer, began)
        content = to_json(learning.read(whole.completion))
        _note(served, learning, body.question())
        return Response(content, media_type="application/json", headers=_HEADERS)
    streaming = await chat.stream(caller.tenant, asked, body.generation())
    learning = _Learning(streaming.answer, began)
    # Asked for here, the router's refusal is still a problem with a status.
    first = await anext(streaming.chunks, None)
    events = _events(request, learning, first, streaming.chunks)
    return StreamingResponse(
        _noted(served, learning, body.question(), events),
        media_type="text/event-stream",
        headers=_HEADERS,
    )


async def _events(
    request: Request,
    learning: _Learning,
    first: Mapping[str, Json] | None,
    rest: AsyncIterator[Mapping[str, Json]],
) -> AsyncIterator[bytes]:
    if first is not None:
        yield _event(learning.hear(first))
    try:
        async for chunk in rest:
            yield _event(learning.hear(chunk))
    except RetrievalError as error:
        get_log("punnet.chat").error("stream_broke", error=type(error).__name__)
        told = view_of(request, problem_of(error))
        # OpenAI's clients read the message under its name in their own errors.
        yield _event({"error": {**told.model_dump(exclude_none=True), "message": told.detail}})
        return
    yield b"data: [DONE]\n\n"


async def _noted(
    served: Services, learning: _Learning, question: str, events: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """Pass the events on; keep the question even when the caller leaves half-way."""
    try:
        async for event in events:
            yield event
    finally:
        _note(served, learning, question)


def _note(served: Services, learning: _Learning, question: str) -> None:
    at = served.clock()
    served.queries.note(plan_record(learning.answer, "chat", question, at, **learning.learned))


def _event(content: object) -> bytes:
    return b"data: " + to_json(content) + b"\n\n"
