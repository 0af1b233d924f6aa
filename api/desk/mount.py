"""Put the desk into the application."""

import secrets

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.desk import (
    about,
    adding,
    ask,
    contradictions,
    deeds,
    document,
    documents,
    gaps,
    hooks,
    keys,
    overview,
    review,
    rules,
    runs,
    signing,
    sources,
)
from api.desk.assets import load_assets
from api.desk.doors import tell_strays
from api.desk.session import Seals
from api.desk.shell import Desk
from api.desk.words import load_catalogues
from api.security import KeyRing
from api.settings import Settings
from ingest.ports import Clock

PAGES = (
    *(signing, overview, review, documents, document, deeds, contradictions),
    *(gaps, adding, sources, runs, ask, keys, hooks, rules, about),
)
"""In this order: `/sources/new` goes before `/sources/{id}`."""


def mount_desk(
    app: FastAPI, ring: KeyRing, clock: Clock, pepper: bytes, settings: Settings
) -> None:
    """Serve the desk at `/`, and what its pages load below `/static`."""
    assets = load_assets()
    seals = Seals(pepper, secrets.token_bytes)
    app.state.desk = Desk(seals, ring, clock, load_catalogues(), assets, settings.public_url)
    for page in PAGES:
        app.include_router(page.router)
    files = APIRouter(include_in_schema=False)

    @files.get("/static/{name}")
    async def static(request: Request, name: str) -> Response:
        return assets.answer(request, name)

    app.include_router(files)
    tell_strays(app)
