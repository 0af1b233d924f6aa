"""Sign in with a key, sign out, and choose how to read."""

import asyncio
import time
from typing import Annotated

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import Response

from api.desk.doors import Anybody, Shown, desk_router
from api.desk.shell import LANGUAGE, SIGN_IN, THEME, THEMES
from api.desk.words import N_
from api.errors import Unauthenticated
from api.security import prefix_of

router = desk_router()
_WRONG = N_("This key does not open anything: it may be mistyped, expired or revoked.")
_TOO_OFTEN = N_("Too many tries. Wait ten minutes, then try again.")
_SIGNED_OUT = N_("You are signed out.")
_LONGEST_KEY = 200
_REFUSAL_SECONDS = 0.3
"""How long a refusal takes, whatever was wrong with the key."""

Next = Annotated[str, Form(max_length=2_000)]


@router.get(SIGN_IN)
async def sign_in_page(
    me: Anybody,
    desk: Shown,
    next: Annotated[str, Query(max_length=2_000)] = "/",  # noqa: A002
) -> Response:
    """Show the form, or go on where somebody is signed in already."""
    if me.session.signed_in:
        return desk.go(me, within(next))
    return desk.show(me, "sign_in", wanted=within(next), wrong="")


@router.post(SIGN_IN)
async def sign_in(
    request: Request,
    me: Anybody,
    desk: Shown,
    key: Annotated[str, Form()] = "",
    next: Next = "/",  # noqa: A002
) -> Response:
    """Begin a session for the holder of the key, under a new id."""
    key = key.strip()[:_LONGEST_KEY]
    who = (request.client.host if request.client else "", prefix_of(key))
    if desk.throttle.held(who, desk.clock()):
        return desk.show(me, "sign_in", 429, wanted=within(next), wrong=me.say(_TOO_OFTEN))
    began = time.monotonic()
    try:
        caller = await desk.ring.caller(key)
    except Unauthenticated:
        desk.throttle.failed(who, desk.clock())
        await asyncio.sleep(max(0, began + _REFUSAL_SECONDS - time.monotonic()))
        return desk.show(me, "sign_in", 401, wanted=within(next), wrong=me.say(_WRONG))
    response = desk.go(me, within(next))
    session = desk.seals.begin(desk.clock(), caller.tenant, caller.key_id)
    desk.keep_session(request, response, session)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, me: Anybody, desk: Shown) -> Response:
    """End the session: a copy of its cookie opens nothing either."""
    if me.session.signed_in:
        desk.end(me.session)
    response = desk.go(me, SIGN_IN, me.say(_SIGNED_OUT))
    desk.keep_session(request, response, desk.seals.begin(desk.clock()))
    return response


@router.post("/preferences")
async def prefer(
    me: Anybody,
    desk: Shown,
    theme: Annotated[str | None, Form()] = None,
    language: Annotated[str | None, Form()] = None,
    next: Next = "/",  # noqa: A002
) -> Response:
    """Remember in this browser how somebody likes to read."""
    response = desk.go(me, within(next))
    if theme is not None:
        desk.keep_choice(response, THEME, theme if theme in THEMES else "")
    if language is not None:
        desk.keep_choice(response, LANGUAGE, language if language in desk.catalogues else "")
    return response


def within(path: str) -> str:
    """Give the path where it leads to a page of ours; else the first page."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if ours and path.isprintable() else "/"
