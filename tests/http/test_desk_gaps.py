"""Gaps at the desk: who may know what others asked, and what is decided about it."""

from ingest.topics import TopicState
from tests.desk import at_the_desk
from tests.gaps import gatherer
from tests.http.world import ACME, GLOBEX, World

MALTA = "Do you ship parcels to Malta?"
STAFF = frozenset({"staff"})


async def asked(world: World) -> str:
    """Ask what no page answers, and give the id of the gap."""
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", "Refunds take a week.")
    async with world.client(await world.key(ACME, "read")) as client:
        await client.post("/v1/context", json={"query": MALTA})
    await world.wired.queries.flush()
    await gatherer(world).gather(ACME)
    (gap,) = await world.wired.ledger.topics.topics(ACME, None, world.wired.clock().date().min)
    return gap.id


async def test_a_gap_is_shown_with_its_questions_and_the_nearest_page(world: World) -> None:
    gap = await asked(world)
    async with at_the_desk(world, await world.key(ACME, "read")) as browser:
        listed, one = await browser.open("/gaps"), await browser.open(f"/gaps/{gap}")
        topics = await browser.open("/topics")
    for page in (listed, one, topics):
        assert MALTA in page.text
    assert "refunds.md" in listed.text
    assert "Weak evidence" in one.text
    assert "It is answered now" not in one.text


async def test_a_gap_is_dismissed_with_a_reason_and_opened_again(world: World) -> None:
    gap = await asked(world)
    here = f"/gaps/{gap}"
    async with at_the_desk(world, await world.key(ACME, "write", "read")) as browser:
        assert (await browser.send(f"{here}/dismiss", here)).headers["location"] == here
        assert "Say why it needs no page" in (await browser.open(here)).text
        await browser.send(f"{here}/dismiss", here, reason="We do not ship there.")
        assert "We do not ship there." in (await browser.open("/gaps?state=dismissed")).text
        await browser.send(f"{here}/reopen", here)
        await browser.send(f"{here}/resolve", here, reason="It stands in the footer.")
    (kept,) = await world.wired.ledger.topics.topics(ACME, [gap], world.wired.clock().date())
    assert (kept.state, kept.note) == (TopicState.RESOLVED, "It stands in the footer.")


async def test_gaps_are_hidden_from_keys_that_do_not_see_everything(world: World) -> None:
    gap = await asked(world)
    key = await world.key(ACME, "read", "write", groups=STAFF)
    async with at_the_desk(world, key) as browser:
        assert 'href="/gaps"' not in (await browser.open("/")).text
        for path in ("/gaps", f"/gaps/{gap}", "/topics"):
            answer = await browser.open(path)
            assert answer.status_code == 403
            assert MALTA not in answer.text
        assert (await browser.send(f"/gaps/{gap}/dismiss", "/", reason="x")).status_code == 403


async def test_a_gap_of_others_is_not_there(world: World) -> None:
    gap = await asked(world)
    async with at_the_desk(world, await world.key(GLOBEX, "read", "write")) as browser:
        assert (await browser.open(f"/gaps/{gap}")).status_code == 404
        assert (await browser.send(f"/gaps/{gap}/resolve", "/", reason="x")).status_code == 404
