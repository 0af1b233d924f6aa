"""`punnet up`, `serve`, `worker`, `scheduler`, `index` and `migrate`."""

import asyncio
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.child import LIFELINE, command, environment
from api.cli.failures import CommandFailed
from api.cli.options import HomeOption
from api.cli.show import note
from api.home import Home
from api.prepared import is_due, read_prepared

if TYPE_CHECKING:
    from api.settings import Settings
    from api.up import Planned

QUESTION = "How long does a refund take?"
HostOption = Annotated[str | None, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")
]


def up(
    home: HomeOption = None,
    host: HostOption = None,
    port: PortOption = None,
    with_example: Annotated[
        Path | None,
        typer.Option("--with-example", exists=True, file_okay=False, help="Add an example folder."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing; log to files only.")] = False,
    without_worker: Annotated[bool, typer.Option("--without-worker", hidden=True)] = False,
    lifeline: Annotated[int | None, typer.Option("--lifeline", hidden=True)] = None,
) -> None:
    """Start everything on this machine: API, index and worker, until Ctrl-C."""
    from api.up import Planned, Post
    from api.up import up as run

    settings = _settings(home, quiet=quiet)
    example = with_example.resolve() if with_example else None
    place = Home(settings.home)
    post = Post(
        home=place,
        host=host or settings.host,
        port=settings.port if port is None else port,
        quiet=quiet,
        lifeline=lifeline,
    )

    def plan(place: Home, listener: socket.socket) -> Planned:
        planned = _planned(settings, place, example, listener)
        # An index that nobody audits is never ready.
        idle = without_worker and _is_audited(settings, place)
        return planned.without("worker") if idle else planned

    def welcome(address: str, seconds: float) -> None:
        if not quiet:
            print(_welcome(place, address, seconds), flush=True)

    run(post, plan, welcome)


def serve(home: HomeOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Serve the API alone; index, ledger and workers are elsewhere."""
    from api.listening import address_of, listening
    from api.processes import serve as run

    settings = _settings(home)
    _log(settings)
    with listening(host or settings.host, settings.port if port is None else port) as listener:
        note(f"Listening at {address_of(listener)}")
        asyncio.run(run(settings, listener))


def worker(home: HomeOption = None) -> None:
    """Sync what is due and what was asked for, until ended."""
    from api.processes import work

    settings = _settings(home)
    _log(settings)
    asyncio.run(work(settings))


def scheduler(home: HomeOption = None) -> None:
    """Only note what is due, for workers elsewhere to do."""
    from api.processes import schedule

    settings = _settings(home)
    _log(settings)
    asyncio.run(schedule(settings))


def index(home: HomeOption = None) -> None:
    """Serve the embedded index of a home on its socket."""
    from api.up import index_arguments
    from ingest.adapters.edge_process import main

    place = Home(_settings(home).home)
    prepared = read_prepared(place)
    if prepared is None:
        raise CommandFailed(f"{place.path} is not prepared yet. Run 'punnet up' first.")
    raise typer.Exit(main(index_arguments(place, prepared.dimension, prepared.collection)))


def migrate(home: HomeOption = None) -> None:
    """Bring the ledger up to date, and give it an operator with a key where it has none."""
    settings = _settings(home)
    Home(settings.home).create()
    _prepare(settings, None)
    note(f"The ledger is up to date. The admin key lies in {Home(settings.home).admin_key}")


def _settings(home: Path | None, *, quiet: bool = False) -> "Settings":
    from api.settings import load_settings, stray_variables

    settings = load_settings(home)
    for warning in () if quiet else stray_variables():
        note(f"Warning: {warning}")
    return settings


def _log(settings: "Settings") -> None:
    from api.telemetry import configure_logging

    configure_logging(settings.log_level, settings.log_format, sys.stderr)


def _planned(
    settings: "Settings", home: Home, example: Path | None, listener: socket.socket
) -> "Planned":
    from api.up import Planned, embedded_children, served_children

    before = read_prepared(home)
    if is_due(home, settings, example):
        _prepare(settings, example)
    prepared = read_prepared(home)
    added = example is not None and (before is None or str(example) not in before.examples)
    if prepared is None or settings.qdrant_url is not None:
        return Planned(served_children(home, listener), added)
    children = embedded_children(home, listener, prepared.dimension, prepared.collection)
    return Planned(children, added)


def _is_audited(settings: "Settings", home: Home) -> bool:
    """Say whether the home's index may be searched; a server's is its workers' to audit."""
    from api.up import index_directory
    from ingest.adapters.edge_marks import is_audited

    prepared = read_prepared(home)
    if prepared is None or settings.qdrant_url is not None:
        return True
    return is_audited(index_directory(home, prepared.collection))


def _prepare(settings: "Settings", example: Path | None) -> None:
    """Prepare the home in a child that ends with us, and that says itself what goes wrong."""
    ends_with_us, ours = os.pipe()
    arguments = ("--example", str(example)) if example else ()
    try:
        done = subprocess.run(  # noqa: S603 (our own module)
            command("api.child", "api.first_start", *arguments),
            env={
                **environment(),
                "PUNNET_HOME": str(settings.home),
                LIFELINE: str(ends_with_us),
            },
            stdin=subprocess.DEVNULL,
            pass_fds=(ends_with_us,),
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(ends_with_us)
    if done.returncode:
        raise CommandFailed(f"{settings.home} could not be prepared: see the lines above.")


def _welcome(home: Home, address: str, seconds: float) -> str:
    key, punnet, at = shlex.quote(str(home.admin_key)), _program(), _home_option(home)
    return f"""
Punnet is ready (in {seconds:.1f} s).
The desk, for people:  {address}/
The API, for programs: {address}/docs
The admin key, which opens both, lies in {home.admin_key}
The logs lie in {home.logs}

Try:
  curl -s {address}/v1/search -H "Authorization: Bearer $(cat {key})" \\
    -H 'Content-Type: application/json' -d '{{"query": "{QUESTION}", "limit": 3}}'
  {punnet} ask "{QUESTION}"{at}
  {punnet} source add "My pages" --path /path/to/a/folder{at}

Ctrl-C ends it."""


def _program() -> str:
    """Give the words that run this program again from here."""
    if Path(sys.argv[0]).name != "punnet":
        return f"{shlex.quote(sys.executable)} -m api.cli"
    found = shutil.which("punnet")
    if found is not None and Path(found).samefile(sys.argv[0]):
        return "punnet"
    return shlex.quote(sys.argv[0])


def _home_option(home: Home) -> str:
    from api.home import chosen_home

    return "" if home.path == chosen_home(None) else f" --home {shlex.quote(str(home.path))}"
