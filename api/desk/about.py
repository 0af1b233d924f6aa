"""Settings: who did what, and what runs here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.deps import Decided, Sealed, Served, Services
from api.desk.asking import PAGE, address
from api.desk.doors import Administering, Seeing, Shown, desk_router
from api.desk.shell import Visitor
from api.desk.tabs import tabs
from api.desk.words import N_
from api.routes.access import actor_of
from api.settings import PREFIX, Settings
from ingest.freshness.model import Deed

router = desk_router()
AUDIT, ABOUT = "/settings/audit", "/settings/about"
ACTIONS: Mapping[str, str] = {
    "flag.raise": N_("raised a flag"),
    "flag.comment": N_("commented on a flag"),
    "flag.assign": N_("assigned a flag"),
    "flag.snooze": N_("snoozed a flag"),
    "flag.reopen": N_("opened a flag again"),
    "flag.resolve": N_("resolved a flag"),
    "flag.dismiss": N_("dismissed a flag"),
    "flag.close": N_("closed a flag"),
    "document.verify": N_("verified a page"),
    "document.quarantine": N_("kept a page from answering"),
    "document.release": N_("let a page answer again"),
    "document.entrust": N_("entrusted a page"),
    "gap.dismiss": N_("dismissed a gap"),
    "gap.resolve": N_("resolved a gap"),
    "gap.reopen": N_("opened a gap again"),
    "gap.open": N_("found a gap"),
    "gap.close": N_("closed a gap"),
    "rule.set": N_("set a review rule"),
}
_LEADS = {"flag": "/review", "document": "/documents", "gap": "/gaps", "sync": "/sources"}
_TELLING = ("note", "reason", "comment", "owner", "every_days", "assigned_to", "until", "due_at")
"""What of a deed's detail people read; the rest is ids."""
_SHOWN = (
    *("host", "port", "public_url", "model", "reranker", "judge", "router_model"),
    *("router_profile", "hint_models", "max_cost_usd", "answer_value_usd", "snippet_tokens"),
    *("check_links", "keep_queries_days", "reconcile_hours", "upload_max_bytes", "youtube"),
    *("max_document_mb", "runs_at_once", "worker_threads", "log_level"),
)
"""The settings that matter to who looks after pages; no secret is among them."""


@dataclass(frozen=True, slots=True)
class DeedLine:
    """A line of the audit, in words."""

    deed: Deed
    by: str
    says: str
    link: str
    detail: str


@dataclass(frozen=True, slots=True)
class About:
    """What runs here."""

    version: str
    model: str
    dimension: int
    languages: Mapping[str, int]
    """How many live pages there are in each; "" where nothing tells it."""
    settings: Sequence[tuple[str, str]]
    """Names as the environment has them; none but to admins of the operator."""


@router.get(AUDIT)
async def audit(
    me: Administering,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    after: Annotated[str, Query(max_length=400)] = "",
    subject: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show who did what, the latest first."""
    tenant, last = me.caller.tenant, sealed.open("desk/audit", me.caller.tenant, after or None)
    before = None if last is None else int(last)
    found = await served.review.deeds(actor_of(me.caller), subject or None, before, PAGE + 1)
    page, further = sealed.page("desk/audit", tenant, found, PAGE, lambda deed: str(deed.id))
    names = {one.id: one.name for one in await served.ledger.tenants.list_keys(tenant)}
    lines = [_line(me, deed, names) for deed in page]
    onward = address(AUDIT, {"subject": subject, "after": further or ""}) if further else ""
    return desk.show(me, "audit", lines=lines, further=onward, tabs=tabs(me.caller))


@router.get(ABOUT)
async def about(me: Seeing, desk: Shown, served: Served, decided: Decided) -> Response:
    """Show the version, the model, and to who runs it the settings."""
    recipe = served.embedder.recipe
    page = About(
        version=_version(),
        model=decided.embed_model or decided.model,
        dimension=recipe.dimension,
        languages=await _languages(served, me),
        settings=_settings(decided) if me.caller.operator and me.may("admin") else (),
    )
    return desk.show(me, "about", page=page, tabs=tabs(me.caller))


def _line(me: Visitor, deed: Deed, names: Mapping[str, str]) -> DeedLine:
    sort = deed.action.partition(".")[0]
    lead = _LEADS.get(sort, "")
    detail = " · ".join(str(deed.detail[name]) for name in _TELLING if deed.detail.get(name))
    return DeedLine(
        deed=deed,
        by=names.get(deed.by, deed.by) or "Punnet",
        says=me.say(ACTIONS[deed.action]) if deed.action in ACTIONS else deed.action,
        link=f"{lead}/{deed.subject}" if lead else "",
        detail=detail,
    )


async def _languages(served: Services, me: Visitor) -> Mapping[str, int]:
    """Count pages by language; only for who sees all of them."""
    total: dict[str, int] = {}
    if me.caller.groups is not None:
        return total
    for record in await served.ledger.sources.list_sources(me.caller.tenant):
        source = record.source
        found = await served.ledger.documents.count_languages(source.tenant, source.id)
        for language, count in found.items():
            total[language] = total.get(language, 0) + count
    return dict(sorted(total.items(), key=lambda one: -one[1]))


def _settings(decided: Settings) -> Sequence[tuple[str, str]]:
    said = ((name, getattr(decided, name)) for name in _SHOWN)
    return [(f"{PREFIX}{name.upper()}", _written(value)) for name, value in said]


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _version() -> str:
    try:
        return version("punnet")
    except PackageNotFoundError:
        return ""
