"""Which addresses of the web may be asked: decided before anything is sent.

A URL is read by `read_target`, and every IP address that its name turns out to have is
judged by `refusal` just before the connection is made to that very IP address. Neither is
enough alone: a harmless name may lead anywhere, and may lead elsewhere a moment later.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx2

from connectors.errors import FetchRefused

IpAddress = IPv4Address | IPv6Address

_MAX_URL = 8192
_MAX_SHOWN = 200
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
# What resolvers read as an IPv4 address in another spelling: 2130706433, 0x7f.1, 127.1.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PASSWORD = re.compile(r"//[^/?#]*@")

_PRIVATE = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # carriers' networks, and private overlays
    IPv6Network("fc00::/7"),
    IPv6Network("::1/128"),
)
# Where machines are told secrets about themselves: credentials of the cloud account above all.
_MACHINE = (
    IPv4Network("169.254.0.0/16"),
    IPv6Network("fe80::/10"),
    IPv4Network("168.63.129.16/32"),  # Azure
    IPv4Network("100.100.100.200/32"),  # Alibaba
    IPv4Network("192.0.0.0/24"),  # Oracle, and other assignments that nobody serves pages at
    IPv6Network("fd00:ec2::/32"),  # Amazon
    IPv6Network("fd20:ce::/32"),  # Google
    IPv6Network("fd00:c1::/32"),  # Oracle
    IPv6Network("fd00:42::/32"),  # Scaleway
)
_PUBLIC6 = IPv6Network("2000::/3")
# `is_global` says yes to these, though what they really reach is another address within.
_NOT_PUBLIC = (
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of whom: a URL that was read once, so that nobody reads it otherwise."""

    url: str
    """Normalised, without its fragment."""
    scheme: str
    host: str
    """A name in its ASCII form, or an IP address without brackets."""
    port: int
    path: str
    """What the request line says: path and query."""


def read_target(url: str, *, allow_private: bool) -> Target:
    """Read a URL strictly; raises FetchRefused, saying what about it is not taken."""
    if len(url) > _MAX_URL:
        raise FetchRefused(f"{shown(url)} is longer than {_MAX_URL:,} characters.")
    if _CONTROL.search(url):
        raise FetchRefused(f"{shown(url)} has control characters in it.")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchRefused(f"{shown(url)} is no valid web address.") from error
    if reason := _refusal_of_parts(parsed) or _refusal_of_port(parsed, allow_private=allow_private):
        raise FetchRefused(f"{shown(url)} {reason}.")
    host = parsed.raw_host.decode("ascii")
    if reason := _refusal_of_host(host, allow_private=allow_private):
        raise FetchRefused(f"{shown(url)} {reason}.")
    return Target(
        url=without_fragment(parsed),
        scheme=parsed.scheme,
        host=host,
        port=parsed.port or _PORTS[parsed.scheme],
        path=parsed.raw_path.decode("ascii"),
    )


def refusal(ip: IpAddress, *, allow_private: bool) -> str | None:
    """Say why nothing may be sent to this IP address; None when it may.

    What is neither known to be public nor, where it is allowed, to be private is refused.
    """
    if isinstance(ip, IPv6Address):
        if ip.scope_id:
            return "names a network interface of this machine, which is never asked"
        ip = ip.ipv4_mapped or ip
    if any(ip in network for network in _MACHINE):
        return "is a link-local or metadata address, which is never asked"
    if any(ip in network for network in _PRIVATE):
        mend = "is inside a private network: an admin may set 'allow_private' for this source"
        return None if allow_private else mend
    return None if _is_public(ip) else "is no address of the public internet, and is never asked"


def without_fragment(url: httpx2.URL) -> str:
    """Write a URL without its fragment, its path never empty."""
    return str(url.copy_with(raw_path=url.raw_path, fragment=None))


def shown(url: str) -> str:
    """Give a URL as it may stand in a message: no password, no control characters, short."""
    bare = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _PASSWORD.sub("//…@", url))
    return bare if len(bare) <= _MAX_SHOWN else f"{bare[: _MAX_SHOWN - 1]}…"


def _is_public(ip: IpAddress) -> bool:
    if not ip.is_global or ip.is_multicast or any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.version == 4 or ip in _PUBLIC6


def _refusal_of_parts(url: httpx2.URL) -> str | None:
    if url.scheme not in _PORTS:
        return "is neither http nor https"
    if url.userinfo:
        return "carries a user name or password: remove it from the address"
    return None if url.host else "names no host"


def _refusal_of_port(url: httpx2.URL, *, allow_private: bool) -> str | None:
    port = _PORTS[url.scheme] if url.port is None else url.port
    if allow_private:
        return None if 0 < port < 65536 else f"has the port {port}, which does not exist"
    mend = "an admin may set 'allow_private' for this source"
    return None if port in _PORTS.values() else f"has a port other than 80 and 443: {mend}"


def _refusal_of_host(host: str, *, allow_private: bool) -> str | None:
    try:
        return refusal(ip_address(host), allow_private=allow_private)
    except ValueError:
        pass
    if host.endswith("."):
        return "has a host name that ends in a dot: remove the dot"
    if not _NAME.fullmatch(host):
        return "has a host that is no valid name"
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return "has a host that is a number: write IP addresses as four decimal numbers"
    return None
