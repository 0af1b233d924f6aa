"""What is decided of pages: verified, quarantined, entrusted, ruled; and who did it."""

from datetime import timedelta

import pytest

from ingest.freshness.model import Finding, FlagKind
from ingest.model import DocumentId
from tests.http.world import ACME, NOON, World

TEXT = "Refunds reach the card within five working days."


async def a_page(world: World, access: frozenset[str] = frozenset()) -> DocumentId:
    source = await world.source(ACME, "help")
    return await world.page(ACME, source, "refunds.md", TEXT, access=access)


async def found(world: World, *findings: Finding) -> None:
    kinds = [one.kind for one in findings]
    await world.wired.ledger.flags.settle(ACME, kinds, [], list(findings), NOON)


async def test_a_verification_ends_what_speaks_of_age_alone(world: World) -> None:
    page = await a_page(world)
    kinds = (FlagKind.OVERDUE, FlagKind.EXPIRED, FlagKind.BROKEN_LINK, FlagKind.INCORRECT)
    await found(world, *(Finding(kind, page, 1, "a", 0.5, "So.") for kind in kinds))
    async with world.client(await world.key(ACME, "read", "write")) as client:
        told = (await client.post(f"/v1/documents/{page}/verify")).json()
        flags = (await client.get("/v1/flags?state=open&state=resolved")).json()["items"]
    assert told["verified_at"] == "2026-03-02T12:00:00Z"
    assert {(one["kind"], one["state"], one["note"]) for one in flags} == {
        ("overdue", "resolved", "The page was verified."),
        ("expired", "resolved", "The page was verified."),
        ("broken_link", "open", ""),
        ("incorrect", "open", ""),
    }


async def test_what_is_decided_of_a_page_counts_at_once(world: World) -> None:
    page = await a_page(world)
    async with world.client(await world.key(ACME, "read", "write")) as client:

        async def stale() -> tuple[bool, bool]:
            told = (await client.get(f"/v1/documents/{page}")).json()
            hits = (await client.post("/v1/search", json={"query": "refunds card"})).json()["hits"]
            return told["stale"], hits[0]["freshness"]["stale"]

        seen = [await stale()]
        due = {"due_at": "2026-03-03T00:00:00Z"}
        world.wired.clock.advance(-86_400)
        await client.post(f"/v1/documents/{page}/entrust", json=due)
        world.wired.clock.advance(3 * 86_400)
        await client.post(f"/v1/documents/{page}/entrust", json=due)
        seen.append(await stale())
        await client.post(f"/v1/documents/{page}/verify")
        seen.append(await stale())
    assert seen == [(False, False), (True, True), (False, False)]


async def test_a_quarantined_page_does_not_answer_until_it_is_released(world: World) -> None:
    page = await a_page(world)
    found = []
    async with world.client(await world.key(ACME, "read", "write")) as client:
        for deed in ("", "quarantine", "release"):
            if deed:
                body = {"reason": "The price is wrong."}
                told = (await client.post(f"/v1/documents/{page}/{deed}", json=body)).json()
                assert told["state"] == {"quarantine": "quarantined", "release": "live"}[deed]
            answer = await client.post("/v1/search", json={"query": "refunds card"})
            found.append(len(answer.json()["hits"]))
    assert found == [1, 0, 1]


@pytest.mark.parametrize(
    ("deed", "body", "status"),
    [
        ("quarantine", {}, 422),
        ("quarantine", {"reason": " "}, 422),
        ("release", {"reason": "Mended."}, 409),
    ],
)
async def test_a_page_is_not_moved_without_a_reason_or_a_need(
    world: World, deed: str, body: dict[str, str], status: int
) -> None:
    page = await a_page(world)
    async with world.client(await world.key(ACME, "read", "write")) as client:
        answer = await client.post(f"/v1/documents/{page}/{deed}", json=body)
        assert (await client.get(f"/v1/documents/{page}")).json()["state"] == "live"
    assert answer.status_code == status


async def test_a_page_has_somebody_who_looks_after_it(world: World) -> None:
    page = await a_page(world)
    due = "2026-06-01T00:00:00Z"
    async with world.client(await world.key(ACME, "read", "write")) as client:
        body = {"owner": " maria ", "due_at": due}
        await client.post(f"/v1/documents/{page}/entrust", json=body)
        told = (await client.get(f"/v1/documents/{page}")).json()
        await client.post(f"/v1/documents/{page}/entrust", json={})
        after = (await client.get(f"/v1/documents/{page}")).json()
    assert (told["owner"], told["due_at"]) == ("maria", due)
    assert (after["owner"], after["due_at"]) == ("", None)


async def test_rules_are_set_changed_and_taken_away(world: World) -> None:
    page = await a_page(world)
    async with world.client(await world.key(ACME, "read", "write")) as client:

        async def put(**rule: object) -> list[tuple[str, str, object]]:
            answer = await client.put("/v1/review-rules", json=rule)
            assert answer.status_code == 200, answer.text
            items = answer.json()["items"]
            return [(one["scope"], one["subject"], one["every_days"]) for one in items]

        await put(scope="document", subject=page, every_days=30)
        await put(scope="all", every_days=365, owner="team")
        both = await put(scope="tag", subject="pricing", every_days=90)
        assert both == [("all", "", 365), ("tag", "pricing", 90), ("document", page, 30)]
        assert await put(scope="tag", subject="pricing") == [both[0], both[2]]


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"scope": "all", "subject": "x", "every_days": 9}, 422),
        ({"scope": "tag", "every_days": 9}, 422),
        ({"scope": "all", "every_days": 0}, 422),
        ({"scope": "document", "subject": "d_none", "every_days": 9}, 404),
        ({"scope": "source", "subject": "s_none", "every_days": 9}, 404),
        ({"scope": "word", "subject": "x", "every_days": 9}, 422),
    ],
)
async def test_a_rule_that_cannot_hold_is_refused(
    world: World, rule: dict[str, object], status: int
) -> None:
    async with world.client(await world.key(ACME, "read", "write")) as client:
        assert (await client.put("/v1/review-rules", json=rule)).status_code == status
        assert (await client.get("/v1/review-rules")).json() == {"items": []}


async def test_a_key_of_some_groups_rules_only_over_pages_that_it_sees(world: World) -> None:
    page = await a_page(world, frozenset({"staff"}))
    guests = await world.key(ACME, "read", "write", groups=frozenset({"guests"}))
    staff = await world.key(ACME, "read", "write", groups=frozenset({"staff"}))
    mine = {"scope": "document", "subject": page, "every_days": 30}
    async with world.client(staff) as client:
        assert (await client.put("/v1/review-rules", json=mine)).status_code == 200
        widest = await client.put("/v1/review-rules", json={"scope": "all", "every_days": 1})
        assert widest.status_code == 403
    async with world.client(guests) as client:
        assert (await client.put("/v1/review-rules", json=mine)).status_code == 404
        assert (await client.get("/v1/review-rules")).json() == {"items": []}


async def test_the_audit_says_who_did_what(world: World) -> None:
    page = await a_page(world)
    async with world.client(await world.key(ACME, "admin")) as client:
        said = {"document_id": page, "kind": "outdated"}
        flag = (await client.post("/v1/flags", json=said)).json()["id"]
        await client.post(f"/v1/flags/{flag}/dismiss", json={"reason": "It is not."})
        await client.post(f"/v1/documents/{page}/quarantine", json={"reason": "Wrong."})
        world.wired.clock.now += timedelta(hours=1)
        await client.put("/v1/review-rules", json={"scope": "all", "every_days": 9})
        lines = (await client.get("/v1/audit")).json()["items"]
        first = (await client.get("/v1/audit?limit=1")).json()
        further = (await client.get(f"/v1/audit?cursor={first['next_cursor']}")).json()["items"]
        of_page = (await client.get(f"/v1/audit?subject={page}")).json()["items"]
    assert [one["action"] for one in lines] == [
        *("rule.set", "document.quarantine", "flag.dismiss", "flag.raise")
    ]
    assert first["items"] + further == lines
    assert [(one["action"], one["detail"]) for one in of_page] == [
        ("document.quarantine", {"reason": "Wrong."})
    ]
    assert {one["by"] for one in lines} == {lines[0]["by"]}
    assert lines[0]["by"].startswith("k_")


async def test_the_audit_is_not_for_keys_of_some_groups(world: World) -> None:
    key = await world.key(ACME, "admin", groups=frozenset({"guests"}))
    async with world.client(key) as client:
        assert (await client.get("/v1/audit")).status_code == 403


async def test_a_digest_tells_of_the_week_in_three_ways(world: World) -> None:
    page = await a_page(world)
    await found(world, Finding(FlagKind.EXPIRED, page, 1, "a", 0.5, "The offer ended in May."))
    async with world.client(await world.key(ACME, "read")) as client:
        told = (await client.get("/v1/digest")).json()
        written = await client.get("/v1/digest?format=md")
        shown = await client.get("/v1/digest?format=html")
    assert (told["raised"], told["waiting"], told["ended"]) == ({"expired": 1}, {"expired": 1}, {})
    assert [one["reason"] for one in told["queue"]] == ["The offer ended in May."]
    assert (told["pages_added"], told["pages_changed"]) == (1, 0)
    assert written.headers["content-type"].startswith("text/markdown")
    assert "The offer ended in May." in written.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    assert "The offer ended in May." in shown.text


async def test_a_monthly_list_leaves_out_what_was_found_right_and_what_may_not_be_seen(
    world: World,
) -> None:
    page = await a_page(world, frozenset({"staff"}))
    key, staff = await world.key(ACME, "admin"), frozenset({"staff"})
    listed = []
    for groups in (frozenset({"guests"}), staff):
        async with world.client(await world.key(ACME, "read", groups=groups)) as client:
            told = (await client.get("/v1/digest?kind=month")).json()
            listed.append([one["document_id"] for one in told["pages"]])
    async with world.client(key) as client:
        await client.post(f"/v1/documents/{page}/verify")
        listed.append((await client.get("/v1/digest?kind=month")).json()["pages"])
    assert listed == [[], [page], []]
