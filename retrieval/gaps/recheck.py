"""Ask again, without a trace, whether the knowledge answers a question now."""

import asyncio
from dataclasses import dataclass
from itertools import accumulate

from connectors.model import TenantId
from ingest.reading import DocumentFilter, LivePassage, Snapshot
from retrieval.look import part_of
from retrieval.model import SearchRequest
from retrieval.planner.calibration import Calibration
from retrieval.planner.curve import read_curve
from retrieval.planner.evidence import judge_evidence, judge_whole
from retrieval.planner.parts import split_parts
from retrieval.ports import Search

_FOUND = 20
_TOKENS = 4_000
"""Of a usual prompt: what an answer would rest on."""
_SURE = 0.75
"""A gap that ends must be answered for sure: what other pages say of something like it moves the
evidence by a tenth."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What the knowledge says to a question now."""

    evidence: float
    """The probability that it suffices."""
    sure: bool
    """Whether that is well above what an answer needs."""
    best: LivePassage | None
    """The passage most worth taking."""


class Recheck:
    """Judges the evidence for a question as planning does, for a caller who may see all."""

    def __init__(self, search: Search, calibration: Calibration, threshold: float) -> None:
        self._search = search
        self._calibration = calibration
        self._threshold = max(threshold, _SURE)

    async def look(self, tenant: TenantId, question: str, as_of: Snapshot) -> Rechecked:
        """Search and judge; raises EmbedderUnavailable, IndexUnavailable."""
        texts = split_parts(question)
        found = await asyncio.gather(
            *(
                self._search.search(
                    tenant, SearchRequest(text, _FOUND, DocumentFilter(), as_of=as_of)
                )
                for text in texts
            )
        )
        parts = [part_of(text, one) for text, one in zip(texts, found, strict=True)]
        curve = read_curve(parts, lambda hit: hit.passage.tokens, self._calibration)
        sizes = accumulate(hit.passage.tokens for hit in curve.hits)
        taken = sum(size <= _TOKENS for size in sizes)
        judged = judge_evidence(parts, curve, taken, self._threshold)
        sure = judged.sufficient and judge_whole(parts, curve, self._threshold).sufficient
        best = curve.hits[0].passage if curve.hits else None
        return Rechecked(judged.probability, sure, best)
