"""The queue: what waits for somebody, what matters most first, and what is done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Form, Query
from starlette.responses import Response

from api.deps import Sealed, Served
from api.desk.asking import PAGE, address, chosen, sources_of
from api.desk.doors import Seeing, Shown, Writing, desk_router
from api.desk.flags import DEEDS, KINDS, STATES, FlagView, Said, view_of
from api.desk.shell import Visitor
from api.desk.signing import within
from api.desk.words import N_
from api.routes.access import actor_of
from connectors.model import SourceId
from ingest.errors import ReviewConflict, ReviewInvalid
from ingest.freshness.model import FlagAction, FlagChange, FlagFilter, FlagKind, FlagState
from ingest.freshness.reporting import Move
from ingest.records import SourceRecord

router = desk_router()
PATH = "/review"
_SNOOZES = {"7": 7, "30": 30, "90": 90}
_NOTHING = N_("Nothing was chosen. Tick a flag, then say what to do with it.")
_WITHOUT = N_("Say why there is nothing to mend: whoever meets this flag again will ask.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which flags somebody wants to see."""

    kind: str = ""
    source: str = ""
    assigned: str = ""
    state: str = ""
    after: str = ""

    def filter(self) -> FlagFilter:
        """Give it as the ledger reads it; open ones where no state is named."""
        kind = chosen(FlagKind, self.kind)
        return FlagFilter(
            states=frozenset({self.in_state()}),
            kinds=frozenset({kind}) if kind else None,
            sources=frozenset({SourceId(self.source)}) if self.source else None,
            assigned_to=self.assigned or None,
        )

    def in_state(self) -> FlagState:
        """Give the state that is asked for; open where none is named."""
        return chosen(FlagState, self.state) or FlagState.OPEN

    def at(self, after: str | None = None) -> str:
        """Give the address of this list, or of its next page."""
        named = {"kind": self.kind, "source": self.source, "assigned": self.assigned}
        return address(PATH, {**named, "state": self.state, "after": after or ""})


@dataclass(frozen=True, slots=True)
class Queue:
    """The page of the queue."""

    flags: tuple[FlagView, ...]
    asked: Asked
    here: str
    further: str
    total: int
    by_kind: Mapping[FlagKind, int]
    sources: Sequence[SourceRecord]
    state: FlagState
    """In which all of them are."""
    kinds: Mapping[FlagKind, Said] = field(default_factory=lambda: KINDS)
    states: Mapping[FlagState, str] = field(default_factory=lambda: STATES)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a flag's history."""

    label: str
    change: FlagChange
    by: str


def _asked(
    kind: Annotated[str, Query(max_length=40)] = "",
    source: Annotated[str, Query(max_length=100)] = "",
    assigned: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Asked:
    return Asked(kind, source, assigned.strip(), state, after)


@router.get(PATH)
async def queue(
    me: Seeing,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    asked: Annotated[Asked, Depends(_asked)],
) -> Response:
    """Show flags by impact; to htmx the list alone."""
    actor, where = actor_of(me.caller), asked.filter()
    last = sealed.open("desk/review", me.caller.tenant, asked.after or None)
    found = await served.review.flags(actor, where, last, PAGE + 1)
    page, further = sealed.page("desk/review", me.caller.tenant, found, PAGE, lambda one: one.id)
    counts = await served.review.counts(actor, where)
    shown = Queue(
        flags=tuple(map(view_of, page)),
        asked=asked,
        here=asked.at(asked.after),
        further=asked.at(further) if further else "",
        total=sum(counts.values()),
        by_kind=counts,
        sources=await sources_of(served, me.caller),
        state=asked.in_state(),
    )
    return desk.show(me, "review_list" if me.partial else "review", queue=shown)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done, as a form says it."""

    action: str
    flags: tuple[str, ...]
    note: str
    assigned_to: str
    days: str
    back: str

    def move(self, now: datetime) -> Move | None:
        """Give it as a review knows it; None where nothing was chosen."""
        action = chosen(FlagAction, self.action)
        if action is None or not self.flags:
            return None
        until = now + timedelta(days=_SNOOZES.get(self.days, 7))
        snoozed = until if action is FlagAction.SNOOZE else None
        to = self.assigned_to.strip() if action is FlagAction.ASSIGN else ""
        return Move(action, self.note.strip(), to, snoozed)


def _wish(
    flag: Annotated[list[str] | None, Form()] = None,
    action: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=4_000)] = "",
    assigned_to: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[str, Form()] = "7",
    back: Annotated[str, Form(max_length=2_000)] = PATH,
) -> Wish:
    # A button of one flag says which: what is ticked elsewhere is not meant.
    name, _, one = action.partition(":")
    flags = (one,) if one else tuple(flag or ())
    return Wish(name, flags, note, assigned_to, days, within(back))


@router.post(f"{PATH}/actions")
async def act(
    me: Writing, desk: Shown, served: Served, wish: Annotated[Wish, Depends(_wish)]
) -> Response:
    """Do one thing with what was ticked: with all of it, or with none."""
    move = wish.move(served.clock())
    if move is None:
        return desk.go_wrong(me, wish.back, me.say(_NOTHING))
    if move.action is FlagAction.DISMISS and not move.note:
        return desk.go_wrong(me, wish.back, me.say(_WITHOUT))
    try:
        done = await served.review.act(actor_of(me.caller), wish.flags, move)
    except (ReviewInvalid, ReviewConflict) as error:
        return desk.go_wrong(me, wish.back, str(error))
    return desk.go(me, wish.back, _told(me, move, len(done)))


@router.get(PATH + "/{flag_id}")
async def one_flag(flag_id: str, me: Seeing, desk: Shown, served: Served) -> Response:
    """Show a flag with all that was done, and all that can be done."""
    actor = actor_of(me.caller)
    flag = await served.review.flag(actor, flag_id)
    history = await served.review.history(actor, flag_id)
    names = {key.id: key.name for key in await served.ledger.tenants.list_keys(actor.tenant)}
    steps = [Step(DEEDS[one.action], one, names.get(one.by, "")) for one in history]
    return desk.show(me, "flag", view=view_of(flag), history=steps, here=f"{PATH}/{flag_id}")


def _told(me: Visitor, move: Move, n: int) -> str:
    """Say what was done, in the past tense."""
    one, many = _DONE[move.action]
    return me.say_many(one, many, n)


_DONE: Mapping[FlagAction, tuple[str, str]] = {
    FlagAction.RESOLVE: (N_("{n} flag resolved."), N_("{n} flags resolved.")),
    FlagAction.DISMISS: (N_("{n} flag dismissed."), N_("{n} flags dismissed.")),
    FlagAction.SNOOZE: (N_("{n} flag snoozed."), N_("{n} flags snoozed.")),
    FlagAction.ASSIGN: (N_("{n} flag assigned."), N_("{n} flags assigned.")),
    FlagAction.REOPEN: (N_("{n} flag opened again."), N_("{n} flags opened again.")),
    FlagAction.COMMENT: (N_("{n} comment added."), N_("{n} comments added.")),
}
