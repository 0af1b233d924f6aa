"""When a source is synced, as it is said on the command line."""

from typing import Annotated

import typer

from connectors.model import Json

EveryOption = Annotated[str | None, typer.Option(help="Sync so often, such as 15m or 6h.")]
CronOption = Annotated[
    str | None, typer.Option(help="Sync by a cron expression instead, such as '30 6 * * mon-fri'.")
]
ZoneOption = Annotated[
    str | None, typer.Option(help="The time zone of --cron, such as Europe/Berlin. [default: UTC]")
]
JitterOption = Annotated[
    str | None, typer.Option(help="Up to so much later, to scatter sources, such as 5m; none.")
]
FullOption = Annotated[
    str | None,
    typer.Option(help="Look at everything so often, where runs look at changes, such as 7d; none."),
]
PriorityOption = Annotated[
    str | None, typer.Option(help="low, normal or high: who goes first. [default: normal]")
]


def schedule_of(
    every: str | None,
    cron: str | None,
    time_zone: str | None,
    jitter: str | None,
    full_every: str | None,
    present: Json = None,
) -> Json:
    """Give a schedule as the API takes it, what is not said as at present; null: none is said."""
    said = {"every": every, "cron": cron, "time_zone": time_zone, "jitter": jitter}
    said |= {"full_every": full_every}
    given = {name: value for name, value in said.items() if value is not None}
    if not given:
        return None
    kept = {} if not isinstance(present, dict) else present
    if "every" in given or "cron" in given:
        kept = {name: value for name, value in kept.items() if name not in ("every", "cron")}
    schedule = {name: value for name, value in (kept | given).items() if value is not None}
    if "every" not in schedule and "cron" not in schedule:
        raise typer.BadParameter("give --every or --cron too", param_hint="schedule")
    return {name: value for name, value in schedule.items() if value != "none"}
