"""A router that refuses every byte it would not find in its vendor's documentation."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from retrieval.profiles import Profile
from tests.openai_server import reply_to

KEY = "sk-router-CANARY"
_MARK_KEYS = {"type", "ttl"}


def _string(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= longest


def _strings(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(key, str) and isinstance(said, str) and len(said) <= 512
        for key, said in value.items()
    )


_EVERYWHERE: Mapping[str, Callable[[Any], bool]] = {
    "model": _string(200),
    "messages": lambda value: isinstance(value, list) and len(value) > 1,
    "stream": lambda value: isinstance(value, bool),
    "stream_options": lambda value: value == {"include_usage": True},
    "temperature": lambda value: isinstance(value, int | float) and 0 <= value <= 2,
    "max_tokens": lambda value: isinstance(value, int) and value > 0,
}
_MORE: Mapping[Profile, Mapping[str, Callable[[Any], bool]]] = {
    Profile.OPENAI: {"prompt_cache_key": _string(64)},
    Profile.LITELLM: {"metadata": _strings},
    Profile.OPENROUTER: {"models": lambda value: isinstance(value, list) and bool(value)},
    Profile.VLLM: {"cache_salt": _string(1_024)},
}
_MARKED = {Profile.LITELLM, Profile.OPENROUTER}


@dataclass
class StrictRouter:
    """Answers what it understands, tells what it does not, and keeps all bytes."""

    profile: Profile
    served: str = "shop-model-2026-01-01"
    gate: asyncio.Queue[None] | None = None
    """Where there is one, each chunk waits for a turn."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v1/chat/completions")
        async def chat(request: Request) -> Response:
            wrong = self._read(await request.body(), request.headers)
            if wrong:
                self.complaints += wrong
                return JSONResponse({"error": {"message": "; ".join(wrong)}}, 400)
            body = self.bodies[-1]
            if body["stream"]:
                return StreamingResponse(self._stream(body), media_type="text/event-stream")
            return JSONResponse({**self._head("chat.completion"), **_whole(_plain(body))})

        return app

    def _read(self, raw: bytes, headers: Mapping[str, str]) -> list[str]:
        self.raw.append(raw)
        wrong = []
        if headers.get("authorization") != f"Bearer {KEY}":
            wrong.append("the key is not mine")
        if headers.get("content-type") != "application/json":
            wrong.append("the body is not said to be JSON")
        body = json.loads(raw.decode(), object_pairs_hook=_once)
        self.bodies.append(body)
        known = {**_EVERYWHERE, **_MORE[self.profile]}
        wrong += [f"unknown field {name}" for name in body if name not in known]
        wrong += [
            f"{name} is {body[name]!r}"
            for name, fits in known.items()
            if name in body and not fits(body[name])
        ]
        return wrong + self._misread(body["messages"])

    def _misread(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        wrong = [
            f"message {place}: {fault}"
            for place, message in enumerate(messages)
            for fault in self._faults(message)
        ]
        roles = [message["role"] for message in messages]
        spoken = [role for role in roles if role != "system"]
        if roles[0] != "system" or spoken[0] != "user" or spoken[-1] != "user":
            wrong.append(f"the order is {roles}")
        if any(one == following for one, following in pairwise(spoken)):
            wrong.append(f"roles do not alternate: {roles}")
        return wrong

    def _faults(self, message: Mapping[str, Any]) -> list[str]:
        if set(message) != {"role", "content"}:
            return [f"its fields are {sorted(message)}"]
        if message["role"] not in {"system", "user", "assistant"}:
            return [f"its role is {message['role']}"]
        content = message["content"]
        if isinstance(content, str):
            return [] if content else ["it is empty"]
        if self.profile not in _MARKED or len(content) != 1:
            return ["its content is no string"]
        (part,) = content
        mark = part.get("cache_control", {})
        plain = set(part) == {"type", "text", "cache_control"} and part["type"] == "text"
        marked = mark.get("type") == "ephemeral" and set(mark) <= _MARK_KEYS
        return [] if plain and marked and message["role"] != "assistant" else [f"part {part}"]

    async def _stream(self, body: Mapping[str, Any]) -> AsyncIterator[str]:
        words = reply_to(_plain(body)).split(" ")
        deltas = [{"role": "assistant", "content": ""}]
        deltas += [{"content": word if at == 0 else f" {word}"} for at, word in enumerate(words)]
        for delta in deltas:
            if self.gate is not None:
                await self.gate.get()
            yield self._event({"index": 0, "delta": delta, "finish_reason": None})
        yield self._event({"index": 0, "delta": {}, "finish_reason": "stop"})
        if body.get("stream_options"):
            head = self._head("chat.completion.chunk")
            yield f"data: {json.dumps({**head, 'choices': [], 'usage': USAGE})}\n\n"
        yield "data: [DONE]\n\n"

    def _event(self, choice: Mapping[str, Any]) -> str:
        told = {**self._head("chat.completion.chunk"), "choices": [choice], "usage": None}
        return f"data: {json.dumps(told)}\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": self.served}


USAGE = {
    "prompt_tokens": 640,
    "completion_tokens": 12,
    "total_tokens": 652,
    "prompt_tokens_details": {"cached_tokens": 512},
}


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an app on a port of this machine, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def text_of(content: Any) -> str:
    """Read a content as a provider does, who joins its parts."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    messages = [{**one, "content": text_of(one["content"])} for one in body["messages"]]
    return {**body, "messages": messages}


def _whole(body: Mapping[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply_to(body)}
    return {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": USAGE,
    }


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a field stands twice: {names}")
    return dict(pairs)
