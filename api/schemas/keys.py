"""Keys and tenants on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.common import Asked, Moment, Name, Told, shape
from ingest.records import ApiKey, Tenant

Scope = Literal["read", "feedback", "write", "admin"]
_KEY = {
    "id": "k_91ab",
    "name": "Chat widget",
    "prefix": "pn_4f2a9c01b7e3",
    "scopes": ["feedback", "read"],
    "groups": ["customers"],
    "created_at": "2026-03-01T09:00:00Z",
    "expires_at": None,
    "revoked_at": None,
}
_SECRET = "pn_4f2a9c01b7e3_…"  # noqa: S105 (an example that opens nothing)
_TENANT = {
    "id": "t_3e10",
    "name": "Acme Support",
    "operator": False,
    "created_at": "2026-03-01T09:00:00Z",
}


class KeyBody(Asked):
    """A new key."""

    model_config = shape(
        {"name": "Chat widget", "scopes": ["read", "feedback"], "groups": ["customers"]},
        strict=True,
    )

    name: Name
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    """`admin` holds all the others."""
    groups: Annotated[frozenset[Name] | None, Field(max_length=1_000)] = None
    """Groups that its holder speaks for; null: all of those of the key that makes it."""
    expires_at: Moment | None = None


class KeyView(Told):
    """A key without its secret, which nobody has any more."""

    model_config = shape(_KEY, strict=False)

    id: str
    name: str
    prefix: str
    scopes: list[str]
    groups: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyView":
        """Show what is kept of a key, less its digest."""
        return cls(
            id=key.id,
            name=key.name,
            prefix=f"pn_{key.prefix}",
            scopes=sorted(key.scopes),
            groups=None if key.groups is None else sorted(key.groups),
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )


class NewKeyView(Told):
    """A new key with its secret, this once."""

    model_config = shape({"key": _SECRET, "about": _KEY}, strict=False)

    key: str
    """Keep it now: it is shown once."""
    about: KeyView


class KeyList(Told):
    """The tenant's keys, oldest first."""

    model_config = shape({"items": [_KEY], "next_cursor": None}, strict=False)

    items: list[KeyView]
    next_cursor: str | None


class TenantBody(Asked):
    """A new tenant."""

    model_config = shape({"name": "Acme Support"}, strict=True)

    name: Name


class TenantView(Told):
    """Whose knowledge it is."""

    model_config = shape(_TENANT, strict=False)

    id: str
    name: str
    operator: bool
    created_at: datetime

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantView":
        """Show a tenant."""
        return cls(
            id=tenant.id, name=tenant.name, operator=tenant.operator, created_at=tenant.created_at
        )


class NewTenantView(Told):
    """A new tenant with its first admin key, shown this once."""

    model_config = shape({"tenant": _TENANT, "key": _SECRET, "about": _KEY}, strict=False)

    tenant: TenantView
    key: str
    about: KeyView


class TenantList(Told):
    """All tenants, oldest first."""

    model_config = shape({"items": [_TENANT], "next_cursor": None}, strict=False)

    items: list[TenantView]
    next_cursor: str | None
