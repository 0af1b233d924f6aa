"""`punnet source`: where documents come from."""

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from api.cli.client import Client, address_of
from api.cli.credentials import CredentialOption, read_credentials
from api.cli.failures import CommandFailed
from api.cli.options import HomeOption, JsonOption, YesOption
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
from api.cli.show import as_json, note, table
from api.cli.standing import state_of, state_of_source, waits
from api.cli.wire import rows, text, when
from connectors.model import Json

SourceArgument = Annotated[str, typer.Argument(help="Name or id of the source.")]


def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    path: Annotated[Path | None, typer.Option(help="The folder to read (kind files).")] = None,
    kind: Annotated[str, typer.Option(help="Kind of source.")] = "files",
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting; the value may be JSON."),
    ] = None,
    credential: CredentialOption = None,
    every: EveryOption = None,
    cron: CronOption = None,
    time_zone: ZoneOption = None,
    jitter: JitterOption = None,
    full_every: FullOption = None,
    priority: PriorityOption = None,
    tag: Annotated[list[str] | None, typer.Option(help="Tag of all its documents.")] = None,
    access: Annotated[list[str] | None, typer.Option(help="Group that may see it.")] = None,
    sync: Annotated[bool, typer.Option("--sync/--no-sync", help="Read it at once.")] = True,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Add a source, and read it."""
    from api.cli.syncing import finish, follow_all

    settings = settings_of(setting or [])
    if path is not None:
        settings["path"] = str(path.expanduser().absolute())
    body: dict[str, Json] = {"kind": kind, "name": name, "settings": settings}
    body |= {"tags": list(tag or ()), "access": list(access or ())}
    body["schedule"] = schedule_of(every, cron, time_zone, jitter, full_every)
    body |= {"priority": priority} if priority else {}
    if credential:
        body["credentials"] = read_credentials(credential)
    with reach(home, works=True) as client:
        _require_new(client, name)
        source = client.call("POST", "/v1/sources", body)
        if as_data:
            as_json(source)
        else:
            note(f"Added {text(source, 'name')} ({text(source, 'id')}).")
        if not sync or kind == "upload":
            return
        runs = follow_all(client, [source])
    finish(runs, [source], as_data=False, quiet=as_data)


def show(source: SourceArgument, home: HomeOption = None, as_data: JsonOption = False) -> None:
    """Show a source with its settings and its last run."""
    with reach(home) as client:
        found = find_source(client, source)
        asked = urlencode({"source_id": text(found, "id"), "limit": "1"})
        last = rows(client.call("GET", f"/v1/runs?{asked}"), "items")
    if as_data:
        as_json({"source": found, "last_run": last[0] if last else None})
        return
    facts = {} if not isinstance(found, dict) else {**found}
    facts.pop("last_run", None)  # told below
    table(("", "source"), sorted((name, _shown(value)) for name, value in facts.items()))
    for run in last:
        note(f"Last run: {text(run, 'id')}, {state_of(run)}")
        for error in rows(run, "errors"):
            note(f"  {text(error, 'ref') or 'the run'}: {text(error, 'reason')}")


def list_sources(home: HomeOption = None, as_data: JsonOption = False) -> None:
    """List the sources."""
    with reach(home) as client:
        found = client.all("/v1/sources")
    if as_data:
        as_json(found)
        return
    columns = ("name", "kind", "schedule", "last synced", "next due", "state", "?!id")
    table(columns, (_row(source) for source in found))
    for source in filter(waits, found):
        run = text(source, "last_run", "id")
        note(f"{text(source, 'name')} waits for you: 'punnet run confirm {run}' shows for what.")


def remove(
    source: SourceArgument,
    yes: YesOption = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Remove a source with all its documents."""
    with reach(home, works=True) as client:
        meant = find_source(client, source)
        if not yes:
            typer.confirm(
                f"Remove {text(meant, 'name')} with all its documents?", abort=True, err=True
            )
        removed = client.call("DELETE", address_of("sources", text(meant, "id")))
    if as_data:
        as_json(removed)
    else:
        note(f"{text(meant, 'name')} is being removed; its documents are no longer found.")


def find_source(client: Client, name_or_id: str) -> Json:
    """Give the one source that is meant; raises CommandFailed where none or several are."""
    known = client.all("/v1/sources")
    meant = [one for one in known if text(one, "id") == name_or_id]
    meant = meant or [one for one in known if text(one, "name") == name_or_id]
    if not meant:
        names = ", ".join(text(one, "name") for one in known) or "none yet"
        raise CommandFailed(f"There is no source '{name_or_id}'. There are: {names}.")
    if len(meant) > 1:
        ids = ", ".join(text(one, "id") for one in meant)
        raise CommandFailed(
            f"Several sources are called '{name_or_id}': name one by its id: {ids}."
        )
    return meant[0]


def settings_of(pairs: list[str]) -> dict[str, Json]:
    """Read NAME=VALUE pairs; a value that is no JSON is a string."""
    settings: dict[str, Json] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"'{pair}' is not NAME=VALUE", param_hint="--set")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def _require_new(client: Client, name: str) -> None:
    for one in client.all("/v1/sources"):
        if text(one, "name") == name:
            raise CommandFailed(
                f"There is a source '{name}' already ({text(one, 'id')}): change it with "
                "'punnet source change', or give this one another name."
            )


def _row(source: Json) -> tuple[str, ...]:
    return (
        text(source, "name"),
        text(source, "kind"),
        _rhythm(source),
        when(source, "last_synced_at") or "never",
        "when you answer" if waits(source) else when(source, "next_due_at"),
        state_of_source(source),
        text(source, "id"),
    )


def _rhythm(source: Json) -> str:
    every, cron = text(source, "schedule", "every"), text(source, "schedule", "cron")
    rhythm = every or (f"{cron} {text(source, 'schedule', 'time_zone')}" if cron else "when asked")
    priority = text(source, "priority")
    return rhythm if priority in ("", "normal") else f"{rhythm}, {priority}"


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
