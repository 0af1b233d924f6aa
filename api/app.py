"""The HTTP application, built from services that are there already."""

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from api.deps import Services
from api.desk.mount import mount_desk
from api.docs import router as docs_router
from api.middleware import LimitBody, Watch
from api.openapi import describe
from api.paging import Cursors
from api.problems import handle_problems
from api.routes import (
    audit,
    chat,
    context,
    credentials,
    digest,
    documents,
    flags,
    gaps,
    health,
    keys,
    mcp,
    outside,
    plans,
    review,
    rules,
    runs,
    search,
    sources,
    tenants,
    uploads,
    webhooks,
)
from api.security import KeyRing
from api.settings import Settings
from api.telemetry import Metrics, get_log

WIRE_VERSION = "1.0"
"""Of the calls under /v1, not of the program."""
BODY_BYTES = 4 * 2**20
"""What any call takes but a push, whose limit is the operator's."""

_NO_EXPORT: TelemetryConfig = {
    "auto_configure": False,
    "tracing": False,
    "metrics": False,
    "logs": False,
}
"""FastAPI's own spans would carry paths and queries to whatever the environment names."""


def create_app(services: Services, settings: Settings, metrics: Metrics | None = None) -> FastAPI:
    """Build the application; opening and closing the services is the caller's."""
    counted = metrics or Metrics()
    app = FastAPI(
        title="Punnet",
        version=WIRE_VERSION,
        docs_url=None,  # its page would load scripts from elsewhere: ours loads nothing
        redoc_url=None,
        openapi_url="/openapi.json",
        telemetry=_NO_EXPORT,
    )
    app.state.services = services
    app.state.settings = settings
    app.state.metrics = counted
    app.state.cursors = Cursors(services.pepper)
    ring = KeyRing(services.ledger.tenants, services.pepper, services.clock)
    app.state.key_ring = ring
    handle_problems(app)
    for part in (search, context, chat, plans, sources, credentials, uploads, runs, documents):
        app.include_router(part.router)
    for part in (
        flags,
        gaps,
        review,
        digest,
        rules,
        audit,
        webhooks,
        keys,
        tenants,
        outside,
        health,
        mcp,
    ):
        app.include_router(part.router)
    app.include_router(docs_router)
    mount_desk(app, ring, services.clock, services.pepper, settings)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.add_middleware(LimitBody, limit=BODY_BYTES)
    app.add_middleware(Watch, metrics=counted, new_id=services.new_id, log=get_log("punnet.http"))
    return app
