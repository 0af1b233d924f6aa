import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import Override, read_overrides
from retrieval.errors import CatalogInvalid, ModelUnknown
from retrieval.model import CacheKind, Caching, ModelFacts, Tier
from retrieval.prices import PriceCard, Rate, Step

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MILLION = 1_000_000
NAMED = [
    # model, input and output, cache read, window, input limit
    ("claude-opus-4-7", 5.0, 25.0, 0.5, MILLION, None),
    ("claude-opus-4.7", 5.0, 25.0, 0.5, MILLION, None),
    ("anthropic/claude-opus-4-7", 5.0, 25.0, 0.5, MILLION, None),
    ("openrouter/anthropic/claude-opus-4.7", 5.0, 25.0, 0.5, MILLION, None),
    ("bedrock/global.anthropic.claude-opus-4-7-v1:0", 5.0, 25.0, 0.5, MILLION, None),
    ("vertex_ai/claude-opus-4-7", 5.0, 25.0, 0.5, MILLION, None),
    ("claude-sonnet-4-6", 3.0, 15.0, 0.3, MILLION, None),
    ("anthropic/claude-sonnet-4.6", 3.0, 15.0, 0.3, MILLION, None),
    ("gpt-5.5", 5.0, 30.0, 0.5, MILLION, 922_000),
    ("gpt-5.5-2026-04-23", 5.0, 30.0, 0.5, MILLION, 922_000),
    ("openai/gpt-5.5", 5.0, 30.0, 0.5, MILLION, 922_000),
    ("azure/gpt-5.5", 5.0, 30.0, 0.5, MILLION, 922_000),
    ("gemini-3.1-pro", 2.0, 12.0, 0.2, 1_114_112, 1_048_576),
    ("gemini-3.1-pro-preview", 2.0, 12.0, 0.2, 1_114_112, 1_048_576),
    ("gemini/gemini-3.1-pro-preview", 2.0, 12.0, 0.2, 1_114_112, 1_048_576),
    ("google/gemini-3.1-pro", 2.0, 12.0, 0.2, 1_114_112, 1_048_576),
    ("deepseek-v4-flash", 0.15, 0.6, 0.003, MILLION, None),
    ("deepseek/deepseek-v4-flash", 0.15, 0.6, 0.003, MILLION, None),
    ("kimi-k2.6", 0.95, 4.0, 0.16, 262_144, None),
    ("moonshot/kimi-k2.6", 0.95, 4.0, 0.16, 262_144, None),
    ("moonshotai/Kimi-K2.6", 0.95, 4.0, 0.16, 262_144, None),
    ("glm-5.1", 1.4, 4.4, 0.26, 200_000, None),
    ("zai/glm-5.1", 1.4, 4.4, 0.26, 200_000, None),
    ("z-ai/glm-5.1", 1.4, 4.4, 0.26, 200_000, None),
    ("zai-org/GLM-5.1", 1.4, 4.4, 0.26, 200_000, None),
    ("qwen3.6", 0.5, 3.0, 0.05, MILLION, None),
    ("qwen3.6-plus", 0.5, 3.0, 0.05, MILLION, None),
    ("dashscope/qwen3.6-plus", 0.5, 3.0, 0.05, MILLION, None),
    ("openrouter/qwen/qwen3.6-plus", 0.325, 1.95, None, MILLION, None),
    ("together_ai/Qwen/Qwen3.6-Plus", 0.5, 3.0, None, MILLION, None),
    ("Qwen/Qwen3.6-27B", 0.45, 2.7, 0.025, 262_144, None),
    ("minimax-m2", 0.3, 1.2, 0.03, 196_608, None),
    ("minimax/MiniMax-M2", 0.3, 1.2, 0.03, 196_608, None),
    ("MiniMaxAI/MiniMax-M2", 0.3, 1.2, 0.03, 196_608, None),
]
"""Prices of a short prompt at noon, under the names that people write."""


@pytest.fixture(scope="module")
def catalog() -> PriceCatalog:
    return PriceCatalog(read_overrides(None))


def usd(rate: Rate | None) -> float | None:
    return rate.usd if rate else None


@pytest.mark.parametrize("expected", NAMED, ids=lambda row: row[0])
def test_named_models_are_known_with_window_price_and_date(
    catalog: PriceCatalog, expected: tuple[str, float, float, float | None, int, int | None]
) -> None:
    model, entry, reply, read, window, limit = expected
    facts = catalog.facts(model, NOON)
    card = facts.prices
    assert (usd(card.input), usd(card.output), usd(card.cache_read)) == (entry, reply, read)
    assert (facts.window, facts.input_limit) == (window, limit)
    assert re.search(r"prices of 2026-\d\d-\d\d$", facts.snapshot)
    assert facts.provider
    assert facts.name == model


def test_prices_go_by_date_and_hour(catalog: PriceCatalog) -> None:
    def entry(at: datetime) -> float | None:
        return usd(catalog.facts("deepseek-v4-flash", at).prices.input)

    assert entry(NOON) == 0.15
    assert entry(NOON.replace(hour=0, minute=59)) == 0.15
    assert entry(NOON.replace(hour=1)) == 0.30
    assert entry(NOON.replace(hour=3, minute=59, second=59)) == 0.30
    assert entry(NOON.replace(hour=4)) == 0.15
    assert entry(NOON.replace(month=8)) == 0.22


def test_long_prompts_cost_more_where_the_list_says_so(catalog: PriceCatalog) -> None:
    def cost(model: str, prompt: int) -> float | None:
        return catalog.facts(model, NOON).prices.cost(prompt, 0)

    assert cost("gpt-5.5", 272_000) == pytest.approx(0.272 * 5)
    assert cost("gpt-5.5", 272_001) == pytest.approx(0.272001 * 10)
    assert cost("gemini-3.1-pro", 400_000) == pytest.approx(0.4 * 4)
    assert cost("qwen3.6-plus", 256_001) == pytest.approx(0.256001 * 2)
    assert cost("claude-sonnet-4-6", 400_000) == pytest.approx(0.4 * 3)


def test_an_unknown_cache_price_is_neither_free_nor_full(catalog: PriceCatalog) -> None:
    card = catalog.facts("mistral-large-latest", NOON).prices
    assert card.known
    assert card.cache_read is None
    assert card.cost(9, 0, cached=5) is None


@pytest.mark.parametrize(
    ("model", "kind", "ttl", "least"),
    [
        ("claude-opus-4-7", CacheKind.MARKED, 300, 4_096),
        ("anthropic/claude-sonnet-4.6", CacheKind.MARKED, 300, 2_048),
        ("gpt-5.5", CacheKind.AUTOMATIC, 3_600, 1_024),
        ("gpt-4o-mini", CacheKind.AUTOMATIC, 300, 1_024),
        ("deepseek/deepseek-v4-flash", CacheKind.AUTOMATIC, 7_200, 64),
        ("gemini-3.1-pro", CacheKind.AUTOMATIC, 180, 4_096),
        ("qwen3.6-plus", CacheKind.MARKED, 300, 1_024),
        ("kimi-k2.6", CacheKind.AUTOMATIC, 0, 0),
        ("mistral-large-latest", CacheKind.NONE, 0, 0),
        ("groq/openai/gpt-oss-120b", CacheKind.NONE, 300, 1_024),
    ],
)
def test_caching_is_told_where_it_is_known(
    catalog: PriceCatalog, model: str, kind: CacheKind, ttl: int, least: int
) -> None:
    assert catalog.facts(model, NOON).caching == Caching(kind, ttl, least)


def test_how_well_a_model_reads_is_told_where_it_was_measured(catalog: PriceCatalog) -> None:
    def read(model: str) -> tuple[int | None, Tier]:
        facts: ModelFacts = catalog.facts(model, NOON)
        return facts.effective, facts.tier

    assert read("claude-opus-4-7") == (256_000, Tier.FRONTIER)
    assert read("gpt-5.5") == (500_000, Tier.FRONTIER)
    assert read("claude-sonnet-4-6") == (None, Tier.FRONTIER)
    assert read("gpt-5-mini") == (None, Tier.ROUTINE)
    assert read("deepseek-v4-flash") == (None, Tier.ROUTINE)


def test_an_unknown_model_says_what_to_add(catalog: PriceCatalog, tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown) as raised:
        catalog.facts("nobody-knows", NOON)
    advice = str(raised.value)
    assert "PUNNET_PRICES" in advice
    own = tmp_path / "models.toml"
    for entry in re.findall(r"\[models\.[^\[]+?\n\n|\[models\.[^\[]+$", advice):
        own.write_text(entry.partition("\n\n")[0])
        mended = PriceCatalog(read_overrides(own)).facts("nobody-knows", NOON)
        assert mended.window
        assert mended.prices.cost(1_000, 1_000, cached=1_000)


def test_own_figures_win_over_the_list() -> None:
    catalog = PriceCatalog(
        {"gpt-4o": Override(window=9_000), "gpt-4o-mini": Override(input=7.0, output=8.0)}
    )
    assert catalog.facts("GPT-4o", NOON).window == 9_000
    assert catalog.facts("openai/gpt-4o", NOON).window == 9_000
    assert catalog.facts("gpt-4o", NOON).prices.known
    mini = catalog.facts("gpt-4o-mini", NOON)
    assert mini.window == 128_000
    assert mini.prices == PriceCard(Rate(7.0), Rate(8.0))
    assert mini.snapshot == "model file"


def test_own_entries_go_before_shipped_ones_field_by_field(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text(
        '[models."*claude*"]\ncache_ttl = 3600\n'
        '[models."qwen3.6-plus"]\ninput = 1\noutput = 2\nas_of = 2026-10-01\n'
        "steps = [{ above = 9000, input = 3.0, output = 4.0 }]\n"
        '[models."ours"]\nlike = "glm-5.1"\n[models."bare"]\nwindow = 9\n'
        '[models."round"]\nlike = "round"\n'
        '[models."fast"]\nlike = "openai/gpt-5.5"\ntier = "routine"\n'
    )
    catalog = PriceCatalog(read_overrides(own))
    opus = catalog.facts("claude-opus-4-7", NOON)
    assert opus.caching == Caching(CacheKind.MARKED, 3_600, 4_096)
    qwen = catalog.facts("qwen3.6-plus", NOON)
    assert qwen.prices == PriceCard(
        Rate(1.0, (Step(9_000, 3.0),)), Rate(2.0, (Step(9_000, 4.0),)), None, None
    )
    assert qwen.snapshot == "model file, prices of 2026-10-01"
    assert qwen.window == MILLION
    assert catalog.facts("ours", NOON).prices == catalog.facts("zai/glm-5.1", NOON).prices
    assert catalog.facts("bare", NOON).snapshot == "model file"
    fast = catalog.facts("fast", NOON)
    assert not catalog.facts("round", NOON).prices.known
    assert (fast.input_limit, fast.tier) == (922_000, Tier.ROUTINE)
    assert fast.prices == catalog.facts("gpt-5.5", NOON).prices


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[models", "not valid TOML"),
        ("models = 3", "as a table"),
        ('[models."x"]\nwindwo = 3', "may hold only"),
        ('[models."x"]\nwindow = -3', "window"),
        ('[models."x"]\nwindow = true', "window"),
        ('[models."x"]\ninput = "1"\noutput = 1', "input"),
        ('[models."x"]\ninput = nan\noutput = 1', "input"),
        ('[models."x"]\ninput = 1.0', "needs input and output"),
        ('[models."x"]\ncache = "warm"', "cache"),
        ('[models."x"]\nsteps = [{ above = 3 }]', "steps"),
        ('[models."x"]\nas_of = "soon"', "as_of"),
        (
            """
            [models."x"]
            input = 1
            output = 1
            cache_read = 0.1
            steps = [{ above = 3, input = 2.0, output = 2.0 }]
            """,
            "a price for each kind",
        ),
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


def test_the_shipped_file_is_whole_and_dated() -> None:
    shipped = read_overrides(None)
    path = Path(__file__).parents[2] / "retrieval" / "adapters" / "models.toml"
    assert len(shipped) == len(tomllib.loads(path.read_text())["models"])
    assert all(entry.as_of for entry in shipped.values() if entry.priced)
    assert shipped["dashscope/qwen3.6-plus"].as_of == date(2026, 6, 24)
