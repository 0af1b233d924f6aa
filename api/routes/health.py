"""/health/live, /health/ready and /metrics: for machines that watch, without a key.

They name no tenant, no address and no setting.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from api.deps import Counted, Served, Services
from api.errors import problem_of
from api.routes.replies import Responses, reply
from api.schemas.health import CheckView, LiveView, ReadyView
from api.telemetry import get_log
from connectors.model import TenantId
from ingest.errors import IndexUnaudited, IngestError

router = APIRouter(tags=["operation"])
_NOBODY = TenantId("nobody")
_PATIENCE_SECONDS = 2.0
_TEXT: Responses = {200: {"description": "The text format.", "content": {"text/plain": {}}}}


@router.get("/health/live", summary="Is the process there?", response_model=LiveView)
async def live() -> Response:
    """Answer as soon as the process can."""
    return reply(LiveView())


@router.get(
    "/health/ready",
    summary="Can questions be answered?",
    response_model=ReadyView,
    responses={503: {"model": ReadyView, "description": "Some part does not answer."}},
)
async def ready(served: Served, counted: Counted) -> Response:
    """Ask the ledger, the index and the model, each for at most two seconds."""
    parts = _parts(served)
    found = await asyncio.gather(*(_check(name, ask) for name, ask in parts.items()))
    checks = dict(zip(parts, found, strict=True))
    for name, check in checks.items():
        counted.part_up(name, up=check.up)
    if all(check.up for check in checks.values()):
        return reply(ReadyView(status="ready", checks=checks))
    return reply(ReadyView(status="not_ready", checks=checks), 503, {"Retry-After": "2"})


@router.get("/metrics", summary="Metrics", responses=_TEXT, response_class=Response)
async def metrics(served: Served, counted: Counted) -> Response:
    """Give what this process counted and what the ledger holds; no label names a tenant."""
    try:
        due = await served.ledger.sources.due_sources(served.clock())
        counted.ledger_holds(await served.ledger.tenants.totals(), len(due))
    except IngestError:
        # Metrics are wanted most when something is down.
        counted.ledger_silent()
    return Response(counted.exposition(), media_type=CONTENT_TYPE_LATEST)


def _parts(served: Services) -> Mapping[str, Callable[[], Awaitable[object]]]:
    return {
        "ledger": lambda: served.ledger.tenants.tenant(_NOBODY),
        "index": lambda: _searchable(served),
        "model": lambda: served.embedder.embed_query("ready"),
    }


async def _searchable(served: Services) -> None:
    """Ask the index for anything at all, and whether it may be searched."""
    await served.index.present(_NOBODY, [UUID(int=0)])
    if not await served.index.is_audited():
        raise IndexUnaudited


async def _check(name: str, ask: Callable[[], Awaitable[object]]) -> CheckView:
    start = time.perf_counter()
    detail = ""
    try:
        await asyncio.wait_for(ask(), _PATIENCE_SECONDS)
    except TimeoutError:
        detail = f"no answer within {_PATIENCE_SECONDS:g} seconds"
    except Exception as error:
        get_log("punnet.health").warning("not_ready", part=name, error=type(error).__name__)
        detail = problem_of(error).kind.title
    ms = round((time.perf_counter() - start) * 1000, 2)
    return CheckView(up=not detail, ms=ms, detail=detail)
