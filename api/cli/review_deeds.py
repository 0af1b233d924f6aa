"""`punnet review resolve` and its like: what is done with flags and pages."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.client import Client, address_of
from api.cli.failures import CommandFailed, Refused
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, note
from api.cli.wire import rows, text
from connectors.model import Json

FlagsArgument = Annotated[list[str], typer.Argument(metavar="FLAG...", help="Ids of flags.")]
PageArgument = Annotated[str, typer.Argument(metavar="PAGE", help="Id or ref of the page.")]
NoteOption = Annotated[str, typer.Option("--note", help="A word on it.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]


def comment(
    flags: FlagsArgument,
    note: Annotated[str, typer.Option("--note", help="The comment.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Comment on flags."""
    _act("comment", flags, {"note": note}, home, as_data=as_data)


def resolve(
    flags: FlagsArgument,
    note: NoteOption = "",
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Say that the pages are mended."""
    _act("resolve", flags, {"note": note}, home, as_data=as_data)


def dismiss(
    flags: FlagsArgument, reason: ReasonOption, home: HomeOption = None, as_data: JsonOption = False
) -> None:
    """Say why there is nothing to mend; it is not found again."""
    _act("dismiss", flags, {"note": reason}, home, as_data=as_data)


def reopen(
    flags: FlagsArgument,
    note: NoteOption = "",
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Put flags back into the queue."""
    _act("reopen", flags, {"note": note}, home, as_data=as_data)


def assign(
    flags: FlagsArgument,
    to: Annotated[str, typer.Option("--to", help="A name or an address; '' for nobody.")],
    note: NoteOption = "",
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Say who is to mend the pages."""
    _act("assign", flags, {"assigned_to": to, "note": note}, home, as_data=as_data)


def snooze(
    flags: FlagsArgument,
    until: Annotated[
        datetime, typer.Option("--until", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="In UTC.")
    ],
    note: NoteOption = "",
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Take flags out of the queue until then."""
    then = until.replace(tzinfo=UTC).isoformat()
    _act("snooze", flags, {"until": then, "note": note}, home, as_data=as_data)


def verify(page: PageArgument, home: HomeOption = None, as_data: JsonOption = False) -> None:
    """Say that a page is right as it is."""
    _look_after("verify", page, None, home, as_data=as_data)


def quarantine(
    page: PageArgument, reason: ReasonOption, home: HomeOption = None, as_data: JsonOption = False
) -> None:
    """Keep a page from answering, until it is released or its text changes."""
    _look_after("quarantine", page, {"reason": reason}, home, as_data=as_data)


def release(
    page: PageArgument, reason: ReasonOption, home: HomeOption = None, as_data: JsonOption = False
) -> None:
    """Let a quarantined page answer again."""
    _look_after("release", page, {"reason": reason}, home, as_data=as_data)


COMMANDS = (comment, resolve, dismiss, reopen, assign, snooze, verify, quarantine, release)


def _act(
    action: str, flags: list[str], more: dict[str, Json], home: HomeOption, *, as_data: bool
) -> None:
    named: list[Json] = [*flags]
    body: dict[str, Json] = {"flag_ids": named, "action": action, **more}
    with reach(home) as client:
        done = client.call("POST", "/v1/flags/actions", body)
    if as_data:
        as_json(done)
        return
    for flag in rows(done, "items"):
        about = f"{text(flag, 'kind')} on {text(flag, 'document', 'title')}"
        note(f"{text(flag, 'id')}: {about} is {text(flag, 'state')}.")


def _look_after(deed: str, page: str, body: Json, home: HomeOption, *, as_data: bool) -> None:
    with reach(home) as client:
        done = client.call("POST", address_of("documents", _page_id(client, page), deed), body)
    if as_data:
        as_json(done)
        return
    verified = f", verified {text(done, 'verified_at')[:10]}" if text(done, "verified_at") else ""
    note(f"{text(done, 'title') or text(done, 'ref')} is {text(done, 'state')}{verified}.")


def _page_id(client: Client, page: str) -> str:
    """Give the id of a page that is named by its id or its ref; raises CommandFailed."""
    try:
        return text(client.call("GET", address_of("documents", page)), "id")
    except Refused as error:
        if error.slug != "not-found":
            raise
    found = client.all("/v1/documents", {"ref": page})
    ids = [text(one, "id") for one in found]
    if not ids:
        raise CommandFailed(f"There is no page '{page}': see 'punnet document list --json'.")
    if len(ids) > 1:
        raise CommandFailed(f"Several pages are '{page}': name one by its id: {', '.join(ids)}.")
    return ids[0]
