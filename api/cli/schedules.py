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
    str | None, typer.Option(help="Up to so much later, to scatter sources, such as 5m.")
]
FullOption = Annotated[
    str | None,
    typer.Option(help="Look at everything so often, where runs look at changes, such as 7d."),
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
) -> Json:
    """Give a schedule as the API takes it; null where neither interval nor cron is given."""
    if every is None and cron is None:
        if time_zone or jitter or full_every:
            raise typer.BadParameter("give --every or --cron too", param_hint="schedule")
        return None
    said = {"every": every, "cron": cron, "time_zone": time_zone, "jitter": jitter}
    given: dict[str, Json] = {name: value for name, value in said.items() if value is not None}
    return given | ({"full_every": full_every} if full_every else {})
