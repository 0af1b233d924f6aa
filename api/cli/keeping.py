"""`punnet backup` and `restore`."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.failures import CommandFailed
from api.cli.options import HomeOption, JsonOption
from api.cli.show import as_json, note
from api.home import Home, chosen_home
from connectors.model import Json

if TYPE_CHECKING:
    from api.archive import Manifest

_KEYS = {
    "admin.key": "the operator's key",
    "pepper": "what makes all keys work",
    "credentials.key": "what opens the credentials of your sources",
}


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, such as punnet.tar.gz.")],
    without_secrets: Annotated[
        bool, typer.Option("--without-secrets", help="Leave out the key of sources' credentials.")
    ] = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Write a consistent copy of a home to one file, while it runs or not."""
    from api.archive import ArchiveFailed
    from api.backup import back_up
    from api.bootstrap import utc_now
    from api.cli.reach import existing_home

    place = existing_home(home)
    try:
        made = back_up(place, file.absolute(), utc_now(), secrets=not without_secrets)
    except ArchiveFailed as error:
        raise CommandFailed(str(error)) from error
    if as_data:
        as_json({"file": str(file.absolute()), "bytes": file.stat().st_size, **_told(made)})
        return
    note(f"{file} ({file.stat().st_size / 1e6:.1f} MB) holds {_contents(made)}.")
    held = [f"{name} ({means})" for name, means in _KEYS.items() if name in made.members]
    note(f"It also holds {', '.join(held) or 'no keys'}. Whoever reads it reads all of that.")
    if without_secrets:
        note(
            "It does not hold credentials.key: keep a copy of that elsewhere, or enter the "
            "credentials of sources anew after a restore."
        )


def restore(
    file: Annotated[Path, typer.Argument(help="What 'punnet backup' wrote.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Make a new home of a backup; nothing is overwritten."""
    from api.archive import ArchiveFailed
    from api.backup import restore as bring_back
    from api.bootstrap import utc_now

    place = Home(chosen_home(home))
    try:
        made = asyncio.run(bring_back(file, place, utc_now))
    except ArchiveFailed as error:
        raise CommandFailed(str(error)) from error
    if as_data:
        as_json({"home": str(place.path), **_told(made)})
        return
    note(f"{place.path} holds {_contents(made)}, as of {made.made_at}.")
    note("'punnet up' builds its index and syncs what is due. Do not start the old home as well.")


def _told(made: "Manifest") -> dict[str, Json]:
    told = asdict(made)
    return {name: told[name] for name in ("made_at", "program", "schema", "counts", "members")}


def _contents(made: "Manifest") -> str:
    return ", ".join(
        f"{count} {what.removesuffix('s') if count == 1 else what}"
        for what, count in made.counts.items()
    )
