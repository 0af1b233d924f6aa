"""`punnet source change`: what is not named stays."""

from typing import Annotated

import typer

from api.cli.client import address_of
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.schedules import (
    CronOption,
    EveryOption,
    FullOption,
    JitterOption,
    PriorityOption,
    ZoneOption,
    schedule_of,
)
from api.cli.show import as_json, note
from api.cli.sources import SourceArgument, find_source, settings_of
from api.cli.wire import pick, text
from connectors.model import Json


def change(
    source: SourceArgument,
    name: Annotated[str | None, typer.Option(help="Call it so.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change one setting; may be repeated."),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Leave a setting to its default.")
    ] = None,
    every: EveryOption = None,
    cron: CronOption = None,
    time_zone: ZoneOption = None,
    jitter: JitterOption = None,
    full_every: FullOption = None,
    when_asked: Annotated[bool, typer.Option("--when-asked", help="Drop the schedule.")] = False,
    priority: PriorityOption = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Tag all its documents so, instead; '' for none.")
    ] = None,
    access: Annotated[
        list[str] | None, typer.Option(help="Show it to this group, instead; '' for everybody.")
    ] = None,
    pause: Annotated[bool | None, typer.Option("--pause/--resume", help="Leave it alone.")] = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Change a source; new settings begin a full scan at once."""
    rhythm = (every, cron, time_zone, jitter, full_every)
    body: dict[str, Json] = {"name": name, "priority": priority, "paused": pause}
    body |= {"tags": _words(tag), "access": _words(access)}
    body = {key: value for key, value in body.items() if value is not None}
    if not (body or setting or unset or when_asked or any(rhythm)):
        raise typer.BadParameter("say what to change", param_hint="options")
    with reach(home, works=True) as client:
        meant = find_source(client, source)
        schedule = schedule_of(*rhythm, pick(meant, "schedule"))
        if schedule is not None or when_asked:
            body["schedule"] = None if when_asked else schedule
        if setting or unset:
            body["settings"] = _settings(meant, setting or [], unset or [])
        changed = client.call("PATCH", address_of("sources", text(meant, "id")), body)
    if as_data:
        as_json(changed)
    else:
        note(f"{text(changed, 'name')} is changed.")


def _settings(source: Json, changed: list[str], unset: list[str]) -> Json:
    held = pick(source, "settings")
    kept = dict(held) if isinstance(held, dict) else {}
    kept |= settings_of(changed)
    return {key: value for key, value in kept.items() if key not in unset}


def _words(given: list[str] | None) -> Json:
    """Give what is named, where anything is; an empty word stands for none."""
    return [word for word in given if word] if given else None
