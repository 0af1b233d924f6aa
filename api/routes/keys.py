"""/v1/keys: who may call."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Administrator, Ring, Sealed, Served, Services
from api.errors import Forbidden, Invalid, NotFound
from api.paging import after
from api.routes.replies import reply
from api.schemas.common import PageQuery
from api.schemas.keys import KeyBody, KeyList, KeyView, NewKeyView
from api.security import Caller, Minted, mint_key
from connectors.model import TenantId
from ingest.records import ApiKey

router = APIRouter(prefix="/v1/keys", tags=["administration"])


@router.post("", status_code=201, summary="Make a key", response_model=NewKeyView)
async def make_key(body: KeyBody, caller: Administrator, served: Served) -> Response:
    """Make a key for this tenant; the answer is the only place where its secret ever stands."""
    text, key = await made(served, caller, body)
    return reply(NewKeyView(key=text, about=KeyView.of(key)), 201)


async def made(served: Services, caller: Caller, body: KeyBody) -> tuple[str, ApiKey]:
    """Make a key, and give its text with it; raises Invalid, Forbidden."""
    if body.expires_at is not None and body.expires_at <= served.clock():
        raise Invalid("body.expires_at", "must lie in the future")
    minted = mint_key(secrets.token_bytes, served.pepper)
    key = new_key(served, caller.tenant, body, minted, _granted(caller, body.groups))
    await served.ledger.tenants.add_key(key)
    return minted.text, key


@router.get("", summary="List keys", response_model=KeyList)
async def list_keys(
    asked: Annotated[PageQuery, Query()], caller: Administrator, served: Served, sealed: Sealed
) -> Response:
    """Give the tenant's keys, oldest first, revoked ones too; never a secret."""
    last = sealed.open("keys", caller.tenant, asked.cursor)
    found = after(await served.ledger.tenants.list_keys(caller.tenant), last, _id)
    page, further = sealed.page("keys", caller.tenant, found, asked.limit, _id)
    return reply(KeyList(items=[KeyView.of(key) for key in page], next_cursor=further))


@router.delete("/{key_id}", status_code=204, summary="Revoke a key")
async def revoke_key(key_id: str, caller: Administrator, served: Served, ring: Ring) -> Response:
    """End a key; within a few seconds no process takes it any more."""
    if not await served.ledger.tenants.revoke_key(caller.tenant, key_id, served.clock()):
        raise NotFound
    ring.forget()
    return Response(status_code=204)


def new_key(
    served: Services,
    tenant: TenantId,
    body: KeyBody,
    minted: Minted,
    groups: frozenset[str] | None,
) -> ApiKey:
    """Give what is kept of a new key."""
    return ApiKey(
        id=served.new_id(),
        tenant=tenant,
        name=body.name,
        prefix=minted.prefix,
        digest=minted.digest,
        scopes=frozenset(body.scopes),
        groups=groups,
        created_at=served.clock(),
        expires_at=body.expires_at,
    )


def _granted(caller: Caller, groups: frozenset[str] | None) -> frozenset[str] | None:
    """Give the groups of the new key: never one that the key that makes it does not have."""
    if groups is None or caller.groups is None:
        return caller.groups if groups is None else groups
    if not groups <= caller.groups:
        raise Forbidden("A key cannot give groups to another that it does not have itself.")
    return groups


def _id(key: ApiKey) -> str:
    return key.id
