"""Write the report of an evaluation as one page that needs nothing from anywhere."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import api
from retrieval.evaluate.baselines import Rule
from retrieval.evaluate.model import FEW, Measure, Report

_ROOM = Path(api.__file__).parent
_SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S+\s*$")


def render_page(report: Report, rules: Sequence[Rule]) -> str:
    """Give the page; `rules` explains those that were simulated."""
    surroundings = Environment(
        loader=FileSystemLoader(_ROOM / "templates" / "eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    surroundings.filters |= {
        "figure": figure,
        "share": share,
        "money": money,
        "web": is_web,
        "named": _named,
    }
    # Our own file, pinned by a test; no document's words are in it.
    library = Markup(chart_library())  # noqa: S704
    return surroundings.get_template("report.html.j2").render(
        report=report, rules=rules, few=FEW, library=library, plotted=_plotted(report)
    )


def _plotted(report: Report) -> dict[str, Any]:
    """Give what the plots are drawn of."""
    return {
        "retrieval": [asdict(one) for one in report.retrieval],
        "models": [
            {
                "bins": [asdict(one) for one in model.bins],
                "shares": [asdict(one) for one in model.shares],
                "simulated": [asdict(one) for one in model.simulated],
            }
            for model in report.models
        ],
    }


def chart_library() -> str:
    """Give Chart.js as it may stand within a page."""
    script = (_ROOM / "static" / "chart.umd.min.js").read_text(encoding="utf-8")
    return _SOURCE_MAP.sub("", script)


def figure(measure: Measure, which: str = "value") -> str:
    """Write a measure, or an end of its interval, as its name asks for; a dash for none."""
    value = getattr(measure, which)
    if value is None:
        return "-"
    if measure.name == "cost":
        return money(value)
    return f"{value:,.0f}" if measure.name == "tokens" else f"{value:.3f}"


def share(value: float | None) -> str:
    """Write a share as a percentage."""
    return "-" if value is None else f"{value:.0%}"


def money(value: float | None) -> str:
    """Write US dollars to three digits that count."""
    if value is None:
        return "unknown"
    digits = 2 if value >= 1 else 3 if value >= 0.1 else 4
    return f"${value:,.{digits}f}"


def is_web(link: str) -> bool:
    """Say whether a link may be followed: what stands in documents is nobody's to trust."""
    return link.startswith(("https://", "http://"))


def _named(measures: Sequence[Measure]) -> dict[str, Measure]:
    return {one.name: one for one in measures}
