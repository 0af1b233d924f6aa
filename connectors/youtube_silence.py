"""Videos that had captions and have none any more: when that is believed.

YouTube that keeps captions from us may look like a video without any. So the text that we
hold of a video stays until it was silent at two looks on two days, and at the second gave us
the captions of another. When the first look was, stands in the version that it was tried at,
which the ledger keeps with what failed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from connectors.model import Entry, KnownDocument

LATER = timedelta(hours=20)
"""Between the first look and one that is believed."""
_WORDLESS = frozenset({"", sha256(b"").hexdigest()})
_MARK = "~"
_MOMENT = "%Y%m%dT%H%M"


def version_to_list(version: str, held: KnownDocument | None, now: datetime) -> str:
    """Mark the version of a video whose words we hold, when it is to be read again."""
    if held is None or held.version == version or not _has_words(held):
        return version
    since = _since(held.tried) or now
    return f"{version}{_MARK}{since:{_MOMENT}}"


def may_lose_words(entry: Entry) -> bool:
    """Say whether an empty text may replace words that we hold; so without a version as well."""
    return _MARK in entry.version or not entry.version


def is_second_look(entry: Entry, now: datetime) -> bool:
    """Say whether it was tried before, on another day."""
    since = _since(entry.version)
    return since is not None and now - since >= LATER


def witness(known: Mapping[str, KnownDocument], video: str) -> str | None:
    """Give another video whose words we hold, best one that was last read without trouble."""
    others = (held for held in known.values() if held.ref != video and _has_words(held))
    best = min(others, key=lambda held: (held.tried != "", held.ref), default=None)
    return best.ref if best else None


def _has_words(held: KnownDocument) -> bool:
    return held.content_hash not in _WORDLESS


def _since(version: str) -> datetime | None:
    _, mark, written = version.partition(_MARK)
    return datetime.strptime(written, _MOMENT).replace(tzinfo=UTC) if mark else None
