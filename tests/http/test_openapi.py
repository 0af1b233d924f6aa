"""The OpenAPI document is whole, true and readable."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import BaseModel

import api.schemas.chat
import api.schemas.common
import api.schemas.context
import api.schemas.credentials
import api.schemas.digest
import api.schemas.documents
import api.schemas.feedback
import api.schemas.flag_bodies
import api.schemas.flags
import api.schemas.gaps
import api.schemas.health
import api.schemas.keys
import api.schemas.review
import api.schemas.runs
import api.schemas.search
import api.schemas.sources
from tests.http.world import World

MODULES = (
    api.schemas.chat,
    api.schemas.common,
    api.schemas.context,
    api.schemas.credentials,
    api.schemas.digest,
    api.schemas.documents,
    api.schemas.feedback,
    api.schemas.flag_bodies,
    api.schemas.flags,
    api.schemas.gaps,
    api.schemas.health,
    api.schemas.keys,
    api.schemas.review,
    api.schemas.runs,
    api.schemas.search,
    api.schemas.sources,
)
WIRE = {
    *("/v1/search", "/v1/context", "/v1/chat/completions", "/v1/plans/{plan_id}"),
    "/v1/plans/{plan_id}/outcome",
    *("/v1/feedback", "/v1/sources", "/v1/sources/{source_id}", "/v1/sources/{source_id}/sync"),
    *("/v1/sources/{source_id}/confirm", "/v1/sources/{source_id}/refuse"),
    *("/v1/sources/{source_id}/documents/{ref}", "/v1/sources/{source_id}/oauth"),
    "/v1/sources/{source_id}/credentials",
    *("/v1/sources/{source_id}/webhook", "/v1/oauth/callback", "/v1/hooks/notion/{source_id}"),
    *("/v1/runs", "/v1/runs/{run_id}", "/v1/runs/{run_id}/events", "/v1/documents"),
    *("/v1/documents/{document_id}", "/v1/documents/{document_id}/revisions"),
    *("/v1/documents/{document_id}/revisions/{number}", "/v1/documents/{document_id}/verify"),
    *("/v1/documents/{document_id}/quarantine", "/v1/documents/{document_id}/release"),
    *("/v1/documents/{document_id}/entrust", "/v1/flags", "/v1/flags.csv", "/v1/flags/actions"),
    "/v1/flags/{flag_id}",
    *(f"/v1/flags/{{flag_id}}/{deed}" for deed in ("comment", "assign", "snooze", "reopen")),
    *("/v1/flags/{flag_id}/resolve", "/v1/flags/{flag_id}/dismiss", "/v1/review"),
    *("/v1/gaps", "/v1/gaps/{gap_id}", "/v1/gaps/{gap_id}/dismiss", "/v1/gaps/{gap_id}/resolve"),
    *("/v1/gaps/{gap_id}/reopen", "/v1/topics"),
    *("/v1/review-rules", "/v1/audit", "/v1/digest", "/v1/webhooks", "/v1/webhooks/{hook_id}"),
    *("/v1/webhooks/{hook_id}/test", "/v1/webhooks/{hook_id}/resume"),
    *("/v1/keys", "/v1/keys/{key_id}", "/v1/tenants", "/v1/tenants/{tenant_id}"),
    *("/health/live", "/health/ready", "/metrics"),
}
KEYLESS = {"/v1/oauth/callback", "/v1/hooks/notion/{source_id}"}
"""What outsiders call: what they send proves what they may."""


def _shapes() -> list[type[BaseModel]]:
    found = {
        thing
        for module in MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, BaseModel)
        and thing.__module__.startswith("api.schemas")
    }  # fmt: skip
    return sorted(found, key=lambda shape: shape.__name__)


@pytest.mark.parametrize("shape", _shapes(), ids=lambda shape: shape.__name__)
def test_every_example_is_what_it_is_an_example_of(shape: type[BaseModel]) -> None:
    extra = shape.model_config.get("json_schema_extra")
    examples = extra.get("examples", []) if isinstance(extra, dict) else []
    assert isinstance(examples, list)
    for example in examples:
        shape.model_validate_json(_json(example))


async def test_the_document_names_every_call_of_the_wire(world: World) -> None:
    async with world.client() as client:
        document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == WIRE
    assert document["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere(world: World) -> None:
    document = world.app().openapi()
    schemas = document["components"]["schemas"]
    named = {
        ref.rpartition("/")[2] for ref in re.findall(r"#/components/schemas/\w+", str(document))
    }
    assert named <= set(schemas)
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(schemas)


def test_every_call_says_what_it_does_and_what_can_go_wrong(world: World) -> None:
    document = world.app().openapi()
    ids = []
    for path, methods in document["paths"].items():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["tags"], path
            if path in KEYLESS:
                assert "security" not in operation, path
            elif path.startswith("/v1"):
                assert operation["security"] == [{"key": []}], path
                problem = operation["responses"]["401"]["content"]["application/problem+json"]
                assert problem["schema"]["$ref"].endswith("/ProblemView")
            if "{" in path:
                assert ("401" if path in KEYLESS else "404") in operation["responses"], path
    assert len(ids) == len(set(ids))


def test_every_shape_of_the_document_is_explained_and_has_an_example(world: World) -> None:
    for name, schema in world.app().openapi()["components"]["schemas"].items():
        assert schema.get("description"), name
        assert schema.get("examples") or "enum" in schema, name


def test_no_answer_shows_a_score_or_a_digest(world: World) -> None:
    schemas = world.app().openapi()["components"]["schemas"]
    for name, schema in schemas.items():
        assert {"score", "digest", "vector", "secret"}.isdisjoint(schema.get("properties", {})), (
            name
        )


def test_every_field_that_a_caller_may_send_is_explained_by_name_or_by_words(world: World) -> None:
    schemas = world.app().openapi()["components"]["schemas"]
    policy = schemas["PolicyBody"]["properties"]
    assert policy["max_ttft_s"]["description"] == "Seconds until the model's first token."
    assert (policy["max_ttft_s"]["anyOf"][0]["maximum"]) == 600


async def test_the_page_for_people_loads_nothing(world: World) -> None:
    async with world.client() as client:
        answer = await client.get("/docs")
    page = _Page()
    page.feed(answer.text)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert page.loads == []
    assert page.open_tags == []
    for path in WIRE:
        assert path in answer.text
    assert "How long does a refund take?" in answer.text


class _Page(HTMLParser):
    """Notes what a page loads, and which tags it leaves open."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open_tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe"}:
            self.loads.append(tag)
        if tag != "meta":
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def _json(example: Any) -> str:
    return json.dumps(example)
