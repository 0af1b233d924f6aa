"""Four small bar charts side by side as SVG, written by hand: no library, readable as text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bench.peers.report import OURS, Phases, p50, tokens_rate, whole_pages_rate

_PANEL, _GAP, _LEFT, _TOP, _ROW = 170, 34, 150, 62, 30


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of every peer."""

    title: str
    note: str
    of: Callable[[Phases], float]
    shown: str


PANELS = (
    Panel("pages' text seen", "share, more is better", lambda got: got["ingest"]["saw"], "{:.0%}"),
    Panel("embedded tokens/s", "more is better", tokens_rate, "{:,.0f}"),
    Panel("whole pages/s", "pages/s by share seen", whole_pages_rate, "{:.1f}"),
    Panel("question, p50 ms", "less is better", p50, "{:.0f}"),
)


def picture(measured: Mapping[str, Phases]) -> str:
    """Draw every panel, a row for each peer."""
    names = list(measured)
    width = _LEFT + len(PANELS) * (_PANEL + _GAP) + 20
    height = _TOP + len(names) * _ROW + 16
    size = f'viewBox="0 0 {width} {height}"'
    look = 'font-family="sans-serif" font-size="13" fill="#222"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for row, name in enumerate(names):
        weight = ' font-weight="bold"' if name == OURS else ""
        at = f'x="{_LEFT - 12}" y="{_TOP + row * _ROW + 17}"'
        parts.append(f'<text {at} text-anchor="end"{weight}>{escape(name)}</text>')
    for column, panel in enumerate(PANELS):
        values = [panel.of(measured[name]) for name in names]
        parts += _drawn(panel, _LEFT + column * (_PANEL + _GAP), names, values)
    return "\n".join([*parts, "</svg>", ""])


def _drawn(panel: Panel, x: int, names: Sequence[str], values: Sequence[float]) -> list[str]:
    parts = [
        f'<text x="{x}" y="24" font-weight="bold">{escape(panel.title)}</text>',
        f'<text x="{x}" y="42" font-size="11" fill="#666">{escape(panel.note)}</text>',
    ]
    # Room is left beside the longest bar for its figure.
    longest, reach = max(values), _PANEL - 46
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        y, length = _TOP + row * _ROW, round(reach * value / longest, 1)
        colour = "#b3274a" if name == OURS else "#8fa3b3"
        shown = escape(panel.shown.format(value))
        parts.append(f'<rect x="{x}" y="{y}" width="{length}" height="20" fill="{colour}"/>')
        parts.append(f'<text x="{x + length + 5}" y="{y + 15}" font-size="12">{shown}</text>')
    return parts
