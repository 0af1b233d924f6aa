"""`punnet review`: what waits for somebody, those things first that matter most."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import typer
from typer.core import TyperGroup

from api.cli import review_deeds
from api.cli.client import address_of
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, note, safe, table
from api.cli.sources import find_source
from api.cli.wire import number, pick, rows, text, when
from connectors.model import Json

KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only of this kind, such as contradiction; may be repeated."),
]
StateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        help="open, snoozed, resolved, dismissed or closed; may be repeated. [default: open]",
    ),
]
SourceOption = Annotated[str | None, typer.Option("--source", help="Only pages of this source.")]
AssignedOption = Annotated[
    str | None, typer.Option("--assigned-to", help="Only whose this is; '' for nobody's.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=200)]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print all of them as CSV.")]


class _Review(TyperGroup):
    """`punnet review` alone, or with options, is `punnet review list`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] == "--help")
        asks = not args or args[0].startswith("-")
        return super().parse_args(ctx, ["list", *args] if asks and not named else args)


def commands() -> typer.Typer:
    """Put the commands together."""
    group = typer.Typer(
        cls=_Review,
        help="What is wrong with pages, and what you do about it.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    group.command("list")(list_flags)
    group.command("show")(show_flag)
    group.command("digest")(digest)
    for deed in review_deeds.COMMANDS:
        group.command(deed.__name__)(deed)
    return group


def list_flags(
    kind: KindOption = None,
    state: StateOption = None,
    source: SourceOption = None,
    assigned_to: AssignedOption = None,
    limit: LimitOption = 50,
    as_csv: CsvOption = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """List flags by how much they matter."""
    asked = [("limit", str(limit)), *(("kind", one) for one in kind or ())]
    asked += [("state", one) for one in state or ()]
    asked += [] if assigned_to is None else [("assigned_to", assigned_to)]
    with reach(home) as client:
        if source:
            asked.append(("source_id", text(find_source(client, source), "id")))
        if as_csv:
            sys.stdout.write(client.read(f"/v1/flags.csv?{urlencode(asked)}").decode())
            return
        found = client.call("GET", f"/v1/flags?{urlencode(asked)}")
    if as_data:
        as_json(found)
        return
    table(("!flag", "#impact", "kind", "page", "reason", "?assigned"), map(_row, _items(found)))
    if text(found, "next_cursor"):
        note(f"These are the first {limit}: '--limit' shows more, '--csv' all.")


def show_flag(
    flag: Annotated[str, typer.Argument(help="Id of the flag.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Show a flag, the words that it speaks of, and what was done with it."""
    with reach(home) as client:
        found = client.call("GET", address_of("flags", flag))
    if as_data:
        as_json(found)
        return
    print(safe(f"{text(found, 'kind')}, {text(found, 'state')}: {text(found, 'reason')}"))
    titles = {text(found, one, "id"): text(found, one, "title") for one in ("document", "other")}
    for quote in rows(found, "quotes"):
        where = text(quote, "document_id")
        print(safe(f"\n{titles.get(where, '')} ({where})\n  {text(quote, 'text')}"))
    print()
    table(("at", "did", "who", "note"), map(_done, rows(found, "history")))


def digest(
    kind: Annotated[Literal["week", "month"], typer.Option(help="What of.")] = "week",
    form: Annotated[Literal["md", "html", "json"], typer.Option("--format")] = "md",
    home: HomeOption = None,
) -> None:
    """Print the digest of the last week, or the list of pages to review this month."""
    asked = urlencode({"kind": kind, "format": form})
    with reach(home) as client:
        written = client.read(f"/v1/digest?{asked}").decode()
    print(safe(written) if form == "md" else written)


def gaps(
    limit: LimitOption = 20,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """List what is asked and not answered well, the most asked first.

    The change is that of the last seven days against the seven before.
    """
    with reach(home) as client:
        found = client.call("GET", f"/v1/gaps?limit={limit}")
    if as_data:
        as_json(found)
        return
    table(("#asked", "#change", "topic", "?nearest page"), map(_gap, _items(found)))


def _items(found: Json) -> Sequence[Json]:
    return rows(found, "items")


def _row(flag: Json) -> tuple[str, ...]:
    other = text(flag, "other", "title")
    page = text(flag, "document", "title") + (f" / {other}" if other else "")
    impact = f"{number(flag, 'impact'):.2f}"
    names = ("reason", "assigned_to")
    return (
        *(text(flag, "id"), impact, text(flag, "kind"), page),
        *(text(flag, name) for name in names),
    )


def _done(change: Json) -> tuple[str, ...]:
    names = [text(change, name) for name in ("note", "assigned_to", "until")]
    said = "; ".join(name for name in names if name)
    who = text(change, "by_name") or text(change, "by") or "Punnet"
    return (when(change, "at"), text(change, "action"), who, said)


def _gap(gap: Json) -> tuple[str, ...]:
    nearest = pick(gap, "nearest")
    change = f"{number(gap, 'change'):+.0f}"
    return (text(gap, "asked"), change, text(gap, "name"), text(nearest, "title"))
