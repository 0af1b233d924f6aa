"""Every command under its name."""

import typer

from api.cli import (
    asking,
    care,
    changing,
    credentials,
    documents,
    evaluating,
    keeping,
    keys,
    reviewing,
    runs,
    serving,
    sources,
    syncing,
)


def build_app() -> typer.Typer:
    """Put the commands together."""
    app = _group("Keep knowledge fresh, and hand agents the right part of it.")
    for command in (serving.up, serving.serve, serving.worker, serving.scheduler, serving.migrate):
        app.command()(command)
    app.command(hidden=True)(serving.index)
    app.command()(syncing.sync)
    app.command()(asking.search)
    app.command()(asking.ask)
    app.command()(reviewing.gaps)
    app.command()(care.doctor)
    app.command()(keeping.backup)
    app.command()(keeping.restore)
    app.command()(care.version)
    app.add_typer(evaluating.commands(), name="eval")
    app.add_typer(reviewing.commands(), name="review")
    for name, group in _groups().items():
        app.add_typer(group, name=name)
    return app


def _groups() -> dict[str, typer.Typer]:
    source = _group("Where documents come from.")
    source.command("add")(sources.add)
    source.command("list")(sources.list_sources)
    source.command("show")(sources.show)
    source.command("change")(changing.change)
    source.command("remove")(sources.remove)
    source.command("credentials")(credentials.credentials)
    source.command("connect")(credentials.connect)
    source.command("webhook")(credentials.webhook)
    run = _group("What became of syncs.")
    run.command("list")(runs.list_runs)
    run.command("show")(runs.show_run)
    run.command("confirm")(runs.confirm_run)
    run.command("refuse")(runs.refuse_run)
    document = _group("What became of documents.")
    document.command("list")(documents.list_documents)
    key = _group("Who may call.")
    key.command("create")(keys.create_key)
    key.command("list")(keys.list_keys)
    key.command("revoke")(keys.revoke_key)
    key.command("reset")(keys.reset_keys)
    tenant = _group("Whose knowledge it is.")
    tenant.command("create")(keys.create_tenant)
    tenant.command("list")(keys.list_tenants)
    tenant.command("erase")(keys.erase_tenant)
    model = _group("What turns texts into vectors.")
    model.command("build")(care.build_model)
    model.command("list")(care.list_models)
    groups = {"source": source, "run": run, "document": document}
    return groups | {"key": key, "tenant": tenant, "model": model}


def _group(says: str) -> typer.Typer:
    return typer.Typer(
        help=says,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
