"""/v1/tenants: the operator's own calls."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Operator, Ring, Sealed, Served
from api.errors import Conflict, NotFound
from api.paging import after
from api.routes.keys import new_key
from api.routes.replies import reply
from api.schemas.common import PageQuery
from api.schemas.keys import KeyBody, KeyView, NewTenantView, TenantBody, TenantList, TenantView
from api.security import mint_key
from connectors.model import TenantId
from ingest.records import Tenant

router = APIRouter(prefix="/v1/tenants", tags=["administration"])


@router.post("", status_code=201, summary="Create a tenant", response_model=NewTenantView)
async def create_tenant(body: TenantBody, _: Operator, served: Served) -> Response:
    """Create a tenant with its first admin key, whose secret is shown this once."""
    tenant = Tenant(TenantId(served.new_id()), body.name, operator=False, created_at=served.clock())
    first = KeyBody(name="First admin key", scopes=frozenset({"admin"}))
    minted = mint_key(secrets.token_bytes, served.pepper)
    key = new_key(served, tenant.id, first, minted, None)
    await served.ledger.tenants.create_tenant(tenant)
    await served.ledger.tenants.add_key(key)
    view = NewTenantView(tenant=TenantView.of(tenant), key=minted.text, about=KeyView.of(key))
    return reply(view, 201)


@router.get("", summary="List tenants", response_model=TenantList)
async def list_tenants(
    asked: Annotated[PageQuery, Query()], caller: Operator, served: Served, sealed: Sealed
) -> Response:
    """Give all tenants, oldest first."""
    last = sealed.open("tenants", caller.tenant, asked.cursor)
    found = after(await served.ledger.tenants.list_tenants(), last, _id)
    page, further = sealed.page("tenants", caller.tenant, found, asked.limit, _id)
    return reply(TenantList(items=[TenantView.of(one) for one in page], next_cursor=further))


@router.delete("/{tenant_id}", status_code=202, summary="Erase a tenant", response_model=TenantView)
async def erase_tenant(tenant_id: str, caller: Operator, served: Served, ring: Ring) -> Response:
    """End all its keys now, and erase its documents, points and questions in the background."""
    tenant = await served.ledger.tenants.tenant(TenantId(tenant_id))
    if tenant is None:
        raise NotFound
    if tenant.id == caller.tenant:
        raise Conflict("This is the operator's own tenant: its key cannot erase it.")
    for key in await served.ledger.tenants.list_keys(tenant.id):
        await served.ledger.tenants.revoke_key(tenant.id, key.id, served.clock())
    ring.forget()
    await served.schedule.erase_tenant(tenant.id)
    return reply(TenantView.of(tenant), 202)


def _id(tenant: Tenant) -> str:
    return tenant.id
