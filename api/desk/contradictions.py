"""Pages that contradict or repeat one another, side by side, and which of them is newer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from api.deps import Sealed, Served, Services
from api.desk.asking import address
from api.desk.doors import Seeing, Shown, Writing, desk_router
from api.desk.flags import FlagView, titles_of, view_of
from api.desk.shell import Visitor
from api.desk.words import N_
from api.routes.access import actor_of
from ingest.errors import LedgerConflict, ReviewConflict, ReviewInvalid
from ingest.freshness.model import WAITING, Flag, FlagAction, FlagFilter, FlagKind
from ingest.freshness.reporting import DECIDES, MOST_AT_ONCE, Actor, Move, Report
from ingest.model import DocumentId
from ingest.reading import DocumentRecord

router = desk_router()
PATH = "/contradictions"
_PAGE = 15
_NEITHER = N_("Say which of the two pages is right.")
_RIGHT = N_("“{title}” is right. {reason}")
_NOTED = N_("“{title}” is right.")
_DONE = N_("“{title}” stands in the queue now, as wrong.")
_OVER = N_("This contradiction has ended already.")
_INSTEAD = N_("Taken back: “{title}” is wrong instead.")
_BACK = N_("Taken back.")
_UNDECIDED = N_("Taken back: neither page is said to be wrong.")


@dataclass(frozen=True, slots=True)
class Decision:
    """Which of two pages somebody said to be right."""

    right: str
    """Its title."""
    wrong: str
    flag: Flag
    """On the other one."""
    by: str
    """The name of a key; "" for one that is not known any more."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pages at odds."""

    view: FlagView
    mine: DocumentRecord | None
    theirs: DocumentRecord | None
    decided: Decision | None = None

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

    What was decided before is taken back. The contradiction itself ends when either page changes.
    """
    actor = actor_of(me.caller)
    flag = await served.review.flag(actor, flag_id)
    sides = _sides(flag)
    wrong = next((one for one in sides if one != right), "")
    if right not in sides or not wrong:
        return desk.go_wrong(me, PATH, me.say(_NEITHER))
    if flag.state not in WAITING:
        return desk.go_wrong(me, PATH, me.say(_OVER))
    before = await _decisions(served, actor, [flag])
    if not any(one.finding.document == wrong for one in before):
        try:
            await _decide(served, me, flag, right, wrong)
            note = me.say(_INSTEAD, title=sides[wrong])
            await _take_back(served, actor, before, note)
        except (ReviewInvalid, ReviewConflict, LedgerConflict) as error:
            return desk.go_wrong(me, PATH, str(error))
    return desk.go(me, PATH, me.say(_DONE, title=sides[wrong]))


@router.post(PATH + "/{flag_id}/undo")
async def undo(flag_id: str, me: Writing, desk: Shown, served: Served) -> Response:
    """Take back what was decided of the two pages."""
    actor = actor_of(me.caller)
    flag = await served.review.flag(actor, flag_id)
    try:
        decided = await _decisions(served, actor, [flag])
        await _take_back(served, actor, decided, me.say(_BACK))
    except (ReviewInvalid, ReviewConflict) as error:
        return desk.go_wrong(me, PATH, str(error))
    return desk.go(me, PATH, me.say(_UNDECIDED))


def _sides(flag: Flag) -> Mapping[str, str]:
    """Give both pages with their titles."""
    mine, theirs = titles_of(flag)
    return {flag.finding.document: mine, flag.finding.other or "": theirs}


async def _decide(served: Services, me: Visitor, flag: Flag, right: str, wrong: str) -> None:
    actor, title = actor_of(me.caller), _sides(flag)[right]
    told = Report(
        FlagKind.INCORRECT,
        DocumentId(wrong),
        comment=me.say(_RIGHT, title=title, reason=flag.finding.reason),
        quote=_quote(flag, wrong),
        settles=flag.id,
    )
    await served.review.report(actor, told)
    note = Move(FlagAction.COMMENT, me.say(_NOTED, title=title))
    await served.review.act(actor, [flag.id], note)


async def _decisions(served: Services, actor: Actor, flags: Iterable[Flag]) -> Sequence[Flag]:
    """Give the flags that say which pages of these contradictions are wrong."""
    codes = {f"{DECIDES}{one.id}": _sides(one) for one in flags}
    pages = frozenset(DocumentId(page) for sides in codes.values() for page in sides if page)
    said = frozenset({FlagKind.INCORRECT})
    where = FlagFilter(states=WAITING, kinds=said, documents=pages)
    found = await served.review.flags(actor, where, None, MOST_AT_ONCE) if pages else ()
    return [one for one in found if one.finding.code in codes]


async def _take_back(served: Services, actor: Actor, decided: Iterable[Flag], note: str) -> None:
    if ids := [one.id for one in decided]:
        await served.review.act(actor, ids, Move(FlagAction.DISMISS, note))


def _quote(flag: Flag, document: str) -> str:
    return next((one.text for one in flag.finding.quotes if one.document == document), "")


async def _pairs(served: Services, me: Visitor, flags: Sequence[Flag]) -> tuple[Pair, ...]:
    named = {name for one in flags for name in (one.finding.document, one.finding.other) if name}
    records = {name: await served.ledger.reading.document(me.caller.tenant, name) for name in named}
    decided = {
        one.finding.code.removeprefix(DECIDES): one
        for one in await _decisions(served, actor_of(me.caller), flags)
    }
    keys = await served.ledger.tenants.list_keys(me.caller.tenant) if decided else ()
    names = {key.id: key.name for key in keys}
    return tuple(
        Pair(
            view_of(one),
            records[one.finding.document],
            records[one.finding.other] if one.finding.other else None,
            _decided(one, decided.get(one.id), names),
        )
        for one in flags
    )


def _decided(flag: Flag, on: Flag | None, names: Mapping[str, str]) -> Decision | None:
    if on is None:
        return None
    sides, wrong = _sides(flag), on.finding.document
    right = next((title for page, title in sides.items() if page != wrong), "")
    return Decision(right, sides[wrong], on, names.get(on.raised_by, ""))
