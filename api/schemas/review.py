"""What is decided of pages and of their review, and who did what, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, JsonValue

from api.schemas.common import Asked, Example, InRange, Moment, PageQuery, Text, Told, shape
from ingest.freshness.model import Deed, ReviewRule, RuleScope

_RULE: Example = {"scope": "tag", "subject": "pricing", "every_days": 90, "owner": "maria"}
_DEED: Example = {
    "at": "2026-03-02T09:00:00Z",
    "by": "k_91ab",
    "action": "document.quarantine",
    "subject": "d_51c0",
    "detail": {"reason": "The price is wrong."},
}
Owner = Annotated[Text, Field(max_length=200)]


class ReasonBody(Asked):
    """Why it is done."""

    model_config = shape({"reason": "The price is wrong since May."}, strict=True)

    reason: Annotated[Text, Field(min_length=1, max_length=4_000)]


class EntrustBody(Asked):
    """Who looks after a page, and by when it is to be looked at."""

    model_config = shape(
        {"owner": "maria@example.com", "due_at": "2026-06-01T00:00:00Z"}, strict=True
    )

    owner: Owner = ""
    """Empty: nobody by name; then the review rules say who."""
    due_at: Moment | None = None
    """Null: no date of its own; then the review rules say when."""


class RuleBody(Asked):
    """How often some pages are to be looked at, and by whom; what it leaves open a wider one says.

    A rule that says neither is taken away.
    """

    model_config = shape(_RULE, strict=True)

    scope: RuleScope
    """`document` beats `tag`, `tag` beats `source`, `source` beats `all`."""
    subject: Annotated[Text, Field(max_length=200)] = ""
    """A document's or a source's id, or a tag; empty for `all`."""
    every_days: Annotated[int, InRange(1, 3_650)] | None = None
    owner: Owner = ""

    def rule(self) -> ReviewRule:
        """Give the rule."""
        return ReviewRule(self.scope, self.subject, self.every_days, self.owner)


class RuleView(Told):
    """How often some pages are to be looked at, and by whom."""

    model_config = shape(_RULE, strict=False)

    scope: RuleScope
    subject: str
    every_days: int | None
    owner: str

    @classmethod
    def of(cls, rule: ReviewRule) -> "RuleView":
        """Show a rule."""
        return cls(
            scope=rule.scope, subject=rule.subject, every_days=rule.every_days, owner=rule.owner
        )


class RuleList(Told):
    """All review rules, the widest first."""

    model_config = shape({"items": [_RULE]}, strict=False)

    items: list[RuleView]

    @classmethod
    def of(cls, rules: Sequence[ReviewRule]) -> "RuleList":
        """Show rules."""
        return cls(items=[RuleView.of(rule) for rule in rules])


class AuditQuery(PageQuery):
    """Which part of the audit is asked for."""

    subject: Annotated[str | None, Field(max_length=300)] = None
    """The id of a flag, a document, a source or a key; a rule is `tag:pricing`."""


class DeedView(Told):
    """Who did what to what."""

    model_config = shape(_DEED, strict=False)

    at: datetime
    by: str
    """The id of a key; empty: Punnet itself."""
    action: str
    subject: str
    detail: dict[str, JsonValue]

    @classmethod
    def of(cls, deed: Deed) -> "DeedView":
        """Show a line of the audit."""
        return cls(
            at=deed.at,
            by=deed.by,
            action=deed.action,
            subject=deed.subject,
            detail=dict(deed.detail),
        )


class DeedList(Told):
    """A page of the audit, the latest first."""

    model_config = shape({"items": [_DEED], "next_cursor": None}, strict=False)

    items: list[DeedView]
    next_cursor: str | None
