"""`punnet key` and `punnet tenant`."""

from typing import Annotated

import typer

from api.cli.client import address_of
from api.cli.options import HomeOption, JsonOption, YesOption
from api.cli.reach import reach
from api.cli.show import as_json, note, table
from api.cli.wire import pick, text, when
from api.home import Home
from connectors.model import Json

SCOPES = ("read", "feedback", "write", "admin")


def create_key(
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(SCOPES)}. [default: read]")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Group that its holder speaks for; all when left out.")
    ] = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Make a key; prints the key alone on standard output, this once."""
    scopes = list(scope or ["read"])
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise typer.BadParameter(
            f"'{unknown[0]}' is none of {', '.join(SCOPES)}", param_hint="--scope"
        )
    body: dict[str, Json] = {"name": name, "scopes": list(scopes)}
    if group:
        body["groups"] = list(group)
    with reach(home) as client:
        made = client.call("POST", "/v1/keys", body)
    note(f"Key {text(made, 'about', 'id')} for {name} ({', '.join(scopes)}). It is shown once.")
    if as_data:
        as_json(made)
    else:
        print(text(made, "key"))


def list_keys(home: HomeOption = None, as_data: JsonOption = False) -> None:
    """List the keys, without their secrets."""
    with reach(home) as client:
        found = client.all("/v1/keys")
    if as_data:
        as_json(found)
        return
    table(
        ("id", "name", "scopes", "groups", "begins with", "created", "state"),
        (_key_row(key) for key in found),
    )


def revoke_key(
    key: Annotated[str, typer.Argument(help="Id of the key.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """End a key."""
    with reach(home) as client:
        client.call("DELETE", address_of("keys", key))
    if as_data:
        as_json({"id": key, "revoked": True})
    note(f"Key {key} is revoked.")


def reset_keys(
    yes: YesOption = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """End every key of every tenant and make new admin keys, where the pepper was lost.

    Writes the operator's to admin.key; prints each other tenant's beside its id, this once.
    """
    import asyncio

    from api.first_start import reset_keys as reset
    from api.home import occupy
    from api.settings import load_settings

    settings = load_settings(home)
    place = Home(settings.home)
    place.create()
    if not yes:
        typer.confirm(f"End every key that opens {place.path}?", abort=True, err=True)
    with occupy(place, ""):
        made = asyncio.run(reset(settings))
    note(f"Every key is ended. The new admin key lies in {place.admin_key}.")
    if as_data:
        as_json({"admin_key": str(place.admin_key), "tenants": dict(made.items())})
        return
    for tenant, key in made.items():
        print(tenant, key)


def create_tenant(
    name: Annotated[str, typer.Argument(help="What to call the tenant.")],
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Make a tenant; prints its first admin key alone on standard output, this once."""
    with reach(home) as client:
        made = client.call("POST", "/v1/tenants", {"name": name})
    note(f"Tenant {text(made, 'tenant', 'id')} is made. Its admin key is shown once.")
    if as_data:
        as_json(made)
    else:
        print(text(made, "key"))


def list_tenants(home: HomeOption = None, as_data: JsonOption = False) -> None:
    """List the tenants."""
    with reach(home) as client:
        found = client.all("/v1/tenants")
    if as_data:
        as_json(found)
        return
    columns = ("id", "name", "operator", "created")
    table(
        columns,
        ((*(text(one, name) for name in columns[:3]), when(one, "created_at")) for one in found),
    )


def erase_tenant(
    tenant: Annotated[str, typer.Argument(help="Id of the tenant.")],
    yes: YesOption = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Erase a tenant: documents, index, keys, questions."""
    with reach(home, works=True) as client:
        if not yes:
            typer.confirm(f"Erase tenant {tenant} with everything it has?", abort=True, err=True)
        client.call("DELETE", address_of("tenants", tenant))
    if as_data:
        as_json({"id": tenant, "erased": True})
    note(f"Tenant {tenant} is erased.")


def _key_row(key: Json) -> tuple[str, ...]:
    revoked = when(key, "revoked_at")
    groups = "all" if pick(key, "groups") is None else text(key, "groups")
    return (
        text(key, "id"),
        text(key, "name"),
        text(key, "scopes"),
        groups,
        text(key, "prefix"),
        when(key, "created_at"),
        f"revoked {revoked}" if revoked else "",
    )
