"""What is shown of runs while they go on: how far, what became of it, how fast."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from api.cli.standing import rest
from api.cli.wire import number, text
from connectors.model import Json

_SAID = (("indexed", "changed"), ("deleted", "deleted"), ("failed", "failed"))


class Rate(ProgressColumn):
    """Documents a second, of late."""

    def render(self, task: Task) -> Text:
        """Show nothing until it is known."""
        return Text(f"{task.speed:,.1f}/s" if task.speed and not task.finished else "")


def progress() -> Progress:
    """Make bars that vanish in the end; add a task with an empty `said`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TextColumn("{task.fields[said]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def expected(earlier: Iterable[Json], kind: str) -> float:
    """Say how many documents a run will list: as many as the last of its kind did, 0: unknown."""
    done = (run for run in earlier if text(run, "state") in ("succeeded", "partial"))
    return next((number(run, "counts", "listed") for run in done if text(run, "kind") == kind), 0)


def said(run: Json) -> str:
    """Tell in a few words what a run is at and what came of it so far."""
    if rest(run) or text(run, "state") != "running":
        return rest(run) or text(run, "state").replace("_", " ")
    found = [(number(run, "counts", name), word) for name, word in _SAID]
    reused, embedded = (number(run, "counts", f"tokens_{word}") for word in ("reused", "embedded"))
    words = [f"{count:,} {word}" for count, word in found if count]
    words += [f"{reused:,} of {reused + embedded:,} tokens reused"] if reused else []
    return ", ".join(words) or "reads"
