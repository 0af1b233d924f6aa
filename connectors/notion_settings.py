"""The settings of a `notion` source, read and checked."""

from dataclasses import dataclass

from connectors.errors import SettingsInvalid
from connectors.notion_model import find_id
from connectors.settings import Settings, refuse_unknown, switch, texts, whole_number

ALLOWED = frozenset({"files", "max_bytes", "rate", "roots"})
_MAX_BYTES = 50_000_000
_LARGEST = 5_000_000_000
_RATE = 3
_MAX_RATE = 100
_MAX_ROOTS = 200


@dataclass(frozen=True, slots=True)
class NotionSettings:
    """What a `notion` source was told."""

    roots: tuple[str, ...]
    """Ids of pages, databases and data sources that all documents lie below; empty: anywhere."""
    files: bool
    """Whether files in pages are documents of their own."""
    max_bytes: int
    """Of one file, or of the text of one page."""
    rate: int
    """Requests a second."""


def parse_notion(settings: Settings) -> NotionSettings:
    """Read the settings; raises SettingsInvalid."""
    refuse_unknown(settings, "notion", ALLOWED)
    return NotionSettings(
        roots=_roots(settings),
        files=switch(settings, "files", default=True),
        max_bytes=whole_number(settings, "max_bytes", _MAX_BYTES, 1_000, _LARGEST),
        rate=whole_number(settings, "rate", _RATE, 1, _MAX_RATE),
    )


def _roots(settings: Settings) -> tuple[str, ...]:
    given = texts(settings, "roots", ())
    if len(given) > _MAX_ROOTS:
        raise SettingsInvalid(f"'roots' takes up to {_MAX_ROOTS} pages, not {len(given)}.")
    found = [(one, find_id(one)) for one in given]
    for one, its in found:
        if its is None:
            raise SettingsInvalid(
                f"'roots' takes the addresses or ids of Notion pages; '{one[:200]}' has no id of "
                "32 hexadecimal digits in it. Copy it with 'Copy link' in the menu of the page."
            )
    return tuple(dict.fromkeys(its for _, its in found if its))
