"""The walls of the house: what no reviewer should have to look for."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("connectors", "ingest", "retrieval", "api")
MAX_FILE, MAX_FUNCTION = 400, 50
"""In lines. 300 and 25 are the alarms, to be judged by a reader; these are the walls."""
TORCH = {"torch", "sentence_transformers", "transformers", "onnx"}
MAY_IMPORT_TORCH = re.compile(r"ingest/adapters/(embed_sentence_transformers|model_\w+)\.py")
MAY_READ_ENVIRONMENT = {
    # settings and where they lie
    "api/settings.py",
    "api/home.py",
    "api/cli/reach.py",
    # what tests arm in a process of ours
    "connectors/failpoint.py",
    # what starts processes or is one
    "api/child.py",
    "api/processes.py",
    "ingest/adapters/model_build.py",
    "ingest/parse/child_process.py",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_imports_keep_to_the_walls() -> None:
    # lint-imports stands beside the Python that runs the tests.
    command = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_file_is_too_long() -> None:
    long = {
        path: lines
        for path in _sources(*ROOMS, "tests")
        if (lines := len((ROOT / path).read_text().splitlines())) > MAX_FILE
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{path}:{function.name}": lines
        for path, function in _functions()
        if (lines := (function.end_lineno or 0) - function.lineno) > MAX_FUNCTION
        and "migrations" not in path  # one table after another
    }
    assert long == {}


def test_nobody_else_owns_our_names() -> None:
    owners = importlib.metadata.packages_distributions()
    others = {room: owners[room] for room in ROOMS if set(owners.get(room, ())) - {"punnet"}}
    assert others == {}, "Uninstall these: their packages would shadow ours, or ours theirs."


def test_torch_is_imported_where_models_are_built_and_nowhere_else() -> None:
    importers = {path for path, module in _imports() if module.partition(".")[0] in TORCH}
    assert {path for path in importers if not MAY_IMPORT_TORCH.fullmatch(path)} == set()


def test_serving_imports_no_torch() -> None:
    # What a process imports at its start is what it holds for good.
    rooms = "connectors.registry, ingest.ports, retrieval.ports, api.bootstrap"
    program = f"import sys, {rooms}; print(sorted({TORCH!r} & set(sys.modules)))"
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_the_environment_is_read_at_the_border_alone() -> None:
    readers = {
        path
        for path, tree in _trees(*ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers - MAY_READ_ENVIRONMENT == set()


def test_tests_use_fakes_that_keep_promises() -> None:
    mocks = {path for path, module in _imports("tests") if "mock" in module}
    assert mocks == set()


def test_the_changelog_has_room_for_the_next_release() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[Unreleased\]$", changelog, re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_and_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    files = re.findall(
        r"`((?:connectors|ingest|retrieval|api|tests|examples|docs)/[\w/.-]*)`", text
    )
    assert [name for name in (*links, *files) if not (ROOT / name).exists()] == []


def test_every_make_target_that_a_page_names_is_there() -> None:
    named = {
        target
        for page in ("README.md", "CONTRIBUTING.md")
        for target in re.findall(r"(?m)(?:^|`)make ([a-z]+)", (ROOT / page).read_text())
    }
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named - targets == set()


def _sources(*rooms: str) -> Iterator[str]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix()


def _trees(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for path in _sources(*rooms):
        yield path, ast.parse((ROOT / path).read_text())


def _functions() -> Iterator[tuple[str, Function]]:
    for path, tree in _trees(*ROOMS, "tests"):
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield path, node


def _imports(*rooms: str) -> Iterator[tuple[str, str]]:
    for path, tree in _trees(*(rooms or ROOMS)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield path, node.module or ""
