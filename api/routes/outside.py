"""Calls of people and vendors that have no API key: what they send proves what they may."""

from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.deps import Served, Services
from api.errors import Unauthenticated
from api.middleware import allow_body
from api.routes.credentials import CALLBACK, HOOKED, wake
from api.routes.replies import Responses
from connectors.errors import ConnectorError
from connectors.model import SourceId
from ingest.errors import LedgerConflict

router = APIRouter(tags=["outside"])
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title></head>
<body><h1>{title}</h1><p>{says}</p></body></html>"""
_HTML: Responses = {200: {"description": "A page for people.", "content": {"text/html": {}}}}
_HOOK_BYTES = 65_536


@router.get(CALLBACK, summary="Come back from Google", responses=_HTML, response_class=HTMLResponse)
async def come_back(served: Served, state: str = "", code: str = "", error: str = "") -> Response:
    """Keep what the consent gives; the answer is a page for who gave it. It works once."""
    taken = await served.consent.take(state) if state else None
    if taken is None:
        return _page(
            "This link is used up",
            "It works once, and for ten minutes. Ask for a new one. Nothing was changed.",
            400,
        )
    if not code:
        refused = error == "access_denied"
        says = "You did not let us in." if refused else "Google sent no consent."
        return _page("Not connected", f"{says} Nothing was changed. Ask for a new link.", 400)
    try:
        await served.consent.finish(taken, code)
    except LedgerConflict:
        says = "The source was changed or removed meanwhile. Ask for a new link."
        return _page("Not connected", says, 409)
    except ConnectorError as trouble:
        return _page("Not connected", f"{trouble} Nothing was changed.", 502)
    await wake(served, taken.tenant, taken.source)
    return _page("Connected", "The source is being read. You can close this page.", 200)


@router.post("/v1/hooks/" + HOOKED + "/{source_id}", status_code=204, summary="Take a hint")
async def take_hint(source_id: str, request: Request, served: Served) -> Response:
    """Take a signed event of Notion's, which brings the source's next sync forward.

    An unknown source is refused as a wrong signature is.
    """
    allow_body(request, _HOOK_BYTES)
    content = await request.body()
    if not await _is_taken(served, source_id, content, request):
        raise Unauthenticated("The signature is not that of this source's subscription.")
    return Response(status_code=204)


async def _is_taken(served: Services, source_id: str, content: bytes, request: Request) -> bool:
    signature = request.headers.get("x-notion-signature", "")
    return await served.webhook.take(SourceId(source_id), content, signature)


def _page(title: str, says: str, status: int) -> Response:
    return HTMLResponse(
        _PAGE.format(title=escape(title), says=escape(says)),
        status,
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"},
    )
