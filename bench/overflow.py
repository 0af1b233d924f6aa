"""Pack 100,000 random prompts and count them in the tokens of the models themselves.

    python -m bench.overflow [--plans 115000] [--processes 2] [--again]

An eighth of the plans is refused, because not even the question fits. Every family of models with
a public vocabulary is drawn alike, in every mode, with all kinds of text. Done chunks are kept in
bench/out/overflow.jsonl, so that a stopped run goes on.
"""

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache

from splintr import Tokenizer

from bench.figures import OUT, percentile, show
from ingest.adapters.tokens import O200kTokens, SplintrTokens
from tests.packs import VOCABULARIES, count_prompt, draw, limit_of, make

CHUNK = 500
DONE = OUT / "overflow.jsonl"


@dataclass(frozen=True, slots=True)
class Counted:
    """One pack, as estimated and as its model counts it."""

    seed: int
    vocabulary: str
    mode: str
    real: int
    expected: int
    p99: int
    limit: int

    @property
    def over(self) -> bool:
        """Whether it is longer than it may be."""
        return self.real > self.limit


def main() -> int:
    """Count what is missing, then show all of it; 1 where a pack is over."""
    asked = _arguments()
    OUT.mkdir(exist_ok=True)
    if asked.again:
        DONE.unlink(missing_ok=True)
    starts, done = range(0, asked.plans, CHUNK), _done()
    missing = [start for start in starts if start not in done]
    with ProcessPoolExecutor(asked.processes) as pool, DONE.open("a", encoding="utf-8") as file:
        for start, counted in zip(missing, pool.map(count, missing), strict=True):
            row = {"start": start, "packs": [asdict(one) for one in counted]}
            file.write(json.dumps(row) + "\n")
            file.flush()
    done = _done()
    packs = [one for start in starts for one in done[start]]
    _report(packs)
    return int(any(one.over for one in packs))


def count(start: int) -> Sequence[Counted]:
    """Make the packs of one chunk; those whose question alone does not fit are none."""
    return asyncio.run(_count(start))


async def _count(start: int) -> Sequence[Counted]:
    found = []
    for seed in range(start, start + CHUNK):
        drawn = draw(seed, _counter())
        pack = await make(drawn)
        if pack is None:
            continue
        real = count_prompt(pack.messages, _own(drawn.vocabulary))
        size, limit = pack.tokens, limit_of(drawn, pack)
        mode = drawn.mode.value
        found.append(Counted(seed, drawn.vocabulary, mode, real, size.expected, size.p99, limit))
    return found


@cache
def _counter() -> O200kTokens:
    return O200kTokens()


@cache
def _own(vocabulary: str) -> SplintrTokens:
    return SplintrTokens(Tokenizer.from_pretrained(vocabulary))


def _done() -> Mapping[int, Sequence[Counted]]:
    if not DONE.exists():
        return {}
    rows = map(json.loads, DONE.read_text(encoding="utf-8").splitlines())
    return {row["start"]: [Counted(**one) for one in row["packs"]] for row in rows}


def _report(packs: Sequence[Counted]) -> None:
    by_family: defaultdict[str, list[Counted]] = defaultdict(list)
    by_mode: defaultdict[str, list[Counted]] = defaultdict(list)
    for one in packs:
        by_family[one.vocabulary].append(one)
        by_mode[one.mode].append(one)
    show("Overflow by family", [_row(name, by_family[name]) for name in VOCABULARIES])
    show("Overflow by mode", [_row(name, its) for name, its in sorted(by_mode.items())])
    for one in [one for one in packs if one.over][:20]:
        print(one)


def _row(name: str, packs: Sequence[Counted]) -> Mapping[str, object]:
    filled = [one.real / one.p99 for one in packs]
    ratios = [one.real / one.expected for one in packs]
    return {
        "": name,
        "packs": len(packs),
        "over": sum(one.over for one in packs),
        "real/expected": percentile(ratios, 0.5),
        "p99 of it": percentile(ratios, 0.99),
        "real/p99 estimate": percentile(filled, 0.5),
        "highest": max(filled),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=115_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="forget what was counted")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
