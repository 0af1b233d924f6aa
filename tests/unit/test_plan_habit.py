from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest

from ingest.adapters.tokens import O200kTokens
from ingest.reading import DocumentFilter
from retrieval.ask import Asker
from retrieval.model import (
    CacheKind,
    Caching,
    ContextRequest,
    Message,
    Mode,
    ModelFacts,
    Policy,
)
from retrieval.prices import PriceCard, Rate
from tests.asking import ask_settings, asker_of, look_ports
from tests.questions import ACME, NOON, Page, Prices, Shelf, page

FEW, MANY = 10, 30
TTL_S = 600


class Cached(Prices):
    """A model whose provider keeps what it read for ten minutes, at a tenth of the price."""

    def facts(self, model: str, at: datetime) -> ModelFacts:
        prices = PriceCard(Rate(1.0), Rate(0.0), cache_read=Rate(0.1))
        caching = Caching(CacheKind.AUTOMATIC, TTL_S, least_tokens=100)
        return replace(super().facts(model, at), prices=prices, caching=caching)


def pages(number: int) -> Sequence[Page]:
    sentence = "Refunds of order {} take five days. "
    return [page(f"doc-{at:02}", sentence.format(at) * 60) for at in range(number)]


def asker(number: int) -> Asker:
    ids = (f"plan-{one}" for one in count(1))
    shelf = Shelf(pages(number))
    look = look_ports(shelf, shelf, Cached(), O200kTokens(), lambda: NOON)
    return asker_of(look, shelf, lambda: next(ids), ask_settings("gpt-test"))


def question(mode: Mode | None = None) -> ContextRequest:
    asked = (Message("user", "How long do refunds take?"),)
    return ContextRequest(asked, DocumentFilter(), policy=Policy(mode))


async def test_whole_knowledge_that_a_cache_holds_is_given_again() -> None:
    asking = asker(FEW)
    assert (await asking.answer(ACME, question())).plan.decision is not Mode.FULL
    sent = await asking.answer(ACME, question(Mode.FULL))
    again = await asking.answer(ACME, question())
    assert again.plan.decision is Mode.FULL
    assert {"habit", "cache_warm"} <= set(again.plan.chosen.reasons)
    assert again.pack.prefix == sent.pack.prefix
    assert again.prefix_key == sent.prefix_key


async def test_a_habit_gives_way_to_what_is_clearly_better() -> None:
    asking = asker(MANY)
    await asking.answer(ACME, question(Mode.FULL))
    again = await asking.answer(ACME, question())
    assert again.case.habit is not None
    assert again.case.habit.mode is Mode.FULL
    assert again.plan.decision is not Mode.FULL


@pytest.mark.parametrize("trial", [True, False])
async def test_only_what_is_sent_warms_a_cache(trial: bool) -> None:
    asking = asker(FEW)
    await asking.answer(ACME, replace(question(Mode.FULL), trial=trial))
    again = await asking.answer(ACME, question())
    assert (again.case.habit is None) is trial
    assert again.plan.chosen.hit_probability == (0 if trial else pytest.approx(0.8, abs=0.2))
