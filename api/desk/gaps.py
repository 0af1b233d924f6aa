"""Gaps: what is asked and not answered, week by week, and what is decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from api.deps import Sealed, Served, Services
from api.desk.asking import PAGE, address, chosen
from api.desk.doors import Overseeing, Shown, Writing, desk_router
from api.desk.shell import Desk, Visitor
from api.desk.words import N_
from api.paging import after as behind
from api.routes.gaps import gap_review
from ingest.errors import ReviewConflict, ReviewInvalid
from ingest.topics import AskedQuestion, Standing, Topic, TopicState, TopicWeek
from retrieval.gaps.decide import WEEKS, since
from retrieval.gaps.model import Gap, Volume

router = desk_router()
PATH = "/gaps"
STATES = {
    TopicState.OPEN: N_("Open"),
    TopicState.RESOLVED: N_("Answered now"),
    TopicState.DISMISSED: N_("Dismissed"),
}
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.UNKNOWN: (N_("Only searched"), "plain"),
    Standing.ANSWERED: (N_("Had evidence"), "good"),
    Standing.WEAK: (N_("Weak evidence"), "warn"),
    Standing.REFUSED: (N_("Declined"), "bad"),
}
_DONE = {
    TopicState.OPEN: N_("The gap is open again."),
    TopicState.RESOLVED: N_("Noted how it is answered now."),
    TopicState.DISMISSED: N_("The gap is dismissed."),
}
_HIGH = 28
"""How high the bars of the weeks are, in the units of their picture."""

Reason = Annotated[str, Form(max_length=1_000)]
After = Annotated[str, Query(max_length=400)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A week of a topic: how much was asked, and how much of it went wrong."""

    start: date
    asked: int
    wrong: int
    height: float
    wrong_height: float


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap in the list."""

    gap: Gap
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The page of gaps."""

    lines: tuple[GapLine, ...]
    state: TopicState
    further: str
    states: Mapping[TopicState, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked, and how it fared."""

    asked: AskedQuestion
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic in the list of what is asked about."""

    volume: Volume
    bars: tuple[Bar, ...]


@router.get(PATH)
async def gaps(
    me: Overseeing,
    desk: Shown,
    served: Served,
    sealed: Sealed,
    state: Annotated[str, Query(max_length=20)] = "",
    after: After = "",
) -> Response:
    """Show gaps, those first that matter most."""
    which = chosen(TopicState, state) or TopicState.OPEN
    review, tenant, place = gap_review(served, me.caller), me.caller.tenant, f"desk/gaps {which}"
    found = behind(await review.gaps(tenant, which), sealed.open(place, tenant, after or None), _id)
    page, further = sealed.page(place, tenant, found, PAGE, _id)
    now = served.clock()
    listing = Listing(
        lines=tuple(
            GapLine(gap, bars_of(gap.topic, now)) for gap in await review.with_pages(tenant, page)
        ),
        state=which,
        further=address(PATH, {"state": state, "after": further or ""}) if further else "",
        states=STATES,
    )
    return desk.show(me, "gaps", listing=listing)


@router.get(PATH + "/{gap_id}")
async def gap(gap_id: str, me: Overseeing, desk: Shown, served: Served) -> Response:
    """Show a gap with questions as they were asked."""
    found = await gap_review(served, me.caller).gap(me.caller.tenant, gap_id)
    topic = found.gap.topic
    return desk.show(
        me,
        "gap",
        gap=found.gap,
        state=STATES[topic.state],
        weeks=_weeks(topic, served.clock()),
        questions=[Question(one, *STANDINGS[one.standing]) for one in found.questions],
        by=await _named(served, me, topic.by),
    )


@router.post(PATH + "/{gap_id}/dismiss")
async def dismiss(
    gap_id: str, me: Writing, desk: Shown, served: Served, reason: Reason = ""
) -> Response:
    """Say why it needs no page."""
    return await _decided(desk, me, served, (gap_id, TopicState.DISMISSED, reason))


@router.post(PATH + "/{gap_id}/resolve")
async def resolve(
    gap_id: str, me: Writing, desk: Shown, served: Served, reason: Reason = ""
) -> Response:
    """Say how it is answered now."""
    return await _decided(desk, me, served, (gap_id, TopicState.RESOLVED, reason))


@router.post(PATH + "/{gap_id}/reopen")
async def reopen(
    gap_id: str, me: Writing, desk: Shown, served: Served, reason: Reason = ""
) -> Response:
    """Open it again."""
    return await _decided(desk, me, served, (gap_id, TopicState.OPEN, reason))


@router.get("/topics")
async def topics(
    me: Overseeing, desk: Shown, served: Served, sealed: Sealed, after: After = ""
) -> Response:
    """Show what is asked about, most first."""
    tenant, place, now = me.caller.tenant, "desk/topics", served.clock()
    last = sealed.open(place, tenant, after or None)
    found = behind(await gap_review(served, me.caller).topics(tenant), last, _topic)
    page, further = sealed.page(place, tenant, found, PAGE, _topic)
    lines = [TopicLine(one, bars_of(one.topic, now)) for one in page]
    onward = address("/topics", {"after": further}) if further else ""
    return desk.show(me, "topics", lines=lines, further=onward)


def bars_of(topic: Topic, now: datetime) -> tuple[Bar, ...]:
    """Give the last weeks as bars; the highest is as high as the picture."""
    weeks = _weeks(topic, now)
    most = max(1, *(one.asked for one in weeks))
    return tuple(
        Bar(
            one.start,
            one.asked,
            one.troubles,
            round(_HIGH * one.asked / most, 1),
            round(_HIGH * min(one.troubles, one.asked) / most, 1),
        )
        for one in weeks
    )


def _weeks(topic: Topic, now: datetime) -> tuple[TopicWeek, ...]:
    """Give all weeks that are looked at, oldest first, those without a question too."""
    held, first = {week.start: week for week in topic.weeks}, since(now)
    starts = [first + timedelta(weeks=passed) for passed in range(WEEKS)]
    return tuple(held.get(start, TopicWeek(start)) for start in starts)


async def _decided(
    desk: Desk, me: Visitor, served: Services, decision: tuple[str, TopicState, str]
) -> Response:
    gap_id, state, reason = decision
    review, path = gap_review(served, me.caller), f"{PATH}/{gap_id}"
    try:
        await review.decide(me.caller.tenant, gap_id, state, reason, me.caller.key_id)
    except (ReviewInvalid, ReviewConflict) as error:
        return desk.go_wrong(me, path, str(error))
    return desk.go(me, path, me.say(_DONE[state]))


async def _named(served: Services, me: Visitor, key_id: str) -> str:
    """Give the name of a key; "" for Punnet itself."""
    held = await served.ledger.tenants.list_keys(me.caller.tenant)
    return next((one.name for one in held if one.id == key_id), "")


def _id(gap: Gap) -> str:
    return gap.topic.id


def _topic(volume: Volume) -> str:
    return volume.topic.id
