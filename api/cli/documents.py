"""`punnet document`: what became of each document."""

from typing import Annotated, Literal

import typer

from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, table
from api.cli.sources import find_source
from api.cli.wire import text, when

State = Literal["live", "failed", "no_content", "deleted", "quarantined"]


def list_documents(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """List documents, and why they failed."""
    with reach(home) as client:
        names = {text(one, "id"): text(one, "name") for one in client.all("/v1/sources")}
        asked: dict[str, str] = {"state": state} if state else {}
        if source:
            asked["source_id"] = text(find_source(client, source), "id")
        found = client.all("/v1/documents", asked)
    if as_data:
        as_json(found)
        return
    told = ("ref", "state", "reason")
    table(
        ("source", "synced", *told),
        (
            (
                names.get(text(one, "source_id"), ""),
                when(one, "synced_at"),
                *(text(one, name) for name in told),
            )
            for one in found
        ),
    )
