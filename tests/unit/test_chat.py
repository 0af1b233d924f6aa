import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from connectors.model import Json, TenantId
from retrieval.answer import Answer
from retrieval.chat import Chat, Spare, Streaming, cost_of, declined
from retrieval.completion import Usage, same_model, text_of
from retrieval.declining import honest
from retrieval.errors import (
    NothingFits,
    RouterError,
    RouterMissing,
    RouterRefused,
    RouterSilent,
)
from retrieval.listening import Listener
from retrieval.model import ContextRequest, Mode
from retrieval.profiles import Profile, dialect_of
from tests.answers import (
    ACME,
    PLAIN,
    SECRET,
    USAGE,
    Asks,
    Says,
    answered,
    asked,
    chunk,
    cited,
    escalated,
    pack,
    plan,
    told,
)

ANSWER = answered(plan(), pack(cited("D1§1")))
DECLINES = "The knowledge base says nothing about this. Shall I hand over to a person?"
DOWN = [RouterSilent("nobody there"), RouterRefused(503, "busy"), RouterRefused(429, "later")]


def spare(says: Says, model: str | None = None) -> Spare:
    return Spare(says, PLAIN, model)


async def words(streaming: Streaming) -> str:
    return "".join([text_of(chunk, "delta") async for chunk in streaming.chunks])


# --- a second router --------------------------------------------------------------


@pytest.mark.parametrize("error", DOWN, ids=str)
async def test_a_second_router_answers_for_one_that_is_down(error: Exception) -> None:
    other = Says()
    chat = Chat(Asks([ANSWER]), Says(fails=error), spare(other, "spare-model"))
    reply = await chat.complete(ACME, asked(), {"temperature": 0})
    assert (reply.served_by, reply.text) == ("fallback", "Five days [D1§1].")
    streaming = await chat.stream(ACME, asked(), {})
    assert (streaming.served_by, await words(streaming)) == ("fallback", "Five days [D1§1].")
    first, second = other.bodies
    assert (first["model"], first["temperature"]) == ("spare-model", 0)
    assert second["stream_options"] == {"include_usage": True}


async def test_the_second_router_is_spoken_to_in_its_own_words() -> None:
    dialect = dialect_of(Profile.LITELLM, secret=SECRET)
    answer = answered(plan(), pack(cited("D1§1")), dialect)
    other = Says()
    chat = Chat(Asks([answer]), Says(fails=DOWN[0]), spare(other))
    await chat.complete(ACME, asked(), {})
    assert "metadata" in answer.request
    assert set(other.bodies[0]) == {"model", "messages"}


@pytest.mark.parametrize("error", [RouterRefused(400, "too long"), RouterRefused(401, "who?")])
async def test_a_refusal_that_another_router_would_repeat_is_given_back(error: Exception) -> None:
    other = Says()
    chat = Chat(Asks([ANSWER]), Says(fails=error), spare(other))
    with pytest.raises(RouterRefused):
        await chat.complete(ACME, asked(), {})
    with pytest.raises(RouterRefused):
        await chat.stream(ACME, asked(), {})
    assert other.bodies == []


async def test_after_the_first_byte_of_an_answer_nobody_else_is_asked() -> None:
    other = Says()
    chat = Chat(Asks([ANSWER]), Says(fails=RouterSilent("gone"), after=1), spare(other))
    streaming = await chat.stream(ACME, asked(), {})
    with pytest.raises(RouterError):
        await words(streaming)
    assert other.bodies == []


async def test_where_both_are_down_both_are_named() -> None:
    second = spare(Says(fails=RouterSilent("no one at two")))
    chat = Chat(Asks([ANSWER]), Says(fails=RouterRefused(503, "inner words")), second)
    for ask in (chat.complete, chat.stream):
        with pytest.raises(RouterSilent, match=r"status 503.*no one at two") as raised:
            await ask(ACME, asked(), {})
        assert "inner words" not in str(raised.value)


async def test_without_a_second_router_the_first_ones_trouble_is_told() -> None:
    with pytest.raises(RouterSilent):
        await Chat(Asks([ANSWER]), Says(fails=DOWN[0])).complete(ACME, asked(), {})
    with pytest.raises(RouterMissing):
        await Chat(Asks([ANSWER]), None, spare(Says())).stream(ACME, asked(), {})


# --- streams ----------------------------------------------------------------------


class Slow:
    """Gives a chunk only when it is told to."""

    def __init__(self) -> None:
        self.turn = asyncio.Event()
        self.closed = False

    async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        raise AssertionError("streams only")

    async def stream(self, body: Mapping[str, Json]) -> AsyncIterator[Mapping[str, Json]]:
        try:
            for word in ("Five", " days"):
                await self.turn.wait()
                self.turn.clear()
                yield chunk(word)
        finally:
            self.closed = True


async def test_a_chunk_is_passed_on_before_the_next_one_is_made() -> None:
    router, times = Slow(), iter((1.0, 3.5))
    router.turn.set()
    chat = Chat(Asks([ANSWER]), router, timer=lambda: next(times))
    streaming = await chat.stream(ACME, asked(), {})
    assert streaming.waited_s == 2.5
    assert text_of(await anext(streaming.chunks), "delta") == "Five"
    second = asyncio.ensure_future(anext(streaming.chunks))
    await asyncio.sleep(0)
    assert not second.done()
    router.turn.set()
    assert text_of(await second, "delta") == " days"


async def test_who_leaves_half_way_ends_the_routers_work() -> None:
    router = Slow()
    router.turn.set()
    streaming = await Chat(Asks([ANSWER]), router).stream(ACME, asked(), {})
    await anext(streaming.chunks)
    await streaming.chunks.aclose()  # type: ignore[attr-defined]
    assert router.closed


async def heard(text: str, *, shows_usage: bool = False, **policy: object) -> list[Json]:
    request = asked(**policy)
    chat = Chat(Asks([ANSWER]), Says([text]))
    streaming = await chat.stream(ACME, request, {})
    listener = Listener(ANSWER, request, shows_usage=shows_usage)
    shown = [listener.hear(one) async for one in streaming.chunks]
    assert listener.usage == Usage(1_000, 10, 900)
    return [dict(one) for one in shown if one is not None]


async def test_usage_is_counted_for_us_and_shown_to_who_asked_for_it() -> None:
    quiet, loud = await heard("Five days."), await heard("Five days.", shows_usage=True)
    assert all(isinstance(one, dict) and "usage" not in one for one in quiet)
    assert loud[: len(quiet)] == quiet
    last = loud[-1]
    assert isinstance(last, dict)
    assert last["usage"] == USAGE


async def test_a_strict_stream_holds_back_only_the_sentence_being_written() -> None:
    chunks = await heard(
        "Refunds take five working days [D1§1]. They are free. Is that fine?",
        strict_citations=True,
    )
    texts = [text_of(one, "delta") for one in chunks if isinstance(one, dict)]
    assert "".join(texts) == "Refunds take five working days [D1§1]. Is that fine?"
    assert texts[5:7] == ["", "Refunds take five working days [D1§1]."]


def test_a_strict_answer_shows_what_was_checked_and_nothing_thought_aloud() -> None:
    listener = Listener(ANSWER, asked(strict_citations=True))
    shown = listener.read(told("Refunds are always free.", {"model": "m"}))
    assert text_of(shown, "message") == honest("en")
    assert "Hm." not in str(shown)
    assert (listener.dropped, listener.nothing_left, listener.cited()) == (1, True, ())
    assert listener.check().statements == 1


def test_an_answer_that_is_not_strict_is_passed_on_as_it_came() -> None:
    listener = Listener(ANSWER, asked())
    completion = told("Refunds are always free.", {"model": "m"})
    assert listener.read(completion) == completion
    assert (listener.dropped, listener.nothing_left) == (0, False)


# --- one rung up ------------------------------------------------------------------

FURTHER = answered(escalated(plan(Mode.DOCUMENTS, name="p2")), pack(cited("D1§1"), cited("D2§1")))


async def test_an_answer_that_declines_is_asked_for_again_one_rung_up() -> None:
    asker, router = Asks([ANSWER, FURTHER]), Says([DECLINES, "Five days [D2§1]."])
    reply = await Chat(asker, router).complete(ACME, asked(escalate=True), {})
    assert [one.after for one in asker.asked] == [None, Mode.SNIPPETS]
    assert (reply.text, reply.answer.plan.id) == ("Five days [D2§1].", "p2")
    assert reply.earlier is not None
    assert (reply.earlier.text, reply.earlier.answer.plan.id) == (DECLINES, "p1")


async def test_more_snippets_are_a_rung_as_well() -> None:
    more = answered(escalated(plan(name="p2")), pack(cited("D1§1"), cited("D2§1")))
    asker = Asks([ANSWER, more])
    reply = await Chat(asker, Says([DECLINES, "Five days [D2§1]."])).complete(
        ACME, asked(escalate=True), {}
    )
    assert (reply.text, reply.answer.plan.id) == ("Five days [D2§1].", "p2")
    assert asker.asked[1].after_budget == ANSWER.plan.chosen.budget


async def test_an_honest_answer_stands_when_no_second_plan_can_be_had() -> None:
    class Once(Asks):
        async def answer(self, tenant: TenantId, request: ContextRequest) -> Answer:
            if self.asked:
                raise NothingFits("no room")
            return await super().answer(tenant, request)

    reply = await Chat(Once([ANSWER]), Says([DECLINES])).complete(ACME, asked(escalate=True), {})
    assert (reply.text, reply.earlier) == (DECLINES, None)


async def test_where_no_rung_is_left_nobody_is_asked_twice() -> None:
    router = Says([DECLINES])
    reply = await Chat(Asks([ANSWER]), router).complete(ACME, asked(escalate=True), {})
    assert (reply.earlier, len(router.bodies)) == (None, 1)


async def test_nothing_is_asked_twice_unless_the_policy_says_so() -> None:
    asker = Asks([ANSWER, FURTHER])
    await Chat(asker, Says([DECLINES])).complete(ACME, asked(), {})
    await Chat(asker, Says(["Five days [D1§1]."])).complete(ACME, asked(escalate=True), {})
    assert [one.after for one in asker.asked] == [None, None]


async def test_an_honest_answer_stands_when_the_second_cannot_be_had() -> None:
    class Once(Says):
        async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
            if self.bodies:
                raise RouterSilent("gone")
            return await super().complete(body)

    chat = Chat(Asks([ANSWER, FURTHER]), Once([DECLINES]))
    reply = await chat.complete(ACME, asked(escalate=True), {})
    assert (reply.text, reply.earlier) == (DECLINES, None)


async def test_an_answer_of_which_strictness_leaves_nothing_has_declined() -> None:
    reply = await Chat(Asks([ANSWER]), Says(["Refunds are free."])).complete(ACME, asked(), {})
    assert not declined(reply, asked())
    assert declined(reply, asked(strict_citations=True))


# --- what it cost -----------------------------------------------------------------


def test_a_cost_is_told_only_of_the_model_that_was_priced() -> None:
    usage = Usage(1_000_000, 1_000_000, 500_000)
    model = ANSWER.plan.model.name
    assert cost_of(usage, ANSWER, model) == pytest.approx(0.5 * 0.15 + 0.5 * 0.003 + 0.6)
    assert cost_of(usage, ANSWER, "gpt-5.5") is None
    assert cost_of(None, ANSWER, model) is None
    unpriced = replace(ANSWER.plan, model=replace(ANSWER.plan.model, prices=replace(
        ANSWER.plan.model.prices, cache_read=None)))  # fmt: skip
    assert cost_of(usage, replace(ANSWER, plan=unpriced), model) is None


@pytest.mark.parametrize(
    ("asked_for", "served", "same"),
    [
        ("gpt-4.1", "gpt-4.1-2025-04-14", True),
        ("gpt-4.1", "gpt-4.1-mini", False),
        ("anthropic/claude-sonnet-4-6", "claude-sonnet-4-6-20260101", True),
        ("deepseek-v4-flash", "DeepSeek/deepseek-v4-flash", True),
        ("mistral-large", "mistral-large-latest", True),
        ("claude-opus-4-6", "claude-opus-4-7", False),
        ("auto", "gpt-5.5", False),
        ("gpt-5.5", "", True),
    ],
)
def test_a_model_is_known_by_its_name_without_vendor_and_date(
    asked_for: str, served: str, same: bool
) -> None:
    assert same_model(asked_for, served) is same
