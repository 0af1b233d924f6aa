"""The curve of the review list as SVG, written by hand: no library, readable as text."""

from collections.abc import Mapping, Sequence
from html import escape

_LEFT, _TOP, _SIDE = 64, 40, 320
_COLOURS = ("#b3274a", "#c98a2b", "#8fa3b3")


def picture(curves: Mapping[str, Sequence[float]], labels: Mapping[str, str]) -> str:
    """Draw each curve: the share of edited pages found, by the share of the list gone through."""
    look = 'font-family="sans-serif" font-size="12" fill="#222"'
    width, height = _LEFT + _SIDE + 300, _TOP + _SIDE + 56
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {look}>',
        "<title>Share of the pages edited next, by the share of the review list</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="24" font-weight="bold">pages edited next that are found</text>',
        *_axes(),
    ]
    for at, (name, values) in enumerate(curves.items()):
        points = " ".join(f"{_x(share):.1f},{_y(value):.1f}" for share, value in enumerate(values))
        colour, y = _COLOURS[at], _TOP + 24 + at * 24
        x = _LEFT + _SIDE + 16
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
            f'<rect x="{x}" y="{y - 6}" width="14" height="4" fill="{colour}"/>',
            f'<text x="{x + 20}" y="{y}">{escape(labels[name])}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _axes() -> list[str]:
    diagonal = f'x1="{_x(0)}" y1="{_y(0)}" x2="{_x(100)}" y2="{_y(1)}"'
    parts = [f'<line {diagonal} stroke="#ccc" stroke-dasharray="4 4"/>']
    for share in (0, 25, 50, 75, 100):
        x, y = _x(share), _y(share / 100)
        parts += [
            f'<line x1="{_x(0)}" y1="{y}" x2="{_x(100)}" y2="{y}" stroke="#eee"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{share} %</text>',
            f'<text x="{x}" y="{_y(0) + 18}" text-anchor="middle">{share} %</text>',
        ]
    name = "of the list, from its top"
    return [*parts, f'<text x="{_x(50)}" y="{_y(0) + 40}" text-anchor="middle">{name}</text>']


def _x(share: float) -> float:
    return _LEFT + _SIDE * share / 100


def _y(value: float) -> float:
    return _TOP + _SIDE * (1 - value)
