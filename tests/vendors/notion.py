"""A fake Notion: a small workspace in memory behind the wire format of its API.

Search, pages, blocks, data sources, users and errors answer as they were recorded; the
Markdown endpoint was recorded only for an empty page, and follows its documentation.

    python -m tests.vendors.notion --port 9301     # an example to follow the manual with
"""

import argparse
import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.hostile_server import Answer, Asked, page, serving
from tests.vendors.notion_blocks import FakeBlock, Json, callout, paragraph, rich, table, text
from tests.vendors.notion_markdown import written
from tests.vendors.notion_workspace import TOKEN, Edits, FakePage, FakeTable

VERSION = "2026-03-11"


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        self.body = {
            "object": "error",
            "status": status,
            "code": code,
            "message": message,
            "request_id": "55e80b46-6675-426f-9eb0-1fa1456e4103",
        }
        self.status = status


@dataclass
class Workspace(Edits):
    """A workspace that answers as Notion's API does."""

    def answer(self, asked: Asked) -> Answer:
        headers = {"content-type": "application/json; charset=utf-8"}
        if self.says:
            headers["date"] = format_datetime(self.says(), usegmt=True)
        parts = urlsplit(asked.path)
        if parts.path.startswith("/files/"):
            return self._file(unquote(parts.path).removeprefix("/files/"))
        try:
            body, status = self._answered(asked, parts.path), 200
        except Refused as refused:
            body, status = refused.body, refused.status
        return page(json.dumps(body), status, headers)

    def _file(self, place: str) -> Answer:
        self.downloads += 1
        held = {unquote(one): content for one, content in self.files.items()}
        told = {"content-type": "application/octet-stream"}
        return page(held[place], 200, told) if place in held else page("gone", 403)

    def _answered(self, asked: Asked, path: str) -> Json:
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Refused(401, "unauthorized", "API token is invalid.")
        if asked.headers.get("notion-version") != VERSION:
            raise Refused(400, "missing_version", "Notion-Version header should be defined.")
        sent = json.loads(asked.body or b"{}")
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        return self._routed([asked.method, *path.removeprefix("/v1/").split("/")], sent, query)

    def _routed(self, route: list[str], sent: Json, query: Json) -> Json:  # noqa: C901 - a table
        match route:
            case ["GET", "users", "me"]:
                return {"object": "user", "id": self.id_of("bot"), "type": "bot", "bot": {}}
            case ["POST", "search"]:
                return self._search(sent)
            case ["POST", "data_sources", source, "query"]:
                return self._query(source, sent)
            case ["GET", "pages", ref]:
                return self.page_wire(self._page(ref))
            case ["GET", "pages", ref, "markdown"]:
                return self._markdown(ref)
            case ["GET", "blocks", ref]:
                return self._block(ref)
            case ["GET", "blocks", ref, "children"]:
                return self._children(ref, query)
            case ["GET", "databases", ref]:
                return self._database(ref)
            case ["GET", "data_sources", ref]:
                return self._source_wire(self._source(ref))
        raise Refused(400, "invalid_request_url", "Invalid request URL.")

    def _search(self, sent: Json) -> Json:
        if sent["filter"]["value"] == "data_source":
            tables = [self._source_wire(one) for one in self.tables.values() if one.shared]
            return _listed(tables, sent, "page_or_data_source")
        found = [
            one
            for one in self.pages.values()
            if one.shared and not one.trashed and one.id not in self.unsearchable
        ]
        return self._sorted(found, sent)

    def _query(self, source: str, sent: Json) -> Json:
        its = self._source(source).source
        asked = sent.get("filter", {}).get("and", [])
        limits = {name: at for one in asked for name, at in one["last_edited_time"].items()}
        found = [
            one
            for one in self.pages.values()
            if one.parent.get("data_source_id") == its
            and not one.trashed
            and one.shared
            and limits.get("on_or_after", "") <= stamp(one.edited)
            and stamp(one.edited) <= limits.get("on_or_before", "9")
        ]
        return self._sorted(found, sent, self.most)

    def _sorted(self, found: list[FakePage], sent: Json, most: int = 10_000) -> Json:
        newest = sorted(found, key=lambda one: (one.edited, one.id), reverse=True)
        wires = [self.page_wire(one) for one in newest[:most]]
        listed = _listed(wires, sent, "page_or_data_source")
        if len(newest) > most:
            reason = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
            listed["request_status"] = reason
        return listed

    def _page(self, ref: str) -> FakePage:
        one = self.pages.get(ref)
        if one is None or not one.shared:
            raise _missing("page", ref)
        return one

    def _source(self, ref: str) -> FakeTable:
        for one in self.tables.values():
            if one.source == ref and one.shared:
                return one
        raise _missing("data_source", ref)

    def page_wire(self, one: FakePage) -> Json:
        title = {"id": "title", "type": "title", "title": rich(one.title)}
        dashless = one.id.replace("-", "")
        return {
            "object": "page",
            "id": one.id,
            "created_time": stamp(one.edited),
            "last_edited_time": stamp(one.edited),
            "cover": None,
            "icon": None,
            "parent": one.parent,
            "in_trash": one.trashed,
            "is_archived": False,
            "is_locked": False,
            "properties": {**self._fresh(one.properties), "title": title},
            "url": f"https://www.notion.so/{quote(one.title, safe='')}-{dashless}",
            "public_url": None,
        }

    def _fresh(self, properties: Json) -> Json:
        """Sign the addresses of files anew."""
        return {
            name: {**one, "files": [self._signed(file) for file in one["files"]]}
            if one["type"] == "files"
            else one
            for name, one in properties.items()
        }

    def _signed(self, said: Json) -> Json:
        kept = (said.get("file") or {}).get("kept")
        if not kept:
            return said
        address = f"{self.base}/files/{kept}?X-Amz-Signature={len(stamp(self.at))}{id(said)}"
        return {**said, "file": {"url": address, "expiry_time": stamp(self.at)}}

    def _address(self, block: FakeBlock) -> str:
        said = self._signed(block.said)
        return str(said[said["type"]]["url"])

    def _source_wire(self, one: FakeTable) -> Json:
        return {
            "object": "data_source",
            "id": one.source,
            "title": rich(one.title),
            "properties": {},
            "last_edited_time": stamp(one.edited),
            "parent": {"type": "database_id", "database_id": one.id},
            "database_parent": one.parent,
            "in_trash": one.trashed,
        }

    def _database(self, ref: str) -> Json:
        one = self.tables.get(ref)
        if one is None or not one.shared:
            raise _missing("database", ref)
        return {
            "object": "database",
            "id": one.id,
            "title": rich(one.title),
            "parent": one.parent,
            "in_trash": one.trashed,
            "data_sources": [{"id": one.source, "name": one.title}],
        }

    def _markdown(self, ref: str) -> Json:
        blocks = self._page(ref).blocks if ref in self.pages else [self._find(ref)[0]]
        unknown: list[str] = []
        blocks = [_without(one, self.withheld - {ref}) for one in blocks]
        said = "" if ref in self.blank else written(blocks, self._address, unknown)
        if ref in self.cut:
            said = said[: len(said) // 2]
        return {
            "object": "page_markdown",
            "id": ref,
            "markdown": said,
            "truncated": ref in self.cut,
            "unknown_block_ids": unknown,
        }

    def _find(self, ref: str) -> tuple[FakeBlock, FakePage, Json]:
        for one in self.pages.values():
            waiting = [(block, {"type": "page_id", "page_id": one.id}) for block in one.blocks]
            while waiting:
                block, parent = waiting.pop()
                if block.id == ref and not block.kind.startswith("child_") and one.shared:
                    return block, one, parent
                inside = {"type": "block_id", "block_id": block.id}
                waiting += [(child, inside) for child in block.children]
        raise _missing("block", ref)

    def _block(self, ref: str) -> Json:
        if ref in self.pages:
            one = self._page(ref)
            block = FakeBlock("child_page", {"title": one.title}, one.blocks, one.id)
            return {**block.wire(one.parent, stamp(one.edited)), "in_trash": one.trashed}
        block, holder, parent = self._find(ref)
        return {**self._block_wire(block, holder, parent), "in_trash": holder.trashed}

    def _block_wire(self, block: FakeBlock, holder: FakePage, parent: Json) -> Json:
        wire = block.wire(parent, stamp(holder.edited))
        return {**wire, block.kind: self._signed(block.said)}

    def _children(self, ref: str, query: Json) -> Json:
        if ref in self.pages:
            holder = self._page(ref)
            blocks, parent = holder.blocks, {"type": "page_id", "page_id": ref}
        else:
            block, holder, _ = self._find(ref)
            blocks, parent = block.children, {"type": "block_id", "block_id": ref}
        there = [one for one in blocks if one.id not in self._trash()]
        wires = [self._block_wire(one, holder, parent) for one in there]
        return _listed(wires, query, "block")

    def _trash(self) -> set[str]:
        return {one.id for one in self.pages.values() if one.trashed}


def stamp(at: datetime) -> str:
    """Write a time as Notion does: to the minute."""
    return at.replace(second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _without(block: FakeBlock, withheld: set[str]) -> FakeBlock:
    if block.id in withheld:
        return FakeBlock("withheld", {}, [], block.id)
    return replace(block, children=[_without(one, withheld) for one in block.children])


def _missing(kind: str, ref: str) -> Refused:
    return Refused(
        404,
        "object_not_found",
        f"Could not find {kind} with ID: {ref}. Make sure the relevant pages and databases are "
        'shared with your integration "Punnet".',
    )


MISSING = page(json.dumps(_missing("page", "it").body), 404, {"content-type": "application/json"})
"""What is answered for what is not there or not shared."""


def _listed(found: list[Json], asked: Json, kind: str) -> Json:
    size = min(int(asked.get("page_size", 100)), 100)
    ids = [one["id"] for one in found]
    start = asked.get("start_cursor")
    if start and start not in ids:
        raise Refused(400, "validation_error", "The start_cursor provided is invalid.")
    at = ids.index(start) if start else 0
    more = at + size < len(found)
    return {
        "object": "list",
        "results": found[at : at + size],
        "next_cursor": ids[at + size] if more else None,
        "has_more": more,
        "type": kind,
        kind: {},
    }


def example() -> Workspace:
    """A small handbook, shared with the token `secret_example`."""
    made = Workspace(says=lambda: datetime.now(UTC))
    made.put(
        "Customer support handbook",
        text("heading_2", "Refunds"),
        paragraph("Refunds are paid within 5 working days, to the card that was charged."),
        callout("Gift cards are never refunded.", emoji="⚠️"),
        text("heading_2", "Delivery times"),
        table([("Region", "Days"), ("Germany", "2"), ("Rest of Europe", "4")]),
    )
    made.put(
        "Escalations",
        text("toggle", "When is a case urgent?", paragraph("When a customer cannot pay at all.")),
        text("to_do", "Write down the order number", checked=False),
        parent={"type": "page_id", "page_id": made.id_of("Customer support handbook")},
    )
    made.table("Questions and answers", parent="Customer support handbook")
    status = {"id": "st", "type": "status", "status": {"name": "Published"}}
    made.row(
        "Can I change my address?",
        "Questions and answers",
        {"Status": status},
        "Yes, until the parcel has left our house: in your account, below Orders.",
    )
    return made


async def _serve(port: int) -> None:
    made = example()
    made.base = f"http://127.0.0.1:{port}"
    async with serving({}, port=port) as server:
        server.otherwise = made.answer
        print(f"A fake Notion at {made.base}, token {TOKEN}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


def _main() -> None:
    parser = argparse.ArgumentParser(description="Serve a small Notion workspace.")
    parser.add_argument("--port", type=int, default=9301)
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    _main()
