"""Settings, first tab: keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Form, Query
from pydantic import ValidationError
from starlette.responses import Response

from api.deps import Ring, Sealed, Served, Services
from api.desk.asking import PAGE, address, words_of
from api.desk.doors import Administering, Seeing, Shown, desk_router
from api.desk.shell import Visitor
from api.desk.tabs import tabs
from api.desk.words import N_
from api.errors import Forbidden, Invalid
from api.paging import Cursors
from api.paging import after as behind
from api.problems import fields_of
from api.routes.keys import made, revoke_key
from api.schemas.keys import KeyBody
from ingest.records import ApiKey

router = desk_router()
PATH = "/settings"
SCOPES: Mapping[str, str] = {
    "read": N_("Read: search, ask, see pages"),
    "feedback": N_("Report: say what was wrong with an answer"),
    "write": N_("Write: sources, flags, verifying"),
    "admin": N_("Admin: all of it, keys and webhooks too"),
}
_REVOKED = N_("The key opens nothing any more.")
_NO_DAY = N_("This is not a day: write it as year, month and day.")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of making a key."""

    made: str = ""
    """The key: it is shown here alone."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The page of keys."""

    keys: Sequence[ApiKey]
    further: str
    now: datetime
    tried: Tried
    scopes: Mapping[str, str] = field(default_factory=lambda: SCOPES)


@router.get(PATH)
async def first(me: Seeing, desk: Shown) -> Response:
    """Lead to the first tab that is open to the visitor."""
    return desk.go(me, tabs(me.caller)[0].path, me.told)


@router.get(PATH + "/keys")
async def keys(
    me: Administering,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Show the tenant's keys, those that open something first, then the newest."""
    return desk.show(
        me, "keys", page=await _page(me, served, sealed, after, Tried()), tabs=tabs(me.caller)
    )


@router.post(PATH + "/keys")
async def make(
    me: Administering,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    name: Annotated[str, Form(max_length=200)] = "",
    scopes: Annotated[list[str] | None, Form()] = None,
    groups: Annotated[str, Form(max_length=4_000)] = "",
    expires: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Make a key, and show it this once."""
    written = {"name": name.strip(), "scopes": scopes or [], "groups": groups, "expires": expires}
    tried = await _tried(me, served, written)
    page = await _page(me, served, sealed, "", tried)
    return desk.show(me, "keys", 422 if tried.wrong else 200, page=page, tabs=tabs(me.caller))


@router.post(PATH + "/keys/{key_id}/revoke")
async def revoke(
    key_id: str, me: Administering, desk: Shown, served: Served, ring: Ring
) -> Response:
    """End a key."""
    await revoke_key(key_id, me.caller, served, ring)
    return desk.go(me, f"{PATH}/keys", me.say(_REVOKED))


async def _tried(me: Visitor, served: Services, written: Mapping[str, Any]) -> Tried:
    """Make a key, or say at which field it failed."""
    try:
        text, _ = await made(served, me.caller, _body(written))
        return Tried(text)
    except ValidationError as error:
        wrong = {one.field.split(".")[0]: one.message for one in fields_of(error)}
    except Invalid as error:
        wrong = {"expires": error.fields[0].message}
    except Forbidden as error:
        wrong = {"groups": error.detail}
    except ValueError:
        wrong = {"expires": me.say(_NO_DAY)}
    return Tried("", wrong, written)


def _body(written: Mapping[str, Any]) -> KeyBody:
    """Give the form as the API takes it; raises ValueError for a day that is none."""
    said = {"name": written["name"], "scopes": written["scopes"]}
    if groups := words_of(written["groups"]):
        said["groups"] = groups
    if day := written["expires"]:
        last = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        said["expires_at"] = last + timedelta(days=1)
    return KeyBody.model_validate(said)


async def _page(
    me: Visitor, served: Services, sealed: Cursors, after: str, tried: Tried
) -> KeyPage:
    tenant, now = me.caller.tenant, served.clock()
    held = await served.ledger.tenants.list_keys(tenant)
    newest = sorted(held, key=lambda key: (key.revoked_at is None, key.created_at), reverse=True)
    found = behind(newest, sealed.open("desk/keys", tenant, after or None), _id)
    page, further = sealed.page("desk/keys", tenant, found, PAGE, _id)
    onward = address(f"{PATH}/keys", {"after": further}) if further else ""
    return KeyPage(page, onward, now, tried)


def _id(key: ApiKey) -> str:
    return key.id
