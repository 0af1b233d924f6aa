"""A second opinion on what the rules took for a contradiction; there need not be one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ingest.freshness.model import Finding, FlagKind

_UNLIKELY = 0.3
"""Below it a finding is dropped: the rules are right four times in five already."""
Pair = tuple[str, str]


class Judge(Protocol):
    """Read two sentences together."""

    async def contradicts(self, pairs: Sequence[Pair]) -> Sequence[float]:
        """Say of each pair how likely the two cannot both be true, 0 to 1.

        A pair that cannot be judged gets 0.5. Raises nothing because of a single pair.
        """
        ...


async def sifted(findings: Sequence[Finding], judge: Judge | None) -> Sequence[Finding]:
    """Drop the contradictions that the judge finds unlikely, and weigh the others by it."""
    asked = [one for one in findings if _is_judged(one)] if judge else []
    if judge is None or not asked:
        return findings
    said = await judge.contradicts([(one.quotes[0].text, one.quotes[1].text) for one in asked])
    likely = {(one.document, one.key): p for one, p in zip(asked, said, strict=True)}
    return [
        _weighed(one, likely[one.document, one.key]) if _is_judged(one) else one
        for one in findings
        if not _is_judged(one) or likely[one.document, one.key] >= _UNLIKELY
    ]


def _is_judged(finding: Finding) -> bool:
    return finding.kind is FlagKind.CONTRADICTION and len(finding.quotes) > 1


def _weighed(finding: Finding, likely: float) -> Finding:
    """Half of the severity stands by the rules, half by the judge."""
    return replace(finding, severity=finding.severity * (0.5 + 0.5 * min(max(likely, 0.0), 1.0)))
