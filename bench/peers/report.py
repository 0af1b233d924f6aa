"""The peers' table, what it says of Punnet, and where both are written."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.figures import distinct, hit, interval, mean, percentile
from bench.peers.kept import Figures
from bench.peers.pages import Task

Phases = Mapping[str, Figures]
OURS = "Punnet"
_BEGIN, _END = "<!-- measured -->", "<!-- end of measured -->"


@dataclass(frozen=True, slots=True)
class Claim:
    """Something said of Punnet beside the best of the others, and whether it held."""

    says: str
    ours: float
    best: float
    whose: str
    held: bool


def table(measured: Mapping[str, Phases], task: Task) -> list[dict[str, object]]:
    """Give a row per figure and a column per peer."""
    rows: list[dict[str, object]] = []
    for figure, show in _FIGURES:
        cells = {name: show(phases, task) for name, phases in measured.items()}
        rows.append({"figure": figure, **cells})
    return rows


def claims(measured: Mapping[str, Phases], task: Task) -> list[Claim]:
    """Hold Punnet against the best of the others, figure by figure."""
    ours = measured[OURS]
    others = {name: phases for name, phases in measured.items() if name != OURS}

    def compare(says: str, of: Callable[[Phases], float], factor: float, *, more: bool) -> Claim:
        values = {name: of(phases) for name, phases in others.items()}
        whose = (max if more else min)(values, key=lambda name: values[name])
        mine, best = of(ours), values[whose]
        held = mine >= best * factor if more else mine * factor < best
        return Claim(says, mine, best, whose, held)

    return [
        compare("share of its chunks' tokens before the model's cut", _reached, 1.0, more=True),
        compare("share of the pages' text that the model saw", _saw, 1.0, more=True),
        compare("embedded tokens/s, 2.2 times the best", tokens_rate, 2.2, more=True),
        compare("query p50 ms (over HTTP, theirs in process)", p50, 1.0, more=False),
        compare("start to first answer, s", _seconds("start"), 1.0, more=False),
        compare("peak memory of the ingest, MB", _peak("ingest"), 1.0, more=False),
        compare("peak memory while asked, MB", _peak("query"), 1.0, more=False),
        compare("re-sync of unchanged, s, a tenth of the best", _seconds("resync"), 10, more=False),
        compare("re-sync of one edit, s, a tenth of the best", _seconds("edit"), 10, more=False),
        compare("hit@10", lambda phases: hits(phases, task), 1.0, more=True),
    ]


def written(page: Path, measured: str) -> None:
    """Replace what stands between the marks of a page."""
    text = page.read_text(encoding="utf-8")
    block = f"{_BEGIN}\n{measured}\n{_END}"
    marked = re.compile(f"{_BEGIN}.*?{_END}", re.DOTALL)
    page.write_text(marked.sub(lambda _: block, text, count=1), encoding="utf-8")


def markdown(rows: list[dict[str, object]]) -> str:
    """Lay rows out as a Markdown table."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([str(row[name]) for name in head] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def claim_rows(held: list[Claim]) -> list[dict[str, object]]:
    """Give the claims as rows."""
    return [
        {
            "Punnet beside the best peer": claim.says,
            "Punnet": _short(claim.ours),
            "best peer": f"{_short(claim.best)} ({claim.whose})",
            "ratio": _short(claim.ours / claim.best if claim.best else 0.0),
            "holds": "yes" if claim.held else "**no**",
        }
        for claim in held
    ]


# --- figures ----------------------------------------------------------------------


def tokens_rate(phases: Phases) -> float:
    """Give tokens a second that reached the model, over the whole ingest."""
    return float(phases["ingest"]["uncut"] / phases["ingest"]["seconds"])


def whole_pages_rate(phases: Phases) -> float:
    """Give pages a second, a page counting for the share of it that the model saw."""
    return _pages_rate(phases) * _saw(phases)


def hits(phases: Phases, task: Task) -> float:
    """Give the share of questions with a right page among the first ten pages."""
    return mean(_hits(phases, task))


def p50(phases: Phases) -> float:
    """Give the median milliseconds of a question, asked as the peer is best asked."""
    return percentile(phases["query"]["ms"], 0.5)


def _answers(phases: Phases, task: Task) -> list[tuple[list[str], frozenset[str]]]:
    found = [distinct(chunks)[:10] for chunks in phases["query"]["found"]]
    return list(zip(found, task.relevant.values(), strict=True))


def _hits(phases: Phases, task: Task) -> list[float]:
    return [hit(pages, wanted) for pages, wanted in _answers(phases, task)]


def _mrr(phases: Phases, task: Task) -> float:
    firsts = [
        next((rank for rank, page in enumerate(pages, start=1) if page in wanted), 0)
        for pages, wanted in _answers(phases, task)
    ]
    return mean([1 / first if first else 0.0 for first in firsts])


def _saw(phases: Phases) -> float:
    return float(phases["ingest"]["saw"])


def _reached(phases: Phases) -> float:
    return float(phases["ingest"]["uncut"] / phases["ingest"]["made"])


def _pages_rate(phases: Phases) -> float:
    return float(phases["setting"]["pages"] / phases["ingest"]["seconds"])


def _seconds(phase: str) -> Callable[[Phases], float]:
    # A peer that was not measured is no rival.
    return lambda phases: float(phases[phase]["seconds"]) if phase in phases else math.inf


def _peak(phase: str) -> Callable[[Phases], float]:
    return lambda phases: float(phases[phase]["peak_mb"])


# --- how they are shown -----------------------------------------------------------


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _size(phases: Phases, _: Task) -> str:
    serving = phases["size"].get("serving_mib")
    return _short(phases["size"]["mib"]) + (f" ({_short(serving)} to serve)" if serving else "")


def _import(phases: Phases, _: Task) -> str:
    return _short(phases["start"]["import_s"]) if "import_s" in phases["start"] else "-"


def _share(of: Callable[[Phases], float]) -> Callable[[Phases, Task], str]:
    return lambda phases, _: f"{of(phases):.1%}"


def _times(phases: Phases, key: str) -> str:
    ms = phases["query"].get(key)
    return f"{percentile(ms, 0.5):.0f} / {percentile(ms, 0.95):.0f}" if ms else "-"


def _inside(phases: Phases, _: Task) -> str:
    return _times(phases, "inside_ms" if "inside_ms" in phases["query"] else "ms")


def _again(phase: str, show: Callable[[Figures], str]) -> Callable[[Phases, Task], str]:
    return lambda phases, _: show(phases[phase]) if phase in phases else "-"


def _cost(resync: Figures) -> str:
    return f"{_short(resync['seconds'])} / {resync['embedded']:,}"


def _mended(edit: Figures) -> str:
    return f"{'yes' if edit['found'] else 'no'} / {'yes' if edit['old'] == 0 else 'no'}"


def _hits_shown(phases: Phases, task: Task) -> str:
    low, high = interval(_hits(phases, task))
    return f"{hits(phases, task):.3f} ({low:.3f}, {high:.3f})"


def _plain(of: Callable[[Phases], float]) -> Callable[[Phases, Task], str]:
    return lambda phases, _: _short(of(phases))


def _count(key: str) -> Callable[[Phases, Task], str]:
    return lambda phases, _: f"{phases['ingest'][key]:,}"


_FIGURES: tuple[tuple[str, Callable[[Phases, Task], str]], ...] = (
    ("installed, MiB", _size),
    ("import, s", _import),
    ("process start to first answer on what is there, s", _plain(_seconds("start"))),
    ("ingest, s", _plain(_seconds("ingest"))),
    ("ingest, CPU s", _plain(lambda phases: float(phases["ingest"]["cpu_s"]))),
    ("pages/s", _plain(_pages_rate)),
    ("chunks embedded", _count("embedded")),
    ("tokens in them", _count("made")),
    ("of these, before the model's cut at 256", _share(_reached)),
    ("**share of the pages' text that the model saw**", _share(_saw)),
    ("**embedded tokens/s**", _plain(tokens_rate)),
    ("whole pages/s (pages/s by the share seen)", _plain(whole_pages_rate)),
    ("peak memory of the ingest, MB", _plain(_peak("ingest"))),
    ("peak memory while asked, MB", _plain(_peak("query"))),
    ("re-sync of unchanged pages: s / chunks embedded", _again("resync", _cost)),
    ("re-sync of one edited paragraph: s / chunks embedded", _again("edit", _cost)),
    ("the edit: new text found / old text gone", _again("edit", _mended)),
    ("re-sync after one page was deleted: s / chunks embedded", _again("delete", _cost)),
    ("the deleted page: chunks left", _again("delete", lambda gone: str(gone["left"]))),
    ("question, p50 / p95 ms (Punnet: over HTTP)", lambda phases, _: _times(phases, "ms")),
    ("the same in process", _inside),
    ("by vectors alone", lambda phases, _: _times(phases, "dense_ms")),
    ("hit@10, pages (95 % interval)", _hits_shown),
    ("MRR@10, pages", lambda phases, task: f"{_mrr(phases, task):.3f}"),
)
