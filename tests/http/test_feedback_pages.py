"""What answers rest on is counted, and what is said of them comes to their pages."""

from typing import Any

import pytest

from ingest.freshness.model import Flag, FlagFilter, FlagKind, Origin, Usage
from ingest.model import DocumentId
from tests.http.world import ACME, NOON, World

REFUNDS = "Refunds take five working days."
PARCELS = "Parcels leave at noon."
QUESTION = "How long do refunds take?"
STAFF = frozenset({"staff"})


async def page(
    world: World, text: str = REFUNDS, access: frozenset[str] = frozenset()
) -> DocumentId:
    source = await world.source(ACME, "help")
    return await world.page(ACME, source, "page.md", text, access=access)


async def post(world: World, path: str, **body: Any) -> dict[str, Any]:
    async with world.client(await world.key(ACME, "read", "feedback")) as client:
        answer = await client.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        told: dict[str, Any] = answer.json()
    await world.wired.queries.flush()
    return told


async def say(world: World, query_id: str, verdict: str, **more: Any) -> None:
    await post(world, "/v1/feedback", query_id=query_id, verdict=verdict, **more)


async def used(world: World) -> dict[DocumentId, Usage]:
    return dict(await world.wired.ledger.usage.usage(ACME, NOON))


async def flags(world: World) -> list[Flag]:
    return list(await world.wired.ledger.flags.list_flags(ACME, FlagFilter(), None, 9))


@pytest.mark.parametrize("mode", [None, "snippets", "expanded", "documents", "scoped", "full"])
async def test_an_answer_counts_for_the_pages_it_rests_on(world: World, mode: str | None) -> None:
    its = await page(world, "Yes. We ship parcels to Malta: it takes nine days and 12 euros.")
    other = await world.page(ACME, await world.source(ACME, "more"), "more.md", REFUNDS)
    query = "Do you ship parcels to Malta?"
    await post(world, "/v1/context", query=query, policy={"mode": mode})
    counted = await used(world)
    assert counted[its].answered == 1
    assert other not in counted


async def test_a_search_counts_for_its_first_pages_and_a_trial_for_none(world: World) -> None:
    source = await world.source(ACME, "help")
    pages = [await world.page(ACME, source, f"{n}.md", f"Refunds {n} take days.") for n in range(5)]
    await post(world, "/v1/search", query="refunds take days", trial=True)
    await post(world, "/v1/context", query="refunds take days", trial=True)
    assert await used(world) == {}
    found = await post(world, "/v1/search", query="refunds take days")
    first = {hit["document"]["id"] for hit in found["hits"][:3]}
    assert set(await used(world)) == first < set(pages)


async def test_a_prompt_without_knowledge_counts_for_no_page(world: World) -> None:
    await page(world)
    await post(world, "/v1/context", query=QUESTION, policy={"mode": "none"})
    assert await used(world) == {}


async def test_outdated_flags_the_passage_and_counts_against_its_page(world: World) -> None:
    its = await page(world)
    found = await post(world, "/v1/search", query=QUESTION)
    chunks = [found["hits"][0]["chunk_id"]]
    await say(world, found["query_id"], "outdated", chunk_ids=chunks, comment="Three now.")
    (flag,) = await flags(world)
    assert (flag.finding.kind, flag.origin) == (FlagKind.OUTDATED, Origin.FEEDBACK)
    assert (flag.finding.document, flag.finding.reason) == (its, "Three now.")
    assert flag.finding.quotes[0].text == REFUNDS
    assert (await used(world))[its].bad == 1


async def test_saying_it_twice_counts_and_flags_once(world: World) -> None:
    its = await page(world)
    found = await post(world, "/v1/search", query=QUESTION)
    for _ in range(3):
        await say(world, found["query_id"], "outdated")
    await say(world, found["query_id"], "hallucinated")
    (flag,) = await flags(world)
    assert (flag.finding.document, flag.finding.quotes) == (its, ())
    assert (await used(world))[its].bad == 1
    assert len(await world.wired.ledger.audit.deeds(ACME, flag.id, None, 9)) == 1
    again = await post(world, "/v1/search", query=QUESTION)
    await say(world, again["query_id"], "outdated")
    assert (await used(world))[its].bad == 2
    assert len(await flags(world)) == 1


async def test_an_answer_of_several_pages_is_counted_against_them_and_flags_none(
    world: World,
) -> None:
    source = await world.source(ACME, "help")
    pages = [await world.page(ACME, source, f"{n}.md", f"Refunds {n} take days.") for n in range(2)]
    found = await post(world, "/v1/search", query="refunds take days")
    await say(world, found["query_id"], "outdated", comment="Three now.")
    assert await flags(world) == []
    counted = await used(world)
    assert [counted[page].bad for page in pages] == [1, 1]
    await say(world, found["query_id"], "outdated", chunk_ids=[found["hits"][1]["chunk_id"]])
    (flag,) = await flags(world)
    assert flag.finding.document == found["hits"][1]["document"]["id"]
    assert await used(world) == counted


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [("missing", FlagKind.MISSING), ("wrong_source", FlagKind.INCORRECT)],
)
async def test_what_is_missing_or_wrong_flags_named_passages_alone(
    world: World, verdict: str, kind: FlagKind
) -> None:
    its = await page(world)
    found = await post(world, "/v1/search", query=QUESTION)
    await say(world, found["query_id"], verdict)
    assert await flags(world) == []
    await say(world, found["query_id"], verdict, chunk_ids=[found["hits"][0]["chunk_id"]])
    (flag,) = await flags(world)
    assert (flag.finding.kind, flag.finding.document) == (kind, its)
    assert (await used(world))[its].bad == 1


@pytest.mark.parametrize(
    ("verdict", "bad"), [("helpful", 0), ("should_have_escalated", 0), ("hallucinated", 1)]
)
async def test_other_words_flag_nothing(world: World, verdict: str, bad: int) -> None:
    its = await page(world)
    found = await post(world, "/v1/search", query=QUESTION)
    chunks = [found["hits"][0]["chunk_id"]]
    await say(world, found["query_id"], verdict, chunk_ids=chunks)
    assert await flags(world) == []
    assert (await used(world))[its].bad == bad


async def test_a_passage_that_the_key_may_not_see_is_passed_over(world: World) -> None:
    its = await page(world, access=frozenset({"board"}))
    found = await post(world, "/v1/search", query=QUESTION)
    chunks = [found["hits"][0]["chunk_id"]]
    async with world.client(await world.key(ACME, "feedback", groups=STAFF)) as client:
        for named in (chunks, [], ["no id", "6f1b2a9e-3f0e-5d59-9a52-0a4a6f3f7c11"]):
            body = {"query_id": found["query_id"], "verdict": "outdated", "chunk_ids": named}
            assert (await client.post("/v1/feedback", json=body)).status_code == 201
    assert await flags(world) == []
    assert (await used(world))[its].bad == 0


async def test_feedback_on_a_text_that_changed_since_is_kept_alone(world: World) -> None:
    source = await world.source(ACME, "help")
    its = await world.page(ACME, source, "page.md", REFUNDS)
    found = await post(world, "/v1/search", query=QUESTION)
    await world.page(ACME, source, "page.md", PARCELS, version="v2")
    chunks = [found["hits"][0]["chunk_id"]]
    await say(world, found["query_id"], "outdated", chunk_ids=chunks)
    assert await flags(world) == []
    assert (await used(world))[its].bad == 0
    kept = await world.wired.ledger.topics.verdicts(ACME, found["query_id"])
    assert [one["verdict"] for one in kept] == ["outdated"]
