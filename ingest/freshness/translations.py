"""Detect translations that did not follow what changed on the page they translate.

Which page translates which is told by their addresses: they are the same but for a language,
as a folder, a prefix, a suffix, a host or a parameter. Pages whose names were translated as well
cannot be paired so, and are left alone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.freshness.model import Aging, Finding, FlagKind
from ingest.model import DocumentId

GRACE = timedelta(days=1)
"""A translation changed so shortly before its original is taken to have been changed with it."""
_LEAST, _MOST = 0.3, 0.9
_FADES = 0.8
"""Each edit missed makes it graver, by less and less."""
_SEPARATORS = re.compile(r"([/.?&=])")
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z]{2}|[-_][a-z]{4})?", re.IGNORECASE)
_PARAMETERS = frozenset({"lang", "language", "locale", "hl", "l"})
_LANGUAGES = re.compile(
    "a[frz]|b[egns]|c[asy]|d[ae]|e[lnostu]|f[air]|g[al]|h[eiruy]|i[dst]|ja|k[akmo]|l[tv]|m[ksy]|"
    "n[blo]|p[lt]|r[ou]|s[klqrvw]|t[ahr]|u[krz]|vi|yo|zh"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A page and the one that it translates."""

    translation: Aging
    original: Aging


class TranslationDetector:
    """Find translations whose original was changed after them, by more than the grace."""

    kinds = frozenset({FlagKind.TRANSLATION_BEHIND})

    def look(self, pages: Sequence[Aging], at: datetime) -> Sequence[Finding]:
        """Compare each translation with its original, by what happened until then."""
        found = ((pair, missed_edits(pair, at)) for pair in pairs_among(pages))
        return [_finding(pair, missed) for pair, missed in found if missed]


def pairs_among(pages: Sequence[Aging]) -> list[Pair]:
    """Pair translations with originals.

    The original is the page whose address names no language; else the one in the language
    that most pages are in.
    """
    groups: defaultdict[tuple[str, str], list[tuple[str, Aging]]] = defaultdict(list)
    plain: dict[tuple[str, str], Aging] = {}
    for page in pages:
        place = (page.url or page.ref).rstrip("/")
        plain[page.source, place] = page
        for language, rest in _without_language(place, page.language):
            groups[page.source, rest.rstrip("/")].append((language, page))
    usual = Counter(page.language for page in pages if page.language).most_common(1)
    most = usual[0][0] if usual else ""
    pairs: dict[DocumentId, Pair] = {}
    for key, members in groups.items():
        original = plain.get(key) or next((page for named, page in members if named == most), None)
        for named, page in members if original else ():
            if original and page is not original and named != original.language:
                pairs.setdefault(page.document, Pair(page, original))
    return list(pairs.values())


def missed_edits(pair: Pair, at: datetime) -> tuple[datetime, ...]:
    """Give the changes of the original that the translation did not follow until then.

    Those that touched many pages at once count like any other: what is a matter of form to the
    reader of one page is what its translation lacks.
    """
    followed = max(_changes(pair.translation), default=pair.translation.created_at)
    return tuple(one for one in _changes(pair.original) if followed + GRACE < one <= at)


def _changes(page: Aging) -> tuple[datetime, ...]:
    """Give when it was changed: as it was seen, or before that, as its source says."""
    if page.edits or page.changed_at is None:
        return page.edits
    return (page.changed_at,)


def _without_language(place: str, spoken: str) -> Iterator[tuple[str, str]]:
    """Give the languages that an address names, each with the address without it.

    A part counts only where it is the language that the page is in, as far as that is known:
    `it` is a department as well.
    """
    parts = _SEPARATORS.split(place)
    for at in range(0, len(parts), 2):
        tag = _TAG.fullmatch(parts[at])
        language = tag[1].lower() if tag else ""
        if not _LANGUAGES.fullmatch(language) or (spoken and language != spoken):
            continue
        if at and parts[at - 1] == "=":
            if parts[at - 2].lower() in _PARAMETERS:
                yield language, "".join(parts[: at - 3] + parts[at + 1 :])
        elif at + 1 < len(parts) and not (at == 0 and parts[at + 1] == ""):
            yield language, "".join(parts[:at] + parts[at + 2 :])
        elif at:
            yield language, "".join(parts[: at - 1])


def _finding(pair: Pair, missed: Sequence[datetime]) -> Finding:
    page, original = pair.translation, pair.original
    first, last = (one.date().isoformat() for one in (missed[0], missed[-1]))
    times = f"on {first}" if first == last else f"{len(missed)} times from {first} to {last}"
    own = max(_changes(page), default=page.created_at).date().isoformat()
    return Finding(
        kind=FlagKind.TRANSLATION_BEHIND,
        document=page.document,
        revision=page.revision,
        key=f"{original.document} {first}",
        severity=_MOST - (_MOST - _LEAST) * float(_FADES ** len(missed)),
        reason=(
            f"“{original.title}”, which it translates, was changed {times}; "
            f"this page was changed last on {own}."
        ),
        other=original.document,
    )
