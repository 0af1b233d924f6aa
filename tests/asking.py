"""An asker for tests: the real planner over whatever a test puts in its place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ingest.ports import NewId, TokenCounter
from ingest.prefixes import PrefixLedger
from retrieval.ask import Asker, AskPorts, AskSettings
from retrieval.consider import Weighing
from retrieval.experience import LearnedExperience
from retrieval.look import LookPorts
from retrieval.model import Tier
from retrieval.planner.calibration import shipped
from retrieval.planner.case import Limits
from retrieval.planner.evidence import DEFAULT_THRESHOLD
from retrieval.planner.question_type import QuestionTypes
from retrieval.ports import Catalog, Knowledge, Search, Texts
from retrieval.profiles import Dialect
from tests import cases
from tests.languages import ToldDetector
from tests.prefixes import FakePrefixes

LIMITS = replace(cases.LIMITS, output_tokens=1_000, threshold=DEFAULT_THRESHOLD)


def ask_settings(
    model: str, limits: Limits = LIMITS, dialect: Dialect | None = None
) -> AskSettings:
    return AskSettings(model, Weighing(limits, shipped(), 16_000), dialect or Dialect())


def look_ports(
    search: Search,
    reading: Knowledge,
    catalog: Catalog,
    tokens: TokenCounter,
    clock: Callable[[], datetime],
    experience: LearnedExperience | None = None,
) -> LookPorts:
    return LookPorts(
        search=search,
        reading=reading,
        catalog=catalog,
        tokens=tokens,
        types=QuestionTypes.open(),
        detector=ToldDetector(),
        experience=experience or LearnedExperience(lambda _: Tier.ROUTINE),
        clock=clock,
    )


def asker_of(
    look: LookPorts,
    texts: Texts,
    new_id: NewId,
    settings: AskSettings,
    prefixes: PrefixLedger | None = None,
) -> Asker:
    return Asker(AskPorts(look, texts, prefixes or FakePrefixes(), new_id), settings)
