"""Pages that contradict or repeat one another, side by side, and which of them is newer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from api.deps import Sealed, Served, Services
from api.desk.asking import address
from api.desk.doors import Seeing, Shown, Writing, desk_router
from api.desk.flags import FlagView, view_of
from api.desk.shell import Visitor
from api.desk.words import N_
from api.routes.access import actor_of
from ingest.errors import LedgerConflict, ReviewConflict, ReviewInvalid
from ingest.freshness.model import Flag, FlagAction, FlagFilter, FlagKind
from ingest.freshness.reporting import Move, Report
from ingest.model import DocumentId
from ingest.reading import DocumentRecord

router = desk_router()
PATH = "/contradictions"
_PAGE = 15
_NEITHER = N_("Say which of the two pages is right.")
_RIGHT = N_("“{title}” is right. {reason}")
_NOTED = N_("“{title}” is right.")
_DONE = N_("“{title}” stands in the queue now, as wrong.")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pages at odds."""

    view: FlagView
    mine: DocumentRecord | None
    theirs: DocumentRecord | None

    @property
    def newer(self) -> str:
        """Give the id of the page that changed last; "" where nobody knows."""
        ours = self.mine.facts.changed_at if self.mine else None
        other = self.theirs.facts.changed_at if self.theirs else None
        if ours is None or other is None or ours == other:
            return ""
        newer = self.mine if ours > other else self.theirs
        return newer.facts.id if newer else ""


@dataclass(frozen=True, slots=True)
class Board:
    """The page."""

    pairs: tuple[Pair, ...]
    kind: FlagKind
    counts: Mapping[FlagKind, int]
    further: str
    here: str


@router.get(PATH)
async def contradictions(
    me: Seeing,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    kind: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Show pairs of pages, those first that matter most."""
    chosen = FlagKind.DUPLICATE if kind == FlagKind.DUPLICATE else FlagKind.CONTRADICTION
    actor, tenant, place = actor_of(me.caller), me.caller.tenant, f"desk/{chosen}"
    last = sealed.open(place, tenant, after or None)
    where = FlagFilter(kinds=frozenset({chosen}))
    found = await served.review.flags(actor, where, last, _PAGE + 1)
    page, further = sealed.page(place, tenant, found, _PAGE, lambda flag: flag.id)
    both = frozenset({FlagKind.CONTRADICTION, FlagKind.DUPLICATE})
    board = Board(
        pairs=await _pairs(served, me, page),
        kind=chosen,
        counts=await served.review.counts(actor, FlagFilter(kinds=both)),
        further=address(PATH, {"kind": kind, "after": further or ""}) if further else "",
        here=address(PATH, {"kind": kind, "after": after}),
    )
    return desk.show(me, "contradictions", board=board)


@router.post(PATH + "/{flag_id}/right")
async def settle(
    flag_id: str,
    me: Writing,
    desk: Shown,
    served: Served,
    right: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Note which page is right, and put the other one into the queue as wrong.

    The contradiction itself ends when either page changes.
    """
    actor = actor_of(me.caller)
    flag = await served.review.flag(actor, flag_id)
    sides = {flag.finding.document: flag.title, flag.finding.other or "": flag.other_title}
    wrong = next((one for one in sides if one != right), "")
    if DocumentId(right) not in sides or not wrong:
        return desk.go_wrong(me, PATH, me.say(_NEITHER))
    reason = me.say(_RIGHT, title=sides[DocumentId(right)], reason=flag.finding.reason)
    told = Report(FlagKind.INCORRECT, DocumentId(wrong), comment=reason, quote=_quote(flag, wrong))
    try:
        await served.review.report(actor, told)
        note = me.say(_NOTED, title=sides[DocumentId(right)])
        await served.review.act(actor, [flag.id], Move(FlagAction.COMMENT, note))
    except (ReviewInvalid, ReviewConflict, LedgerConflict) as error:
        return desk.go_wrong(me, PATH, str(error))
    return desk.go(me, PATH, me.say(_DONE, title=sides[DocumentId(wrong)]))


def _quote(flag: Flag, document: str) -> str:
    return next((one.text for one in flag.finding.quotes if one.document == document), "")


async def _pairs(served: Services, me: Visitor, flags: Sequence[Flag]) -> tuple[Pair, ...]:
    named = {name for one in flags for name in (one.finding.document, one.finding.other) if name}
    records = {name: await served.ledger.reading.document(me.caller.tenant, name) for name in named}
    return tuple(
        Pair(
            view_of(one),
            records[one.finding.document],
            records[one.finding.other] if one.finding.other else None,
        )
        for one in flags
    )
