"""Read how long a server wants us to wait."""

import math
from datetime import datetime

from connectors.feeds import moment

_MOST_DIGITS = 9


def retry_after(written: str, now: datetime) -> float | None:
    """Give the seconds of a Retry-After header: a number, with a fraction or not, or a date.

    None where it says neither.
    """
    text = written.strip()
    try:
        seconds = float(text[:_MOST_DIGITS])
    except ValueError:
        at = moment(text)
        return None if at is None else max(0.0, (at - now).total_seconds())
    return max(0.0, seconds) if math.isfinite(seconds) else None
