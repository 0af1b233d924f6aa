"""Knowledge that does not hold everything: small shelves with pages gone, of any set.

A help centre has tens of pages and a public set thousands; scores lie elsewhere in each. The
questions of a set are therefore asked of knowledge of several sizes, where the page that
answers every third of them is gone, though others of its kind are there.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from bench.sets import RetrievalSet
from bench.shelf import Shelf, Sums
from ingest.adapters.bm25 import Bm25Encoder
from retrieval.model import Found

SIZES = (12, 40, 68, 200)
"""Pages."""
_ASKED = 150
"""Questions of each size, about; and the most of one knowledge."""
_OF_ONE = 60
_TRIES = 25
_GONE = 3
"""One page in so many that answer something is gone."""
_SPARSE = 7
"""One page in so many is gone where a whole set is thinned."""
_FEW = 10


def gone_from(data: RetrievalSet) -> frozenset[str]:
    """Name one page in seven, the same ones each time; none of a set of few pages."""
    if len(data.pages) < _FEW:
        return frozenset()
    return frozenset(
        page.id
        for page in data.pages
        if sha256(f"thin/{data.name}/{page.id}".encode()).digest()[0] % _SPARSE == 0
    )


def small_asks(shelf: Shelf, seed: int = 3) -> Iterator[tuple[str, bool, Found]]:
    """Ask small knowledge: yields a question's key, whether it is answered, what is found."""
    rng = random.Random(seed)
    for size in SIZES:
        if size > len(shelf.data.pages):
            continue
        asked = 0
        for _ in range(_TRIES):
            found = list(_of_one(shelf, size, rng))
            asked += len(found)
            yield from found
            if asked >= _ASKED:
                break


def _of_one(shelf: Shelf, size: int, rng: random.Random) -> Iterator[tuple[str, bool, Found]]:
    data = shelf.data
    wanted = _wanted(data, size, rng)
    others = [page.id for page in data.pages if page.id not in wanted]
    rng.shuffle(others)
    have = {*wanted, *others[: size - len(wanted)]}
    gone = set(rng.sample(wanted, max(1, len(wanted) // _GONE)))
    left = part_of(shelf, have - gone)
    asked = [one for one in data.asked if gold_pages(data, one[0]) <= have]
    rng.shuffle(asked)
    for key, text in asked[:_OF_ONE]:
        gold = gold_pages(data, key)
        if gold <= gone or not gold & gone:
            yield key, not gold & gone, left.search(text)


def _wanted(data: RetrievalSet, size: int, rng: random.Random) -> list[str]:
    """Draw pages that answer something, not more than so many."""
    asked = data.asked
    wanted: dict[str, None] = {}
    for key, _ in rng.sample(asked, min(len(asked), max(12, size // 3))):
        gold = sorted(gold_pages(data, key))
        if len(wanted.keys() | gold) <= size:
            wanted.update(dict.fromkeys(gold))
    return list(wanted)


def part_of(shelf: Shelf, pages: set[str]) -> Shelf:
    """Give the knowledge that holds these pages alone."""
    places = [at for at, one in enumerate(shelf.passages.values()) if one.ref in pages]
    every = list(shelf.passages.values())
    own = [replace(every[at], id=UUID(int=number)) for number, at in enumerate(places)]
    passages = {one.id: one for one in own}
    sums = Sums(own, Bm25Encoder())
    return Shelf(shelf.data, passages, shelf.vectors[places], sums, shelf.asked)


def gold_pages(data: RetrievalSet, key: str) -> frozenset[str]:
    """Name the pages that answer a question."""
    return data.relevant.get(key) or frozenset(span.page for span in data.spans[key])
