"""Where vendors are asked; an operator may name a gateway instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of APIs, without a slash at the end."""

    notion: str = "https://api.notion.com"
    google: str = "https://www.googleapis.com"
    """Drive below /drive/v3, the YouTube Data API below /youtube/v3."""
    google_token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    google_consent: str = "https://accounts.google.com/o/oauth2/v2/auth"
    youtube: str = "https://www.youtube.com"
    """Watch pages, captions and the player."""
