"""The settings of a `web` source, read and checked."""

from dataclasses import dataclass
from enum import StrEnum

from connectors.errors import SettingsInvalid
from connectors.settings import (
    Settings,
    did_you_mean,
    rate,
    refuse_unknown,
    switch,
    text,
    texts,
    whole_number,
)
from connectors.urls import Scope, host_of, normalised, scope_of

ALLOWED = frozenset(
    {
        "allow_private",
        "contact",
        "crawl",
        "documents",
        "exclude",
        "include",
        "max_bytes",
        "max_depth",
        "max_pages",
        "rate",
        "render",
        "sitemaps",
        "start",
        "subdomains",
    }
)
AGENT = "PunnetBot"
MAX_BYTES = 20 * 1000 * 1000
MAX_STARTS = 100
_MAX_CONTACT = 200


class Render(StrEnum):
    """Whether a page's scripts are run before it is read."""

    AUTO = "auto"
    """Where it has hardly any words without them."""
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What a `web` source was told; all addresses are normalised."""

    starts: tuple[str, ...]
    scope: Scope
    sitemaps: tuple[str, ...] | None
    """None: those that robots.txt names, or else /sitemap.xml; empty: none."""
    crawl: bool
    max_pages: int
    max_depth: int
    max_bytes: int
    rate: float
    """Requests a second to one host."""
    render: Render
    allow_private: bool
    user_agent: str

    def may_be_private(self, host: str, port: int) -> bool:
        """Say whether a host may lie in a private network: one that the settings name.

        Otherwise a page of the intranet, or whoever writes in it, could have anything asked
        there: by a script, a redirect, a sitemap or a robots.txt.
        """
        name = f"[{host}]" if ":" in host else host
        url = f"http://{name}{'' if port in {80, 443} else f':{port}'}/"
        named = self.scope.same_site(url) or host_of(url) in map(host_of, self.sitemaps or ())
        return self.allow_private and named


def parse_web(settings: Settings) -> WebSettings:
    """Read the settings without asking the web; raises SettingsInvalid."""
    refuse_unknown(settings, "web", ALLOWED)
    starts = _starts(settings)
    return WebSettings(
        starts=starts,
        scope=scope_of(
            starts,
            include=texts(settings, "include", ()),
            exclude=texts(settings, "exclude", ()),
            subdomains=switch(settings, "subdomains", default=False),
            files=switch(settings, "documents", default=True),
        ),
        sitemaps=_sitemaps(settings),
        crawl=switch(settings, "crawl", default=True),
        max_pages=whole_number(settings, "max_pages", 5_000, 1, 1_000_000),
        max_depth=whole_number(settings, "max_depth", 10, 0, 100),
        max_bytes=whole_number(settings, "max_bytes", MAX_BYTES, 1, 2**31),
        rate=rate(settings, 2, "requests"),
        render=_render(settings),
        allow_private=reaches_private(settings),
        user_agent=_user_agent(text(settings, "contact", "")),
    )


def reaches_private(settings: Settings) -> bool:
    """Say whether the source may ask addresses of private networks; raises SettingsInvalid."""
    return switch(settings, "allow_private", default=False)


def _starts(settings: Settings) -> tuple[str, ...]:
    written = texts(settings, "start", ())
    if not written:
        raise SettingsInvalid(
            "'start' is missing: give the address of the site, such as "
            "'https://example.com/help/', or a list of them."
        )
    if len(written) > MAX_STARTS:
        raise SettingsInvalid(f"'start' has more than {MAX_STARTS} addresses.")
    return _addresses(written, "start")


def _sitemaps(settings: Settings) -> tuple[str, ...] | None:
    chosen = settings.get("sitemaps", True)
    if isinstance(chosen, bool):
        return None if chosen else ()
    return _addresses(texts(settings, "sitemaps", ()), "sitemaps")


def _addresses(written: tuple[str, ...], setting: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in written:
        address = normalised(one)
        if address is None:
            raise SettingsInvalid(
                f"'{setting}': '{one[:200]}' is no address of a website: write it in full, such "
                "as 'https://example.com/help/', without a name and password in it."
            )
        found[address] = None
    return tuple(found)


def _render(settings: Settings) -> Render:
    value = text(settings, "render", Render.AUTO)
    if value not in tuple(Render):
        raise SettingsInvalid(
            f"'render' cannot be '{value[:60]}'{did_you_mean(value, tuple(Render))} "
            f"Choose {', '.join(Render)}."
        )
    return Render(value)


def _user_agent(contact: str) -> str:
    """Name us; a contact lets the site's owner complain before he blocks."""
    if not contact.isprintable() or not contact.isascii() or len(contact) > _MAX_CONTACT:
        raise SettingsInvalid(
            f"'contact' must be an e-mail or web address of up to {_MAX_CONTACT} plain characters."
        )
    return f"Mozilla/5.0 (compatible; {AGENT}/1.0{f'; +{contact}' if contact else ''})"
