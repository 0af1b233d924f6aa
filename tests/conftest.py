"""What several kinds of tests share: the default model, built once on a machine."""

from pathlib import Path

import pytest

from ingest.adapters.model_build import build_model
from ingest.adapters.model_source import DEFAULT_MODEL


@pytest.fixture(scope="session")
def default_model() -> Path:
    """Give the folder of the default model, from a cache that outlives the session."""
    models = Path.home() / ".cache" / "punnet-test-models"
    return build_model(DEFAULT_MODEL, models, lambda _: None)
