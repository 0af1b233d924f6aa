"""`punnet eval`: measure answers on a team's own questions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli.failures import CommandFailed
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import note

if TYPE_CHECKING:
    from api.cli.client import Client
    from retrieval.evaluate.model import Seen
    from retrieval.evaluate.questions import Question

QuestionsArgument = Annotated[
    Path, typer.Argument(help="Questions with gold, one JSON object a line.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only the first so many questions.")]
ModelOption = Annotated[
    list[str] | None, typer.Option("--model", help="Plan for this model; may be repeated.")
]

OutOption = Annotated[Path | None, typer.Option(help="Folder for report.html and report.json.")]
LeastOption = Annotated[
    list[str] | None,
    typer.Option(
        "--min", metavar="NAME=VALUE", help="Fail below it, as recall@10=0.85; may be repeated."
    ),
]
MostOption = Annotated[
    list[str] | None,
    typer.Option("--max", metavar="NAME=VALUE", help="Fail above it, as ece=0.05 or cost=5."),
]
RateOption = Annotated[
    list[float] | None,
    typer.Option(
        "--rate", min=0.01, help="Questions an hour to simulate. [default: 1, 6, 60, 600]"
    ),
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
    group.command("fit")(fit)
    group.command("import")(import_transcripts)
    return group


def run(
    questions: QuestionsArgument,
    model: ModelOption = None,
    out: OutOption = None,
    least: LeastOption = None,
    most: MostOption = None,
    rate: RateOption = None,
    limit: LimitOption = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Measure search, evidence, decisions, cost and waiting; a gate for CI with --min and --max.

    Limits name recall@1, recall@5, recall@10, hit@10, ndcg@10, mrr, evidence@1k, evidence@2k,
    evidence@4k, evidence@8k (of the search); evidence@pack, auroc, auroc@1k, auroc@2k, auroc@4k,
    auroc@8k, ece, ece@1k, ece@2k, ece@4k, ece@8k, handoff_precision, handoff_recall, cost, tokens
    (of each model's plans).
    """
    from api.bootstrap import utc_now
    from api.cli.eval_show import as_text, show_report, tell_shortfalls, write_report
    from retrieval.evaluate.gate import check_limits, read_limits
    from retrieval.evaluate.report import Setting, assemble, by_model, simulated
    from retrieval.evaluate.simulate import RATES

    limits = read_limits(least or (), most or ())
    asked = _read(questions)[:limit]
    checked = _checked(asked)
    with reach(home) as client:
        looked = _look(client, checked, model or [None])
    setting = Setting(utc_now(), looked.documents, len(asked) - len(checked))
    report = assemble(looked.seen, setting, simulated(looked.seen, rate or RATES))
    if out is not None:
        write_report(report, out)
    if as_data:
        print(as_text(report))
    else:
        show_report(report)
        if out is None:
            note("--out DIR writes the whole report, with plots and the questions that failed.")
    if short := check_limits(limits, by_model(report)):
        tell_shortfalls(short)
        raise CommandFailed(f"{len(short)} of the limits were not kept.")


def fit(
    questions: QuestionsArgument,
    write: Annotated[bool, typer.Option("--write", help="Keep it, where it is better.")] = False,
    limit: LimitOption = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Fit the evidence estimate to your own questions: 50 at least, some of them unanswerable.

    What is shown was measured on questions that each fit had not seen.
    """
    from api.bootstrap import utc_now
    from api.cli.eval_show import as_text, show_refit
    from api.home import Home, chosen_home
    from api.settings import load_settings
    from retrieval.evaluate.refit import refit
    from retrieval.planner.calibration import read_calibration, shipped, write_calibration

    asked = _checked(_read(questions)[:limit])
    path = load_settings(Home(chosen_home(home)).path).calibration
    base = read_calibration(path) if path.exists() else shipped()
    with reach(home) as client:
        seen = _look(client, asked, [None]).seen
    found = refit(seen, base, utc_now())
    if as_data:
        print(as_text(found))
    else:
        show_refit(found)
    if not found.better:
        raise CommandFailed(
            "The fit is no better on questions that it has not seen: nothing changed."
        )
    if write:
        write_calibration(path, found.calibration)
        note(f"{path} is written. Restart 'punnet up' to have plans use it.")
    else:
        note("--write keeps it.")


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


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was seen, and of how many live pages."""

    seen: "list[Seen]"
    documents: int


def _checked(asked: Sequence["Question"]) -> list["Question"]:
    checked = [one for one in asked if not one.review]
    if not checked:
        raise CommandFailed('Every row says "review": true. Look at some, and take the mark away.')
    return checked


def _look(client: "Client", asked: Sequence["Question"], models: Sequence[str | None]) -> _Looked:
    from api.cli.eval_seeing import Eye, look_up
    from api.cli.progress import progress
    from ingest.adapters.tokens import O200kTokens

    knowledge = look_up(client, asked)
    eye = Eye(client, knowledge, models, O200kTokens())
    with progress() as bar:
        task = bar.add_task("asking", total=len(asked), said="")
        return _Looked(list(eye.see(asked, lambda: bar.advance(task))), knowledge.documents)
