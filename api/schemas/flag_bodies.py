"""What is asked of flags on the wire: to raise one, and what is done with them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.common import Asked, Id, Moment, Text, shape
from ingest.freshness.model import FlagAction, FlagKind
from ingest.freshness.reporting import MOST_AT_ONCE, Move, Report
from ingest.model import DocumentId

Note = Annotated[Text, Field(max_length=4_000)]
Said = Annotated[Text, Field(min_length=1, max_length=4_000)]
Reported = Literal["outdated", "missing", "incorrect", "duplicate", "contradiction"]
Moved = Literal["comment", "assign", "snooze", "reopen", "resolve", "dismiss"]


class FlagBody(Asked):
    """What somebody says is wrong with a page."""

    model_config = shape(
        {
            "document_id": "d_51c0",
            "kind": "outdated",
            "comment": "The price rose in May.",
            "quote": "Delivery costs £4.95.",
        },
        strict=True,
    )

    document_id: Id | None = None
    chunk_id: UUID | None = None
    """Instead of `document_id`: the passage of a hit; where no `quote` is given, it is quoted."""
    kind: Reported
    comment: Note = ""
    """What is wrong, for whoever mends it; `missing` needs one."""
    quote: Note = ""
    """Words of the page as it is now, which are refused where they do not stand in it."""
    other_id: Id | None = None
    """The other page of a `duplicate` or a `contradiction`."""
    other_quote: Note = ""
    """Words of the other page."""

    @model_validator(mode="after")
    def _names_one_page(self) -> "FlagBody":
        if (self.document_id is None) == (self.chunk_id is None):
            raise ValueError("give either document_id or chunk_id")
        return self

    def report(self) -> Report:
        """Give what is said as the review reads it."""
        return Report(
            kind=FlagKind(self.kind),
            document=DocumentId(self.document_id) if self.document_id else None,
            point=self.chunk_id,
            comment=self.comment,
            quote=self.quote,
            other=DocumentId(self.other_id) if self.other_id else None,
            other_quote=self.other_quote,
        )


class NoteBody(Asked):
    """A word on what is done."""

    model_config = shape({"note": "The page names the new price now."}, strict=True)

    note: Note = ""


class CommentBody(Asked):
    """A comment."""

    model_config = shape({"note": "Legal looks at it until Friday."}, strict=True)

    note: Said


class AssignBody(Asked):
    """Who is to mend it."""

    model_config = shape({"assigned_to": "maria@example.com"}, strict=True)

    assigned_to: Annotated[Text, Field(max_length=200)]
    """A name or an address; empty takes it from whoever had it."""
    note: Note = ""


class SnoozeBody(Asked):
    """Until when nobody needs to look at it."""

    model_config = shape({"until": "2026-04-01T08:00:00Z", "note": ""}, strict=True)

    until: Moment
    note: Note = ""


class DismissBody(Asked):
    """Why there is nothing to mend."""

    model_config = shape({"reason": "Both are right: one is for the EU."}, strict=True)

    reason: Said


class ActionsBody(Asked):
    """One thing to be done with many flags: with all of them or with none."""

    model_config = shape(
        {"flag_ids": ["f_88d1", "f_88d2"], "action": "assign", "assigned_to": "maria"},
        strict=True,
    )

    flag_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]
    action: Moved
    note: Note = ""
    """The comment, or the reason; `dismiss` needs one."""
    assigned_to: Annotated[Text, Field(max_length=200)] = ""
    until: Moment | None = None
    """Of a `snooze`."""

    def move(self) -> Move:
        """Give what is wanted as the review reads it."""
        return Move(FlagAction(self.action), self.note, self.assigned_to, self.until)
