"""Tell redirects to what stands before all pages, such as a login, from moves."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

CROWD = 5
"""So many addresses that all lead to one page for now are kept from the one they lead to."""

_LOGINS = re.compile(r"(?:log-?in|log-?on|sign-?in|sign-?on|sso)(?:\.\w+)?", re.IGNORECASE)
_DOORS = re.compile(
    rf"{_LOGINS.pattern}|(?:saml2?|oauth2?|auth|authorize|authenticate"
    r"|maintenance|offline|captcha|challenge|consent|blocked)(?:\.\w+)?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Crowds:
    """Count who is sent where for now: to a login page, everybody is."""

    _sent: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def joined(self, target: str, asked: str) -> int:
        """Say how many different addresses were sent there, with this one."""
        crowd = self._sent[target]
        if len(crowd) < CROWD:
            crowd.add(asked)
        return len(crowd)


def is_a_door(asked: str, target: str) -> bool:
    """Say whether a redirect leads to what stands before all pages: a login, a notice."""
    return _is_named(_DOORS, asked, target) or _comes_back(asked, target)


def is_a_login(asked: str, target: str) -> bool:
    """Say so of a redirect that claims to be for good; a page about logins may move."""
    return _is_named(_LOGINS, asked, target) or _comes_back(asked, target)


def _is_named(names: re.Pattern[str], asked: str, target: str) -> bool:
    before = urlsplit(asked).path.split("/")
    return any(
        names.fullmatch(part) and part not in before for part in urlsplit(target).path.split("/")
    )


def _comes_back(asked: str, target: str) -> bool:
    """Say whether the target is told where its reader wanted to go."""
    wanted = unquote(urlsplit(asked).path)
    return len(wanted) > 1 and wanted in unquote(urlsplit(target).query)
