"""`punnet source` and `punnet run`."""

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from api.cli.client import Client, address_of
from api.cli.failures import CommandFailed
from api.cli.options import HomeOption, JsonOption, YesOption
from api.cli.reach import reach
from api.cli.show import as_json, note, table
from api.cli.wire import pick, rows, text, when
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
    every: Annotated[str | None, typer.Option(help="Sync so often, such as 15m or 6h.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Tag of all its documents.")] = None,
    access: Annotated[list[str] | None, typer.Option(help="Group that may see it.")] = None,
    sync: Annotated[bool, typer.Option("--sync/--no-sync", help="Read it at once.")] = True,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Add a source, and read it."""
    from api.cli.syncing import finish, follow_all

    settings = _settings(setting or [])
    if path is not None:
        settings["path"] = str(path.expanduser().absolute())
    body: dict[str, Json] = {"kind": kind, "name": name, "settings": settings}
    body |= {"tags": list(tag or ()), "access": list(access or ())}
    body["schedule"] = {"every": every} if every else None
    with reach(home, works=True) as client:
        source = client.call("POST", "/v1/sources", body)
        if as_data:
            as_json(source)
        else:
            note(f"Added {text(source, 'name')} ({text(source, 'id')}).")
        if not sync or kind == "upload":
            return
        runs = follow_all(client, [source])
    finish(runs, [source], as_data=False, quiet=as_data)


def list_sources(home: HomeOption = None, as_data: JsonOption = False) -> None:
    """List the sources."""
    with reach(home) as client:
        found = client.all("/v1/sources")
    if as_data:
        as_json(found)
        return
    columns = ("name", "kind", "every", "last synced", "next due", "state", "id")
    table(columns, (_row(source) for source in found))


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


def _settings(pairs: list[str]) -> dict[str, Json]:
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


def _row(source: Json) -> tuple[str, ...]:
    state = "removing" if pick(source, "removing") else "paused" if pick(source, "paused") else ""
    return (
        text(source, "name"),
        text(source, "kind"),
        text(source, "schedule", "every") or "when asked",
        when(source, "last_synced_at") or "never",
        when(source, "next_due_at"),
        state,
        text(source, "id"),
    )


# --- runs -------------------------------------------------------------------------


def list_runs(
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """List the newest runs."""
    from api.cli.syncing import COLUMNS, run_row

    with reach(home) as client:
        names = {text(one, "id"): text(one, "name") for one in client.all("/v1/sources")}
        which = {"source_id": text(find_source(client, source), "id")} if source else {}
        asked = urlencode({"limit": str(limit), **which})
        found = rows(client.call("GET", f"/v1/runs?{asked}"), "items")
    if as_data:
        as_json(found)
        return
    table(
        ("run", "ended", *COLUMNS),
        ((text(run, "id"), when(run, "ended_at"), *run_row(run, names)) for run in found),
    )


def show_run(
    run: Annotated[str, typer.Argument(help="Id of the run.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Show one run with its errors."""
    from api.cli.syncing import show_runs

    with reach(home) as client:
        found = client.call("GET", address_of("runs", run))
        names = {text(one, "id"): text(one, "name") for one in client.all("/v1/sources")}
    if as_data:
        as_json(found)
    else:
        show_runs([found], names, most=None)


def confirm_run(
    run: Annotated[str, typer.Argument(help="Id of the run that waits.")],
    yes: YesOption = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Let a run that stopped before a large deletion go on."""
    from api.cli.syncing import finish, follow

    with reach(home, works=True) as client:
        found = client.call("GET", address_of("runs", run))
        waiting = rows(found, "awaiting")
        if not yes:
            for ref in waiting:
                note(f"  {text(ref)}")
            typer.confirm(f"Delete these {len(waiting)} documents?", abort=True, err=True)
        source = client.call("GET", address_of("sources", text(found, "source_id")))
        its_confirm = address_of("sources", text(source, "id"), "confirm")
        client.call("POST", its_confirm, {"run_id": run})
        ended = follow(client, run, lambda _: None)
    finish([ended], [source], as_data=as_data)
