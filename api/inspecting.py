"""Builds what looks after freshness in a worker: a part of `api/working.py`."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from api.answering import ask_settings, opened_routers
from api.bootstrap import Ledger, build_question_reader, new_id, pepper_of, utc_now
from api.settings import Settings
from api.telling import AGENT
from connectors.errors import SettingsInvalid
from connectors.politeness import Pace, Turns
from ingest.adapters.link_check import WebLinkChecker
from ingest.errors import TryLater
from ingest.freshness.bad_answers import BadAnswersDetector
from ingest.freshness.contradiction import Contradictions
from ingest.freshness.duplicate import Duplicates
from ingest.freshness.expiry import ExpiryDetector
from ingest.freshness.inspect import Detectors, Inspector, InspectPorts
from ingest.freshness.judge import Judge, Remembered
from ingest.freshness.link_round import LinkRound
from ingest.freshness.neighbours import LedgerNeighbours
from ingest.freshness.overdue import OverdueDetector
from ingest.freshness.ports import LinkChecker
from ingest.freshness.source_gone import SourceGoneDetector
from ingest.freshness.translations import TranslationDetector
from ingest.freshness.unused import UnusedDetector
from ingest.ports import AuditedIndex, Embedder, Handler, SparseEncoder
from ingest.records import WorkItem
from ingest.schedule import Schedule
from retrieval.gaps.follow import Follower, FollowPorts
from retrieval.gaps.gather import TopicPorts, Topics
from retrieval.gaps.recheck import Recheck
from retrieval.gaps.sketch import Sketcher, SketchPorts
from retrieval.planner.question_type import QuestionTypes
from retrieval.search import Searcher

_LINKS_A_SECOND = 1.0
"""Of one host."""
_MEANWHILE = timedelta(seconds=5)
"""A tenant whose pages changed while they were looked at is looked at again so soon at best."""


@dataclass(frozen=True, slots=True)
class Advisers:
    """Who is asked beside the rules, where the operator wants it."""

    checker: LinkChecker | None
    judge: Judge | None


@dataclass(frozen=True, slots=True)
class Machines:
    """What a worker has already."""

    ledger: Ledger
    index: AuditedIndex
    embedder: Embedder
    sparse: SparseEncoder
    schedule: Schedule


@asynccontextmanager
async def opened_link_checker(settings: Settings) -> AsyncIterator[LinkChecker | None]:
    """Open what asks the web whether links still lead somewhere, if the operator wants it."""
    if not settings.check_links:
        yield None
        return
    from connectors.http import WebClient

    turns = Turns(time.monotonic, asyncio.sleep, settings.max_requests_per_second)
    async with WebClient(AGENT) as client:
        yield WebLinkChecker(client, Pace(_LINKS_A_SECOND, turns), utc_now)


@asynccontextmanager
async def opened_judge(settings: Settings) -> AsyncIterator[Judge | None]:
    """Open what reads contradictions before they are raised, if the operator wants it."""
    if settings.judge is None:
        yield None
        return
    from retrieval.adapters.judge_router import RouterJudge

    async with opened_routers(settings, pepper_of(settings)) as (router, _):
        if router is None or not settings.router_model:
            raise SettingsInvalid(
                "PUNNET_JUDGE=router needs PUNNET_ROUTER_URL and PUNNET_ROUTER_MODEL."
            )
        yield Remembered(RouterJudge(router, settings.router_model))


def freshness_handlers(
    settings: Settings, machines: Machines, advisers: Advisers
) -> Mapping[str, Handler]:
    """Build the handlers of the kinds `inspect` and `gather`."""
    ledger = machines.ledger
    ports = InspectPorts(
        ledger.flags,
        ledger.freshness,
        ledger.reading,
        LedgerNeighbours(ledger.vectors, ledger.reading),
        LinkRound(ledger.flags, ledger.freshness, ledger.runs, advisers.checker),
        utc_now,
        advisers.judge,
    )
    inspector = Inspector(ports, detectors())
    topics = build_topics(settings, machines)

    async def inspect(item: WorkItem) -> None:
        began = utc_now()
        await inspector.inspect(item.tenant)
        took = utc_now() - began
        await machines.schedule.gather(item.tenant)
        standing = await ledger.freshness.inspected(item.tenant)
        if (await ledger.reading.snapshot(item.tenant)).sequence != standing.sequence:
            # A long run commits all the time: most of it shall not be spent on looking.
            raise TryLater("pages changed while they were looked at", max(_MEANWHILE, 4 * took))

    async def gather(item: WorkItem) -> None:
        await topics.gather(item.tenant)

    return {"inspect": inspect, "gather": gather}


def detectors() -> Detectors:
    """List who looks at pages."""
    return Detectors(
        alone=(ExpiryDetector(),),
        near=(Contradictions(), Duplicates()),
        whole=(
            OverdueDetector(),
            SourceGoneDetector(),
            TranslationDetector(),
            UnusedDetector(),
            BadAnswersDetector(),
        ),
    )


def build_topics(settings: Settings, machines: Machines) -> Topics:
    """Build what puts questions into topics and finds the gaps among them."""
    ledger = machines.ledger
    questions = build_question_reader(settings, machines.embedder, machines.sparse)
    search = Searcher(ledger.reading, machines.index, questions, utc_now, ledger.flags)
    weighing = ask_settings(settings, pepper_of(settings)).weighing
    recheck = Recheck(search, weighing.calibration, weighing.limits.threshold)
    follower = Follower(FollowPorts(ledger.topics, ledger.reading, recheck, utc_now))
    sketcher = Sketcher(SketchPorts(ledger.topics, machines.embedder, search, utc_now))
    types = QuestionTypes.open()
    return Topics(TopicPorts(ledger.topics, machines.embedder, types, sketcher, follower, new_id))
