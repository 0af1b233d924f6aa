"""Flags over HTTP: raised, read, acted on, exported; seen by those who see both pages."""

import csv
import io
from typing import Any

import pytest

from ingest.freshness.model import Finding, FlagKind, Quote
from ingest.model import DocumentId
from tests.http.world import ACME, GLOBEX, NOON, World

REFUNDS = "Refunds reach the card within five working days."
RETURNS = "We refund within ten working days."
STAFF = frozenset({"staff"})


async def pages(
    world: World, access: frozenset[str] = frozenset()
) -> tuple[DocumentId, DocumentId]:
    """Make two pages; only the second is for these groups."""
    source = await world.source(ACME, "help")
    first = await world.page(ACME, source, "refunds.md", REFUNDS)
    return first, await world.page(ACME, source, "returns.md", RETURNS, access=access)


async def found(world: World, kind: FlagKind, page: DocumentId, key: str, **more: Any) -> str:
    """Have a detector find something, and give the flag's id."""
    finding = Finding(kind, page, 1, key, 0.5, more.pop("reason", "It is so."), **more)
    settled = await world.wired.ledger.flags.settle(ACME, [kind], [], [finding], NOON)
    return settled.raised[0].id


def between(first: DocumentId, second: DocumentId) -> dict[str, Any]:
    quotes = (
        Quote(first, 1, 30, 34, REFUNDS[30:34], ((0, 4),)),
        Quote(second, 1, 17, 20, RETURNS[17:20]),
    )
    return {"quotes": quotes, "other": second}


async def test_an_agent_flags_the_words_that_it_read(world: World) -> None:
    page, _ = await pages(world)
    async with world.client(await world.key(ACME, "feedback")) as client:
        said = {"document_id": page, "kind": "outdated", "quote": "five working days"}
        flag = (await client.post("/v1/flags", json={**said, "comment": "Four now."})).json()
    (quote,) = flag["quotes"]
    assert (flag["state"], flag["origin"], flag["reason"]) == ("open", "agent", "Four now.")
    assert quote["text"] == REFUNDS[quote["start"] : quote["end"]] == "five working days"
    assert flag["document"] == {"id": page, "title": "refunds.md"}
    assert flag["impact"] > 0


async def test_a_passage_can_be_named_instead_of_its_page(world: World) -> None:
    page, _ = await pages(world)
    async with world.client(await world.key(ACME, "read", "write")) as client:
        hits = (await client.post("/v1/search", json={"query": "refunds card days"})).json()["hits"]
        hit = next(one for one in hits if one["document"]["id"] == page)
        body = {"chunk_id": hit["chunk_id"], "kind": "incorrect"}
        flag = (await client.post("/v1/flags", json=body)).json()
    assert (flag["document"]["id"], flag["origin"]) == (page, "person")
    assert flag["quotes"][0]["text"] == REFUNDS


async def test_words_that_are_not_on_the_page_raise_nothing(world: World) -> None:
    page, _ = await pages(world)
    async with world.client(await world.key(ACME, "read", "feedback")) as client:
        body = {"document_id": page, "kind": "outdated", "quote": "six days"}
        answer = await client.post("/v1/flags", json=body)
        listed = (await client.get("/v1/flags")).json()["items"]
    assert (answer.status_code, listed) == (422, [])
    assert "Copy them from its live text" in answer.json()["detail"]


async def test_the_same_report_twice_is_one_flag_with_both_in_its_history(world: World) -> None:
    page, _ = await pages(world)
    body = {"document_id": page, "kind": "missing", "comment": "How to pay?"}
    async with world.client(await world.key(ACME, "read", "write")) as client:
        ids = {(await client.post("/v1/flags", json=body)).json()["id"] for _ in range(2)}
        told = (await client.get(f"/v1/flags/{ids.pop()}")).json()
    assert ids == set()
    assert [one["note"] for one in told["history"]] == ["How to pay?", "How to pay?"]


async def test_a_contradiction_shows_the_words_of_both_pages(world: World) -> None:
    first, second = await pages(world)
    flag = await found(world, FlagKind.CONTRADICTION, first, "days", **between(first, second))
    async with world.client(await world.key(ACME, "read")) as client:
        told = (await client.get(f"/v1/flags/{flag}")).json()
    assert [one["text"] for one in told["quotes"]] == ["five", "ten"]
    assert told["other"] == {"id": second, "title": "returns.md"}
    assert told["quotes"][0]["marks"] == [[0, 4]]
    assert [one["action"] for one in told["history"]] == ["raise"]


async def test_a_flag_goes_through_its_life_and_keeps_its_history(world: World) -> None:
    page, _ = await pages(world)
    flag = await found(world, FlagKind.EXPIRED, page, "may")
    steps: tuple[tuple[str, dict[str, str], str], ...] = (
        ("comment", {"note": "Legal looks at it."}, "open"),
        ("assign", {"assigned_to": "maria"}, "open"),
        ("snooze", {"until": "2026-04-01T08:00:00Z"}, "snoozed"),
        ("reopen", {}, "open"),
        ("resolve", {"note": "Mended."}, "resolved"),
        ("reopen", {"note": "Not quite."}, "open"),
        ("dismiss", {"reason": "Still right."}, "dismissed"),
    )
    async with world.client(await world.key(ACME, "read", "write")) as client:
        for step, body, state in steps:
            answer = await client.post(f"/v1/flags/{flag}/{step}", json=body)
            assert (answer.status_code, answer.json()["state"]) == (200, state), step
        told = (await client.get(f"/v1/flags/{flag}")).json()
    assert [one["action"] for one in told["history"]] == ["raise", *(step for step, *_ in steps)]
    assert (told["assigned_to"], told["note"]) == ("maria", "Still right.")
    assert told["history"][-1]["by"].startswith("k_")
    assert told["history"][-1]["by_name"]


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("dismiss", {}),
        ("dismiss", {"reason": " "}),
        ("comment", {"note": ""}),
        ("snooze", {"until": "2026-03-01T00:00:00Z"}),
        ("assign", {"assigned_to": "m", "kind": "expired"}),
    ],
)
async def test_a_deed_without_what_it_needs_changes_nothing(
    world: World, step: str, body: dict[str, str]
) -> None:
    page, _ = await pages(world)
    flag = await found(world, FlagKind.EXPIRED, page, "may")
    async with world.client(await world.key(ACME, "read", "write")) as client:
        assert (await client.post(f"/v1/flags/{flag}/{step}", json=body)).status_code == 422
        assert len((await client.get(f"/v1/flags/{flag}")).json()["history"]) == 1


async def test_many_are_done_with_at_once_or_none_is(world: World) -> None:
    page, _ = await pages(world)
    flags = [await found(world, FlagKind.EXPIRED, page, f"{n}") for n in range(3)]
    async with world.client(await world.key(ACME, "read", "write")) as client:
        await client.post(f"/v1/flags/{flags[2]}/resolve", json={})
        body = {"flag_ids": flags, "action": "assign", "assigned_to": "maria"}
        refused = await client.post("/v1/flags/actions", json=body)
        unknown = {**body, "flag_ids": [flags[0], "f_none"]}
        gone = await client.post("/v1/flags/actions", json=unknown)
        waiting = (await client.get("/v1/flags")).json()["items"]
        done = await client.post("/v1/flags/actions", json={**body, "flag_ids": flags[:2]})
    assert (refused.status_code, gone.status_code) == (409, 409)
    assert flags[2] in refused.json()["detail"]
    assert "f_none" in gone.json()["detail"]
    assert {one["assigned_to"] for one in waiting} == {""}
    assert [one["assigned_to"] for one in done.json()["items"]] == ["maria", "maria"]


async def test_a_flag_of_a_page_that_the_key_may_not_see_is_not_there(world: World) -> None:
    first, second = await pages(world, STAFF)
    flag = await found(world, FlagKind.CONTRADICTION, first, "days", **between(first, second))
    guest = await world.key(ACME, "read", "write", groups=frozenset({"guests"}))
    async with world.client(guest) as client:
        listed = (await client.get("/v1/flags")).json()["items"]
        queue = (await client.get("/v1/review")).json()
        table = (await client.get("/v1/flags.csv")).text
        read = await client.get(f"/v1/flags/{flag}")
        unknown = await client.get("/v1/flags/f_none")
        acted = await client.post(f"/v1/flags/{flag}/resolve", json={})
        raised = await client.post("/v1/flags", json={"document_id": second, "kind": "outdated"})
    assert (listed, queue["items"], queue["counts"]) == ([], [], {})
    assert flag not in table
    assert {one.status_code for one in (read, unknown, acted, raised)} == {404}
    assert read.json()["detail"] == unknown.json()["detail"]


async def test_scopes_say_who_may_read_raise_and_act(world: World) -> None:
    page, _ = await pages(world)
    flag = await found(world, FlagKind.EXPIRED, page, "may")
    said = {"document_id": page, "kind": "outdated"}
    allowed = {}
    for scope in ("read", "feedback", "write", "admin"):
        async with world.client(await world.key(ACME, scope)) as client:
            answers = (
                await client.get("/v1/flags"),
                await client.post("/v1/flags", json=said),
                await client.post(f"/v1/flags/{flag}/comment", json={"note": "Hm."}),
                await client.get("/v1/audit"),
            )
        allowed[scope] = [answer.is_success for answer in answers]
    assert allowed == {
        "read": [True, False, False, False],
        "feedback": [False, True, False, False],
        "write": [False, True, True, False],
        "admin": [True, True, True, True],
    }


async def test_flags_are_listed_by_page_kind_and_state(world: World) -> None:
    first, second = await pages(world)
    gone = await found(world, FlagKind.EXPIRED, first, "a")
    await found(world, FlagKind.OVERDUE, second, "b")
    async with world.client(await world.key(ACME, "admin")) as client:
        await client.post(f"/v1/flags/{gone}/resolve", json={})

        async def kinds(query: str) -> list[str]:
            items = (await client.get(f"/v1/flags?{query}")).json()["items"]
            return sorted(one["kind"] for one in items)

        assert await kinds("") == ["overdue"]
        assert await kinds("state=open&state=resolved") == ["expired", "overdue"]
        assert await kinds(f"document_id={first}") == []
        assert await kinds("kind=expired&state=resolved") == ["expired"]
        assert await kinds("source_id=help") == ["overdue"]
        assert await kinds("source_id=other") == []
        assert (await client.get("/v1/flags?state=gone")).status_code == 422


async def test_a_list_goes_on_where_its_page_ended(world: World) -> None:
    page, _ = await pages(world)
    flags = {await found(world, FlagKind.EXPIRED, page, f"{n}") for n in range(5)}
    seen: list[str] = []
    async with world.client(await world.key(ACME, "read")) as client:
        cursor = ""
        for _ in range(5):
            told = (await client.get(f"/v1/flags?limit=2{cursor}")).json()
            seen += [one["id"] for one in told["items"]]
            cursor = f"&cursor={told['next_cursor']}"
            if not told["next_cursor"]:
                break
    assert (len(seen), set(seen)) == (5, flags)


async def test_the_queue_counts_all_that_waits_by_kind(world: World) -> None:
    first, second = await pages(world)
    for place, kind in enumerate((FlagKind.EXPIRED, FlagKind.OVERDUE, FlagKind.OVERDUE)):
        await found(world, kind, (first, second)[place % 2], f"{place}")
    async with world.client(await world.key(ACME, "read")) as client:
        told = (await client.get("/v1/review?limit=1")).json()
    assert (told["counts"], len(told["items"])) == ({"expired": 1, "overdue": 2}, 1)


async def test_no_cell_of_the_table_is_a_formula(world: World) -> None:
    page, _ = await pages(world)
    for place, reason in enumerate(("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "fine, = is")):
        await found(world, FlagKind.EXPIRED, page, f"{place}", reason=reason)
    async with world.client(await world.key(ACME, "read")) as client:
        answer = await client.get("/v1/flags.csv?limit=1")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert {row["reason"] for row in rows} == {
        *("'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "fine, = is")
    }
    assert {row["title"] for row in rows} == {"refunds.md"}


async def test_another_tenants_flags_are_nobody_elses(world: World) -> None:
    page, _ = await pages(world)
    flag = await found(world, FlagKind.EXPIRED, page, "may")
    async with world.client(await world.key(GLOBEX, "admin")) as client:
        assert (await client.get("/v1/flags")).json()["items"] == []
        assert (await client.get(f"/v1/flags/{flag}")).status_code == 404
        body = {"flag_ids": [flag], "action": "resolve"}
        assert (await client.post("/v1/flags/actions", json=body)).status_code == 404
        assert (await client.get(f"/v1/audit?subject={flag}")).json()["items"] == []
