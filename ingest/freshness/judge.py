"""A second opinion on what the rules took for a contradiction; there need not be one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ingest.freshness.model import Finding, FlagKind

_UNLIKELY = 0.3
"""Below it a finding is dropped: the rules are right four times in five already."""
_UNSURE = 0.5
"""What a judge says of a pair that it could not judge: it is asked again."""
_MOST = 10_000
"""Pairs that are remembered."""
Pair = tuple[str, str]


class Judge(Protocol):
    """Read two sentences together."""

    async def contradicts(self, pairs: Sequence[Pair]) -> Sequence[float]:
        """Say of each pair how likely the two cannot both be true, 0 to 1.

        A pair that cannot be judged gets 0.5. Raises nothing because of a single pair.
        """
        ...


class Remembered:
    """Asks a judge about each pair once: pages are compared again with every look at them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._said: dict[Pair, float] = {}

    async def contradicts(self, pairs: Sequence[Pair]) -> Sequence[float]:
        """Say what the judge said or says."""
        if len(self._said) > _MOST:
            self._said.clear()
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._said]
        said = dict(zip(new, await self._judge.contradicts(new) if new else (), strict=True))
        self._said |= {pair: likely for pair, likely in said.items() if likely != _UNSURE}
        return [said[pair] if pair in said else self._said[pair] for pair in pairs]


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
