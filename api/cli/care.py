"""`punnet doctor`, `model` and `version`."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.failures import FAILED, CommandFailed
from api.cli.options import HomeOption, JsonOption
from api.cli.show import as_json, note, table
from api.cli.wire import text
from api.home import Home, is_occupied
from connectors.errors import SettingsInvalid
from connectors.model import Json

if TYPE_CHECKING:
    from api.doctor import DoctorReport
    from ingest.adapters.model_recipe import BuiltModel
    from ingest.reconcile import Drift

DRIFT = (
    *("tenant", "source", "#expected", "#missing", "#phantom", "#mislabelled"),
    *("repaired", "clean"),
)


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Mend the index.")] = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Examine ledger, index, sources and machine, and say what to do."""
    from api.cli.reach import existing_home

    report = _examined(existing_home(home), repair=repair)
    if as_data:
        findings: list[Json] = [asdict(one) for one in report.findings]
        as_json(
            {
                "clean": report.clean,
                "busy": [*report.busy],
                "findings": findings,
                "lines": [_line(report, one) for one in report.lines],
            }
        )
    else:
        _show(report)
        tell(report)
    if not report.mended:
        raise typer.Exit(FAILED)


def _examined(place: Home, *, repair: bool) -> "DoctorReport":
    """Have the home examined, served or not."""
    from api.checks import Finding
    from api.cli.reach import serving
    from api.doctor import DoctorReport
    from api.doctor import doctor as examine
    from api.settings import load_settings

    runs = is_occupied(place)
    try:
        settings = load_settings(place.path)
    except SettingsInvalid as trouble:
        wrong = Finding("settings", str(trouble), "Nothing is examined before that is mended.")
        return DoctorReport((), (), (wrong,))
    try:
        with serving(place):
            return asyncio.run(examine(settings, repair=repair, runs=runs))
    except CommandFailed as trouble:
        return asyncio.run(examine(settings, repair=repair, runs=runs, unserved=str(trouble)))


def build_model(
    name: Annotated[str, typer.Argument(help="A sentence-transformers model: name or folder.")],
    reranker: Annotated[bool, typer.Option("--reranker", help="It is a cross-encoder.")] = False,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Export a model for serving, once, and check it against the original."""
    from api.settings import load_settings
    from ingest.adapters.model_build import build_model as build
    from ingest.adapters.model_recipe import BuiltModel

    settings = load_settings(home)
    if settings.models_dir.is_relative_to(settings.home):
        Home(settings.home).create()
    if reranker:
        _build_reranker(name, settings.models_dir, as_data=as_data)
        return
    folder = build(name, settings.models_dir, note)
    built = BuiltModel.load(folder)
    if as_data:
        as_json({"folder": str(folder), **_about(built)})
    else:
        note(f"{name} lies in {folder}: {built.agreement}.")


def _build_reranker(name: str, models: Path, *, as_data: bool) -> None:
    from retrieval.adapters.reranker import BuiltReranker
    from retrieval.adapters.reranker_build import build_reranker

    folder = build_reranker(name, models, note)
    built = BuiltReranker.load(folder)
    if as_data:
        as_json({"folder": str(folder), **asdict(built)})
    else:
        note(f"{name} lies in {folder}. PUNNET_RERANKER={name} has searches reranked by it.")


def list_models(home: HomeOption = None, as_data: JsonOption = False) -> None:
    """List the models that are built."""
    from api.settings import load_settings
    from ingest.adapters.model_recipe import RECIPE_FILE, BuiltModel

    files = sorted(load_settings(home).models_dir.glob(f"[!.]*/{RECIPE_FILE}"))
    found = [{"folder": str(file.parent), **_about(BuiltModel.load(file.parent))} for file in files]
    if as_data:
        as_json([*found])
        return
    columns = ("model", "#dimension", "#max_tokens", "precision", "folder")
    table(columns, ([text(one, column.removeprefix("#")) for column in columns] for one in found))


def version(as_data: JsonOption = False) -> None:
    """Say which version this is."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        number = installed("punnet")
    except PackageNotFoundError:
        number = "not installed"
    if as_data:
        as_json({"version": number})
    else:
        print(number)


def _about(built: "BuiltModel") -> dict[str, Json]:
    recipe = built.recipe
    return {
        "model": recipe.model,
        "dimension": recipe.dimension,
        "max_tokens": recipe.max_tokens,
        "precision": recipe.precision,
        "cosine_mean": built.agreement.mean,
        "cosine_lowest": built.agreement.lowest,
    }


def _line(report: "DoctorReport", drift: "Drift") -> dict[str, Json]:
    names = {"tenant_name": drift.tenant, "source_name": drift.source}
    named = {name: report.names.get(known, known) for name, known in names.items()}
    return {**asdict(drift), **named, "clean": drift.clean}


def _show(report: "DoctorReport") -> None:
    if report.lines:
        lines = [_line(report, one) for one in report.lines]
        columns = ("tenant_name", "source_name", *(name.lstrip("#") for name in DRIFT[2:]))
        table(DRIFT, ([text(line, name) for name in columns] for line in lines))
    elif report.clean:
        note("There are no sources yet.")


def tell(report: "DoctorReport") -> None:
    """Tell a person what was found, what is wrong before the rest, and how it stands."""
    for name in report.busy:
        note(f"{name} is being synced and was not compared: try again later.")
    for one in sorted(report.findings, key=lambda one: not one.wrong):
        note(f"{'WRONG' if one.wrong else 'Note'}: {one.about}: {one.says} {one.do}")
    if report.busy or not all(line.clean or line.repaired for line in report.lines):
        note("The index was not wholly compared, or differs: 'punnet doctor --repair' mends it.")
    elif not all(line.clean for line in report.lines):
        note("What was wrong with the index is mended.")
    elif report.clean:
        note("Nothing has to be mended." if report.findings else "All is well.")
