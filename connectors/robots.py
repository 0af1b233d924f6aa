"""What a site's robots.txt lets us ask, by RFC 9309."""

import asyncio
from codecs import BOM_UTF8
from dataclasses import dataclass
from http import HTTPStatus

from protego import Protego

from connectors.errors import FetchError
from connectors.http import redirect_of
from connectors.model import Reply
from connectors.page import AGENT
from connectors.port import Fetcher

MAX_BYTES = 500 * 1024
"""What has to be read of a robots.txt (RFC 9309, 2.5)."""
MAX_DELAY = 30.0
"""Seconds between two requests: with more a crawl would never end."""
MAX_HOPS = 5
MAX_SITEMAPS = 100
MAX_SITES = 1000
"""Sites whose rules are kept; links lead to few others."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What one site lets us do; when that is not `known`, nothing."""

    said: Protego | None
    why: str = ""
    """Why it is not known."""
    agent: str = AGENT
    """Who asks; a product's name alone, as robots.txt has it."""

    @property
    def known(self) -> bool:
        """Whether the site could be asked: of pages that are not known nothing is ever gone."""
        return self.said is not None

    def allows(self, url: str) -> bool:
        """Say whether we may ask this address of the site."""
        return self.said is not None and self.said.can_fetch(url, self.agent)

    @property
    def delay(self) -> float | None:
        """The seconds that the site wants between two requests, at most MAX_DELAY."""
        wanted = self.said.crawl_delay(self.agent) if self.said else None
        return None if wanted is None else min(wanted, MAX_DELAY)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The first MAX_SITEMAPS addresses of sitemaps, as they are written there."""
        return tuple(dict.fromkeys(self.said.sitemaps))[:MAX_SITEMAPS] if self.said else ()


class Robots:
    """Ask each site for its rules, once."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, RobotsRules] = {}
        self._asking = asyncio.Lock()

    async def rules(self, url: str) -> RobotsRules:
        """Give the rules of a normalised address's site, whatever it answers."""
        site = "/".join(url.split("/", 3)[:3])
        if site in self._rules:
            return self._rules[site]
        async with self._asking:
            if site not in self._rules:
                if len(self._rules) == MAX_SITES:
                    self._rules.clear()
                self._rules[site] = await self._ask(f"{site}/robots.txt")
            return self._rules[site]

    async def _ask(self, url: str) -> RobotsRules:
        for _ in range(MAX_HOPS + 1):
            try:
                reply = await self._fetcher.get(url, {})
                onward = redirect_of(reply)
            except FetchError as error:
                return RobotsRules(None, str(error))
            if onward is None:
                return rules_of(reply)
            url = onward
        # RFC 9309, 2.3.1.2, lets such a file count as one that is not there.
        return parse_robots(b"")


def rules_of(reply: Reply) -> RobotsRules:
    """Read what a site answered: only its own word that there is no file means no rules.

    A 4xx is such a word, also 401 and 403, whose pages will refuse by themselves; 429 is
    not, nor is a 5xx: nothing may be asked, and nothing is gone.
    """
    if 200 <= reply.status < 300:
        return parse_robots(reply.content)
    if 400 <= reply.status < 500 and reply.status != HTTPStatus.TOO_MANY_REQUESTS:
        return parse_robots(b"")
    return RobotsRules(None, f"{reply.url} answered with status {reply.status}.")


def parse_robots(content: bytes, agent: str = AGENT) -> RobotsRules:
    """Read a robots.txt; takes any bytes, as error pages come under that name too."""
    # A rule that is cut short is another rule.
    whole = content if len(content) <= MAX_BYTES else content[:MAX_BYTES].rpartition(b"\n")[0]
    text = whole.removeprefix(BOM_UTF8).decode("utf-8", errors="replace")
    return RobotsRules(Protego.parse(text), agent=agent)
