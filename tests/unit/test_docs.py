"""What the documents name is there, and what is there is named."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined

from api.cli.app import build_app
from api.routes import (
    audit,
    chat,
    context,
    credentials,
    digest,
    documents,
    flags,
    gaps,
    health,
    keys,
    mcp,
    outside,
    plans,
    review,
    rules,
    runs,
    search,
    sources,
    tenants,
    uploads,
    webhooks,
)
from api.settings import PREFIX, Settings
from retrieval.planner.evidence import DEFAULT_THRESHOLD

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *GUIDES]
OF_THE_COMMAND_LINE = {"PUNNET_URL", "PUNNET_KEY"}
PARTS = (
    *(search, context, chat, plans, sources, credentials, uploads, runs, documents, keys),
    *(flags, gaps, review, digest, rules, audit, tenants, outside, health, mcp),
    webhooks,
)
ROUTERS: tuple[APIRouter, ...] = tuple(part.router for part in PARTS)
OTHER_PATHS = {"/docs", "/openapi.json", "/v1"}


def test_every_setting_is_described() -> None:
    named = {PREFIX + name.upper() for name in Settings.model_fields}
    assert named - set(_described()) == set()


def test_nothing_is_described_that_is_not_a_setting() -> None:
    named = {PREFIX + name.upper() for name in Settings.model_fields} | OF_THE_COMMAND_LINE
    mentioned = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"\bPUNNET_[A-Z_]+", page.read_text())
        if name not in named
    }
    assert mentioned == set()


def test_defaults_are_those_of_the_program() -> None:
    described = _described()
    plain = {
        PREFIX + name.upper(): json.dumps(field.default).strip('"')
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, str | int | float)
    }
    plain["PUNNET_EVIDENCE_THRESHOLD"] = str(DEFAULT_THRESHOLD)
    assert {name: described.get(name) for name in plain} == plain


def test_settings_without_a_default_are_described_in_words() -> None:
    described = _described()
    none = {None, PydanticUndefined, ()}
    wordless = {
        name
        for name, field in Settings.model_fields.items()
        if field.default in none and not described[PREFIX + name.upper()].strip()
    }
    assert wordless == set()


def test_every_command_is_described_with_its_options() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    missing = [
        " ".join((*path, option))
        for path, command in _commands()
        for option in ("", *_options(command))
        if (option or f"punnet {' '.join(path)}") not in text
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_is_there(page: Path) -> None:
    known = dict(_commands(hidden=True))
    wrong = [words for words in _shown_commands(page.read_text()) if not _fits(words, known)]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_call_that_a_page_shows_is_there(page: Path) -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    shown = re.findall(
        r"(?:localhost:8321|\$PUNNET)(/[^\s\"'`?]*)", page.read_text().replace("{n}", "1")
    )
    assert [
        path
        for path in shown
        if path not in OTHER_PATHS and not any(route.path_regex.match(path) for route in routes)
    ] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_links_of_a_guide_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_leads_to_every_guide() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in GUIDES if f"docs/{page.name}" not in readme] == []


def _described() -> dict[str, str]:
    """Give the default that each setting is described with."""
    rows = re.findall(
        r"^\| `(PUNNET_\w+)` \| (.+?) \| .+ \|$",
        (ROOT / "docs" / "settings.md").read_text(),
        re.MULTILINE,
    )
    return {name: default.strip("`") for name, default in rows}


def _commands(
    command: Any = None, path: tuple[str, ...] = (), *, hidden: bool = False
) -> Iterator[tuple[tuple[str, ...], Any]]:
    command = command or typer.main.get_command(build_app())
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, inner in command.commands.items():
        if hidden or not inner.hidden:
            yield from _commands(inner, (*path, name), hidden=hidden)


def _options(command: Any, *, hidden: bool = False) -> list[str]:
    options = (one for one in command.params if one.param_type_name == "option")
    return [
        name
        for option in options
        if hidden or not option.hidden
        for name in (*option.opts, *option.secondary_opts)
        if hidden or name not in {"--sync", "--wait", "--help"}
    ]


def _shown_commands(text: str) -> Iterator[tuple[str, ...]]:
    """Give the words after `punnet`, as far as a shell would give them to it."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    inline = "\n".join(re.findall(r"`((?:\.venv/bin/)?punnet [^`\n]+)`", text))
    for line in f"{blocks}\n{inline}".splitlines():
        found = re.search(r"(?:^|[\s(;/])punnet ([a-z-].*?)(?:\)$|$)", line.split("  #")[0])
        if found and not line.startswith(("curl", "mkdir", "rsync")):
            yield tuple(shlex.split(found[1]))


def _fits(words: tuple[str, ...], known: dict[tuple[str, ...], Any]) -> bool:
    if words[0].startswith("-"):
        return True
    meant = (words[:1], words[:2], (words[0], "run"), (words[0], "list"))
    found = next((known[name] for name in meant if name in known), None)
    if found is None:
        return False
    options = {*_options(found, hidden=True), "--help"}
    return all(word.partition("=")[0] in options for word in words if word.startswith("--"))
