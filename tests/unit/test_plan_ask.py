from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pytest

from connectors.model import Json, TenantId
from ingest.adapters.tokens import O200kTokens
from ingest.reading import DocumentFilter, DocumentRecord
from retrieval.ask import Asker, AskSettings
from retrieval.chat import Chat, with_parameters
from retrieval.completion import text_of
from retrieval.errors import ModelUnknown, NothingFits, RouterMissing
from retrieval.model import ContextRequest, Fresh, Message, Mode, Policy
from retrieval.profiles import Profile, dialect_of
from tests.asking import LIMITS, ask_settings, asker_of, look_ports
from tests.questions import ACME, FLAT, NOON, Prices, Shelf, page, stale

SMALL = [page("refunds", "Refunds take five days."), page("shipping", "Parcels leave at noon.")]
LARGE = [
    page(f"doc-{number:02}", f"Refunds of order {number} take five days. " * 60)
    for number in range(200)
]
CAPPED = replace(LIMITS, cost_cap_usd=0.03)
SETTINGS = ask_settings("gpt-test", CAPPED)


def asker(shelf: Shelf, prices: Prices | None = None, settings: AskSettings = SETTINGS) -> Asker:
    ids = (f"plan-{number}" for number in count(1))
    look = look_ports(shelf, shelf, prices or Prices(), O200kTokens(), lambda: NOON)
    return asker_of(look, shelf, lambda: next(ids), settings)


def question(text: str = "How long do refunds take?", **fields: object) -> ContextRequest:
    request = ContextRequest((Message("user", text),), DocumentFilter())
    return replace(request, **fields)  # type: ignore[arg-type]


async def test_knowledge_given_whole_is_cited_by_its_own_words() -> None:
    answer = await asker(Shelf(SMALL)).answer(ACME, question(policy=Policy(mode=Mode.FULL)))
    assert answer.plan.decision is Mode.FULL
    prompt = "\n".join(message.content for message in answer.pack.messages)
    assert "Refunds take five days." in prompt
    assert "Parcels leave at noon." in prompt
    for citation in answer.pack.citations:
        source = next(page for page in SMALL if page.id == citation.document)
        assert source.text[citation.start : citation.end] == citation.text
    full = answer.plan.chosen
    assert full.tokens == answer.pack.tokens


async def test_of_a_large_one_only_a_part_is_given_within_its_budget() -> None:
    answer = await asker(Shelf(LARGE)).answer(ACME, question())
    chosen, full = answer.plan.chosen, answer.plan.alternatives[-1]
    assert answer.plan.decision not in (Mode.NONE, Mode.FULL)
    assert chosen.budget is not None
    assert answer.pack.tokens.p99 <= chosen.budget
    assert full.mode is Mode.FULL
    assert "cost_cap" in full.reasons
    assert answer.plan.handoff is None


async def test_no_part_is_likelier_to_hold_the_answer_than_the_whole() -> None:
    for pages in (SMALL, LARGE):
        answer = await asker(Shelf(pages)).answer(ACME, question())
        *parts, full = answer.plan.alternatives
        assert all(part.evidence <= full.evidence for part in parts)
        assert answer.plan.evidence.probability <= full.evidence


@pytest.mark.parametrize("mode", [Mode.SNIPPETS, Mode.EXPANDED, Mode.DOCUMENTS])
async def test_a_mode_that_is_asked_for_keeps_to_what_is_allowed(mode: Mode) -> None:
    for policy in (Policy(mode, max_tokens=6_000), Policy(mode, max_cost_usd=0.006)):
        answer = await asker(Shelf(LARGE)).answer(ACME, question(policy=policy))
        assert answer.plan.decision is mode
        assert answer.pack.citations
        assert answer.pack.tokens.p99 <= 6_000


async def test_no_more_documents_are_counted_than_are_packed() -> None:
    short = [page(f"doc-{at}", f"Refunds of order {at} take five days.") for at in range(60)]
    answer = await asker(Shelf(short)).answer(ACME, question(policy=Policy(Mode.DOCUMENTS)))
    cited = {one.document for one in answer.pack.citations}
    counted = answer.case.options[answer.plan.alternatives.index(answer.plan.chosen)].documents
    assert 1 < counted <= len(cited)


@dataclass
class Understated(Shelf):
    """Its ledger says that pages are shorter than they are."""

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        records = await super().knowledge(tenant, sequence, where)
        return [replace(record, tokens=1) for record in records]


async def test_whole_knowledge_that_turns_out_too_large_is_never_sent() -> None:
    inside = [page(f"refunds/{at}", f"Refunds {at} take five days. " * 40) for at in range(12)]
    outside = [page(f"parcels/{at}", f"Parcels {at} leave at noon. " * 40) for at in range(24)]
    shelf, policy = Understated([*inside, *outside]), Policy(Mode.FULL, max_cost_usd=0.004)
    answer = await asker(shelf).answer(ACME, question(policy=policy))
    assert answer.pack.tokens.p99 <= 4_000
    whole = [one for one in answer.case.options if one.mode in (Mode.SCOPED, Mode.FULL)]
    assert len(whole) == 2
    assert answer.plan.decision not in (Mode.SCOPED, Mode.FULL)
    for option in whole:
        assert option.tokens.expected > 4_000
        assert option.shared < option.tokens.expected


async def test_facts_about_the_customer_answer_for_the_account() -> None:
    asked = question("Why was my card charged twice last week?", facts="Charged once, held once.")
    told = await asker(Shelf(SMALL, FLAT)).answer(ACME, asked)
    untold = await asker(Shelf(SMALL, FLAT)).answer(ACME, replace(asked, facts=""))
    assert untold.plan.handoff is not None
    assert untold.plan.handoff.reason == "account_specific"
    assert told.plan.handoff is None


@pytest.mark.parametrize("allowed", [400, 1_000, 2_500])
async def test_a_policy_binds_tokens_and_money(allowed: int) -> None:
    few = await asker(Shelf(LARGE)).answer(ACME, question(policy=Policy(max_tokens=allowed)))
    assert few.pack.tokens.p99 <= allowed
    cheap = Policy(max_cost_usd=allowed / 1_000_000)
    answer = await asker(Shelf(LARGE)).answer(ACME, question(policy=cheap))
    assert answer.pack.tokens.p99 <= allowed


async def test_a_cap_below_the_question_is_said() -> None:
    answer = await asker(Shelf(LARGE)).answer(ACME, question(policy=Policy(max_cost_usd=1e-6)))
    assert answer.plan.decision is Mode.NONE
    assert any("not even the question" in warning for warning in answer.warnings)
    assert answer.plan.handoff is not None
    assert answer.plan.handoff.reason == "no_knowledge"


async def test_a_question_larger_than_the_budget_is_refused() -> None:
    with pytest.raises(NothingFits):
        await asker(Shelf(SMALL)).answer(ACME, question(policy=Policy(max_tokens=20)))


@pytest.mark.parametrize("reply", [500, 6_000])
async def test_a_long_reply_leaves_less_room_for_the_prompt(reply: int) -> None:
    prices = Prices(window=8_000)
    answer = await asker(Shelf(LARGE), prices).answer(ACME, question(reply_tokens=reply))
    assert answer.pack.citations
    assert answer.pack.tokens.p99 + reply <= 8_000
    assert answer.requirements["min_window"] == answer.pack.tokens.p99 + reply


async def test_the_body_is_plain() -> None:
    answer = await asker(Shelf(SMALL)).answer(ACME, question())
    assert answer.request.keys() == {"model", "messages"}
    assert answer.requirements["min_window"] == answer.pack.tokens.p99 + 1_000
    assert answer.hints[0]["est_cost_usd"] == answer.plan.chosen.cost_usd


async def test_a_router_that_reads_metadata_is_told_the_plan() -> None:
    dialect = dialect_of(Profile.LITELLM, secret=b"of the tests")
    told = asker(Shelf(SMALL), settings=replace(SETTINGS, dialect=dialect))
    answer = await told.answer(ACME, question())
    assert answer.request["metadata"] == {
        "punnet_plan_id": "plan-1",
        "punnet_mode": answer.plan.decision.value,
        "punnet_tokens": str(answer.pack.tokens.expected),
        "punnet_tokens_p99": str(answer.pack.tokens.p99),
        "punnet_tier": answer.plan.tier.value,
    }


async def test_the_same_question_gives_the_same_plan() -> None:
    one = await asker(Shelf(LARGE)).answer(ACME, question())
    assert one == await asker(Shelf(LARGE)).answer(ACME, question())


async def test_nothing_to_see_is_handed_to_a_person() -> None:
    answer = await asker(Shelf([])).answer(ACME, question())
    assert answer.plan.decision is Mode.NONE
    assert answer.plan.handoff is not None
    assert answer.plan.handoff.reason == "no_knowledge"


async def test_weak_and_stale_evidence_are_handed_to_a_person() -> None:
    beside = question("Does the guarantee cover water damage?")
    weak = await asker(Shelf(LARGE, FLAT)).answer(ACME, beside)
    assert weak.plan.handoff is not None
    assert weak.plan.handoff.reason == "weak_evidence"
    old = await asker(Shelf([stale(page) for page in SMALL])).answer(ACME, question())
    assert old.plan.handoff is not None
    assert old.plan.handoff.reason == "stale_evidence"
    assert any("stale" in warning for warning in old.warnings)


async def test_what_is_unknown_of_a_model_is_said() -> None:
    prices = Prices(window=None, dollars=None)
    answer = await asker(Shelf(LARGE), prices).answer(ACME, question())
    assert answer.pack.citations
    assert answer.plan.decision is not Mode.FULL
    assert any("window" in warning for warning in answer.warnings)
    assert any("price" in warning for warning in answer.warnings)
    with pytest.raises(ModelUnknown):
        await asker(Shelf(SMALL)).answer(ACME, question(model="nobody-knows"))


async def test_a_required_freshness_reaches_search_and_knowledge() -> None:
    shelf = Shelf(SMALL)
    await asker(shelf).answer(ACME, question(fresh=Fresh.REQUIRE))
    assert shelf.asked[0].fresh is Fresh.REQUIRE


# --- chat -------------------------------------------------------------------------


class Echo:
    """A router that says which parameters it was given."""

    async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        return {"choices": [{"message": {"content": ",".join(sorted(body))}}]}

    async def stream(self, body: Mapping[str, Json]) -> AsyncIterator[Mapping[str, Json]]:
        for key in sorted(body):
            yield {"choices": [{"delta": {"content": key}}]}


async def test_a_chat_hands_on_the_callers_parameters() -> None:
    chat = Chat(asker(Shelf(SMALL)), Echo())
    reply = await chat.complete(ACME, question(), {"temperature": 0, "stream": True})
    assert reply.text == "messages,model,temperature"
    streaming = await chat.stream(ACME, question(), {"top_p": 1})
    said = [text_of(chunk, "delta") async for chunk in streaming.chunks]
    assert said == ["messages", "model", "stream_options", "top_p"]
    assert streaming.answer.pack.citations


async def test_without_a_router_the_missing_setting_is_named() -> None:
    with pytest.raises(RouterMissing, match="PUNNET_ROUTER_URL"):
        await Chat(asker(Shelf(SMALL)), None).complete(ACME, question(), {})


def test_the_plan_wins_over_parameters_of_the_same_name() -> None:
    body: Mapping[str, Json] = {"model": "a", "messages": [], "metadata": {"punnet_mode": "full"}}
    given: Mapping[str, Json] = {
        "model": "b",
        "messages": [{}],
        "metadata": {"punnet_mode": "x", "order": "7"},
        "tools": [],
    }
    assert with_parameters(body, given) == {
        "model": "a",
        "messages": [],
        "metadata": {"punnet_mode": "full", "order": "7"},
        "tools": [],
    }
    assert text_of({"choices": []}, "delta") == ""


@pytest.mark.parametrize("mode", [Mode.SNIPPETS, Mode.EXPANDED, Mode.DOCUMENTS, Mode.FULL])
async def test_no_more_is_sent_than_was_weighed(mode: Mode) -> None:
    uneven = [page("refunds", "Refunds take five days."), *LARGE[:20]]
    answer = await asker(Shelf(uneven)).answer(ACME, question(policy=Policy(mode=mode)))
    assert answer.plan.decision is mode
    assert answer.pack.citations
    assert answer.pack.tokens.p99 <= answer.plan.chosen.tokens.p99
