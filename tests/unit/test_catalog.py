import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import Override, read_overrides
from retrieval.errors import CatalogInvalid, ModelUnknown

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MILLION = 1_000_000


@pytest.fixture(scope="module")
def catalog() -> PriceCatalog:
    return PriceCatalog(read_overrides(None))


def test_a_listed_model_has_a_window_and_a_price(catalog: PriceCatalog) -> None:
    facts = catalog.facts("gpt-4o-mini", NOON)
    assert (facts.provider, facts.window) == ("openai", 128_000)
    assert facts.priced
    assert facts.cache_read_priced
    assert facts.snapshot.endswith("2026-11-22")
    assert catalog.cost(
        "gpt-4o-mini", NOON, prompt=MILLION, cached=0, output=MILLION
    ) == pytest.approx(0.15 + 0.60)
    assert catalog.cost(
        "gpt-4o-mini", NOON, prompt=MILLION, cached=MILLION, output=0
    ) == pytest.approx(0.075)


def test_prices_go_by_date_and_hour(catalog: PriceCatalog) -> None:
    def cost(at: datetime) -> float | None:
        return catalog.cost("deepseek-v4-flash", at, prompt=MILLION, cached=0, output=0)

    assert cost(NOON) == pytest.approx(0.15)
    assert cost(NOON.replace(hour=2)) == pytest.approx(0.30)


def test_holes_in_the_list_are_filled(catalog: PriceCatalog) -> None:
    assert catalog.facts("gemini-3.1-pro-preview", NOON).input_limit == 1_048_576
    assert catalog.facts("gpt-5.5", NOON).input_limit == 922_000
    assert catalog.facts("openai/gpt-5.5", NOON).input_limit == 922_000
    assert catalog.facts("mistral-large-latest", NOON).window is None


def test_a_routers_own_way_of_naming_is_understood(catalog: PriceCatalog) -> None:
    assert catalog.facts("openai/gpt-4o", NOON).provider == "openai"
    assert catalog.facts("anthropic/claude-sonnet-4.6", NOON).priced
    assert catalog.facts("deepseek/deepseek-v4-flash", NOON).window == MILLION


def test_cached_tokens_without_a_price_are_never_priced_as_fresh(catalog: PriceCatalog) -> None:
    assert not catalog.facts("mistral-large-latest", NOON).cache_read_priced
    assert catalog.cost("mistral-large-latest", NOON, prompt=9, cached=0, output=0) is not None
    assert catalog.cost("mistral-large-latest", NOON, prompt=9, cached=5, output=0) is None


def test_an_unknown_model_says_what_to_add(catalog: PriceCatalog, tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown) as raised:
        catalog.facts("nobody-knows", NOON)
    advice = str(raised.value)
    assert "PUNNET_PRICES" in advice
    own = tmp_path / "models.toml"
    own.write_text(advice[advice.index("[models.") :])
    mended = PriceCatalog(read_overrides(own))
    assert mended.facts("nobody-knows", NOON).window == 128_000
    assert mended.cost("nobody-knows", NOON, prompt=MILLION, cached=0, output=0) == 1.0


def test_own_figures_win_over_the_list() -> None:
    catalog = PriceCatalog(
        {
            "gpt-4o": Override(window=9_000),
            "gpt-4o-mini": Override(input=7.0, output=8.0),
        }
    )
    assert catalog.facts("GPT-4o", NOON).window == 9_000
    assert catalog.facts("gpt-4o", NOON).priced
    assert catalog.facts("gpt-4o-mini", NOON).window == 128_000
    assert catalog.cost("gpt-4o-mini", NOON, prompt=MILLION, cached=0, output=0) == 7.0
    assert catalog.cost("gpt-4o-mini", NOON, prompt=MILLION, cached=9, output=0) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[models", "not valid TOML"),
        ("models = 3", "as a table"),
        ('[models."x"]\nwindwo = 3', "may hold only"),
        ('[models."x"]\nwindow = -3', "window"),
        ('[models."x"]\nwindow = true', "window"),
        ('[models."x"]\ninput = "1"', "input"),
        ('[models."x"]\ninput = 1.0', "needs input and output"),
    ],
)
def test_a_wrong_model_file_says_what_to_mend(content: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(content)
    with pytest.raises(CatalogInvalid, match=complaint):
        read_overrides(path)


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogInvalid, match=re.escape(str(tmp_path / "none.toml"))):
        read_overrides(tmp_path / "none.toml")


def test_the_shipped_file_is_whole() -> None:
    shipped = read_overrides(None)
    path = Path(__file__).parents[2] / "retrieval" / "adapters" / "models.toml"
    assert len(shipped) == len(tomllib.loads(path.read_text())["models"])
