"""Give each page of the web one name, and say which pages belong to a crawl."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, unquote, urlsplit

import idna

from connectors.errors import SettingsInvalid
from connectors.globs import Globs, compile_globs

MAX_LENGTH = 2048
"""In characters: sitemaps.org allows no longer ones, and browsers of old knew none."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DROPPED_INSIDE = str.maketrans("", "", "\t\n\r")
_SPACE_AND_CONTROLS = "".join(map(chr, range(33)))
_HOST = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.ASCII)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UNUSUAL_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")
_UNUSUAL_IN_QUERY = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
# They say where the reader came from and never which page it is.
_TRACKING = re.compile(
    r"(?:utm_[^=]*|mc_(?:cid|eid|tc)|_ga|_gl|_hsenc|_hsmi|_openstat|dclid|fbclid|gad_source|gbraid"
    r"|gclid|gclsrc|hsctatracking|igshid|jsessionid|mkt_tok|msclkid|oly_anon_id|oly_enc_id"
    r"|phpsessid|ttclid|twclid|vero_id|wbraid|wickedid|yclid)(?:=.*)?",
    re.IGNORECASE | re.DOTALL,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FILE = re.compile(r"csv|docx?|eml|epub|msg|od[pst]|pdf|pp[st]x?|rtf|tsv|xls[mx]?", re.IGNORECASE)
# What a page is dressed with or offers to run or unpack, and what lists pages; none is one.
# Scripts are not among them: `/guides/next.js` is a page, and nobody links to a script.
_NO_PAGE = re.compile(
    r"7z|aac|aif|apk|atom|avi|avif|bin|bmp|bz2|cab|css|deb|dmg|eot|exe|flac|flv|gif|gz|heic|ico"
    r"|img|ipa|iso|jar|jpe?g|json|jsonld|m3u8|m4[av]|map|midi?|mkv|mov|mp[234]|mpe?g|msi|og[gv]"
    r"|opus|otf|pkg|png|psd?|rar|rdf|rpm|rss|svg|swf|tar|tgz|tiff?|ttf|wasm|wav|web[amp]"
    r"|webmanifest|wm[av]|woff2?|xml|xz|zip|zst",
    re.IGNORECASE,
)


def normalised(url: str, base: str | None = None) -> str | None:
    """Give the one spelling of an absolute web address, or None for what is none.

    Two spellings that every server must take for the same (RFC 3986, 6.2.2 and 6.2.3)
    become one, as do those that differ in tracking parameters or the fragment. A relative
    address is resolved against `base`, which is absolute, the way that browsers do.
    None is given for other schemes, credentials, over-long and malformed addresses, and
    numbers for hosts that are no dotted quad.
    """
    if len(url) > 4 * MAX_LENGTH:
        return None
    written = url.strip(_SPACE_AND_CONTROLS).translate(_DROPPED_INSIDE)
    try:
        parts = _split(written)
        whole = _spelled(parts if base is None else _resolved(parts, base, written))
    except ValueError:
        return None
    return whole if whole and len(whole) <= MAX_LENGTH else None


def host_of(url: str) -> str:
    """Give host and port of a normalised address as one names a site: without `www.`."""
    return url.split("/", 3)[2].removeprefix("www.")


def path_of(url: str) -> str:
    """Give the path of a normalised address, as it is spelled in it."""
    return f"/{url.split('/', 3)[3].partition('?')[0]}"


def is_respelled(url: str, other: str) -> bool:
    """Say whether only http or https, `www.` or a slash at the end differ, of normalised ones."""
    return _bare(url) == _bare(other)


@dataclass(frozen=True, slots=True)
class Scope:
    """Decide which addresses belong to a crawl; all are normalised ones.

    Nothing is asked of the public suffix list: a copy grows stale and its home is on the
    web. Without it nobody can tell `a.github.io` from `docs.acme.com`, so only the hosts
    of the start addresses and what stands below them are ever taken for the same site.
    """

    hosts: frozenset[str]
    """As `host_of` gives them, so with and without `www.` are one."""
    prefixes: tuple[str, ...]
    """A page's path begins with one of them; empty: any path."""
    include: Globs
    exclude: Globs
    subdomains: bool
    files: bool
    """Whether PDF and office files are pages too."""

    def takes(self, url: str) -> bool:
        """Say whether this address is to be visited as a page of the crawl."""
        path = path_of(url)
        return (
            (self.same_site(url) if self.subdomains else host_of(url) in self.hosts)
            and (not self.prefixes or path.startswith(self.prefixes))
            and self._may_be_a_page(path)
            and _any_of(self.include, path)
            and not _any_of(self.exclude, path)
        )

    def same_site(self, url: str) -> bool:
        """Say whether a page of the crawl may call this its canonical address."""
        host = host_of(url)
        return host in self.hosts or any(host.endswith(f".{one}") for one in self.hosts)

    def _may_be_a_page(self, path: str) -> bool:
        _, dot, suffix = path.rpartition("/")[2].rpartition(".")
        refused = _NO_PAGE.fullmatch(suffix) or (not self.files and _FILE.fullmatch(suffix))
        return not dot or not refused


def scope_of(
    starts: Sequence[str],
    *,
    prefixes: Sequence[str] = (),
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    subdomains: bool = False,
    files: bool = True,
) -> Scope:
    """Read a scope from settings: globs match the path, and all below a folder that matches.

    Raises SettingsInvalid.
    """
    normal = [(written, normalised(written)) for written in starts]
    for written, start in normal:
        if start is None:
            raise SettingsInvalid(
                f"'{written[:200]}' is no address of a website: write it in full, such as "
                "'https://example.com/help/', without a name and password in it."
            )
    for prefix in prefixes:
        if not prefix.startswith("/"):
            raise SettingsInvalid(f"'prefixes': '{prefix[:200]}' must begin with '/'.")
    return Scope(
        hosts=frozenset(host_of(start) for _, start in normal if start),
        prefixes=tuple(_path(prefix) for prefix in prefixes),
        include=compile_globs(include or ("**",), "include"),
        exclude=compile_globs(exclude, "exclude"),
        subdomains=subdomains,
        files=files,
    )


def _bare(url: str) -> tuple[str, str, str]:
    path, _, query = url.split("/", 3)[3].partition("?")
    return host_of(url), path.rstrip("/"), query


def _split(url: str) -> SplitResult:
    head, mark, query = url.partition("?")
    # Within the path browsers read the other slash as one.
    head, hash_mark, fragment = head.partition("#")
    return urlsplit(head.replace("\\", "/") + hash_mark + fragment + mark + query)


def _resolved(parts: SplitResult, base: str, written: str) -> SplitResult:
    """Resolve as RFC 3986, 5.2.2; urljoin would make one slash of two in the base's path."""
    above = urlsplit(base)
    if _SCHEME.match(written) and (parts.netloc or parts.scheme != above.scheme):
        return parts
    if parts.netloc:
        return parts._replace(scheme=above.scheme)
    path, query = parts.path, parts.query
    if not path:
        path, query = above.path, query or above.query
    elif not path.startswith("/"):
        path = above.path[: above.path.rfind("/") + 1] + path
    return SplitResult(above.scheme, above.netloc, path, query, "")


def _spelled(parts: SplitResult) -> str | None:
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or "@" in parts.netloc or not parts.hostname:
        return None
    host = _host(unquote(parts.hostname, errors="strict"))
    port = parts.port
    if host is None or port == 0:
        return None
    at = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    query = _query(parts.query)
    return f"{scheme}://{at}{_path(parts.path)}{'?' if query else ''}{query}"


@lru_cache(maxsize=1024)
def _host(host: str) -> str | None:
    """Give a host's one spelling; raises ValueError (idna's errors are such)."""
    if ":" in host:
        return None if "%" in host else f"[{IPv6Address(host)}]"
    if not host.isascii() or "xn--" in host.lower():
        host = idna.encode(host, uts46=True).decode("ascii")
    host = host.lower().removesuffix(".")
    if _NUMERIC.fullmatch(host):
        return str(IPv4Address(host))
    return host if _HOST.fullmatch(host) else None


def _path(path: str) -> str:
    return _without_dots(_SESSION_IN_PATH.sub("", _UNUSUAL_IN_PATH.sub(_escaped, path)))


def _escaped(found: re.Match[str]) -> str:
    """Spell one character or escape: unreserved ones plain, all others in capitals."""
    text = found[0]
    if len(text) == 1:
        return "".join(f"%{byte:02X}" for byte in text.encode("utf-8"))
    character = chr(int(text[1:], 16))
    return character if character in _UNRESERVED else text.upper()


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986, 5.2.4); what leads above the root stays at the root."""
    if "/." not in path:
        return path if path.startswith("/") else f"/{path}"
    kept: list[str] = []
    parts = path.removeprefix("/").split("/")
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    end = "/" if parts[-1] in {".", ".."} and kept else ""
    return f"/{'/'.join(kept)}{end}"


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = _UNUSUAL_IN_QUERY.sub(_escaped, query).split("&")
    return "&".join(pair for pair in pairs if not _TRACKING.fullmatch(pair))


def _any_of(globs: Globs, path: str) -> bool:
    parts = unquote(path).strip("/").split("/")
    return any(globs.match("/".join(parts[:depth])) for depth in range(len(parts), 0, -1))
