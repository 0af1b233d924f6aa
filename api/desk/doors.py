"""Who may come in: sessions, scopes and forms are checked before a handler runs."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, cast

import structlog
from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.desk.shell import Desk, Visitor
from api.desk.words import N_
from api.errors import INTERNAL, MALFORMED, Forbidden, Problem, Unauthenticated, problem_of
from api.problems import KNOWN
from api.telemetry import get_log

TOKEN_FIELD, TOKEN_HEADER = "token", "x-punnet-token"
_SAFE = frozenset({"GET", "HEAD"})
_ELSEWHERE = N_("This form was sent from another website. Nothing was changed.")
_OLD_FORM = N_("This form is too old. Load the page again and repeat it; nothing was changed.")
_MAY_NOT = N_("Your key does not allow this. Ask an admin for one with the scope “{scope}”.")
_EVERYTHING = N_("Only keys that see all pages may open this: it tells of everybody's questions.")
_UNREADABLE = N_("Something in this form cannot be understood. Go back and look at it again.")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DeskRoute(APIRoute):
    """Check who asks and with which form; tell every error as a page."""

    def get_route_handler(self) -> Handler:
        """Give the handler inside of the checks."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            desk = cast("Desk", request.app.state.desk)
            me = desk.guest(request)
            try:
                me = request.state.visitor = await desk.visitor(request)
                if request.method not in _SAFE:
                    await _check_form(desk, me, request)
                response = await inner(request)
            except Unauthenticated:
                response = desk.to_sign_in(me, request)
            except Exception as error:
                response = _problem(desk, me, request, error)
            return desk.finish(request, me, response)

        return handle


def desk_router() -> APIRouter:
    """Give a router whose handlers stand behind the checks, outside of the API's description."""
    return APIRouter(route_class=DeskRoute, include_in_schema=False)


async def _check_form(desk: Desk, me: Visitor, request: Request) -> None:
    """Refuse a form that is not one of ours, of this very session; raises Forbidden."""
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    same = site in ("same-origin", "none") if site else not origin or desk.is_ours(request, origin)
    if not same:
        raise Forbidden(me.say(_ELSEWHERE))
    token = headers.get(TOKEN_HEADER) or (await request.form()).get(TOKEN_FIELD)
    if not isinstance(token, str) or not desk.seals.accepts(me.session, token):
        raise Forbidden(me.say(_OLD_FORM))


def _problem(desk: Desk, me: Visitor, request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        problem = Problem(MALFORMED, me.say(_UNREADABLE))
    else:
        problem = problem_of(error) if isinstance(error, KNOWN) else Problem(INTERNAL)
    if problem.kind.status >= 500:
        get_log("punnet.desk").error("failed", error=type(error).__name__, exc_info=error)
    return desk.show_problem(me, problem, request.state.request_id)


def tell_strays(app: FastAPI) -> None:
    """Have people who open an address that is none see a page; programs are told as ever."""
    told = cast(
        "Callable[[Request, Exception], Awaitable[Response]]", app.exception_handlers[HTTPException]
    )

    async def astray(request: Request, error: Exception) -> Response:
        looks = "text/html" in request.headers.get("accept", "")
        if not looks or request.method not in _SAFE or request.url.path.startswith("/v1/"):
            return await told(request, error)
        desk = cast("Desk", request.app.state.desk)
        me = await desk.visitor(request)
        return desk.finish(request, me, _problem(desk, me, request, error))

    app.add_exception_handler(HTTPException, astray)


# --- what a handler names ---------------------------------------------------------


async def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


async def _anybody(request: Request) -> Visitor:
    return cast("Visitor", request.state.visitor)


def _with(*scopes: str, whole: bool = False) -> Callable[..., Awaitable[Visitor]]:
    """Let in who has any of the scopes, and with `whole` sees all pages."""

    async def checked(me: Annotated[Visitor, Depends(_anybody)]) -> Visitor:
        if not me.session.signed_in:
            raise Unauthenticated("")
        caller = me.caller
        structlog.contextvars.bind_contextvars(tenant=caller.tenant, key_id=caller.key_id)
        if not any(map(caller.may, scopes)):
            raise Forbidden(me.say(_MAY_NOT, scope=scopes[0]))
        if whole and caller.groups is not None:
            raise Forbidden(me.say(_EVERYTHING))
        return me

    return checked


Shown = Annotated[Desk, Depends(_desk)]
Anybody = Annotated[Visitor, Depends(_anybody)]
Seeing = Annotated[Visitor, Depends(_with("read"))]
Overseeing = Annotated[Visitor, Depends(_with("read", whole=True))]
"""May see everything that the tenant has, questions too."""
Reporting = Annotated[Visitor, Depends(_with("feedback", "write"))]
Writing = Annotated[Visitor, Depends(_with("write"))]
Administering = Annotated[Visitor, Depends(_with("admin"))]
