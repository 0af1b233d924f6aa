"""The tabs of the settings, and whom each is shown."""

from dataclasses import dataclass

from api.desk.words import N_
from api.security import ADMIN, Caller


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages of the settings."""

    path: str
    label: str
    scope: str = "read"
    whole: bool = False
    """Whether it is for keys that see everything."""


_TABS = (
    Tab("/settings/keys", N_("Keys"), ADMIN),
    Tab("/settings/webhooks", N_("Webhooks"), ADMIN, whole=True),
    Tab("/settings/rules", N_("Review rules")),
    Tab("/settings/audit", N_("Audit"), ADMIN, whole=True),
    Tab("/settings/about", N_("About")),
)


def tabs(caller: Caller) -> tuple[Tab, ...]:
    """Give the tabs that are open to the caller; there is always one."""
    return tuple(
        one
        for one in _TABS
        if caller.may(one.scope) and not (one.whole and caller.groups is not None)
    )
