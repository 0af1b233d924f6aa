"""Hold what was measured against limits, so that a change that makes answers worse is stopped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from retrieval.errors import EvaluationInvalid
from retrieval.evaluate.measure import SAYS
from retrieval.evaluate.model import Measure


@dataclass(frozen=True, slots=True)
class Limit:
    """The least, or the most, that a measure may be."""

    name: str
    value: float
    least: bool

    @property
    def words(self) -> str:
        """The limit as a person writes it."""
        return f"{'at least' if self.least else 'at most'} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A limit that was not kept; `measured` is None where nothing could be measured."""

    limit: Limit
    of: str
    """The model that it was measured for; "" for the search."""
    measured: float | None


def read_limits(least: Iterable[str], most: Iterable[str]) -> tuple[Limit, ...]:
    """Read NAME=VALUE pairs; raises EvaluationInvalid for a name or a value that is none."""
    return (
        *(_limit(said, least=True) for said in least),
        *(_limit(said, least=False) for said in most),
    )


def check_limits(
    limits: Sequence[Limit], measures: Mapping[str, Sequence[Measure]]
) -> tuple[Shortfall, ...]:
    """Give each limit that is not kept; `measures` are by model, those of the search under ""."""
    return tuple(
        Shortfall(limit, of, measure.value)
        for limit in limits
        for of, some in measures.items()
        for measure in some
        if measure.name == limit.name and not _kept(limit, measure.value)
    )


def _limit(said: str, *, least: bool) -> Limit:
    name, equals, value = said.partition("=")
    name = name.strip().lower()
    if not equals:
        raise EvaluationInvalid(f"{said!r} is no limit: write NAME=VALUE, such as recall@10=0.85.")
    if name not in SAYS:
        raise EvaluationInvalid(f"No measure is called {name!r}. There are {', '.join(SAYS)}.")
    try:
        return Limit(name, float(value), least)
    except ValueError as error:
        raise EvaluationInvalid(f"{said!r}: {value!r} is no number.") from error


def _kept(limit: Limit, value: float | None) -> bool:
    """A gate must not open because there was nothing to measure."""
    if value is None:
        return False
    return value >= limit.value if limit.least else value <= limit.value
