"""Nobody can tell another tenant's thing from one that does not exist."""

import json
import re
from typing import Any

import pytest

from ingest.records import RunState
from tests.gaps import gatherer
from tests.http.world import ACME, GLOBEX, HOUSE, World

BODIES: dict[tuple[str, str], object] = {
    ("post", "/v1/sources/{source_id}/confirm"): {"run_id": "r"},
    ("post", "/v1/sources/{source_id}/refuse"): {"run_id": "r"},
    ("patch", "/v1/sources/{source_id}"): {"name": "mine now"},
    ("put", "/v1/sources/{source_id}/credentials"): {"credentials": {"token": "mine now"}},
    ("post", "/v1/plans/{plan_id}/outcome"): {"ttft_s": 1},
    ("put", "/v1/sources/{source_id}/documents/{ref}"): {"any": "bytes"},
    ("post", "/v1/documents/{document_id}/quarantine"): {"reason": "mine now"},
    ("post", "/v1/documents/{document_id}/release"): {"reason": "mine now"},
    ("post", "/v1/documents/{document_id}/entrust"): {"owner": "mine now"},
    ("post", "/v1/gaps/{gap_id}/dismiss"): {"reason": "mine now"},
    ("post", "/v1/gaps/{gap_id}/resolve"): {"reason": "mine now"},
    ("post", "/v1/gaps/{gap_id}/reopen"): {"reason": "mine now"},
    ("post", "/v1/flags/{flag_id}/comment"): {"note": "mine now"},
    ("post", "/v1/flags/{flag_id}/assign"): {"assigned_to": "mine now"},
    ("post", "/v1/flags/{flag_id}/snooze"): {"until": "2999-01-01T00:00:00Z"},
    ("post", "/v1/flags/{flag_id}/reopen"): {},
    ("post", "/v1/flags/{flag_id}/resolve"): {},
    ("post", "/v1/flags/{flag_id}/dismiss"): {"reason": "mine now"},
}


async def test_foreign_and_unknown_ids_give_the_same_bytes_on_every_route(world: World) -> None:
    theirs = await _things_of_globex(world)
    key = await world.key(HOUSE, "admin")
    checked = set()
    async with world.client(key) as client:
        for method, path in _routes_with_ids(world.app().openapi()):
            names = re.findall(r"{(\w+)}", path)
            foreign = await _ask(client, method, path, {name: theirs[name] for name in names})
            unknown = await _ask(client, method, path, dict.fromkeys(names, "7"))
            if "tenant" in path:
                # The operator may see every tenant: only the unknown one is not there.
                assert unknown[0] == 404
                continue
            assert foreign == unknown, (method, path)
            assert foreign[0] == (401 if "/hooks/" in path else 404), (method, path)
            checked.add((method, path))
    assert len(checked) >= 16


async def test_what_was_refused_is_still_there(world: World) -> None:
    theirs = await _things_of_globex(world)
    async with world.client(await world.key(ACME, "admin")) as client:
        for method, path in _routes_with_ids(world.app().openapi()):
            if "tenant" not in path:
                await _ask(client, method, path, theirs)
    async with world.client(await world.key(GLOBEX, "admin")) as owner:
        source = (await owner.get(f"/v1/sources/{theirs['source_id']}")).json()
        assert (source["name"], source["removing"]) == ("globex-source", False)
        pushed = await owner.get(f"/v1/sources/{theirs['source_id']}/documents/a.md")
        assert pushed.content == b"hello"
        document = (await owner.get(f"/v1/documents/{theirs['document_id']}")).json()
        assert (document["verified_at"], document["state"]) == (None, "live")
        flag = (await owner.get(f"/v1/flags/{theirs['flag_id']}")).json()
        assert (flag["state"], len(flag["history"])) == ("open", 1)
        keys = (await owner.get("/v1/keys")).json()["items"]
        assert all(key["revoked_at"] is None for key in keys)


async def test_a_foreign_feedback_target_is_not_found(world: World) -> None:
    theirs = await _things_of_globex(world)
    async with world.client(await world.key(ACME, "feedback")) as client:
        said = {"query_id": theirs["plan_id"], "verdict": "helpful"}
        assert (await client.post("/v1/feedback", json=said)).status_code == 404


@pytest.mark.parametrize("word", ["confirm", "refuse"])
async def test_a_foreign_run_is_not_answered_through_a_source_of_ones_own(
    word: str, world: World
) -> None:
    own = await world.source(ACME, "own")
    other = await world.source(ACME, "other")
    run = await world.run(ACME, other, RunState.NEEDS_CONFIRMATION)
    async with world.client(await world.key(ACME, "write")) as client:
        answer = await client.post(f"/v1/sources/{own}/{word}", json={"run_id": run})
    assert answer.status_code == 404


async def _things_of_globex(world: World) -> dict[str, str]:
    source = await world.source(GLOBEX, "globex-source")
    document = await world.page(GLOBEX, source, "a.md", "Refunds take five days.")
    run = await world.run(GLOBEX, source, RunState.RUNNING)
    async with world.client(await world.key(GLOBEX, "admin")) as client:
        await client.put(f"/v1/sources/{source}/documents/a.md", content=b"hello")
        plan = (await client.post("/v1/context", json={"query": "refunds?"})).json()["plan_id"]
        keys = (await client.get("/v1/keys")).json()["items"]
        said = {"document_id": document, "kind": "outdated"}
        flag = (await client.post("/v1/flags", json=said)).json()["id"]
        url = "https://hooks.example.com/punnet"
        hook = (await client.post("/v1/webhooks", json={"url": url})).json()["about"]["id"]
        await world.wired.queries.flush()
        await gatherer(world).gather(GLOBEX)
        topics = (await client.get("/v1/topics")).json()["items"]
    return {
        "source_id": source,
        "document_id": document,
        "run_id": run,
        "plan_id": plan,
        "flag_id": flag,
        "hook_id": hook,
        "gap_id": topics[0]["id"],
        "key_id": keys[0]["id"],
        "tenant_id": GLOBEX,
        "ref": "a.md",
        "number": "1",
    }


def _routes_with_ids(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if "{" in path
    ]


async def _ask(client: Any, method: str, path: str, ids: dict[str, str]) -> tuple[int, str]:
    answer = await client.request(
        method, path.format(**ids), json=BODIES.get((method, path)), timeout=60
    )
    if not answer.headers["content-type"].startswith("application/problem"):
        return answer.status_code, answer.text
    told = answer.json()
    told.pop("request_id")
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    headers.pop("content-length")
    return answer.status_code, json.dumps([told, headers])
