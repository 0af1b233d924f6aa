"""`punnet document`: what became of each document."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import typer

from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, table
from api.cli.sources import find_source
from api.cli.wire import text, when
from connectors.model import Json

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
    told = ("title", "ref", "state", "reason")
    table(("source", "?synced", *told), sorted(_row(one, names, told) for one in found))


def _row(document: Json, names: Mapping[str, str], told: Sequence[str]) -> tuple[str, ...]:
    source = names.get(text(document, "source_id"), "")
    return (source, when(document, "synced_at"), *(text(document, name) for name in told))
