"""A public set as pages with what is near to them, as detectors of pairs see them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bench.library import NOON, record
from bench.shelf import Shelf
from ingest.freshness.model import Finding
from ingest.freshness.pages import NearPage, NearPair, Page
from ingest.freshness.ports import NearDetector
from ingest.model import DocumentId
from ingest.parse.markdown import parse_markdown
from ingest.parse.plain import parse_plain
from ingest.reading import LivePassage, Revision

_MOST = 12
_AT_ONCE = 1_000


def pages_of(shelf: Shelf) -> Mapping[DocumentId, Page]:
    """Give the set's pages with their passages."""
    passages: defaultdict[str, list[LivePassage]] = defaultdict(list)
    for passage in shelf.passages.values():
        passages[passage.document].append(passage)
    found = {}
    for page in shelf.data.pages:
        id_ = DocumentId(page.id)
        parsed = (parse_markdown if page.id.endswith(".md") else parse_plain)(page.text)
        its = record(id_, page.title, 0, len(passages[id_]))
        text = Revision(id_, 1, NOON, None, page.title, parsed.text, parsed.blocks)
        found[id_] = Page(its, text, tuple(passages[id_]))
    return found


def nearest(shelf: Shelf, least: float) -> Mapping[DocumentId, Mapping[DocumentId, list[NearPair]]]:
    """Give of each page the pairs of passages with others, as the ledger's neighbours would."""
    passages = list(shelf.passages.values())
    codes = np.unique(np.array([one.document for one in passages]), return_inverse=True)[1]
    near: defaultdict[DocumentId, defaultdict[DocumentId, list[NearPair]]]
    near = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(passages), _AT_ONCE):
        cosines = shelf.vectors[start : start + _AT_ONCE] @ shelf.vectors.T
        cosines[codes[start : start + _AT_ONCE, None] == codes[None, :]] = -1
        for row, mine in enumerate(passages[start : start + _AT_ONCE]):
            best = np.argsort(-np.round(cosines[row], 5), kind="stable")[:_MOST]
            for at in (int(one) for one in best if cosines[row, one] >= least):
                pair = NearPair(mine, passages[at], float(cosines[row, at]))
                near[mine.document][passages[at].document].append(pair)
    return near


def found_by(
    detector: NearDetector,
    pages: Mapping[DocumentId, Page],
    near: Mapping[DocumentId, Mapping[DocumentId, Sequence[NearPair]]],
) -> Iterator[Finding]:
    """Look at every page, as an inspection does."""
    seen = set()
    for id_, page in pages.items():
        beside = [
            NearPage(pages[other], close)
            for other, pairs in sorted(near.get(id_, {}).items())
            if (close := tuple(one for one in pairs if one.cosine >= detector.nearness))
        ]
        for finding in detector.look(page, beside):
            if (finding.document, finding.key) not in seen:
                seen.add((finding.document, finding.key))
                yield finding
