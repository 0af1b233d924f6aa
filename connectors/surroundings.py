"""What connectors may need beside their settings."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from connectors.endpoints import Endpoints
from connectors.errors import CredentialsMissing, SettingsInvalid
from connectors.model import SourceId, TenantId
from connectors.politeness import Turns
from connectors.port import Fetcher, Frontier, Renderer, UploadStore
from connectors.web_settings import Render, WebSettings

ReadCredentials = Callable[[TenantId, SourceId], Awaitable[Mapping[str, str]]]
"""Gives the secrets of a source by name; raises CredentialsMissing where there are none."""


async def no_credentials(_: TenantId, __: SourceId) -> Mapping[str, str]:
    """Know no secret of any source."""
    raise CredentialsMissing("The source has no credentials yet.")


def machine_time() -> datetime:
    """Tell this machine's time."""
    return datetime.now(UTC)


def web_client(settings: WebSettings) -> AbstractAsyncContextManager[Fetcher]:
    """Open the client that a `web` source asks with, within what its settings allow."""
    from connectors.http import HttpLimits, WebClient

    return WebClient(
        settings.user_agent,
        may_be_private=settings.may_be_private,
        limits=HttpLimits(max_bytes=settings.max_bytes),
    )


def browser(
    fetcher: Fetcher, settings: WebSettings
) -> AbstractAsyncContextManager[Renderer | None]:
    """Open what runs the scripts of pages, or nothing where none is wanted or installed.

    Raises SettingsInvalid where the settings insist on it.
    """
    from connectors.render import chromium_renderer

    if settings.render is Render.NEVER:
        return nullcontext()
    try:
        return chromium_renderer(fetcher, settings.user_agent)
    except SettingsInvalid:
        if settings.render is Render.ALWAYS:
            raise
        return nullcontext()


def random_id() -> str:
    """Make an id that was never used before."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator lets sources do."""

    roots: Sequence[Path] | None = None
    """The folders that `files` sources may read in; None: any."""
    youtube: bool = True
    """Whether captions may be had by an interface of YouTube's that is meant for its own pages."""


EVERYTHING = Allowed()


def _own_turns() -> Turns:
    return Turns(time.monotonic, asyncio.sleep)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world, as far as connectors know of it."""

    uploads: UploadStore
    frontier: Frontier
    allowed: Allowed
    open_fetcher: Callable[[WebSettings], AbstractAsyncContextManager[Fetcher]] = web_client
    open_renderer: Callable[
        [Fetcher, WebSettings], AbstractAsyncContextManager[Renderer | None]
    ] = browser
    now: Callable[[], datetime] = machine_time
    """In UTC."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    new_id: Callable[[], str] = random_id
    credentials: ReadCredentials = no_credentials
    endpoints: Endpoints = field(default_factory=Endpoints)
    turns: Turns = field(default_factory=_own_turns)
    """Shared by all sources of a process, so that two of them ask one host no faster."""
