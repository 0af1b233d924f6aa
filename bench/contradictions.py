"""How well contradictions are found: on hand-labelled pairs, and among claims of other sets.

    python -m bench.contradictions [--show]

The labels were fixed before the rules (see contradiction_pairs); rules were tuned on the half
"dev" alone. `--show` prints every pair of that half on which rules and labels differ.
"""

import argparse
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from bench.contradiction_pairs import Version, faq_language, read
from bench.figures import show
from connectors.model import SourceId, TenantId
from ingest.freshness.contradiction import Contradictions
from ingest.freshness.model import Finding
from ingest.freshness.pages import Page
from ingest.model import DocumentId
from ingest.parsed import BlockKind
from ingest.reading import DocumentRecord, LivePassage, Revision
from ingest.records import DocumentFacts, DocumentState

_LABELS = Path(__file__).parent / "contradictions.jsonl"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Two passages with what a person says of them."""

    id: int
    half: str
    kind: str
    contradicts: bool
    left: tuple[Page, LivePassage]
    right: tuple[Page, LivePassage]
    sentences: tuple[tuple[int, int], ...]
    """Where the clashing ones stand."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pair with what the rules found in it, and what a plain comparison would say."""

    pair: Labelled
    found: Finding | None
    plain: bool

    @property
    def same_sentences(self) -> bool:
        """Whether it was found in the very sentences that the person named."""
        if self.found is None or not self.pair.contradicts:
            return False
        places = {quote.document: (quote.start, quote.end) for quote in self.found.quotes}
        wanted = zip((self.pair.left, self.pair.right), self.pair.sentences, strict=True)
        return all(
            places[page.id][0] < end and start < places[page.id][1]
            for (page, _), (start, end) in wanted
        )


def labelled() -> Iterator[Labelled]:
    """Read the pairs again from their sets."""
    for line in _LABELS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        left = _side(row["left"], NOON - timedelta(days=90))
        right = _side(row["right"], NOON)
        sides = (row["left"], row["right"])
        sentences = tuple(
            (a, b) for a, b in (one["sentence"] for one in sides if "sentence" in one)
        )
        what = row["id"], row["half"], row["class"], row["contradicts"]
        yield Labelled(*what, left, right, sentences)


@cache
def _version(ref: str) -> Version:
    return read(ref)


def _side(place: Mapping[str, Any], changed_at: datetime) -> tuple[Page, LivePassage]:
    version = _version(place["ref"])
    text = version.parsed.text[place["start"] : place["end"]]
    if hashlib.sha256(text.encode()).hexdigest()[:12] != place["digest"]:
        raise SystemExit(f"{place['ref']} is read otherwise than when it was labelled")
    page = page_of(version, changed_at, language_of(place["ref"]))
    return page, passage_of(page, place["start"], place["end"])


def language_of(ref: str) -> str:
    """Give the language of a page by where it stands."""
    found = re.search(r"^(?:shop:now|fastapi:[^:]*:docs)[:/](de|fr|es|en)/|-(\w\w)_\w\w\.md$", ref)
    if found:
        return found[1] or found[2]
    return faq_language(ref) if ref.startswith("faq:") else "en"


def page_of(version: Version, changed_at: datetime, language: str) -> Page:
    """Make a version a page as detectors see them."""
    id_ = DocumentId(hashlib.sha256(version.ref.encode()).hexdigest()[:16])
    facts = DocumentFacts(
        id_, version.ref, "", {}, "", version.title, "", "", language, frozenset(), frozenset(),
        changed_at,
    )  # fmt: skip
    parsed = version.parsed
    record = DocumentRecord(
        facts, TenantId("bench"), SourceId("bench"), DocumentState.LIVE, "", 0, 1, 0, 0,
        changed_at, changed_at, None,
    )  # fmt: skip
    revision = Revision(id_, 1, changed_at, None, version.title, parsed.text, parsed.blocks)
    return Page(record, revision, ())


def passage_of(page: Page, start: int, end: int) -> LivePassage:
    """Give a passage of a page by its place."""
    facts, path = page.record.facts, _heading_path(page, start)
    return LivePassage(
        uuid5(UUID(int=0), f"{facts.id}{start}-{end}"), facts.id, SourceId("bench"), facts.ref,
        facts.title, "", 1, 0, page.revision.text[start:end], " > ".join(path), 0, start, end,
        path, "", None, None, facts.language, "", frozenset(), page.record.synced_at,
        facts.changed_at, None, None,
    )  # fmt: skip


def _heading_path(page: Page, start: int) -> tuple[str, ...]:
    stack: list[tuple[int, str]] = []
    for block in page.revision.blocks:
        if block.start > start:
            break
        if block.kind is BlockKind.HEADING:
            while stack and stack[-1][0] >= block.level:
                stack.pop()
            stack.append((block.level, page.revision.text[block.start : block.end]))
    return tuple(text for _, text in stack)


# --- the pairs --------------------------------------------------------------------


def judge(pairs: Sequence[Labelled]) -> list[Verdict]:
    """Let the rules look at the pairs."""
    detector = Contradictions()
    return [
        Verdict(pair, detector.compare(*pair.left, *pair.right), _plain(pair)) for pair in pairs
    ]


def _plain(pair: Labelled) -> bool:
    """The baseline: near sentences with other numbers in them."""
    for one in _sentences(pair.left[1].text):
        for two in _sentences(pair.right[1].text):
            mine, theirs = (set(re.findall(r"[^\W\d_]+", text.lower())) for text in (one, two))
            near = len(mine & theirs) >= 0.5 * len(mine | theirs) > 1
            if near and set(re.findall(r"\d+", one)) != set(re.findall(r"\d+", two)):
                return True
    return False


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+|\n+", text)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def scores(name: str, found: Sequence[bool], wanted: Sequence[bool]) -> dict[str, object]:
    """Give precision, recall and F1 with what they are counted from."""
    true = sum(f and w for f, w in zip(found, wanted, strict=True))
    precision = true / sum(found) if any(found) else 0.0
    recall = true / sum(wanted) if any(wanted) else 0.0
    both = precision + recall
    return {
        "what": name,
        "pairs": len(wanted),
        "contradict": sum(wanted),
        "found": sum(found),
        "right": true,
        "precision": precision,
        "95 %": "{:.2f} to {:.2f}".format(*wilson(true, sum(found))),
        "recall": recall,
        "95 % ": "{:.2f} to {:.2f}".format(*wilson(true, sum(wanted))),
        "F1": 2 * precision * recall / both if both else 0.0,
    }


def report(verdicts: Sequence[Verdict]) -> None:
    """Show the halves, the classes and the false alarms."""
    rows = []
    for half in sorted({one.pair.half for one in verdicts}):
        of = [one for one in verdicts if one.pair.half == half]
        wanted = [one.pair.contradicts for one in of]
        rules = scores(f"{half}, rules", [one.found is not None for one in of], wanted)
        rows.append({**rules, "sentences": sum(one.same_sentences for one in of)})
        plain = scores(f"{half}, numbers differ", [one.plain for one in of], wanted)
        rows.append({**plain, "sentences": ""})
    show("Contradictions: hand-labelled pairs", rows)
    of = [one for one in verdicts if one.pair.contradicts]
    kinds = Counter((one.pair.half, one.pair.kind) for one in of)
    hit = Counter((one.pair.half, one.pair.kind) for one in of if one.found)
    show(
        "Contradictions by class: what is found",
        [
            {"half": h, "class": k, "pairs": n, "found": hit[h, k]}
            for (h, k), n in sorted(kinds.items())
        ],
    )
    alarms = Counter(
        (one.pair.half, one.pair.kind, one.found.code)
        for one in verdicts
        if one.found and not one.pair.contradicts
    )
    rows = [
        {"half": h, "class": k, "rule": c, "pairs": n} for (h, k, c), n in sorted(alarms.items())
    ]
    show("False alarms: by class", rows or [{"half": "", "class": "none", "rule": "", "pairs": 0}])


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--dev", action="store_true", help="leave the test half alone")
    asked = parser.parse_args()
    shown = asked.show
    verdicts = judge([one for one in labelled() if one.half == "dev" or not asked.dev])
    report(verdicts)
    for one in verdicts:
        if shown and one.pair.half == "dev" and (one.found is not None or one.pair.contradicts):
            mark = (
                "right"
                if one.found and one.pair.contradicts
                else "FALSE"
                if one.found
                else "missed"
            )
            said = (
                [" ".join(quote.text.split())[:200] for quote in one.found.quotes]
                if one.found
                else []
            )
            print(
                one.pair.id,
                mark,
                one.pair.kind,
                one.found.code if one.found else "",
                *said,
                sep=" | ",
            )


if __name__ == "__main__":
    _main()
