"""Questions at the desk: what would be sent, why, where it comes from, and what is kept of it."""

import re

from tests.desk import Browser, at_the_desk
from tests.http.world import ACME, GLOBEX, World

QUESTION = "How long does a refund take?"
REFUNDS = "A refund takes five working days."


async def knowing(world: World) -> str:
    source = await world.source(ACME, "help")
    return await world.page(ACME, source, "refunds.md", REFUNDS)


async def kept(world: World) -> int:
    """Count the questions that topics would be made of."""
    await world.wired.queries.flush()
    kinds = ("context", "trial", "chat", "search")
    return len(await world.wired.ledger.topics.unsorted(ACME, kinds, 9))


async def test_a_plan_is_shown_with_its_alternatives_and_leaves_no_trace(world: World) -> None:
    page = await knowing(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        told = (await browser.send("/ask", "/ask", question=QUESTION)).text
    assert told.count("data-point=") >= 2
    assert told.count('data-sort="chosen"') == 1
    link = re.search(rf'href="(/documents/{page}\?at=\d+#p-[\w-]+)"', told)
    assert link is not None
    assert 'href="#c-1"' in told
    assert REFUNDS in told
    assert await kept(world) == 0


async def test_a_question_counts_where_that_is_asked_for(world: World) -> None:
    await knowing(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        await browser.send("/ask", "/ask", question=QUESTION, counts="true")
    assert await kept(world) == 1


async def test_the_model_answers_with_citations_that_are_checked(world: World) -> None:
    await knowing(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        told = (await browser.send("/ask", "/ask", question=QUESTION, answer="true")).text
    assert re.search(r'Five days \[<a class="tag" href="#c-1">D1§1</a>\]', told)
    assert await kept(world) == 0


async def test_without_a_router_there_is_no_model_to_ask(world: World) -> None:
    key = await world.key(ACME, "read")
    async with world.client(router=None) as client:
        browser = Browser(client)
        await browser.sign_in(key)
        assert "Ask the model" not in (await browser.open("/ask")).text
        told = await browser.send("/ask", "/ask", question=QUESTION, answer="true")
        assert told.status_code == 422
        assert "PUNNET_ROUTER_URL" in told.text


async def test_what_is_wrong_is_told_at_its_field(world: World) -> None:
    await knowing(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        empty = await browser.send("/ask", "/ask", question=" ")
        dear = await browser.send("/ask", "/ask", question=QUESTION, max_cost_usd="much")
        odd = await browser.send("/ask", "/ask", question=QUESTION, model="no-such-model")
    assert 'id="query-wrong"' in empty.text
    assert 'id="max_cost_usd-wrong"' in dear.text
    assert (odd.status_code, "no-such-model" in odd.text) == (422, True)


async def test_a_citation_leads_to_the_passage(world: World) -> None:
    page = await knowing(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        led = await browser.open(f"/documents/{page}/passage?at=3")
        target = led.headers["location"].partition("#")[2]
        assert f'id="{target}"' in (await browser.open(f"/documents/{page}")).text
    async with at_the_desk(world, await world.key(GLOBEX, "read")) as browser:
        assert (await browser.open(f"/documents/{page}/passage")).status_code == 404


async def test_nothing_is_found_that_a_key_may_not_see(world: World) -> None:
    source = await world.source(ACME, "help")
    board = frozenset({"board"})
    await world.page(ACME, source, "secret.md", "A refund takes a secret.", access=board)
    key = await world.key(ACME, "read", groups=frozenset({"staff"}))
    async with at_the_desk(world, key) as browser:
        told = await browser.send("/ask", "/ask", question=QUESTION)
    assert told.status_code == 200
    assert "secret" not in told.text
