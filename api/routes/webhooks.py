"""/v1/webhooks: who is told what happens to flags, pages and runs."""

import os
from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Administrator, Served, Services
from api.errors import Forbidden, Invalid, NotFound
from api.routes.replies import reply
from api.schemas.webhooks import (
    NewWebhookView,
    TestedView,
    WebhookBody,
    WebhookList,
    WebhookView,
)
from api.security import Caller
from connectors.addresses import read_target
from connectors.errors import ConnectorError, FetchRefused
from ingest.notices.model import Hook
from ingest.notices.ports import HookLedger
from ingest.notices.send import owner_of
from ingest.notices.signing import new_secret

router = APIRouter(prefix="/v1/webhooks", tags=["administration"])


@router.post("", status_code=201, summary="Be told", response_model=NewWebhookView)
async def make_webhook(body: WebhookBody, caller: Administrator, served: Served) -> Response:
    """Have an address told of what happens from now on, signed as Standard Webhooks has it."""
    secret, hook = await new_hook(served, caller, body.url, frozenset(body.events))
    return reply(NewWebhookView(signing_key=secret, about=WebhookView.of(hook)), 201)


@router.get("", summary="List webhooks", response_model=WebhookList)
async def list_webhooks(caller: Administrator, served: Served) -> Response:
    """Give the tenant's webhooks, oldest first, with what troubles them."""
    hooks = await hooks_for(served, caller).hooks(caller.tenant)
    return reply(WebhookList(items=[WebhookView.of(hook) for hook in hooks]))


@router.delete("/{hook_id}", status_code=204, summary="Be told no more")
async def remove_webhook(hook_id: str, caller: Administrator, served: Served) -> Response:
    """Forget a webhook; what it was not told yet it never will be."""
    if not await hooks_for(served, caller).remove_hook(caller.tenant, hook_id):
        raise NotFound
    return Response(status_code=204)


@router.post("/{hook_id}/test", summary="Try a webhook", response_model=TestedView)
async def test_webhook(hook_id: str, caller: Administrator, served: Served) -> Response:
    """Send one notice of the type `test` now, and say what came back."""
    return reply(await tried(served, await hook_of(served, caller, hook_id)))


@router.post("/{hook_id}/resume", summary="Go on telling", response_model=WebhookView)
async def resume_webhook(hook_id: str, caller: Administrator, served: Served) -> Response:
    """Tell a webhook again that was paused, beginning with what it missed."""
    hook = await hook_of(served, caller, hook_id)
    resumed = replace(hook, paused=False, attempts=0, due_at=None, failing_since=None)
    await hooks_for(served, caller).save_progress(resumed)
    return reply(WebhookView.of(resumed))


def hooks_for(served: Services, caller: Caller) -> HookLedger:
    """Give the hooks; raises Forbidden where the caller may not know all that happens."""
    if caller.groups is not None:
        raise Forbidden("Webhooks are told of all pages: they need a key not limited to groups.")
    return served.ledger.hooks


async def new_hook(
    served: Services, caller: Caller, url: str, events: frozenset[str]
) -> tuple[str, Hook]:
    """Make a hook, and give its secret with it; raises Invalid."""
    try:
        target = read_target(url, allow_private=caller.operator)
    except FetchRefused as error:
        raise Invalid("body.url", str(error)) from error
    hook = Hook(
        id=served.new_id(),
        tenant=caller.tenant,
        url=target.url,
        events=events,
        created_at=served.clock(),
        created_by=caller.key_id,
        private=caller.operator,
        envelope=b"",
        told=await hooks_for(served, caller).latest_deed(caller.tenant),
    )
    secret = new_secret(os.urandom)
    envelope = served.credentials.vault.seal(secret.encode(), *owner_of(hook))
    hook = replace(hook, envelope=envelope)
    await hooks_for(served, caller).add_hook(hook)
    return secret, hook


async def tried(served: Services, hook: Hook) -> TestedView:
    """Send a test, and say what came of it."""
    try:
        answer = await served.notices.test(hook)
    except ConnectorError as error:
        return TestedView(status=None, trouble=str(error))
    good = 200 <= answer.status < 300
    return TestedView(status=answer.status, trouble="" if good else "it did not take the notice")


async def hook_of(served: Services, caller: Caller, hook_id: str) -> Hook:
    """Give a hook of the caller's tenant; raises NotFound."""
    hook = await hooks_for(served, caller).hook(caller.tenant, hook_id)
    if hook is None:
        raise NotFound
    return hook
