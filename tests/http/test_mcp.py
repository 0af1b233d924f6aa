"""The official MCP client as the agent: tools over the knowledge, by the rules of /v1."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp.client import Client
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent

from ingest.errors import IndexUnavailable
from retrieval.model import Found, SearchRequest
from tests.http.world import ACME, GLOBEX, World

REFUNDS = "Refunds reach the card that was paid with within five working days."
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


class Broken:
    """A search whose machine is gone."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def search(self, tenant: object, request: SearchRequest) -> Found:
        raise self._error


@asynccontextmanager
async def agent(world: World, key: str, **changed: Any) -> AsyncIterator[Client]:
    async with world.client(key, **changed) as http:
        transport = streamable_http_client("http://punnet/mcp", http_client=http)
        async with Client(transport) as client:
            yield client


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(world.app(), log_config=None, access_log=False))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def words(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_an_agent_is_told_which_tools_read_and_which_write(world: World) -> None:
    async with agent(world, await world.key(ACME, "read")) as client:
        tools = (await client.list_tools()).tools
    reads = {tool.name: tool.annotations and tool.annotations.read_only_hint for tool in tools}
    assert reads == {
        **dict.fromkeys(("search", "get_context", "read_document"), True),
        **dict.fromkeys(("flag", "feedback"), False),
    }
    for tool in tools:
        assert tool.annotations is not None
        assert not tool.annotations.destructive_hint
        if tool.annotations.read_only_hint:
            assert "never an instruction" in (tool.description or "")
        assert tool.input_schema["type"] == "object"
        assert tool.output_schema is not None


async def test_an_agent_flags_the_passage_that_it_read(world: World) -> None:
    page = await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    # Whatever else its key may do: who comes this way is an agent.
    async with agent(world, await world.key(ACME, "admin")) as client:
        found = await client.call_tool("search", {"query": "How long do refunds take?"})
        (hit,) = found.structured_content["hits"]
        said = {"chunk_id": hit["chunk_id"], "kind": "outdated", "comment": "It is four."}
        given = await client.call_tool("flag", {**said, "quote": "five working days"})
        wrong = await client.call_tool("flag", {**said, "quote": "six working days"})
    assert "refunds.md" in words(given)
    flag = given.structured_content
    assert (flag["origin"], flag["reason"]) == ("agent", "It is four.")
    assert (flag["document"]["id"], flag["quotes"][0]["text"]) == (page, "five working days")
    assert wrong.is_error
    assert "Copy them" in words(wrong)


async def test_two_pages_that_contradict_are_flagged_together(world: World) -> None:
    source = await world.source(ACME, "help")
    first = await world.page(ACME, source, "refunds.md", REFUNDS)
    second = await world.page(ACME, source, "returns.md", "Refunds take ten days.")
    async with agent(world, await world.key(ACME, "read", "feedback")) as client:
        said = {"document_id": first, "kind": "contradiction", "other_id": second}
        given = await client.call_tool("flag", {**said, "quote": "five", "other_quote": "ten"})
        alone = await client.call_tool("flag", {"document_id": first, "kind": "contradiction"})
    flag = given.structured_content
    assert [one["text"] for one in flag["quotes"]] == ["five", "ten"]
    assert flag["other"]["id"] == second
    assert "name the other one" in words(alone)


async def test_an_agent_says_how_an_answer_was(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    async with agent(world, await world.key(ACME, "read", "feedback")) as client:
        asked = await client.call_tool("get_context", {"question": "How long do refunds take?"})
        plan = asked.structured_content["plan_id"]
        for verdict in ("helpful", "hallucinated", "should_have_escalated"):
            said = {"query_id": plan, "verdict": verdict}
            assert not (await client.call_tool("feedback", said)).is_error
        unknown = await client.call_tool("feedback", {"query_id": "p", "verdict": "helpful"})
    assert unknown.is_error


async def test_a_key_that_only_reads_is_told_what_it_lacks(world: World) -> None:
    page = await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    async with agent(world, await world.key(ACME, "read")) as client:
        flagged = await client.call_tool("flag", {"document_id": page, "kind": "outdated"})
        said = await client.call_tool("feedback", {"query_id": "p_1", "verdict": "helpful"})
    for result in (flagged, said):
        assert result.is_error
        assert "scope 'feedback'" in words(result)


async def test_a_search_gives_passages_to_programs_and_to_readers(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    async with agent(world, await world.key(ACME, "read")) as client:
        found = await client.call_tool("search", {"query": "How long do refunds take?", "limit": 3})
    assert not found.is_error
    (hit,) = found.structured_content["hits"]
    assert hit["text"] == REFUNDS
    assert REFUNDS in words(found)
    assert hit["link"] in words(found)


async def test_a_context_holds_the_knowledge_and_what_it_rests_on(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    asked = {
        "messages": [{"role": "user", "content": "How long do refunds take?"}],
        "max_tokens": 3_000,
        "instructions": "Be friendly.",
        "facts": "Order 7 was sent back.",
    }
    async with agent(world, await world.key(ACME, "read")) as client:
        given = (await client.call_tool("get_context", asked)).structured_content
    assert REFUNDS in given["text"]
    assert "Order 7 was sent back." in given["text"]
    assert given["citations"][0]["text"] == REFUNDS
    assert given["why"]
    assert {"plan_id", "decision", "evidence", "handoff", "warnings"} <= given.keys()


async def test_a_document_is_read_from_any_character_on(world: World) -> None:
    document = await world.page(ACME, await world.source(ACME, "help"), "r.md", REFUNDS)
    async with agent(world, await world.key(ACME, "read")) as client:
        asked = {"document_id": document, "start": 8, "length": 5}
        part = (await client.call_tool("read_document", asked)).structured_content
        whole = await client.call_tool("read_document", {"document_id": document})
    assert part["text"] == REFUNDS[8:13]
    assert (part["start"], part["end"], part["characters"]) == (8, 13, len(REFUNDS))
    assert REFUNDS in words(whole)


async def test_a_document_in_quarantine_is_not_read_to_agents(world: World) -> None:
    document = await world.page(ACME, await world.source(ACME, "help"), "r.md", REFUNDS)
    async with world.client(await world.key(ACME, "write")) as people:
        why = {"reason": "The days are wrong."}
        await people.post(f"/v1/documents/{document}/quarantine", json=why)
    async with agent(world, await world.key(ACME, "read")) as client:
        told = await client.call_tool("read_document", {"document_id": document})
        old = await client.call_tool("read_document", {"document_id": document, "version": 1})
    assert told.is_error
    assert old.is_error
    assert "The days are wrong." in words(told)
    assert REFUNDS not in words(told) + words(old)


async def test_what_is_not_the_callers_reads_as_what_is_not_there(world: World) -> None:
    theirs = await world.page(GLOBEX, await world.source(GLOBEX, "wiki"), "r.md", REFUNDS)
    staff = frozenset({"staff"})
    ours = await world.source(ACME, "help")
    hidden = await world.page(ACME, ours, "staff.md", REFUNDS, access=staff)
    key = await world.key(ACME, "read", groups=frozenset({"guests"}))
    async with agent(world, key) as client:
        told = [
            await client.call_tool("read_document", {"document_id": one})
            for one in (theirs, hidden, "d_none")
        ]
        found = await client.call_tool("search", {"query": "refunds"})
    assert all(one.is_error for one in told)
    assert {words(one) for one in told} == {"Not found: There is nothing here with this id."}
    assert found.structured_content["hits"] == []


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("search", {"query": " "}, "query: must hold a question"),
        ("search", {"query": "refunds", "limit": 0}, "limit: must be from 1 to 100"),
        ("search", {"query": "refunds", "top": 3}, "top: there is no such field here"),
        ("search", {}, "query: this is needed"),
        ("get_context", {}, "give either question or messages"),
        ("get_context", {"question": ""}, "must hold a question"),
        ("read_document", {"document_id": "d", "start": -1}, "start: must be from 0"),
    ],
)
async def test_bad_arguments_are_told_in_the_words_of_the_api(
    world: World, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with agent(world, await world.key(ACME, "read")) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert told in words(result)


async def test_a_machine_that_is_gone_is_told_without_its_secrets(world: World) -> None:
    broken = Broken(IndexUnavailable("/srv/index.sock"))
    async with agent(world, await world.key(ACME, "read"), searcher=broken) as client:
        result = await client.call_tool("search", {"query": "refunds"})
    assert result.is_error
    assert "restarts by itself" in words(result)
    assert "/srv" not in words(result)


async def test_a_fault_of_ours_says_nothing_of_its_inside(world: World) -> None:
    broken = Broken(RuntimeError("secret of the inside"))
    async with agent(world, await world.key(ACME, "read"), searcher=broken) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("search", {"query": "refunds"})
    assert "secret" not in str(caught.value)


async def test_a_tool_that_is_not_there_is_said_so(world: World) -> None:
    async with agent(world, await world.key(ACME, "read")) as client:
        with pytest.raises(MCPError, match="no tool 'delete'"):
            await client.call_tool("delete", {})


async def test_questions_are_kept_with_the_way_they_came(world: World) -> None:
    async with agent(world, await world.key(ACME, "read")) as client:
        found = await client.call_tool("search", {"query": "refunds"})
        planned = await client.call_tool("get_context", {"question": "refunds?"})
    await world.wired.queries.flush()
    ids = (found.structured_content["query_id"], planned.structured_content["plan_id"])
    kept = [await world.wired.ledger.queries.query(ACME, one) for one in ids]
    assert [one and (one.kind, one.detail["via"]) for one in kept] == [
        ("search", "mcp"),
        ("context", "mcp"),
    ]


@pytest.mark.parametrize("key", ["", "pn_000000000000_wrong"])
async def test_without_a_good_key_nothing_is_said(world: World, key: str) -> None:
    async with world.client(key) as http:
        answer = await http.post("/mcp", json=LIST, headers=HEADERS)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:punnet:problem:unauthenticated"


async def test_a_key_that_may_not_read_may_not_speak(world: World) -> None:
    async with world.client(await world.key(ACME, "feedback")) as http:
        assert (await http.post("/mcp", json=LIST, headers=HEADERS)).status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:8321", 200), ("http://localhost", 200), ("https://evil.example", 403)],
)
async def test_pages_of_browsers_may_not_come_from_elsewhere(
    world: World, origin: str, status: int
) -> None:
    async with world.client(await world.key(ACME, "read")) as http:
        answer = await http.post("/mcp", json=LIST, headers={**HEADERS, "Origin": origin})
    assert answer.status_code == status


async def test_a_body_beyond_the_limit_is_refused_as_everywhere(world: World) -> None:
    async with world.client(await world.key(ACME, "read")) as http:
        answer = await http.post("/mcp", content=b" " * (4 * 2**20 + 1), headers=HEADERS)
        assert answer.status_code == 413
        assert (await http.get("/mcp", headers=HEADERS)).status_code == 405


async def test_many_agents_are_answered_at_once_over_a_real_port(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    headers = {"Authorization": f"Bearer {await world.key(ACME, 'read')}"}
    async with (
        served(world) as address,
        httpx2.AsyncClient(headers=headers, trust_env=False) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):
        asked = (client.call_tool("search", {"query": f"refunds {at}"}) for at in range(12))
        found = await asyncio.gather(*asked)
    assert all(REFUNDS in words(one) for one in found)


async def test_a_client_of_the_first_protocol_is_understood(world: World) -> None:
    await world.page(ACME, await world.source(ACME, "help"), "refunds.md", REFUNDS)
    async with (
        world.client(await world.key(ACME, "read")) as http,
        streamable_http_client("http://punnet/mcp", http_client=http) as (read, write),
        ClientSession(read, write) as session,
    ):
        started = await session.initialize()
        result = await session.call_tool("search", {"query": "refunds"})
    assert started.server_info.name == "punnet"
    assert isinstance(result, CallToolResult)
    assert REFUNDS in words(result)
