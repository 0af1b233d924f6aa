"""`punnet source credentials`, `connect` and `webhook`: what lets us into a source."""

import getpass
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from api.cli.client import Client, address_of
from api.cli.failures import CommandFailed
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, note
from api.cli.wire import pick, text
from connectors.model import Json

CredentialOption = Annotated[
    list[str] | None,
    typer.Option(
        "--credential",
        metavar="NAME=@FILE",
        help="A secret, from a file, or NAME=- from standard input. NAME=VALUE works too, but "
        "others on this machine can see it while the command runs.",
    ),
]
_PAUSE_SECONDS = 0.5
_LOOKS = 1_800
"""How often somebody's doing is looked for: for a quarter of an hour."""


def credentials(
    source: Annotated[str, typer.Argument(help="Name or id of the source.")],
    credential: CredentialOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Forget all of them.")] = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Replace a source's credentials, or name those that it has."""
    secrets = read_credentials(credential or [])
    if remove and secrets:
        raise typer.BadParameter("give either new credentials or --remove")
    with reach(home, works=bool(secrets)) as client:
        place = _place(client, source)
        if remove:
            client.call("DELETE", place)
        elif secrets:
            client.call("PUT", place, {"credentials": secrets})
        found = client.call("GET", place)
    if as_data:
        as_json(found)
    else:
        names, at = text(found, "names"), text(found, "changed_at")
        note(f"{source} has {names}, of {at}." if names else f"{source} has no credentials.")


def connect(
    source: Annotated[str, typer.Argument(help="Name or id of the source.")],
    home: HomeOption = None,
) -> None:
    """Show where an account's owner lets a source in, and wait until it is done."""
    with reach(home, works=True) as client:
        place = _place(client, source)
        before = pick(client.call("GET", place), "changed_at")
        asked = client.call("POST", place.replace("/credentials", "/oauth"))
        note("Open this address in a browser within ten minutes:")
        print(text(asked, "authorization_url"), flush=True)
        for _ in range(_LOOKS):
            found = client.call("GET", place)
            if pick(found, "changed_at") != before and "refresh_token" in text(found, "names"):
                note(f"{source} is connected, and is being read.")
                return
            time.sleep(_PAUSE_SECONDS)
    raise CommandFailed("Nobody let us in. Ask again for a new address; this one has ended.")


def webhook(
    source: Annotated[str, typer.Argument(help="Name or id of the source.")],
    home: HomeOption = None,
) -> None:
    """Show the address for Notion's events, wait for its token, and print that."""
    with reach(home) as client:
        place = _place(client, source).replace("/credentials", "/webhook")
        opened = client.call("POST", place)
        note("Add this address as a webhook of the integration, within a quarter of an hour:")
        note(text(opened, "url"))
        for _ in range(_LOOKS):
            token = text(client.call("GET", place), "verification_token")
            if token:
                note("Paste this token where Notion asks for it:")
                print(token)
                return
            time.sleep(_PAUSE_SECONDS)
    raise CommandFailed("Notion sent nothing. See that it can reach the address, and ask again.")


def read_credentials(pairs: list[str]) -> dict[str, Json]:
    """Give the secrets that the options mean; none of them is ever shown again."""
    secrets: dict[str, Json] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            # What was typed may be the secret itself.
            raise typer.BadParameter("it is not NAME=@FILE", param_hint="--credential")
        secrets[name] = _secret(name, value)
    if sum(pair.endswith("=-") for pair in pairs) > 1:
        raise typer.BadParameter("only one can be read from standard input")
    return secrets


def _secret(name: str, value: str) -> str:
    if value == "-":
        typed = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read()
        return typed.strip()
    if value.startswith("@"):
        try:
            return Path(value[1:]).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandFailed(f"{value[1:]} cannot be read: {error}.") from error
    note(f"'{name}' stood on the command line, where others may have seen it: better use @FILE.")
    return value


def _place(client: Client, source: str) -> str:
    # Here, since that module names the option of this one.
    from api.cli.sources import find_source

    return address_of("sources", text(find_source(client, source), "id"), "credentials")
