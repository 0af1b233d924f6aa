"""What a route may ask for: the services, the settings, and a caller with a scope."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Protocol, cast

import structlog
from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from api.errors import Forbidden
from api.paging import Cursors
from api.security import Caller, KeyRing
from api.settings import Settings
from api.telemetry import Metrics
from connectors.model import Source, SourceId, TenantId
from ingest.consent import Consent
from ingest.credentials import Credentials
from ingest.freshness.review import Review
from ingest.model import RunId
from ingest.notices.send import Notices
from ingest.ports import AuditedIndex, Clock, Embedder, NewId
from ingest.reading import QueryRecord
from ingest.records import RunKind, SyncRun
from ingest.webhook import Webhook
from retrieval.ask import Asker
from retrieval.chat import Spare
from retrieval.experience import LearnedExperience
from retrieval.ports import Router, Search

if TYPE_CHECKING:
    # The composition root imports every machine; at run time it hands us what it built.
    from api.bootstrap import Ledger


# --- what the routes work with ----------------------------------------------------


class Scheduling(Protocol):
    """Puts work where the workers find it."""

    async def request_run(
        self, tenant: TenantId, source: SourceId, kind: RunKind = RunKind.CHANGES
    ) -> SyncRun:
        """Queue a run that begins after this call, or give the one that is queued already."""
        ...

    async def confirm(self, tenant: TenantId, run: RunId) -> SyncRun | None:
        """Let a run that waits go on; None when it does not wait."""
        ...

    async def give_up(self, waiting: SyncRun) -> None:
        """Close a run that waits, so that the next one finds anew what it found."""
        ...

    async def remove_source(self, tenant: TenantId, source: SourceId) -> bool:
        """Have a source removed; False when there is none."""
        ...

    async def erase_tenant(self, tenant: TenantId) -> None:
        """Have everything of a tenant erased."""
        ...


class KindChecking(Protocol):
    """Knows the kinds of sources."""

    def check(self, source: Source, *, operator: bool) -> None:
        """Raise SettingsInvalid when the source cannot work as it is set, for this tenant."""
        ...

    def check_credentials(
        self, source: Source, secrets: Mapping[str, str], *, operator: bool
    ) -> None:
        """Raise SettingsInvalid for secrets that its kind, or this tenant, cannot have."""
        ...

    def needs_admin(self, source: Source) -> bool:
        """Say whether only an admin may set the source so; raises SettingsInvalid."""
        ...


class QueryNoting(Protocol):
    """Keeps questions without making anybody wait."""

    def note(self, record: QueryRecord) -> None:
        """Take a question, to be written behind."""
        ...

    async def flush(self) -> None:
        """Write what was taken."""
        ...


class Services(Protocol):
    """What the composition root must hand to the routes."""

    @property
    def ledger(self) -> "Ledger":
        """The ports of the ledger."""
        ...

    @property
    def index(self) -> AuditedIndex:
        """Asked only whether it is there."""
        ...

    @property
    def embedder(self) -> Embedder:
        """Asked only whether it is there."""
        ...

    @property
    def searcher(self) -> Search:
        """Behind `/v1/search`."""
        ...

    @property
    def asker(self) -> Asker:
        """Behind `/v1/context` and the chat."""
        ...

    @property
    def router(self) -> Router | None:
        """Behind the chat; None when none is configured."""
        ...

    @property
    def spare(self) -> Spare | None:
        """Asked where the router gives no byte of an answer; None when none is configured."""
        ...

    @property
    def experience(self) -> LearnedExperience:
        """Told what became of plans."""
        ...

    @property
    def schedule(self) -> Scheduling:
        """Behind everything that takes a worker."""
        ...

    @property
    def kinds(self) -> KindChecking:
        """Asked before a source is kept."""
        ...

    @property
    def queries(self) -> QueryNoting:
        """Told every question."""
        ...

    @property
    def credentials(self) -> Credentials:
        """Keeps the secrets of sources."""
        ...

    @property
    def consent(self) -> Consent:
        """Connects sources to accounts."""
        ...

    @property
    def webhook(self) -> Webhook:
        """Takes vendors' calls."""
        ...

    @property
    def notices(self) -> Notices:
        """Tells programs elsewhere what happened."""
        ...

    @property
    def review(self) -> Review:
        """Behind flags, and what is done with pages."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def new_id(self) -> NewId:
        """Ids that were never used before."""
        ...

    @property
    def pepper(self) -> bytes:
        """What keys are digested with."""
        ...


# --- what a route names -----------------------------------------------------------


async def services(request: Request) -> Services:
    """Give what the app was built with."""
    return cast("Services", request.app.state.services)


async def settings(request: Request) -> Settings:
    """Give what the operator decided."""
    return cast("Settings", request.app.state.settings)


async def metrics(request: Request) -> Metrics:
    """Give the counters of this process."""
    return cast("Metrics", request.app.state.metrics)


async def cursors(request: Request) -> Cursors:
    """Give what seals the cursors of lists."""
    return cast("Cursors", request.app.state.cursors)


async def key_ring(request: Request) -> KeyRing:
    """Give what knows the keys."""
    return cast("KeyRing", request.app.state.key_ring)


_bearer = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key: `pn_<prefix>_<secret>`."
)
Ring = Annotated[KeyRing, Depends(key_ring)]
Shown = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def _needs(*scopes: str) -> Callable[..., Awaitable[Caller]]:
    """Let in who has any of the scopes."""

    async def checked(ring: Ring, shown: Shown) -> Caller:
        caller = await ring.caller(shown.credentials if shown else "")
        structlog.contextvars.bind_contextvars(tenant=caller.tenant, key_id=caller.key_id)
        if not any(map(caller.may, scopes)):
            named = "' or '".join(scopes)
            raise Forbidden(f"This call needs the scope '{named}'; the key does not have it.")
        return caller

    return checked


Administrator = Annotated[Caller, Depends(_needs("admin"))]


async def _operating(caller: Administrator) -> Caller:
    if not caller.operator:
        raise Forbidden("Only an admin key of the operator's tenant may do this.")
    return caller


Reader = Annotated[Caller, Depends(_needs("read"))]
Reporter = Annotated[Caller, Depends(_needs("feedback"))]
Raiser = Annotated[Caller, Depends(_needs("feedback", "write"))]
Writer = Annotated[Caller, Depends(_needs("write"))]
Operator = Annotated[Caller, Depends(_operating)]
Served = Annotated[Services, Depends(services)]
Decided = Annotated[Settings, Depends(settings)]
Counted = Annotated[Metrics, Depends(metrics)]
Sealed = Annotated[Cursors, Depends(cursors)]
