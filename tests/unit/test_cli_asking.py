"""Searching and asking on the command line."""

from connectors.model import Json
from tests.cli_api import Punnet, Told, problem

CONTEXT: dict[str, Json] = {
    "plan_id": "p_1",
    "decision": "snippets",
    "reasons": ["everything would cost too much"],
    "alternatives": [
        {
            "mode": "full",
            "tokens": 9000,
            "tokens_p99": 9100,
            "cost_usd": None,
            "feasible": False,
            "reasons": ["cost_cap"],
        }
    ],
    "evidence": {"probability": 0.8, "sufficient": True, "missing_parts": []},
    "handoff": None,
    "citations": [
        {
            "tag": f"D{number}",
            "title": "Returns",
            "link": "https://shop.example/returns#money",
            "text": "Refunds take \x1b[31mfive\x07 days.",
            "freshness": {"as_of": "2026-03-01T12:00:00Z", "stale": True, "reasons": ["old"]},
        }
        for number in range(1, 8)
    ],
    "warnings": ["4 pieces are stale"],
}
HIT: dict[str, Json] = {
    "rank": 1,
    "text": "Refunds take five days.",
    "heading_path": ["Returns", "Money"],
    "link": "https://shop.example/returns#money",
    "document": {"title": "Returns", "ref": "returns.md"},
    "freshness": {"as_of": "2026-03-01T12:00:00Z", "stale": False, "reasons": []},
    "warnings": [],
}


def test_search_prints_passages_with_their_links(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/search"] = (200, {"query_id": "q_1", "hits": [HIT]})
    said = punnet("search", "refunds", "--limit", "3", "--tag", "public")
    assert "1. Returns | Returns > Money\n   Refunds take five days.\n" in said.out
    assert "https://shop.example/returns#money  (as of 2026-03-01 12:00)" in said.out
    asked = {"query": "refunds", "limit": 3, "filter": {"tags": ["public"]}}
    assert api.body_of("POST /v1/search") == asked


def test_search_tells_what_was_left_undone(punnet: Punnet, api: Told) -> None:
    warnings: list[Json] = ["the embedding model does not understand French"]
    api.answers["POST /v1/search"] = (200, {"query_id": "q_1", "hits": [], "warnings": warnings})
    assert "Warning: the embedding model does not" in punnet("search", "Retours").err


def test_search_prints_the_wire_as_json(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/search"] = (200, {"query_id": "q_1", "hits": [HIT]})
    assert punnet("search", "refunds", "--json").data() == {"query_id": "q_1", "hits": [HIT]}


def test_finding_nothing_is_no_failure(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/search"] = (200, {"query_id": "q_1", "hits": []})
    said = punnet("search", "refunds")
    assert (said.status, said.out) == (0, "")
    assert "Nothing was found" in said.err


def test_ask_without_a_router_shows_plan_and_citations(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["POST /v1/chat/completions"] = problem("router-missing", "Set it.", 501)
    said = punnet("ask", "How long?")
    assert said.status == 0
    assert "Plan: everything would cost too much" in said.err
    assert "PUNNET_ROUTER_URL" in said.err
    assert said.out.count("https://shop.example/returns#money") == 5
    assert "2 more pieces" in said.err


def test_what_stands_in_documents_cannot_move_the_cursor(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["POST /v1/chat/completions"] = problem("router-missing", "Set it.", 501)
    said = punnet("ask", "How long?")
    assert "\x1b" not in said.out
    assert "\x07" not in said.out


def test_ask_with_a_router_prints_the_answer(punnet: Punnet, api: Told) -> None:
    written: dict[str, Json] = {
        "choices": [{"message": {"role": "assistant", "content": "Five days [D1]."}}],
        "punnet": {"citations": CONTEXT["citations"]},
    }
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["POST /v1/chat/completions"] = (200, written)
    assert punnet("ask", "How long?").out.startswith("Five days [D1].\n")
    data = punnet("ask", "How long?", "--json").data()
    assert data == {"context": CONTEXT, "completion": written}


def test_ask_tells_what_of_an_answer_does_not_hold(punnet: Punnet, api: Told) -> None:
    check: Json = {
        "unknown_tags": ["D99§7"],
        "misquoted": [],
        "unsupported_numbers": [{"words": "£999.99", "tags": ["D2§6"]}],
        "uncited": 1,
    }
    written: dict[str, Json] = {
        "choices": [{"message": {"role": "assistant", "content": "The Moon."}}],
        "punnet": {"citations": [], "check": check},
    }
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["POST /v1/chat/completions"] = (200, written)
    said = punnet("ask", "How long?").err
    assert "cites D99§7, which its prompt does not hold" in said
    assert "says '£999.99': no cited piece holds it" in said
    assert "without a citation: 1" in said


def test_a_source_is_named_as_people_name_it(punnet: Punnet, api: Told) -> None:
    known: dict[str, Json] = {"items": [{"id": "s_1", "name": "Shop"}], "next_cursor": None}
    api.answers["GET /v1/sources"] = (200, known)
    api.answers["POST /v1/search"] = (200, {"query_id": "q_1", "hits": []})
    assert punnet("search", "refunds", "--source", "Shop").status == 0
    asked = {"query": "refunds", "limit": 5, "filter": {"source_ids": ["s_1"]}}
    assert api.body_of("POST /v1/search") == asked
    assert "There is no source 'Shed'" in punnet("search", "refunds", "--source", "Shed").err


def test_ask_explains_what_was_weighed(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["POST /v1/chat/completions"] = problem("router-missing", "Set it.", 501)
    said = punnet("ask", "How long?", "--explain")
    assert "cost_cap" in said.out
    assert "unknown" in said.out
    assert said.out.count("https://shop.example/returns#money") == 7


def test_a_router_that_fails_fails_the_question(punnet: Punnet, api: Told) -> None:
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["POST /v1/chat/completions"] = problem("router-failed", "It is down.", 502)
    said = punnet("ask", "How long?")
    assert said.status == 1
    assert said.err == "punnet: It is down. (request r-1)\n"
