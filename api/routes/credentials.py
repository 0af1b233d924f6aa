"""/v1/sources/{id}/credentials, oauth and webhook: what opens a source, and who lets it in."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Administrator, Decided, Reader, Served, Services, Writer
from api.errors import Conflict, Forbidden, NotFound
from api.routes.access import source_of, working_source
from api.routes.replies import reply
from api.schemas.common import plain
from api.schemas.credentials import ConsentView, CredentialsBody, CredentialsView, WebhookView
from api.security import ADMIN, Caller
from api.settings import Settings
from connectors.model import Source, SourceId, TenantId
from ingest.records import RunKind

router = APIRouter(prefix="/v1/sources/{source_id}", tags=["sources"])
CALLBACK = "/v1/oauth/callback"
HOOKED = "notion"
"""The kind of source whose vendor sends hints."""
_ADMINS = frozenset({"proxy"})
"""What only an admin sets: it says by which machine of this network a source is asked."""


@router.get("/credentials", summary="Name a source's credentials", response_model=CredentialsView)
async def name_credentials(source_id: str, caller: Reader, served: Served) -> Response:
    """Say which credentials there are and when they changed; never what they are."""
    record = await source_of(served, caller, source_id)
    return reply(await _told(served, caller.tenant, record.source.id))


@router.put("/credentials", summary="Replace its credentials", response_model=CredentialsView)
async def replace_credentials(
    source_id: str, body: CredentialsBody, caller: Writer, served: Served
) -> Response:
    """Keep these, sealed, in place of all others; the source is read with them at once."""
    record = await working_source(served, caller, source_id)
    secrets = plain(body.credentials)
    check_secrets(served, caller, record.source, secrets)
    await served.credentials.write(caller.tenant, record.source.id, secrets)
    await wake(served, caller.tenant, record.source.id)
    return reply(await _told(served, caller.tenant, record.source.id))


@router.delete("/credentials", status_code=204, summary="Remove its credentials")
async def remove_credentials(source_id: str, caller: Writer, served: Served) -> Response:
    """Forget them all; what was read stays, and nothing new is read."""
    record = await working_source(served, caller, source_id)
    if not await served.ledger.credentials.remove_credentials(caller.tenant, record.source.id):
        raise NotFound
    return Response(status_code=204)


@router.post("/oauth", status_code=201, summary="Connect an account", response_model=ConsentView)
async def ask_consent(
    source_id: str, request: Request, caller: Writer, served: Served, decided: Decided
) -> Response:
    """Give an address where the account's owner lets the source in, once and within ten minutes."""
    record = await working_source(served, caller, source_id)
    redirect = public_address(request, decided) + CALLBACK
    asked = await served.consent.ask(record.source, redirect)
    view = ConsentView(authorization_url=asked.address, expires_at=asked.expires_at)
    return reply(view, 201)


@router.post("/webhook", status_code=201, summary="Await a webhook", response_model=WebhookView)
async def await_webhook(
    source_id: str, request: Request, caller: Administrator, served: Served, decided: Decided
) -> Response:
    """Take the vendor's verification token within the next quarter of an hour, and only then."""
    record = await working_source(served, caller, source_id)
    if record.source.kind != HOOKED:
        raise Conflict(f"'{record.source.kind}' sources have no webhook.")
    opened = await served.webhook.open(caller.tenant, record.source.id)
    url = _hook_address(request, decided, record.source.id)
    return reply(WebhookView(url=url, expires_at=opened.until, verification_token=None), 201)


@router.get("/webhook", summary="Read a verification token", response_model=WebhookView)
async def read_webhook(
    source_id: str, request: Request, caller: Administrator, served: Served, decided: Decided
) -> Response:
    """Show the token that the vendor just sent, to be pasted where the vendor asks for it."""
    record = await source_of(served, caller, source_id)
    opened = await served.webhook.opened(caller.tenant, record.source.id)
    if opened is None:
        raise NotFound
    url = _hook_address(request, decided, record.source.id)
    view = WebhookView(url=url, expires_at=opened.until, verification_token=opened.token)
    return reply(view)


def check_secrets(
    served: Services, caller: Caller, source: Source, secrets: dict[str, str]
) -> None:
    """Refuse secrets that the source or the caller cannot have."""
    served.kinds.check_credentials(source, secrets, operator=caller.operator)
    if not _ADMINS.isdisjoint(secrets) and not caller.may(ADMIN):
        raise Forbidden("Only a key with the scope `admin` sets the credential `proxy`.")


async def wake(served: Services, tenant: TenantId, source: SourceId) -> None:
    """Have a source read from the beginning: another account may see other things."""
    record = await served.ledger.sources.source(tenant, source)
    if record is None or record.removing:
        return
    await served.ledger.sources.reset_cursor(source)
    if not record.paused:
        # Asked for as such: a run under way ends with a cursor of the former account.
        await served.schedule.request_run(tenant, source, RunKind.FULL)


def public_address(request: Request, decided: Settings) -> str:
    """Say how a browser or a vendor reaches us: as the operator says, or where we listen.

    Never by what the caller claims in `Host`.
    """
    if decided.public_url:
        return decided.public_url
    host, port = request.scope["server"]
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{port or decided.port}"


def _hook_address(request: Request, decided: Settings, source: SourceId) -> str:
    return f"{public_address(request, decided)}/v1/hooks/{HOOKED}/{source}"


async def _told(served: Services, tenant: TenantId, source: SourceId) -> CredentialsView:
    held = await served.ledger.credentials.credentials(tenant, source)
    names = sorted(held.names) if held else []
    return CredentialsView(names=names, changed_at=held.changed_at if held else None)
