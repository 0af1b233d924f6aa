"""Passages of the sets as Punnet cuts them, and the drawing of pairs of them to be labelled.

    python -m bench.contradiction_pairs > pairs.txt

Pairs are drawn near in meaning (cosine of at least .6, of the example .5) or as the passages of
two versions of one page that share most words; rather those with other numbers, since of pairs
drawn by chance nearly none contradict. A person read each one and wrote what it is to
`contradictions.jsonl`, which holds no text: only where the passages and the sentences stand.

Two statements contradict when both claim to hold now for the same subject and cannot both be
true, so that a customer would be told different things. An older version of a page counts as
another page. Not contradicting: more or other words for the same; a longer list; other rows of
a table; the date a text is as of; another product, plan or country; code and its versions.
The labels were fixed before the first rule was written, and not touched after.
"""

import asyncio
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from bench.sets import folder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.chunk import chunk
from ingest.model import Chunk, embedded
from ingest.parse.dispatch import parse_document
from ingest.parsed import BlockKind, ParsedDocument
from ingest.ports import Embedder

NEAR = 0.6
SHOP_NEAR = 0.5
LEAST_WORDS = 0.3
TEST = 0.55
"""The share of the test half, without our own examples."""
SHOP = Path(__file__).parent.parent / "examples" / "shop"
_MARKDOWN = {".md", ".mdx"}
_QUOTAS = {
    "haystack/versions": 50,
    "haystack/pages": 20,
    "faq/versions": 70,
    "faq/pages": 20,
    "ddg/versions": 60,
    "ddg/pages": 12,
    "fastapi/versions": 36,
    "fastapi/pages": 6,
    "shop/pages": 40,
    "haystack/edits": 16,
    "ddg/edits": 32,
    "fastapi/edits": 8,
}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one page of a set."""

    ref: str
    """Where it is read from again: set:version:path."""
    title: str
    parsed: ParsedDocument

    @property
    def page(self) -> str:
        """What all its versions have in common."""
        where, _, path = self.ref.split(":", 2)
        return f"{where}:{path.split('#')[0]}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of a version."""

    version: Version
    chunk: Chunk

    @property
    def embedded(self) -> str:
        """What the model reads."""
        return embedded(self.chunk.context, self.chunk.text)


def half(page: str) -> str:
    """Say whether a page is for development or for the test; our own examples test nothing."""
    if page.startswith("shop:"):
        return "dev"
    return "test" if hashlib.sha256(page.encode()).digest()[0] % 2 else "dev"


def read(ref: str) -> Version:
    """Read a version of a page again."""
    where, version, path = ref.split(":", 2)
    if where == "faq":
        row = _faq(version)[int(path.rsplit("#", 1)[1])]
        parsed = parse_document(row["answer"].encode(), "text/plain", "answer.txt")
        return Version(ref, row["question"], parsed)
    if where in ("ddg", "fastapi"):
        content = _git(_clone(where), "show", f"{version}:{path}")
    elif where == "haystack":
        content = (folder("haystack-docs-versions") / version / path).read_bytes()
    else:
        content = (SHOP / path).read_bytes()
    kind = "text/markdown" if Path(path).suffix in _MARKDOWN else ""
    parsed = parse_document(content, kind, Path(path).name)
    return Version(ref, parsed.title, parsed)


def cut(version: Version, embedder: Embedder) -> list[Piece]:
    """Cut a version as the ingest does."""
    pieces = chunk(version.parsed, version.title, embedder.tokens, embedder.recipe.max_tokens)
    return [Piece(version, one) for one in pieces]


def default_embedder() -> OnnxEmbedder:
    """Build the default model, or take it from PUNNET_MODELS_DIR."""
    models = Path(os.environ.get("PUNNET_MODELS_DIR", "~/.cache/punnet-models")).expanduser()
    return OnnxEmbedder.open(build_model("all-MiniLM-L6-v2", models, print), threads=2)


def faq_language(ref: str) -> str:
    """Say in which language an answer is."""
    _, day, row = ref.split(":")
    return _faq(day)[int(row.rsplit("#", 1)[1])]["lang"]


@cache
def _faq(day: str) -> list[dict[str, str]]:
    path = folder("faq-recrawl") / f"snapshot-{day}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def _clone(where: str) -> Path:
    """Unpack a history into the cache, once."""
    name = {"ddg": "ddg-help-2016-2021", "fastapi": "fastapi-docs-2023"}[where]
    clone = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / f"punnet-{name}.git"
    if not clone.exists():
        bundle = folder(name) / "history.bundle"
        subprocess.run(["git", "clone", "-q", "--bare", bundle, clone], check=True)
    return clone


def _git(clone: Path, *words: str) -> bytes:
    command = ["git", "-C", str(clone), *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


# --- drawing ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """Two passages that may be labelled."""

    stratum: str
    left: Piece
    right: Piece


async def draw(strata: Sequence[str], seed: int = 7) -> list[Pair]:
    """Draw as many pairs of each stratum as its quota says."""
    embedder = default_embedder()
    drawn: list[Pair] = []
    for stratum in strata:
        rng = random.Random(f"{seed} {stratum}")
        where, kind = stratum.split("/")
        if kind == "versions":
            found = _by_words(_versions(where, rng), embedder)
        elif kind == "edits":
            found = _by_words(_versions(where, rng, every=True), embedder)
        else:
            found = await _by_meaning(
                _pages(where, rng), embedder, SHOP_NEAR if where == "shop" else NEAR
            )
        pairs = [Pair(stratum, *couple) for couple in found if _says_other(*couple)]
        if kind == "edits":
            pairs = [pair for pair in pairs if _claims_other(pair)]
        drawn.extend(_chosen(pairs, _QUOTAS[stratum], rng))
    return drawn


def _by_words(
    couples: Sequence[tuple[Version, Version]], embedder: Embedder
) -> list[tuple[Piece, Piece]]:
    """Pair each passage of a version with the one of the other that shares most words."""
    found = []
    for left, right in couples:
        theirs = [(set(piece.chunk.text.split()), piece) for piece in cut(right, embedder)]
        for piece in cut(left, embedder):
            words = set(piece.chunk.text.split())
            shares = [(len(words & other) / len(words | other), two) for other, two in theirs]
            best = max(shares, key=lambda one: one[0], default=(0.0, piece))
            if best[0] >= LEAST_WORDS:
                found.append((piece, best[1]))
    return found


async def _by_meaning(
    versions: Sequence[Version], embedder: Embedder, least: float
) -> list[tuple[Piece, Piece]]:
    """Pair passages of different pages that are near."""
    pieces = [piece for version in versions for piece in cut(version, embedder)]
    dense = await embedder.embed_passages([piece.embedded for piece in pieces])
    near = np.argwhere(np.triu(dense @ dense.T, 1) >= least)
    couples = ((pieces[i], pieces[j]) for i, j in near)
    return [(one, two) for one, two in couples if one.version.page != two.version.page]


_CLAIM = re.compile(r"\d|^(?:not?|never|only|must|cannot|can|free|always|default)$")


def _claims_other(pair: Pair) -> bool:
    """Whether two nearly equal sentences differ in a number, a negation or the like."""
    for one in _said(pair.left):
        for two in _said(pair.right):
            mine, theirs = set(one.split()), set(two.split())
            near = len(mine & theirs) >= 0.6 * len(mine | theirs)
            if near and any(_CLAIM.search(word) for word in mine ^ theirs):
                return True
    return False


def _says_other(left: Piece, right: Piece) -> bool:
    """Whether both say, not in code, something that the other does not."""
    mine, theirs = _said(left), _said(right)
    return bool(mine - theirs) and bool(theirs - mine)


def _said(piece: Piece) -> set[str]:
    prose = (
        piece.version.parsed.text[
            max(block.start, piece.chunk.start) : min(block.end, piece.chunk.end)
        ]
        for block in piece.version.parsed.blocks
        if block.kind is not BlockKind.CODE
        and block.start < piece.chunk.end
        and block.end > piece.chunk.start
    )
    sentences = (one for text in prose for one in re.split(r"(?<=[.!?])\s+|\n+", text))
    return {" ".join(re.findall(r"\w+", one)).lower() for one in sentences if len(one) > 25}


def _chosen(pairs: Sequence[Pair], quota: int, rng: random.Random) -> list[Pair]:
    """Take rather those with other numbers, few of a page, and of both halves their share."""
    mixed = sorted(pairs, key=lambda one: rng.random() + 0.5 * (not _other_numbers(one)))
    taken: dict[str, int] = defaultdict(int)
    chosen: list[Pair] = []
    left = _shares(quota, mixed)
    for pair in mixed:
        pages = {pair.left.version.page, pair.right.version.page}
        where = {half(page) for page in pages}
        most = 6 if pair.stratum.startswith("shop") else 3
        if len(where) > 1 or any(taken[page] >= most for page in pages) or not left[min(where)]:
            continue
        left[min(where)] -= 1
        for page in pages:
            taken[page] += 1
        chosen.append(pair)
    return chosen


def _shares(quota: int, pairs: Sequence[Pair]) -> dict[str, int]:
    test = 0 if pairs[0].stratum.startswith("shop") else round(quota * TEST)
    return {"dev": quota - test, "test": test}


def _other_numbers(pair: Pair) -> bool:
    left, right = (set(re.findall(r"\d+", one.chunk.text)) for one in (pair.left, pair.right))
    return bool(left - right and right - left)


def _versions(
    where: str, rng: random.Random, *, every: bool = False
) -> list[tuple[Version, Version]]:
    """Give older and newer versions of the same pages."""
    if where == "haystack":
        rows = (folder("haystack-docs-versions") / "diff.jsonl").read_text().splitlines()
        paths = [one["path"] for row in rows if (one := json.loads(row))["status"] == "changed"]
        refs = [(f"haystack:2.18:{path}", f"haystack:2.24:{path}") for path in paths]
    elif where == "faq":
        old, new = (_faq_refs(day) for day in ("2020-03-22", "2020-03-27"))
        refs = [(old[key], new[key]) for key in old if key in new]
    else:
        refs = list(_edits(where, every=every))
    rng.shuffle(refs)
    return [(read(left), read(right)) for left, right in refs]


def _faq_refs(day: str) -> dict[tuple[str, str], str]:
    rows = enumerate(_faq(day))
    return {
        (row["link"].split("//", 1)[1].removeprefix("www."), row["question"]): _faq_ref(day, at)
        for at, row in rows
    }


def _faq_ref(day: str, at: int) -> str:
    row = _faq(day)[at]
    said = hashlib.sha256(row["question"].encode()).hexdigest()[:8]
    return f"faq:{day}:{said}#{at}"


def _edits(where: str, *, every: bool) -> Iterator[tuple[str, str]]:
    """Give each edited page as it was before its first edit and after its last."""
    name = {"ddg": "ddg-help-2016-2021", "fastapi": "fastapi-docs-2023"}[where]
    rows = (folder(name) / "events.jsonl").read_text(encoding="utf-8").splitlines()
    commits: dict[str, list[str]] = defaultdict(list)
    for row in map(json.loads, rows):
        if row["path"].endswith(".md") and row["status"] == "M":
            commits[row["path"]] += [f"{row['commit']}^", row["commit"]]
    for path, found in commits.items():
        if every:
            for old, new in zip(found[::2], found[1::2], strict=True):
                yield f"{where}:{old}:{path}", f"{where}:{new}:{path}"
            continue
        yield f"{where}:{found[0]}:{path}", f"{where}:{found[-1]}:{path}"


def _pages(where: str, rng: random.Random) -> list[Version]:
    """Give different pages as they were at one time."""
    if where == "haystack":
        root = folder("haystack-docs-versions") / "2.24"
        refs = [f"haystack:2.24:{one.relative_to(root)}" for one in sorted(root.rglob("*.mdx"))]
    elif where == "faq":
        refs = [_faq_ref("2020-03-27", at) for at in range(len(_faq("2020-03-27")))]
    elif where == "shop":
        files = (one for one in sorted(SHOP.rglob("*")) if one.is_file())
        refs = [f"shop:now:{one.relative_to(SHOP)}" for one in files]
    else:
        listed = _git(_clone(where), "ls-tree", "-r", "--name-only", "HEAD").decode().split("\n")
        refs = [f"{where}:HEAD:{path}" for path in listed if path.endswith(".md")]
    rng.shuffle(refs)
    return [read(ref) for ref in refs[:60]]


def _main() -> None:
    strata = sys.argv[1:] or list(_QUOTAS)
    for number, pair in enumerate(asyncio.run(draw(strata))):
        print(
            json.dumps(
                {
                    "id": number,
                    "stratum": pair.stratum,
                    "left": _place(pair.left),
                    "right": _place(pair.right),
                }
            )
        )


def _place(piece: Piece) -> dict[str, object]:
    return {"ref": piece.version.ref, "start": piece.chunk.start, "end": piece.chunk.end}


if __name__ == "__main__":
    _main()
