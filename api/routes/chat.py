"""POST /v1/chat/completions: OpenAI's call, with the knowledge packed in."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.deps import Reader, Served, Services
from api.errors import problem_of
from api.problems import view_of
from api.routes.plans import CHAT, plan_record
from api.routes.replies import Responses
from api.schemas.chat import ChatBody, ChatPunnetView, ChatView
from api.schemas.checked import AttemptView
from api.telemetry import get_log
from connectors.model import Json
from ingest.reading import Reported
from retrieval.chat import Chat, Reply, cost_of
from retrieval.completion import finishes
from retrieval.errors import RetrievalError
from retrieval.experience import outcome_of
from retrieval.gaps.standing import DECLINED, SUPERSEDED
from retrieval.listening import Listener
from retrieval.model import ContextRequest

router = APIRouter(prefix="/v1", tags=["answers"])
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STREAM: Responses = {
    200: {
        "description": "The completion; with `stream`, its chunks as server-sent events.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@dataclass(slots=True)
class _Given:
    """An answer while it is given, and what is kept of it."""

    served: Services
    question: str
    heard: Listener
    served_by: str
    ttft_s: float | None = None
    superseded: bool = False
    """Whether a larger prompt was tried after it."""

    def attempt(self) -> AttemptView:
        """Tell what was asked and what it cost."""
        plan = self.heard.answer.plan
        return AttemptView(
            plan_id=plan.id,
            decision=plan.decision,
            served_by=self.served_by,
            model=self.heard.model,
            cost_usd=cost_of(self.heard.usage, self.heard.answer, self.heard.model),
        )

    def note(self) -> None:
        """Keep the plan with its outcome, and learn from it."""
        outcome: dict[str, Json] = {
            "served_by": self.served_by,
            "served_model": self.heard.model,
            "usage": dict(self.heard.counted) if self.heard.counted is not None else None,
            "ttft_s": None if self.ttft_s is None else round(self.ttft_s, 4),
            "cost_usd": self.attempt().cost_usd,
            "dropped": self.heard.dropped or None,
            DECLINED: self.heard.declined or None,
            SUPERSEDED: self.superseded or None,
        }
        known = {name: value for name, value in outcome.items() if value is not None}
        answer, at = self.heard.answer, self.served.clock()
        record = plan_record(answer, CHAT, self.question, at, self.heard.cited(), **known)
        self.served.queries.note(record)
        learned = outcome_of(Reported(answer.tenant, at, record.detail, record.detail))
        if learned is not None:
            self.served.experience.learn(learned)


@router.post(
    "/chat/completions",
    summary="Answer with citations",
    response_model=ChatView,
    responses=_STREAM,
)
async def complete(request: Request, body: ChatBody, caller: Reader, served: Served) -> Response:
    """Plan, pack and ask the model router; the answer carries `punnet` with its citations.

    `citations` are the pieces that the answer cites by their tags, `check` is what it says held
    against them. With `stream`, chunks are passed on as they come: the first carries `punnet`
    with every piece of the prompt, the one that finishes with those that were cited.
    """
    chat = Chat(served.asker, served.router, served.spare)
    asked, question = body.request(caller), body.question()
    if not body.stream:
        reply = await chat.complete(caller.tenant, asked, body.generation())
        return _whole(served, question, asked, reply)
    streaming = await chat.stream(caller.tenant, asked, body.generation())
    heard = Listener(streaming.answer, asked, shows_usage=body.wants_usage)
    given = _Given(served, question, heard, streaming.served_by, streaming.waited_s)
    # The router has begun to answer: its refusal would have been a problem with a status.
    events = _noted(given, _events(request, given, streaming.chunks))
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


def _whole(served: Services, question: str, asked: ContextRequest, reply: Reply) -> Response:
    replies = [reply] if reply.earlier is None else [reply.earlier, reply]
    attempts: list[AttemptView] = []
    completion: Mapping[str, Json] = {}
    for one in replies:
        heard = Listener(one.answer, asked)
        given = _Given(served, question, heard, one.served_by, superseded=one is not reply)
        completion = given.heard.read(one.completion)
        attempts.append(given.attempt())
        given.note()
    view = ChatPunnetView.done(given.heard, attempts)
    content = to_json({**completion, "punnet": view.told()})
    return Response(content, media_type="application/json", headers=_HEADERS)


async def _events(
    request: Request, given: _Given, chunks: AsyncIterator[Mapping[str, Json]]
) -> AsyncIterator[bytes]:
    begun = False
    try:
        async for chunk in chunks:
            shown = given.heard.hear(chunk)
            if shown is not None:
                yield _event(_with_ours(given, shown, first=not begun))
                begun = True
    except RetrievalError as error:
        get_log("punnet.chat").error("stream_broke", error=type(error).__name__)
        told = view_of(request, problem_of(error))
        # OpenAI's clients read the message under its name in their own errors.
        yield _event({"error": {**told.model_dump(exclude_none=True), "message": told.detail}})
        return
    yield b"data: [DONE]\n\n"


def _with_ours(given: _Given, chunk: Mapping[str, Json], *, first: bool) -> Mapping[str, Json]:
    """Add our part to the first chunk and to the one that finishes."""
    heard = given.heard
    if finishes(chunk):
        view = ChatPunnetView.done(heard, [given.attempt()])
    elif first:
        view = ChatPunnetView.begun(heard.answer, given.served_by, heard.model)
    else:
        return chunk
    return {**chunk, "punnet": view.told()}


async def _noted(given: _Given, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass the events on; keep the question even when the caller leaves half-way."""
    try:
        async for event in events:
            yield event
    finally:
        given.note()


def _event(content: object) -> bytes:
    return b"data: " + to_json(content) + b"\n\n"
