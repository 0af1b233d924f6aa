"""What `punnet eval` prints and writes."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic_core import to_json

from api.cli.eval_page import figure, money, render_page, share
from api.cli.failures import CommandFailed
from api.cli.show import note, table
from retrieval.evaluate.baselines import rules
from retrieval.evaluate.gate import Shortfall
from retrieval.evaluate.model import Report
from retrieval.evaluate.refit import Refit
from retrieval.evaluate.report import by_model
from retrieval.planner.choose import choose


def write_report(report: Report, folder: Path) -> None:
    """Write the page and its figures into a folder, which is made; raises CommandFailed."""

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(as_text(report) + "\n", encoding="utf-8")
        page = render_page(report, rules(choose))
        (folder / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written: {error.strerror}.") from error
    note(f"The report is {folder / 'report.html'}, and {folder / 'report.json'} for programs.")


def as_text(found: Report | Refit) -> str:
    """Give JSON for programs."""

    return to_json(found, indent=2).decode()


def show_report(report: Report) -> None:
    """Print measures and what was simulated, with warnings beside them."""

    for warning in (*report.warnings, *report.problems):
        note(f"Warning: {warning}")
    table(
        ("!measure", "?model", "#value", "#from", "#to", "#questions", "says"),
        [
            (
                one.name,
                of,
                figure(one),
                figure(one, "low"),
                figure(one, "high"),
                str(one.n),
                one.says,
            )
            for of, measures in by_model(report).items()
            for one in measures
        ],
    )
    print()
    table(
        ("!rule", "?model", "#an hour", "#per 1,000", "#evidence", "#p50 s", "#p95 s", "#full"),
        [
            (
                one.rule, model.name, f"{one.per_hour:g}", money(one.usd_per_1000),
                share(one.evidence), f"{one.ttft_p50_s:.1f}", f"{one.ttft_p95_s:.1f}",
                share(one.full_share),
            )
            for model in report.models
            for one in model.simulated
        ],
    )  # fmt: skip
    note(f"{len(report.failures)} of {report.questions} questions went wrong in some way.")


def show_refit(found: Refit) -> None:
    """Print how well the estimate did before and after."""
    after = found.calibration.scores
    table(
        ("calibration", "#AUROC", "#calibration error", "#questions"),
        [
            (name, f"{scores.auroc:.3f}", f"{scores.ece:.3f}", str(scores.n))
            for name, scores in (("as it is", found.before), ("fitted anew", after))
        ],
    )


def tell_shortfalls(short: Sequence[Shortfall]) -> None:
    """Say of each limit by how much it was missed."""
    for fell in short:
        measured = "nothing to measure it by" if fell.measured is None else f"{fell.measured:.4g}"
        of = f" ({fell.of})" if fell.of else ""
        sys.stderr.write(f"{fell.limit.name}{of}: {measured}, but {fell.limit.words}\n")
