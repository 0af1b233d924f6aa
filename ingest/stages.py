"""Know where the time of a run went."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Stages:
    """Add up seconds by stage; stages that run side by side are each counted whole."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seconds: dict[str, float] = {}

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Count what happens inside towards a stage."""
        began = self._monotonic()
        try:
            yield
        finally:
            spent = self._monotonic() - began
            self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def seconds(self) -> Mapping[str, float]:
        """Give what was spent so far."""
        return {stage: round(spent, 3) for stage, spent in self._seconds.items()}
