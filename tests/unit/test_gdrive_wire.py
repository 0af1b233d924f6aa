"""The fake answers as Google's discovery document says that Drive does."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from googleapiclient import discovery_cache
from googleapiclient.discovery_cache import get_static_doc

from connectors import gdrive_wire as wire
from connectors.google_errors import Malformed
from connectors.model import Json
from tests.hostile_server import Asked
from tests.vendors.drive import DOC, SHORTCUT, Drive
from tests.vendors.drive_api import DriveApi
from tests.vendors.google import Tokens

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}
ASKED = {
    "FileList": "GET /files?pageSize=2",
    "File": "GET /files/doc",
    "ChangeList": "GET /changes?pageToken=1",
    "StartPageToken": "GET /changes/startPageToken",
    "PermissionList": "GET /files/doc/permissions",
    "DriveList": "GET /drives",
    "About": "GET /about",
    "Operation": "POST /files/doc/download?mimeType=text/markdown",
}
RECORDED = """{"kind": "drive#file", "id": "1Sle_EDNRq8PsQGzmskqQWIGnUT4epR-d9A-9gaJsrrQ",
 "name": "Test CellTest test_a1_value", "mimeType": "application/vnd.google-apps.spreadsheet"}"""


class _Open(Tokens):
    def opens(self, asked: Asked) -> bool:
        return True


@pytest.fixture(scope="module")
def api() -> DriveApi:
    drive = Drive(tokens=_Open())
    drive.shared_drive("team-drive")
    drive.put("doc", "# Hello", "Hello", DOC)
    drive.put("text", "hello", "hello.txt")
    drive.put("short", b"", "Hello", SHORTCUT, target="doc")
    drive.put("team", "hello", "team.txt", parents=("team-drive",))
    drive.put("gone", "x")
    drive.delete("gone")
    return DriveApi(drive)


@pytest.fixture(scope="module")
def schemas() -> Mapping[str, Any]:
    assert discovery_cache
    found: Mapping[str, Any] = json.loads(get_static_doc("drive", "v3"))["schemas"]
    return found


@pytest.mark.parametrize("schema", ASKED)
def test_every_answer_has_the_names_and_types_of_the_discovery_document(
    api: DriveApi, schemas: Mapping[str, Any], schema: str
) -> None:
    assert _faults(_told(api, ASKED[schema]), schemas[schema], schemas, schema) == []


def test_each_operation_that_ends_is_as_the_discovery_document_says(
    api: DriveApi, schemas: Mapping[str, Any]
) -> None:
    name = _told(api, ASKED["Operation"])["name"]
    told = [_told(api, f"GET /operations/{name}") for _ in range(3)]
    assert [one["done"] for one in told] == [False, False, True]
    assert _faults(told[-1], schemas["Operation"], schemas, "Operation") == []
    assert wire.operation(told[-1]).uri.endswith(str(name))


def test_a_recorded_file_is_read() -> None:
    file = wire.drive_file(json.loads(RECORDED))
    assert (file.name, file.trashed) == ("Test CellTest test_a1_value", False)


def test_half_a_character_in_a_name_is_no_trouble() -> None:
    told = json.loads(RECORDED) | {"name": json.loads('"half \\ud83d, whole \\ud83d\\ude00"')}
    assert wire.drive_file(told).name == "half ?, whole \N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        (wire.file_page, {}),
        (wire.file_page, {"kind": "drive#fileList"}),
        (wire.file_page, {"kind": "drive#fileList", "files": [{"kind": "drive#file"}]}),
        (wire.change_page, {"kind": "drive#changeList", "changes": []}),
        (wire.change_page, {"kind": "drive#changeList", "newStartPageToken": "2"}),
        (wire.drive_file, {"id": "x", "mimeType": "text/plain"}),
        (wire.start_token, {}),
        (wire.operation, {"name": "x", "done": True}),
        (wire.somebody, {}),
    ],
)
def test_what_is_not_whole_is_not_taken_for_an_answer(
    reads: Callable[[Mapping[str, Json]], object], told: Mapping[str, Json]
) -> None:
    with pytest.raises(Malformed):
        reads(told)


def _told(api: DriveApi, asked: str) -> dict[str, Any]:
    method, _, path = asked.partition(" ")
    _, body = api(Asked(f"/drive/v3{path}", {}, method)).steps
    assert isinstance(body, bytes)
    found: dict[str, Any] = json.loads(body)
    return found


def _faults(told: object, schema: Mapping[str, Any], all_: Mapping[str, Any], at: str) -> list[str]:
    """Name what the schema does not know, or knows as another type."""
    if "$ref" in schema:
        schema = all_[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind != "any" and not isinstance(told, TYPES[kind]):
        return [f"{at} is no {kind}"]
    if isinstance(told, list):
        return [one for item in told for one in _faults(item, schema["items"], all_, at)]
    if not isinstance(told, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    wrong = [f"{at}.{name} is unknown" for name in told if name not in known]
    for name in told.keys() & known.keys():
        wrong += _faults(told[name], known[name], all_, f"{at}.{name}")
    return wrong
