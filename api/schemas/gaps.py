"""Topics and gaps on the wire: what is asked, and what is not answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.schemas.common import Asked, Example, Id, PageQuery, Text, Told, shape
from ingest.topics import AskedQuestion, Standing, TopicState, TopicWeek
from retrieval.gaps.model import Gap, GapExamples, Volume

_WEEK: Example = {"start": "2026-03-02", "asked": 9, "weak": 6, "refused": 1, "bad": 1}
_TOPIC: Example = {
    "id": "t_19ab",
    "name": "Do you ship to Switzerland?",
    "words": ["ship", "switzerland", "customs"],
    "this_week": _WEEK,
    "last_week": {"start": "2026-02-23", "asked": 12, "weak": 7, "refused": 0, "bad": 0},
    "week_before": {"start": "2026-02-16", "asked": 5, "weak": 4, "refused": 0, "bad": 0},
    "change": 7,
    "first_at": "2026-02-16T10:12:00Z",
    "last_at": "2026-03-03T08:40:00Z",
}
_NEAREST: Example = {
    "document_id": "d_51c0",
    "title": "Shipping",
    "url": "https://help.example.com/shipping",
    "nearness": 0.58,
}
_GAP: Example = {
    **_TOPIC,
    "state": "open",
    "asked": 26,
    "weak": 17,
    "refused": 1,
    "bad": 1,
    "thin": False,
    "nearest": _NEAREST,
    "note": "",
    "ended_by": "",
    "ended_at": None,
}
_QUESTION: Example = {
    "query_id": "p_2c44",
    "at": "2026-03-03T08:40:00Z",
    "question": "Can I have it sent to Zürich?",
    "kind": "context",
    "standing": "weak",
    "bad": False,
}


class GapQuery(PageQuery):
    """Which gaps are asked for."""

    state: TopicState = TopicState.OPEN


class GapDecisionBody(Asked):
    """Why a gap is dismissed, resolved or opened again."""

    model_config = shape({"reason": "We do not ship there, and say so at checkout."}, strict=True)

    reason: Annotated[Text, Field(min_length=1, max_length=1_000)]


class WeekView(Told):
    """What was asked of a topic in one week, from its Monday in UTC."""

    model_config = shape(_WEEK, strict=False)

    start: date
    asked: int
    weak: int
    """Questions whose evidence did not suffice."""
    refused: int
    """Questions that the model declined to answer."""
    bad: int
    """Questions of whose answers somebody said that they were bad."""

    @classmethod
    def of(cls, week: TopicWeek) -> "WeekView":
        """Show a week."""
        return cls(
            start=week.start,
            asked=week.asked,
            weak=week.weak,
            refused=week.refused,
            bad=week.bad,
        )


class TopicView(Told):
    """What questions are about, and how often they are asked."""

    model_config = shape(_TOPIC, strict=False)

    id: Id
    name: str
    """Its most central question, as it was asked, of those that went wrong where any did; its
    words once that question is forgotten."""
    words: list[str]
    """That tell it from other topics, best first."""
    this_week: WeekView
    """So far."""
    last_week: WeekView
    week_before: WeekView
    change: int
    """Questions of the last seven days beyond those of the seven days before them."""
    first_at: datetime
    last_at: datetime

    @classmethod
    def of(cls, volume: Volume) -> "TopicView":
        """Show a topic."""
        return cls(
            id=volume.topic.id,
            name=volume.topic.name,
            words=list(volume.topic.words),
            this_week=WeekView.of(volume.this_week),
            last_week=WeekView.of(volume.last_week),
            week_before=WeekView.of(volume.week_before),
            change=volume.change,
            first_at=volume.topic.first_at,
            last_at=volume.topic.last_at,
        )


class TopicList(Told):
    """A page of topics."""

    model_config = shape({"items": [_TOPIC], "next_cursor": None}, strict=False)

    items: list[TopicView]
    next_cursor: str | None


class NearestView(Told):
    """The page that comes nearest to a topic."""

    model_config = shape(_NEAREST, strict=False)

    document_id: str
    title: str
    url: str
    nearness: float
    """The cosine of its best passage, 0 to 1."""


class GapView(TopicView):
    """A topic whose questions got no answer, or a bad one; counts are of the last eight weeks."""

    model_config = shape(_GAP, strict=False)

    state: TopicState
    asked: int
    weak: int
    refused: int
    bad: int
    thin: bool
    """Whether it rests on a single question."""
    nearest: NearestView | None
    note: str
    """Why it was dismissed, resolved or opened again."""
    ended_by: str
    """A key's id; empty where Punnet itself found it answered."""
    ended_at: datetime | None

    @classmethod
    def of_gap(cls, gap: Gap) -> "GapView":
        """Show a gap."""
        topic = gap.topic
        return cls(
            **dict(TopicView.of(gap.volume)),
            state=topic.state,
            asked=gap.asked,
            weak=gap.weak,
            refused=gap.refused,
            bad=gap.bad,
            thin=gap.thin,
            nearest=_nearest(gap),
            note=topic.note,
            ended_by=topic.by,
            ended_at=topic.ended_at,
        )


class GapList(Told):
    """A page of gaps."""

    model_config = shape({"items": [_GAP], "next_cursor": None}, strict=False)

    items: list[GapView]
    next_cursor: str | None


class GapQuestionView(Told):
    """A question of a topic, as it was kept."""

    model_config = shape(_QUESTION, strict=False)

    query_id: Id
    at: datetime
    question: str
    kind: str
    """The call that asked it: context, chat or search."""
    standing: Standing
    bad: bool
    """Whether somebody said that its answer was bad."""

    @classmethod
    def of(cls, question: AskedQuestion) -> "GapQuestionView":
        """Show a question."""
        return cls(
            query_id=question.id,
            at=question.at,
            question=question.text,
            kind=question.kind,
            standing=question.standing,
            bad=question.bad,
        )


class GapExamplesView(GapView):
    """A gap with questions that were asked, those that went wrong first."""

    model_config = shape({**_GAP, "weeks": [_WEEK], "questions": [_QUESTION]}, strict=False)

    weeks: list[WeekView]
    """Oldest first; weeks without a question are left out."""
    questions: list[GapQuestionView]
    """Empty once they are forgotten."""

    @classmethod
    def of_examples(cls, examples: GapExamples) -> "GapExamplesView":
        """Show a gap with its questions."""
        return cls(
            **dict(GapView.of_gap(examples.gap)),
            weeks=[WeekView.of(week) for week in examples.gap.topic.weeks],
            questions=[GapQuestionView.of(one) for one in examples.questions],
        )


def shown(gaps: Sequence[Gap]) -> list[GapView]:
    """Show gaps in their order."""
    return [GapView.of_gap(gap) for gap in gaps]


def _nearest(gap: Gap) -> NearestView | None:
    if gap.page is None:
        return None
    facts = gap.page.facts
    return NearestView(
        document_id=facts.id, title=facts.title, url=facts.url, nearness=gap.topic.nearness
    )
