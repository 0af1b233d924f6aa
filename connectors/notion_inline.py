"""Turn a line of Notion's own Markdown into Markdown that everybody reads.

Notion mixes tags and lists of attributes into its Markdown, and a reader who does not know
them would show them, or leave out what they hold.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from connectors.notion_model import is_hosted, name_of
from connectors.notion_text import code_span, escaped, link

_ATTRIBUTES = re.compile(r"""([\w-]+)\s*=\s*"([^"]*)\"""")
_AT_END = re.compile(r"""(?<!\\)\s*\{(?:\s*[\w-]+="[^"]*")+\s*\}\s*$""")
_TOKENS = re.compile(
    r"""
    (?P<literal>\\.|<https?:[^<>\s]*>)
  | \$`(?P<math>[^`]+)`\$
  | (?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)
  | \$(?P<formula>[^\s$](?:[^$]*[^\s$\\])?)\$(?!\d)
  | (?P<break><br\s*/?>)
  | !\[(?P<alt>(?:[^\]\\]|\\.)*)\]\((?P<picture>(?:[^()\s]|\([^()\s]*\))*)\)
  | (?<!!)\[(?P<words>(?:[^\]\[\\]|\\.)*)\]\((?P<address>(?:[^()\s]|\([^()\s]*\))*)\)
  | <(?P<empty>[a-z][\w-]*)(?P<empty_said>(?:\s[^<>]*?)?)/>
  | <(?P<tag>[a-z][\w-]*)(?P<said>(?:\s[^<>]*)?)>(?P<inner>(?:(?!<(?P=tag)[\s>]).)*?)</(?P=tag)>
  | (?P<stray></?[a-z][\w-]*(?:\s[^<>]*)?>)
  | (?P<sign>_|&(?=\#?\w+;))
    """,
    re.VERBOSE,
)

Attributes = Mapping[str, str]


def inline(text: str) -> str:
    """Give a line without the tags and attributes that only Notion knows; it may become more."""
    return _TOKENS.sub(_token, _AT_END.sub("", text))


def attributes(written: str) -> Attributes:
    """Read the attributes of a tag."""
    return {
        name: value.replace("&quot;", '"').replace("&amp;", "&")
        for name, value in _ATTRIBUTES.findall(written)
    }


def address_in(said: Attributes) -> str:
    """Give where a tag leads."""
    found = next((said[name] for name in ("url", "source", "src") if said.get(name)), "")
    return found.removeprefix("{{").removesuffix("}}")


def _token(found: re.Match[str]) -> str:
    kind = next((name for name in _READERS if found[name] is not None), None)
    return _READERS[kind](found) if kind else found[0]


def _tag(name: str, said: Attributes, inner: str) -> str:
    address = address_in(said)
    if name == "mention-date":
        ends = (said.get("start"), said.get("startTime"), said.get("end"), said.get("endTime"))
        start, at, end, until = (one or "" for one in ends)
        begins, ends_at = f"{start} {at}".strip(), f"{end} {until}".strip()
        return f"{begins} → {ends_at}" if ends_at else begins
    if name in {"mention-user", "mention-agent"}:
        return f"@{inner.lstrip('@')}" if inner else ""
    if name in {"file", "pdf", "audio", "video", "img", "image"}:
        words = inner or escaped(said.get("alt", "") or name_of(address))
        return words if is_hosted(address) else link(words, address)
    if name.startswith("mention-") or name in {"page", "database", "bookmark", "embed", "a"}:
        return link(inner, address)
    return inner


def _picture(found: re.Match[str]) -> str:
    return found["alt"] if is_hosted(found["picture"]) else found[0]


def _link(found: re.Match[str]) -> str:
    words = inline(found["words"])
    return words if is_hosted(found["address"]) else f"[{words}]({found['address']})"


_READERS: Mapping[str, Callable[[re.Match[str]], str]] = MappingProxyType(
    {
        "literal": lambda found: found[0],
        "math": lambda found: code_span(found["math"]),
        "ticks": lambda found: found[0],
        "formula": lambda found: code_span(found["formula"]),
        "break": lambda _: "\n",
        "picture": _picture,
        "address": _link,
        "empty": lambda found: _tag(found["empty"], attributes(found["empty_said"]), ""),
        "tag": lambda found: _tag(found["tag"], attributes(found["said"]), inline(found["inner"])),
        "stray": lambda _: "",
        # Signs to others, and to Notion's Markdown none.
        "sign": lambda found: f"\\{found[0]}",
    }
)
