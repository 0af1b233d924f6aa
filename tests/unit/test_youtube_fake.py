"""The fake of YouTube's Data API against the discovery document that Google's client carries."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.model import Json
from tests.hostile_server import Asked
from tests.scanning import scan
from tests.vendors.youtube import CHANNEL, HANDLE, KEY, UPLOADS, FakeYouTube, clips
from tests.youtube import youtube

_TYPES = {"string": str, "integer": int, "boolean": bool, "number": float}


@cache
def discovery() -> Mapping[str, Any]:
    documents = files("googleapiclient") / "discovery_cache" / "documents"
    found: Mapping[str, Any] = json.loads((documents / "youtube.v3.json").read_text())
    return found


def method(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = discovery()["resources"][name]["methods"]["list"]
    return found


def misfits(value: Json, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    """Name what an answer has that its schema does not."""
    schema = discovery()["schemas"][schema["$ref"]] if "$ref" in schema else schema
    if schema["type"] == "array":
        assert isinstance(value, list)
        for one in value:
            yield from misfits(one, schema["items"], at)
    elif schema["type"] == "object":
        assert isinstance(value, dict)
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name)
            yield from misfits(inner, known, f"{at}.{name}") if known else [f"{at}.{name}"]
    elif not isinstance(value, _TYPES[schema["type"]]):
        yield f"{at} is no {schema['type']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}"


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        ("channels", f"part=contentDetails&forHandle={HANDLE}"),
        ("channels", f"part=contentDetails&id={CHANNEL}&maxResults=50"),
        ("channels", "part=contentDetails&forHandle=@nobody"),
        ("playlistItems", f"part=contentDetails&playlistId={UPLOADS}&maxResults=50"),
        ("videos", "part=snippet,contentDetails,status&id=video-00000,video-00001"),
        ("videos", "part=snippet,contentDetails,status&id=nothing-like"),
    ],
)
def test_its_answers_are_those_of_the_discovery_document(resource: str, query: str) -> None:
    fake = FakeYouTube()
    for video in clips(60):
        fake.put(video, "words")
    headers = {"x-goog-api-key": KEY}
    answer = fake(Asked(f"/youtube/v3/{resource}?{query}", headers))
    body = b"".join(step for step in answer.steps if isinstance(step, bytes))
    told = json.loads(body.partition(b"\r\n\r\n")[2])
    assert list(misfits(told, method(resource)["response"], resource)) == []
    assert (
        told["kind"]
        == discovery()["schemas"][method(resource)["response"]["$ref"]]["properties"]["kind"][
            "default"
        ]
    )


async def test_the_connector_asks_what_the_discovery_document_knows() -> None:
    async with youtube() as world:
        for video in clips(60):
            world.fake.put(video, "words")
        connector = world.connector({"channels": [HANDLE, CHANNEL], "playlists": [UPLOADS]})
        await scan(connector)
        await connector.confirm_gone(["video-00001", "gone-000001"])
        for asked in world.asked("/youtube/v3/"):
            parts = urlsplit(asked)
            known = method(parts.path.rpartition("/")[2])["parameters"].keys() | {"alt"}
            assert parse_qs(parts.query).keys() <= known
        assert not world.asked("/youtube/v3/search")
        assert KEY not in "".join(world.asked("/"))
