"""Read a source's settings strictly: what is not understood is refused, with the mend."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from connectors.errors import SettingsInvalid
from connectors.model import Json

_ONE_LINE = re.compile(r"[!-~]+")
Settings = Mapping[str, Json]
_HIGHEST_RATE = 1000
_LOWEST_RATE = 0.01
"""A run keeps its room while it waits for its turn: slower, a few keep all others waiting."""


def refuse_unknown(settings: Settings, kind: str, allowed: Collection[str]) -> None:
    """Raise SettingsInvalid for the first name that this kind of source does not have."""
    for name in sorted(settings):
        if name not in allowed:
            raise SettingsInvalid(
                f"'{kind}' sources have no setting '{name}'{did_you_mean(name, allowed)} "
                + (f"Allowed: {', '.join(sorted(allowed))}." if allowed else "They have none.")
            )


def did_you_mean(name: str, allowed: Collection[str], prefix: str = "") -> str:
    """Give the end of a sentence: the nearest allowed name, or a full stop when none is near.

    A prefix that all share is told, but makes no two names alike.
    """
    near = get_close_matches(name, sorted(allowed), n=1)
    return f": did you mean '{prefix}{near[0]}'?" if near else "."


def text(settings: Settings, name: str, default: str) -> str:
    """Give a setting that is a string."""
    value = settings.get(name, default)
    if not isinstance(value, str) or "\0" in value:
        raise SettingsInvalid(f"'{name}' must be a string, not {_shown(value)}.")
    return value.strip()


def switch(settings: Settings, name: str, *, default: bool) -> bool:
    """Give a setting that is true or false."""
    value = settings.get(name, default)
    if not isinstance(value, bool):
        raise SettingsInvalid(f"'{name}' must be true or false, not {_shown(value)}.")
    return value


def whole_number(settings: Settings, name: str, default: int, lowest: int, highest: int) -> int:
    """Give a setting that is a whole number in the range, ends included."""
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise SettingsInvalid(
            f"'{name}' must be a whole number from {lowest} to {highest}, not {_shown(value)}."
        )
    return value


def one_line(secrets: Mapping[str, str], name: str) -> None:
    """Raise SettingsInvalid for a secret that is there, but no line of ASCII without spaces."""
    if name in secrets and not _ONE_LINE.fullmatch(secrets[name].strip()):
        raise SettingsInvalid(
            f"The credential '{name}' must be one line without spaces: set it as it is shown, "
            "and nothing else."
        )


def rate(settings: Settings, default: float, what: str) -> float:
    """Give the setting `rate`: how many of what may be asked for in a second."""
    value = settings.get("rate", default)
    asked = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    if not _LOWEST_RATE <= asked <= _HIGHEST_RATE:
        raise SettingsInvalid(
            f"'rate' must be a number of {what} a second, from {_LOWEST_RATE} to {_HIGHEST_RATE}, "
            f"not {_shown(value)}."
        )
    return asked


def texts(settings: Settings, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Give a setting that is a list of strings; one string alone is a list of one."""
    value = settings.get(name, list(default))
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise SettingsInvalid(f"'{name}' must be a list of strings, not {_shown(value)}.")
    return tuple(str(one) for one in value)


def _shown(value: Json) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
