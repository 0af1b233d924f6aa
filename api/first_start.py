"""Prepare a home in a process of its own: `python -m api.first_start [--example DIR]`.

What it needs (the ledger's machinery, the exporter) is heavy, so that the supervisor only
runs it when it is due: at the first start, and when the program or its settings changed.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.founding import Founder, has_keys
from api.home import Home
from api.prepared import (
    Prepared,
    embedding_of,
    keep_prepared,
    marks,
    needs_export,
    read_prepared,
)
from api.security import keep_secret

if TYPE_CHECKING:
    from api.bootstrap import Ledger
    from api.settings import Settings
    from connectors.model import TenantId
    from ingest.ports import Embedder

_LONGEST_TRIAL_S = 120.0

Say = Callable[[str], None]
"""Is told what happens now, in words for a person."""


async def prepare(settings: "Settings", example: Path | None, say: Say) -> None:
    """Bring the ledger, the model, the operator and the example to where a start needs them."""
    from api import bootstrap
    from ingest.adapters.bm25 import Bm25Encoder
    from ingest.adapters.ledger import migrate
    from ingest.errors import ModelUnusable

    home = Home(settings.home)
    before = read_prepared(home)
    examples = before.examples if before else ()
    say("bringing the ledger up to date")
    await migrate(settings.ledger_url.get_secret_value())
    embedder = await asyncio.to_thread(_built_model, settings, say)
    recipe = embedder.recipe
    if before and before.model not in ("", recipe.digest):
        differs = "; ".join(before.changes(settings)) or "the files of the model are others"
        raise ModelUnusable(
            f"{home.path} was embedded in another way, and vectors of two models cannot be "
            f"compared ({differs}): set that back, or start a new home with --home"
        )
    async with bootstrap.opened_ledger(settings) as ledger:
        if settings.pepper is None and not await has_keys(ledger.tenants):
            keep_secret(home.pepper, os.urandom)
        founder = _founder(settings, ledger)
        await founder.found(home)
        if example is not None and str(example) not in examples:
            await founder.add_example(example)
            examples = (*examples, str(example))
    languages = await _languages(settings, embedder, before, say)
    collection = bootstrap.full_recipe(recipe, Bm25Encoder()).digest
    kept = Prepared(
        marks(settings),
        recipe.dimension,
        collection,
        examples,
        recipe.digest,
        embedding_of(settings),
        languages,
    )
    keep_prepared(home, kept)


async def reset_keys(settings: "Settings") -> Mapping["TenantId", str]:
    """End all keys and make new admin keys, where the pepper was lost under a new one."""
    from api import bootstrap

    home = Home(settings.home)
    async with bootstrap.opened_ledger(settings) as ledger:
        if settings.pepper is None:
            keep_secret(home.pepper, os.urandom)
        return await _founder(settings, ledger).begin_anew(home)


def _founder(settings: "Settings", ledger: "Ledger") -> Founder:
    from api import bootstrap

    return Founder(
        tenants=ledger.tenants,
        sources=ledger.sources,
        pepper=bootstrap.pepper_of(settings),
        clock=bootstrap.utc_now,
        new_id=bootstrap.new_id,
        random=os.urandom,
    )


def _built_model(settings: "Settings", say: Say) -> "Embedder":
    """Give the embedder of the settings, after building a model that must be and never was."""
    from api import bootstrap

    if needs_export(settings):
        from ingest.adapters.model_build import build_model, find_model

        if find_model(settings.model, settings.models_dir) is None:
            say(f"building the model {settings.model}; this is done once and takes a minute")
            build_model(settings.model, settings.models_dir, say)
    return bootstrap.build_embedder(settings, threads=1)


async def _languages(
    settings: "Settings", embedder: "Embedder", before: Prepared | None, say: Say
) -> Mapping[str, float]:
    """Say how well the model understands each language: measured once, when it can be asked."""
    from ingest.adapters.model_languages import understanding
    from ingest.errors import EmbedderUnavailable

    if needs_export(settings):
        from ingest.adapters.model_build import find_model
        from ingest.adapters.model_recipe import BuiltModel

        folder = find_model(settings.model, settings.models_dir)
        return BuiltModel.load(folder).languages if folder else {}
    if settings.embed_languages:
        return {}
    if before and before.languages and before.model == embedder.recipe.digest:
        return before.languages
    try:
        async with asyncio.timeout(_LONGEST_TRIAL_S):
            return await understanding(embedder)
    except (EmbedderUnavailable, TimeoutError) as error:
        say(f"cannot try the model in other languages now, so nothing warns of them: {error}")
        return {}


def main(argv: Sequence[str] | None = None) -> int:
    """Prepare the home of PUNNET_HOME; 1 with one line on standard error when that fails."""
    from api.settings import load_settings
    from connectors.errors import ConnectorError
    from ingest.errors import IngestError

    parser = argparse.ArgumentParser(prog="python -m api.first_start")
    parser.add_argument("--example", type=Path, help="a folder to add as a source")
    options = parser.parse_args(argv)
    try:
        asyncio.run(prepare(load_settings(), options.example, _say))
    except (IngestError, ConnectorError, OSError) as error:
        _say(str(error))
        return 1
    return 0


def _say(words: str) -> None:
    sys.stderr.write(f"punnet: {words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
