"""A small server that speaks the OpenAI embeddings API, with the faults that a test asks for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import FakeEmbedder


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request gets instead of an answer."""

    status: int = 200
    headers: tuple[str, ...] = ()
    body: str | None = None
    silent: bool = False


@dataclass(slots=True)
class EmbeddingServer:
    """Answers with the fake's vectors, three times too long and in reverse order."""

    faults: list[Fault] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    base_url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EmbeddingServer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.asked.append(body)
        self.keys.append(headers.get("authorization", ""))
        fault = self.faults.pop(0) if self.faults else Fault()
        if fault.silent:
            await reader.read()  # until the client gives up
        else:
            answer = await self._answer(body) if fault.body is None else fault.body
            lines = [f"HTTP/1.1 {fault.status} X", "connection: close", *fault.headers]
            lines += [f"content-length: {len(answer.encode())}", "", answer]
            writer.write("\r\n".join(lines).encode())
            await writer.drain()
        writer.close()

    async def _answer(self, body: dict[str, Any]) -> str:
        vectors = await FakeEmbedder().embed_passages(body["input"])
        rows = [
            {"index": place, "embedding": (3 * vector).tolist()}
            for place, vector in enumerate(vectors)
        ]
        return json.dumps({"data": rows[::-1], "model": body["model"]})
