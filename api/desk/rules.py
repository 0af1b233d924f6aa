"""Settings: how often pages are looked at, and by whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from pydantic import ValidationError
from starlette.responses import Response

from api.deps import Served, Services
from api.desk.asking import sources_of
from api.desk.doors import Seeing, Shown, Writing, desk_router
from api.desk.shell import Desk, Visitor
from api.desk.tabs import tabs
from api.desk.words import N_
from api.problems import fields_of
from api.routes.access import actor_of
from api.schemas.review import RuleBody
from ingest.errors import NotEntitled, OutOfSight, ReviewInvalid
from ingest.freshness.model import ReviewRule, RuleScope
from ingest.model import DocumentId
from ingest.records import SourceRecord

router = desk_router()
PATH = "/settings/rules"
_SET = N_("The rule holds from now on.")
_TAKEN = N_("The rule is gone.")
_SAYS_NOTHING = N_("Say how often, or who looks after these pages.")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule, and what it is about by name."""

    rule: ReviewRule
    about: str
    link: str


@dataclass(frozen=True, slots=True)
class RulePage:
    """The page of rules."""

    lines: Sequence[RuleLine]
    sources: Sequence[SourceRecord]
    wide: bool
    """Whether the visitor may set rules for many pages."""


@router.get(PATH)
async def rules(me: Seeing, desk: Shown, served: Served) -> Response:
    """Show the rules, the widest first."""
    held = await served.review.rules(actor_of(me.caller))
    sources = await sources_of(served, me.caller)
    names = {str(one.source.id): one.source.name for one in sources}
    lines = [await _line(served, me, rule, names) for rule in held]
    page = RulePage(lines, sources, me.caller.groups is None)
    return desk.show(me, "rules", page=page, tabs=tabs(me.caller))


@router.post(PATH)
async def set_rule(
    me: Writing,
    desk: Shown,
    served: Served,
    about: Annotated[str, Form(max_length=300)] = "",
    subject: Annotated[str, Form(max_length=200)] = "",
    every_days: Annotated[str, Form(max_length=10)] = "",
    owner: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Set a rule; `about` names the scope, and of a source its id."""
    if not every_days.strip() and not owner.strip():
        return desk.go_wrong(me, PATH, me.say(_SAYS_NOTHING))
    scope, _, source = about.partition(":")
    named = source or subject.strip()
    said = {"every_days": every_days.strip() or None, "owner": owner.strip()}
    rule = {"scope": scope, "subject": "" if scope == RuleScope.ALL else named, **said}
    return await _set(desk, me, served, rule, _SET)


@router.post(PATH + "/remove")
async def remove(
    me: Writing,
    desk: Shown,
    served: Served,
    scope: Annotated[str, Form(max_length=20)] = "",
    subject: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take a rule away."""
    return await _set(desk, me, served, {"scope": scope, "subject": subject}, _TAKEN)


async def _set(
    desk: Desk, me: Visitor, served: Services, said: Mapping[str, str | None], told: str
) -> Response:
    try:
        body = RuleBody.model_validate(said)
        await served.review.set_rule(actor_of(me.caller), body.rule())
    except ValidationError as error:
        return desk.go_wrong(me, PATH, "; ".join(one.message for one in fields_of(error)))
    except (ReviewInvalid, NotEntitled, OutOfSight) as error:
        return desk.go_wrong(me, PATH, str(error))
    return desk.go(me, PATH, me.say(told))


async def _line(
    served: Services, me: Visitor, rule: ReviewRule, names: Mapping[str, str]
) -> RuleLine:
    if rule.scope is RuleScope.SOURCE:
        return RuleLine(rule, names.get(rule.subject, rule.subject), f"/sources/{rule.subject}")
    if rule.scope is not RuleScope.DOCUMENT:
        return RuleLine(rule, rule.subject, "")
    name = DocumentId(rule.subject)
    record = await served.ledger.reading.document(me.caller.tenant, name)
    title = (record.facts.title or record.facts.ref) if record else rule.subject
    return RuleLine(rule, title, f"/documents/{rule.subject}")
