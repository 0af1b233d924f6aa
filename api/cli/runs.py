"""`punnet run`: what became of syncs."""

from typing import Annotated
from urllib.parse import urlencode

import typer

from api.cli.client import address_of
from api.cli.options import HomeOption, JsonOption, YesOption
from api.cli.reach import reach
from api.cli.show import as_json, note, table
from api.cli.sources import find_source
from api.cli.wire import rows, text


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
    table(("!run", *COLUMNS), ((text(run, "id"), *run_row(run, names)) for run in found))


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
            for ref in sorted(map(text, waiting)):
                note(f"  {ref}")
            typer.confirm(f"Delete these {len(waiting)} documents?", abort=True, err=True)
        source = client.call("GET", address_of("sources", text(found, "source_id")))
        its_confirm = address_of("sources", text(source, "id"), "confirm")
        client.call("POST", its_confirm, {"run_id": run})
        ended = follow(client, run, lambda _: None)
    finish([ended], [source], as_data=as_data)


def refuse_run(
    run: Annotated[str, typer.Argument(help="Id of the run that waits.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Give up a run that stopped before a large deletion; nothing is deleted."""
    with reach(home) as client:
        found = client.call("GET", address_of("runs", run))
        its_refuse = address_of("sources", text(found, "source_id"), "refuse")
        refused = client.call("POST", its_refuse, {"run_id": run})
    if as_data:
        as_json(refused)
        return
    note(f"Run {run} is given up; nothing was deleted.")
    note(
        "The next run finds the same to be gone, and waits again: see what its source lets "
        "Punnet see, or have it left alone with 'punnet source change SOURCE --pause'."
    )
