from splintr import Tokenizer

from ingest.adapters.tokens import O200kTokens, SplintrTokens
from tests.packs import VOCABULARIES, count_prompt, draw, limit_of, make

PLANS = 2_000


async def test_no_random_plan_is_over_its_budget_in_its_models_own_tokens() -> None:
    counter = O200kTokens()
    own = {name: SplintrTokens(Tokenizer.from_pretrained(name)) for name in VOCABULARIES}
    over, packed = {}, 0
    for seed in range(PLANS):
        drawn = draw(seed, counter, longest=24)
        pack = await make(drawn)
        if pack is None:  # not even the question fits
            continue
        packed += 1
        real, limit = count_prompt(pack.messages, own[drawn.vocabulary]), limit_of(drawn, pack)
        if real > limit:
            over[seed] = (drawn.vocabulary, drawn.mode, real, limit)
    assert over == {}
    assert packed > PLANS * 0.8
