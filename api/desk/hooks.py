"""Settings: which programs elsewhere are told what happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Form
from pydantic import ValidationError
from starlette.responses import Response

from api.deps import Served, Services
from api.desk.doors import Administering, Shown, desk_router
from api.desk.shell import Visitor
from api.desk.tabs import tabs
from api.desk.words import N_
from api.errors import Invalid
from api.problems import fields_of
from api.routes.webhooks import hook_of, hooks_for, new_hook, remove_webhook, resume_webhook, tried
from api.schemas.webhooks import WebhookBody
from ingest.notices.model import Hook

router = desk_router()
PATH = "/settings/webhooks"
EVENTS: Mapping[str, str] = {
    "flag": N_("Flags: raised, closed and all between"),
    "document": N_("Pages: verified, kept from answering, entrusted"),
    "gap": N_("Gaps: opened, closed"),
    "sync": N_("Syncs that failed or wait for somebody"),
}
_REMOVED = N_("This address is told nothing more.")
_RESUMED = N_("It is told again, beginning with what it missed.")
_TOOK = N_("It took the test: it answered {status}.")
_REFUSED = N_("It answered {status}: it did not take the test.")
_UNREACHED = N_("It could not be reached: {trouble}")


@dataclass(frozen=True, slots=True)
class HookPage:
    """The page of webhooks."""

    hooks: Sequence[Hook]
    events: Mapping[str, str] = field(default_factory=lambda: EVENTS)
    secret: str = ""
    """Of one that was made just now: it is shown here alone."""
    url: str = ""
    wrong: str = ""


@router.get(PATH)
async def hooks(me: Administering, desk: Shown, served: Served) -> Response:
    """Show the tenant's webhooks, oldest first."""
    return desk.show(me, "hooks", page=HookPage(await _held(served, me)), tabs=tabs(me.caller))


@router.post(PATH)
async def make(
    me: Administering,
    desk: Shown,
    served: Served,
    url: Annotated[str, Form(max_length=2_000)] = "",
    events: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Have an address told, and show the secret this once."""
    secret = wrong = ""
    try:
        body = WebhookBody.model_validate({"url": url.strip(), "events": events or []})
        secret, _ = await new_hook(served, me.caller, body.url, frozenset(body.events))
    except ValidationError as error:
        wrong = "; ".join(one.message for one in fields_of(error))
    except Invalid as error:
        wrong = error.fields[0].message
    page = HookPage(await _held(served, me), secret=secret, url=url if wrong else "", wrong=wrong)
    return desk.show(me, "hooks", 422 if wrong else 200, page=page, tabs=tabs(me.caller))


@router.post(PATH + "/{hook_id}/test")
async def test(hook_id: str, me: Administering, desk: Shown, served: Served) -> Response:
    """Send a test, and say what came of it."""
    came = await tried(served, await hook_of(served, me.caller, hook_id))
    if came.status is None:
        return desk.go_wrong(me, PATH, me.say(_UNREACHED, trouble=came.trouble))
    if came.trouble:
        return desk.go_wrong(me, PATH, me.say(_REFUSED, status=came.status))
    return desk.go(me, PATH, me.say(_TOOK, status=came.status))


@router.post(PATH + "/{hook_id}/resume")
async def resume(hook_id: str, me: Administering, desk: Shown, served: Served) -> Response:
    """Tell it again."""
    await resume_webhook(hook_id, me.caller, served)
    return desk.go(me, PATH, me.say(_RESUMED))


@router.post(PATH + "/{hook_id}/remove")
async def remove(hook_id: str, me: Administering, desk: Shown, served: Served) -> Response:
    """Forget it."""
    await remove_webhook(hook_id, me.caller, served)
    return desk.go(me, PATH, me.say(_REMOVED))


async def _held(served: Services, me: Visitor) -> Sequence[Hook]:
    return await hooks_for(served, me.caller).hooks(me.caller.tenant)
