"""`punnet eval`: measure answers on a team's own questions."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli.failures import CommandFailed
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import note, table

if TYPE_CHECKING:
    from api.cli.client import Client
    from retrieval.evaluate.gate import Shortfall
    from retrieval.evaluate.model import Report
    from retrieval.evaluate.questions import Question

QuestionsArgument = Annotated[
    Path, typer.Argument(help="Questions with gold, one JSON object a line.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only the first so many questions.")]
ModelOption = Annotated[
    list[str] | None, typer.Option("--model", help="Plan for this model; may be repeated.")
]


class _Evaluation(TyperGroup):
    """Takes a file where a command could stand: `punnet eval FILE` is `punnet eval run FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named or not args else ["run", *args])


def commands() -> typer.Typer:
    """Put the commands together."""
    group = typer.Typer(
        cls=_Evaluation,
        help="How good answers are, on your own questions: 'punnet eval QUESTIONS.jsonl'.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    group.command("run")(run)
    group.command("import")(import_transcripts)
    return group


def run(
    questions: QuestionsArgument,
    model: ModelOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.html and report.json.")
    ] = None,
    least: Annotated[
        list[str] | None,
        typer.Option(
            "--min", metavar="NAME=VALUE", help="Fail below it, as recall@10=0.85; may be repeated."
        ),
    ] = None,
    most: Annotated[
        list[str] | None,
        typer.Option("--max", metavar="NAME=VALUE", help="Fail above it, as ece=0.05 or cost=5."),
    ] = None,
    rate: Annotated[
        list[float] | None,
        typer.Option(
            "--rate", min=0.01, help="Questions an hour to simulate. [default: 1, 6, 60, 600]"
        ),
    ] = None,
    limit: LimitOption = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Measure search, evidence, decisions, cost and waiting; a gate for CI with --min and --max.

    Limits name recall@1, recall@5, recall@10, hit@10, ndcg@10, mrr, evidence@1k, evidence@2k,
    evidence@4k, evidence@8k (of the search); evidence@pack, auroc, ece, handoff_precision,
    handoff_recall, cost, tokens (of each model's plans).
    """
    from retrieval.evaluate.gate import check_limits, read_limits
    from retrieval.evaluate.report import by_model

    limits = read_limits(least or (), most or ())
    asked = _read(questions)
    with reach(home) as client:
        report = _evaluated(client, asked[:limit], model or [None], rate)
    if out is not None:
        _write(report, out)
    if as_data:
        print(_as_json(report))
    else:
        _show(report)
        if out is None:
            note("--out DIR writes the whole report, with plots and the questions that failed.")
    if short := check_limits(limits, by_model(report)):
        _tell(short)
        raise CommandFailed(f"{len(short)} of the limits were not kept.")


def import_transcripts(
    transcripts: Annotated[Path, typer.Argument(help="A chat or help desk export: JSON, CSV.")],
    out: Annotated[Path, typer.Option(help="File for the questions; it must not exist yet.")],
    pages: Annotated[
        list[str] | None,
        typer.Option(help="Only links that begin so are gold, as https://help.example.com/."),
    ] = None,
) -> None:
    """Make questions of conversations with customers; rows that say "review" wait for a person.

    E-mail addresses, telephone and card numbers are taken out; names of people are not.
    """
    from retrieval.evaluate.rows import rows_of
    from retrieval.evaluate.transcripts import read_transcripts

    content = _content(transcripts)
    conversations = read_transcripts(content, table=transcripts.suffix.lower() == ".csv")
    rows = list(rows_of(conversations, pages or ()))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(lines)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}.") from error
    waiting = sum("review" in row for row in rows)
    note(
        f"{len(rows)} questions of {len(conversations)} conversations are in {out}. {waiting} say "
        '"review": true: give them their gold, or "answerable": false, and take the mark away.'
    )


# --- the parts --------------------------------------------------------------------


def _read(path: Path) -> tuple["Question", ...]:
    from retrieval.errors import EvaluationInvalid
    from retrieval.evaluate.questions import read_questions

    try:
        return read_questions(_content(path).splitlines())
    except EvaluationInvalid as invalid:
        raise CommandFailed(f"{path}: {invalid}") from invalid


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{path} is not UTF-8 text: save it so.") from error


def _evaluated(
    client: "Client",
    asked: Sequence["Question"],
    models: Sequence[str | None],
    rates: Sequence[float] | None,
) -> "Report":
    from api.bootstrap import utc_now
    from api.cli.eval_seeing import Eye, look_up
    from api.cli.progress import progress
    from ingest.adapters.tokens import O200kTokens
    from retrieval.evaluate.report import Setting, assemble, simulated
    from retrieval.evaluate.simulate import RATES

    checked = [one for one in asked if not one.review]
    if not checked:
        raise CommandFailed('Every row says "review": true. Look at some, and take the mark away.')
    knowledge = look_up(client, checked)
    eye = Eye(client, knowledge, models, O200kTokens())
    with progress() as bar:
        task = bar.add_task("asking", total=len(checked), said="")
        seen = list(eye.see(checked, lambda: bar.advance(task)))
    unchecked = sum(one.review for one in asked)
    setting = Setting(utc_now(), knowledge.documents, unchecked)
    return assemble(seen, setting, simulated(seen, rates or RATES))


def _write(report: "Report", folder: Path) -> None:
    from api.cli.eval_page import render_page
    from retrieval.evaluate.baselines import rules
    from retrieval.planner.choose import choose

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(_as_json(report) + "\n", encoding="utf-8")
        page = render_page(report, rules(choose))
        (folder / "report.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written: {error.strerror}.") from error
    note(f"The report is {folder / 'report.html'}, and {folder / 'report.json'} for programs.")


def _as_json(report: "Report") -> str:
    from pydantic import TypeAdapter

    from retrieval.evaluate.model import Report

    return TypeAdapter(Report).dump_json(report, indent=2).decode()


def _show(report: "Report") -> None:
    from api.cli.eval_page import figure, money, share
    from retrieval.evaluate.report import by_model

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


def _tell(short: Sequence["Shortfall"]) -> None:
    for fell in short:
        measured = "nothing to measure it by" if fell.measured is None else f"{fell.measured:.4g}"
        of = f" ({fell.of})" if fell.of else ""
        sys.stderr.write(f"{fell.limit.name}{of}: {measured}, but {fell.limit.words}\n")
