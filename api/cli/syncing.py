"""`punnet sync`: ask for runs, watch them, and tell what they did and saved."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.client import Client, address_of
from api.cli.failures import FAILED, Unreachable
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, note, safe, table
from api.cli.sources import find_source
from api.cli.standing import OVER, rest, rests_long, state_of, went_well
from api.cli.wire import number, pick, rows, text
from connectors.model import Json

if TYPE_CHECKING:
    from rich.progress import Progress

TALLIES = ("unchanged", "indexed", "deleted", "failed", "no_content")
COLUMNS = ("source", "state", "documents", "?chunks")
SHOWN_ERRORS = 10
WATCHED_AT_ONCE = 16
PATIENCE = 20
"""How often a stream is taken up again that says nothing; a restart of the API takes seconds."""

Seen = Callable[[Json], None]


def sync(
    source: Annotated[str | None, typer.Argument(help="Name or id; all when left out.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Look at everything.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed, again.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until it is done.")] = True,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Look at sources now; tells what changed and what was saved."""
    if full and failed:
        raise typer.BadParameter("--full looks at what failed too: give one of them")
    kind = "full" if full else "retry" if failed else "changes"
    with reach(home, works=True) as client:
        meant = [find_source(client, source)] if source else _working(client)
        if not wait:
            _tell_queued([_ask(client, one, kind) for one in meant], as_data=as_data)
            return
        runs = follow_all(client, meant, kind)
    finish(runs, meant, as_data=as_data)


def follow_all(client: Client, sources: Sequence[Json], kind: str = "changes") -> list[Json]:
    """Ask for a run of each source and watch all until they are over."""
    from api.cli.progress import progress

    with progress() as bars, ThreadPoolExecutor(WATCHED_AT_ONCE) as watchers:
        return list(watchers.map(lambda one: _watched(client, one, kind, bars), sources))


def follow(client: Client, run_id: str, seen: Seen, pause: float = 0.5) -> Json:
    """Give the run once it is over or rests for long, passing on what is heard meanwhile."""
    broken: Unreachable | None = None
    in_vain = 0
    while in_vain < PATIENCE:
        try:
            for run in client.events(address_of("runs", run_id, "events")):
                in_vain = 0
                seen(run)
                if text(run, "state") in OVER or rests_long(run, datetime.now(UTC)):
                    return run
        except Unreachable as error:
            broken = error
        in_vain += 1
        time.sleep(pause)
    raise broken or Unreachable(f"Run {run_id} is not over; watch it with 'punnet run show'.")


def finish(
    runs: Sequence[Json], sources: Sequence[Json], *, as_data: bool, quiet: bool = False
) -> None:
    """Print what the runs did; ends with status 1 unless all went well."""
    if as_data:
        as_json(list(runs))
    elif not quiet:
        show_runs(runs, {text(one, "id"): text(one, "name") for one in sources})
    if not all(map(went_well, runs)):
        raise typer.Exit(FAILED)


def show_runs(
    runs: Sequence[Json], names: Mapping[str, str], most: int | None = SHOWN_ERRORS
) -> None:
    """Print a table of runs, what they saved, and why anything failed: of a run `most` reasons."""
    table(COLUMNS, (run_row(run, names) for run in runs))
    note(_saved(runs))
    for run in runs:
        # What holds for the whole run must not drown in what became of single documents.
        errors = sorted(rows(run, "errors"), key=lambda error: bool(text(error, "ref")))
        for error in errors[:most]:
            note(f"  {text(error, 'ref') or 'the run'}: {text(error, 'reason')}")
        if most is not None and len(errors) > most:
            note(f"  and {len(errors) - most} more: punnet run show {text(run, 'id')}")
        if text(run, "state") == "needs_confirmation":
            note(
                f"  It would delete {len(rows(run, 'awaiting'))} documents, which is a lot: "
                f"look at them and let it go on with 'punnet run confirm {text(run, 'id')}', "
                "or have none deleted with 'punnet run refuse'."
            )
        if rest(run):
            note(
                f"  It {rest(run)} and goes on by itself while Punnet runs: "
                f"'punnet run show {text(run, 'id')}' tells how it ended."
            )


def run_row(run: Json, names: Mapping[str, str]) -> tuple[str, ...]:
    """Give the cells of a run under COLUMNS."""
    source = text(run, "source_id")
    documents = _counted((name.replace("_", " "), number(run, "counts", name)) for name in TALLIES)
    reuse = ("embedded", "reused")
    chunks = _counted((name, number(run, "counts", f"chunks_{name}")) for name in reuse)
    return (names.get(source, source), state_of(run), documents, chunks)


def _counted(counts: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts if count)


def _saved(runs: Sequence[Json]) -> str:
    def total(name: str) -> int:
        return int(sum(number(run, "counts", name) for run in runs))

    unchanged = f"Saved: {total('unchanged')} of {total('listed')} pages were unchanged"
    chunks, tokens = total("chunks_reused"), total("tokens_reused")
    cut = chunks + total("chunks_embedded")
    if not cut:
        return f"{unchanged}."
    return (
        f"{unchanged}, and {chunks} of {cut} chunks of the others were reused "
        f"({tokens:,} of {tokens + total('tokens_embedded'):,} tokens)."
    )


def _working(client: Client) -> list[Json]:
    known = client.all("/v1/sources")
    return [one for one in known if not pick(one, "removing") and not pick(one, "paused")]


def _ask(client: Client, source: Json, kind: str) -> Json:
    return client.call("POST", address_of("sources", text(source, "id"), "sync"), {"kind": kind})


def _watched(client: Client, source: Json, kind: str, bars: "Progress") -> Json:
    from api.cli.progress import expected, said

    earlier = rows(client.call("GET", f"/v1/runs?source_id={text(source, 'id')}"), "items")
    bar = bars.add_task(text(source, "name"), total=None, said="")
    told: set[str] = set()

    def seen(run: Json) -> None:
        for reason in _holding_up(run):
            if reason not in told:
                told.add(reason)
                line = safe(f"{text(source, 'name')}: {reason}")
                bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        done = sum(number(run, "counts", name) for name in TALLIES)
        total = done if text(run, "state") in OVER else expected(earlier, text(run, "kind"))
        bars.update(bar, completed=done, total=max(total, done) or None, said=said(run))

    asked = text(_ask(client, source, kind), "id")
    ahead = [text(run, "id") for run in reversed(earlier) if text(run, "state") not in OVER]
    for one in ahead:
        # What rests there keeps the one that was asked for from beginning.
        if one != asked and text(found := follow(client, one, seen), "state") not in OVER:
            return found
    return follow(client, asked, seen)


def _holding_up(run: Json) -> list[str]:
    """Give what a run waits for; what is wrong with one that is over is shown at its end."""
    if text(run, "state") in OVER:
        return []
    errors = [text(error, "reason") for error in rows(run, "errors") if not text(error, "ref")]
    return [*errors, *filter(None, [rest(run)])]


def _tell_queued(runs: list[Json], *, as_data: bool) -> None:
    if as_data:
        as_json(runs)
        return
    for run in runs:
        note(f"Run {text(run, 'id')} is {text(run, 'state')}.")
