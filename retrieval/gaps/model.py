"""The words of gaps: topics whose questions got no answer, or a bad one."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.reading import DocumentRecord
from ingest.topics import AskedQuestion, Topic, TopicWeek


@dataclass(frozen=True, slots=True)
class Volume:
    """How much a topic is asked about, and how that changes."""

    topic: Topic
    this_week: TopicWeek
    """So far."""
    last_week: TopicWeek
    week_before: TopicWeek

    @property
    def change(self) -> int:
        """Questions of the last seven days beyond those of the seven before."""
        return self.topic.lately.last - self.topic.lately.before


@dataclass(frozen=True, slots=True)
class Gap:
    """A topic that lacks a page, or a better one."""

    volume: Volume
    asked: int
    """Over the weeks that are looked at, as the counts below."""
    weak: int
    refused: int
    bad: int
    weight: float
    """Troubles, of which old ones count less: the order of gaps."""
    thin: bool
    """Whether it rests on a single question: it stands behind the others."""
    page: DocumentRecord | None = None
    """The nearest live page."""

    @property
    def topic(self) -> Topic:
        """What it is about."""
        return self.volume.topic


@dataclass(frozen=True, slots=True)
class GapExamples:
    """A gap with questions that were asked, those that went wrong first."""

    gap: Gap
    questions: Sequence[AskedQuestion]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of a tenant's new questions."""

    questions: int = 0
    """Put into topics, or left out."""
    reopened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    """Topics that are answered now."""
