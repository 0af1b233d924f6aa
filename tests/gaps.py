"""What gathers questions in tests, and questions as the ledger keeps them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from connectors.model import Json
from ingest.topics import AskedQuestion, Standing, Topic, TopicState, TopicWeek, week_of
from retrieval.gaps.follow import Follower, FollowPorts
from retrieval.gaps.gather import TopicPorts, Topics
from retrieval.gaps.recheck import Recheck
from retrieval.gaps.sketch import Sketcher, SketchPorts
from retrieval.planner.calibration import shipped
from retrieval.planner.evidence import DEFAULT_THRESHOLD
from retrieval.planner.question_type import QuestionTypes
from retrieval.ports import Search
from tests.builders import NOON
from tests.http.world import World


def gatherer(world: World, search: Search | None = None) -> Topics:
    """Build what a worker puts questions into topics with, over a world's services."""
    wired = world.wired
    search = search or wired.searcher
    topics, clock, embedder = wired.ledger.topics, wired.clock, wired.embedder
    recheck = Recheck(search, shipped(), DEFAULT_THRESHOLD)
    follower = Follower(FollowPorts(topics, wired.ledger.reading, recheck, clock))
    sketcher = Sketcher(SketchPorts(topics, embedder, search, clock))
    ports = TopicPorts(topics, embedder, _types(), sketcher, follower, wired.new_id)
    return Topics(ports)


@cache
def _types() -> QuestionTypes:
    return QuestionTypes.open()


def asked(
    text: str = "Do you ship to Malta?",
    *,
    kind: str = "context",
    standing: Standing = Standing.UNKNOWN,
    finds: bool = True,
    bad: bool = False,
    **detail: Json,
) -> AskedQuestion:
    """Give a question as the ledger keeps it."""
    return AskedQuestion("q", NOON, kind, text, finds, detail, "t", standing, bad)


def topic(
    id_: str = "t",
    *weeks: TopicWeek,
    state: TopicState = TopicState.OPEN,
    troubles: int = 0,
    trouble_at: datetime | None = None,
    **more: object,
) -> Topic:
    """Give a topic with what was counted of it."""
    name = more.pop("name", "Do you ship to Malta?")
    assert isinstance(name, str)
    counted: Mapping[str, object] = {"weeks": weeks, **more}
    return Topic(id_, name, (), state, NOON, NOON, trouble_at, troubles, **counted)  # type: ignore[arg-type]


def week(ago: int = 0, **counts: int) -> TopicWeek:
    """Give the counts of a week so many weeks ago."""
    return TopicWeek(week_of(NOON) - timedelta(weeks=ago), **counts)
