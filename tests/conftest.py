"""What several kinds of tests share: the default model, built once on a machine."""

from pathlib import Path

import pytest
from xdist.remote import Producer

from ingest.adapters.model_build import build_model, find_model
from ingest.adapters.model_source import DEFAULT_MODEL
from tests.sharing import Shares, turn

INSTALLED = Path(__file__).resolve().parents[1] / ".punnet" / "models"
"""Where `make install` builds the default model."""


@pytest.fixture(scope="session")
def default_model() -> Path:
    """Give the folder of the default model, as installed or from a cache that outlives us."""
    cached = Path.home() / ".cache" / "punnet-test-models"
    models = INSTALLED if find_model(DEFAULT_MODEL, INSTALLED) else cached
    return build_model(DEFAULT_MODEL, models, lambda _: None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shares:
    """Share the tests of `-n 2` out as `tests.sharing` says."""
    config.option.loadscopereorder = False
    return Shares(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest where the tests are shared; by itself a process keeps the order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn(item.nodeid))
