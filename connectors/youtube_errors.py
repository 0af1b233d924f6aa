"""What can keep captions from us, and what the library's errors mean.

CaptionsError
├── Blocked       YouTube refuses this address, whatever is asked: the whole source rests
├── Passing       asked again, it may be
├── Garbled       an answer of this one video that is none
└── Withheld      YouTube says plainly that this video has no captions for us
    └── Removed   nor is there such a video
"""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

import requests
from youtube_transcript_api import (
    AgeRestricted,
    CouldNotRetrieveTranscript,
    FailedToCreateConsentCookie,
    InvalidVideoId,
    PoTokenRequired,
    RequestBlocked,
    TranscriptsDisabled,
    VideoUnavailable,
    VideoUnplayable,
    YouTubeRequestFailed,
)

from connectors.model import Json

UNGUARDED = (ParseError, KeyError, IndexError, TypeError, AttributeError, ValueError)
"""What the library raises where an answer is not what it takes for granted."""
_BOT = re.compile(r"\bbot\b|unusual traffic|too many requests", re.IGNORECASE)
_STATUS = re.compile(r"(\d{3}) (?:Client|Server) Error")
_CAPTIONS = "captions"


class CaptionsError(Exception):
    """Captions did not come."""


class Blocked(CaptionsError):
    """YouTube refuses the address that we ask from; of no video is anything known."""


class Passing(CaptionsError):
    """A fault that passes."""


class Garbled(CaptionsError):
    """An answer that cannot be one; nothing is known of the video's captions."""


class Withheld(CaptionsError):
    """The video has no captions for us, or is not shown to us."""


class Removed(Withheld):
    """There is no such video any more, for us."""


def meaning(error: Exception, player: Mapping[str, Json] | None, asking: str) -> CaptionsError:
    """Say what an error of the library or of its transport means.

    `player` is what the player answered, None before it did; `asking` says what was asked for.
    """
    if isinstance(error, RequestBlocked):
        return Blocked("it takes us for a program, or has too many requests from our address")
    if isinstance(error, PoTokenRequired):
        return Blocked("it wants a proof that only its own players have (PO token)")
    if isinstance(error, FailedToCreateConsentCookie):
        return Blocked("it asks for consent to cookies, and does not take ours")
    if isinstance(error, YouTubeRequestFailed):
        return _of_status(error.reason, asking)
    if isinstance(error, CouldNotRetrieveTranscript):
        return _of_video(error, player)
    if isinstance(error, requests.RequestException) and not isinstance(error, ValueError):
        return Passing(f"the connection failed ({type(error).__name__})")
    return Garbled(f"its {asking} cannot be read ({type(error).__name__})")


def _of_status(reason: str, asking: str) -> CaptionsError:
    found = _STATUS.search(reason)
    status = int(found[1]) if found else 0
    said = f"its {asking} answers {status or 'an error'}"
    if asking == _CAPTIONS:
        return Garbled(said)  # of this video alone: the others need not wait for it
    if status == 403:
        return Blocked(said)
    return Passing(said) if status >= 500 or status == 408 else Garbled(said)


def _of_video(
    error: CouldNotRetrieveTranscript, player: Mapping[str, Json] | None
) -> CaptionsError:
    if isinstance(error, TranscriptsDisabled):
        return _of_silence(error.video_id, player)
    if isinstance(error, AgeRestricted):
        return Withheld("it is shown only to people of an age, who are logged in")
    if isinstance(error, VideoUnavailable | InvalidVideoId):
        return Removed("YouTube has no such video")
    if isinstance(error, VideoUnplayable):
        said = error.reason or "no reason"
        if _BOT.search(" ".join((said, *error.cause.split()))):
            return Blocked(f"it says: {said}")
        status = _at(player, "playabilityStatus", "status")
        kind = Removed if status == "ERROR" or "private" in said.lower() else Withheld
        return kind(f"YouTube does not play it: {said}")
    return Garbled(f"its page cannot be read ({type(error).__name__})")


def _of_silence(video: str, player: Mapping[str, Json] | None) -> CaptionsError:
    """Believe that there are no captions only where the player otherwise shows the video."""
    plays = _at(player, "playabilityStatus", "status") == "OK"
    if plays and _at(player, "videoDetails", "videoId") == video:
        return Withheld("it has no captions")
    return Garbled("the player shows neither captions nor the video")


def _at(answer: Mapping[str, Json] | None, *names: str) -> Json:
    found: Json = dict(answer or {})
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found
