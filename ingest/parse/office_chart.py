"""Give an Office chart as a table: its values stand in a part of their own, as XML."""

from typing import Any

from lxml import etree  # type: ignore[import-untyped]

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_MOST_ROWS = 1000


def parsed_part(blob: bytes) -> Any:
    """Parse a part of an office file without reading anything that it names."""
    return etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True))


def chart_rows(blob: bytes) -> list[list[str]]:
    """Give its title in the corner, a column a series, a row a category."""
    chart = parsed_part(blob)
    title = chart.find(f"{_CHART}chart/{_CHART}title")
    series = list(chart.iter(f"{_CHART}ser"))
    columns = [_points(one, "val", "yVal") for one in series]
    names = [" ".join(_points(one, "tx").values()) for one in series]
    categories = next((found for one in series if (found := _points(one, "cat", "xVal"))), {})
    count = min(
        _MOST_ROWS, 1 + max((max(c, default=-1) for c in [*columns, categories]), default=-1)
    )
    return [
        [
            "".join(text.text or "" for text in title.iter(_TEXT)) if title is not None else "",
            *names,
        ],
        *(
            [categories.get(at, ""), *(column.get(at, "") for column in columns)]
            for at in range(count)
        ),
    ]


def _points(series: Any, *names: str) -> dict[int, str]:
    """Give the values that Office kept of what a series refers to, by their place."""
    holders = (found for name in names if (found := series.find(_CHART + name)) is not None)
    holder = next(holders, None)
    if holder is None:
        return {}
    return {
        int(point.get("idx") or 0): _shown("".join(value.text or "" for value in point))
        for point in holder.iter(f"{_CHART}pt")
    }


def _shown(value: str) -> str:
    try:
        return f"{float(value):.15g}"
    except ValueError:
        return value
