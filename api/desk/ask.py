"""Ask as an agent would: what would be sent to a model, why, and where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Form, Query
from pydantic import ValidationError
from starlette.responses import Response

from api.deps import Decided, Served, Services
from api.desk.asked import MODES, Asked, asked_form
from api.desk.doors import Seeing, Shown, desk_router
from api.desk.packed import AskView, ReplyView, reply_of, view_of
from api.desk.shell import Visitor
from api.errors import problem_of
from api.problems import fields_of
from api.routes.access import actor_of
from api.routes.plans import plan_record
from api.settings import Settings
from ingest.model import DocumentId
from retrieval.chat import Chat
from retrieval.errors import RetrievalError
from retrieval.listening import Listener

router = desk_router()
PATH = "/ask"


@dataclass(frozen=True, slots=True)
class AskPage:
    """The page: the form, and what came of it."""

    asked: Asked
    models: Sequence[str]
    can_answer: bool
    """Whether a router is there that a model can be asked through."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    view: AskView | None = None
    reply: ReplyView | None = None
    modes: Mapping[str, str] = field(default_factory=lambda: MODES)


@router.get(PATH)
async def ask_page(
    me: Seeing,
    desk: Shown,
    served: Served,
    decided: Decided,
    q: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """Show the form; a link may bring the question."""
    return desk.show(me, "ask", page=_page(served, decided, Asked(question=q)))


@router.post(PATH)
async def ask(
    me: Seeing,
    desk: Shown,
    served: Served,
    decided: Decided,
    asked: Annotated[Asked, Depends(asked_form)],
    *,
    answer: Annotated[bool, Form()] = False,
) -> Response:
    """Plan and pack, and if asked to, have the model answer; nothing is kept unless asked for."""
    try:
        view, reply = await (_answered if answer else _planned)(served, me, asked)
    except ValidationError as error:
        wrong = {one.field.split(".")[-1] or "query": one.message for one in fields_of(error)}
        return desk.show(me, "ask", 422, page=_page(served, decided, asked, wrong))
    except RetrievalError as error:
        wrong = {"": problem_of(error).detail}
        return desk.show(me, "ask", 422, page=_page(served, decided, asked, wrong))
    return desk.show(me, "ask", page=_page(served, decided, asked, {}, view, reply))


@router.get("/documents/{document_id}/passage")
async def passage(
    document_id: str,
    me: Seeing,
    desk: Shown,
    served: Served,
    at: Annotated[int, Query(ge=0, le=2**31)] = 0,
    point: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Lead to a passage of a page: the one named, else the one that holds the offset."""
    record = await served.review.page(actor_of(me.caller), DocumentId(document_id))
    reading = served.ledger.reading
    sequence = (await reading.snapshot(record.tenant)).sequence
    placed = await reading.placements(record.tenant, sequence, record.facts.id)
    named = next((one for one in placed if str(one.id) == point), None)
    found = named or next((one for one in placed if one.end > at), None)
    path = f"/documents/{record.facts.id}"
    return desk.go(me, f"{path}?at={found.start}#p-{found.id}" if found else path)


async def _planned(served: Services, me: Visitor, asked: Asked) -> tuple[AskView, ReplyView | None]:
    body = asked.body()
    answer = await served.asker.answer(me.caller.tenant, body.request(me.caller))
    if asked.counts:
        served.queries.note(plan_record(answer, "context", body.question(), served.clock()))
    return view_of(answer), None


async def _answered(
    served: Services, me: Visitor, asked: Asked
) -> tuple[AskView, ReplyView | None]:
    """Have the router answer; what is sent in earnest warms caches, whether it counts or not."""
    body = asked.body().model_copy(update={"trial": False})
    request = body.request(me.caller)
    chat = Chat(served.asker, served.router, served.spare)
    reply = await chat.complete(me.caller.tenant, request, {})
    heard = Listener(reply.answer, request)
    completion = heard.read(reply.completion)
    if asked.counts:
        at = served.clock()
        record = plan_record(reply.answer, "context", body.question(), at, heard.cited())
        served.queries.note(record)
    view = view_of(reply.answer)
    return view, reply_of(heard, completion, view)


def _page(
    served: Services,
    decided: Settings,
    asked: Asked,
    wrong: Mapping[str, str] | None = None,
    view: AskView | None = None,
    reply: ReplyView | None = None,
) -> AskPage:
    named = (decided.router_model, *decided.hint_models)
    models = list(dict.fromkeys(name for name in named if name))
    return AskPage(asked, models, served.router is not None, wrong or {}, view, reply)
