"""A small OpenAI-compatible server: a router to talk to, with faults on demand.

`python -m tests.openai_server --port 0` prints its port and serves until it is ended. It
answers with the first piece of the knowledge in the prompt, under that piece's tag, and
tells what it was sent at `GET /requests`. `POST /faults {"kind": …, "times": n}` makes the
next n chats fail: `429`, `500`, `503`, `refuse`, `garbage`, `error_inside`, `truncated`,
`slow`, `pings`, which sends only comments, `nothing`, which is done without a word, `endless`,
which never ends its line, and `hold`, which stops after the first chunk until `POST /release`.
"""

import argparse
import asyncio
import json
import re
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

_PIECE = re.compile(r"^\[(D\d+§\d+)\]\n(.+)$", re.MULTILINE)
_SLOW_S = 0.15
_ENDLESS = {"pings": ": still here\n\n", "endless": "x" * 100_000}
Body = Mapping[str, Any]


def make_app() -> FastAPI:
    app = FastAPI()
    faults: deque[str] = deque()
    requests: list[dict[str, Any]] = []
    released = asyncio.Event()

    @app.get("/v1/models")
    async def models() -> Body:
        return {"object": "list", "data": [{"id": "gpt-4o-mini", "object": "model"}]}

    @app.get("/requests")
    async def seen() -> list[dict[str, Any]]:
        return requests

    @app.post("/faults")
    async def fail(request: Request) -> Body:
        wanted = await request.json()
        faults.extend([wanted["kind"]] * wanted.get("times", 1))
        return {"waiting": len(faults)}

    @app.post("/release")
    async def release() -> None:
        released.set()

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = await request.json()
        requests.append({"body": body, "authorization": request.headers.get("authorization")})
        fault = faults.popleft() if faults else ""
        if failure := _failure(fault):
            return failure
        if body.get("stream"):
            released.clear()
            stream = _stream(body, fault, released)
            return StreamingResponse(stream, media_type="text/event-stream")
        return JSONResponse(_completion(body))

    return app


def reply_to(body: Body) -> str:
    """Quote the first piece of the knowledge under its tag."""
    prompts = [message["content"] for message in body["messages"] if message["role"] == "user"]
    if piece := next((found for text in prompts if (found := _PIECE.search(text))), None):
        return f"{piece[2][:200]} [{piece[1]}]"
    return "The knowledge base says nothing about this. Shall I hand over to a person?"


def _failure(kind: str) -> Response | None:
    if kind.isdigit():
        error = {"message": f"told to answer {kind}", "type": "fault"}
        return JSONResponse({"error": error}, int(kind), headers={"retry-after": "0"})
    if kind == "refuse":
        error = {"message": "this model does not take that", "type": "invalid_request_error"}
        return JSONResponse({"error": error}, 400)
    if kind == "error_inside":
        return JSONResponse({"error": {"message": "upstream gave up", "code": 502}})
    return PlainTextResponse("<html>no model here</html>") if kind == "garbage" else None


def _completion(body: Body) -> Body:
    text = reply_to(body)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {**_head(body, "chat.completion"), "choices": [choice], "usage": _usage(body, text)}


async def _stream(body: Body, fault: str, released: asyncio.Event) -> AsyncIterator[str]:
    if fault in _ENDLESS:
        for _ in range(100):
            yield _ENDLESS[fault]
            await asyncio.sleep(0.02)
        return
    if fault == "nothing":
        yield "data: [DONE]\n\n"
        return
    text = reply_to(body)
    yield ": processing\n\ndata:\n\n"
    words = re.findall(r"\S+\s*", text)
    for number, word in enumerate(words):
        if fault == "truncated" and number == len(words) // 2:
            return
        if fault == "hold" and number == 1:
            await released.wait()
        await asyncio.sleep(_SLOW_S if fault == "slow" else 0)
        yield _event(body, {"delta": {"content": word}, "finish_reason": None})
    yield _event(body, {"delta": {}, "finish_reason": "stop"})
    if (body.get("stream_options") or {}).get("include_usage"):
        head = _head(body, "chat.completion.chunk")
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage(body, text)})}\n\n"
    yield "data: [DONE]\n\n"


def _event(body: Body, choice: Body) -> str:
    head = _head(body, "chat.completion.chunk")
    # Like most routers, which write what is not ASCII as it is.
    told = json.dumps({**head, "choices": [{"index": 0, **choice}]}, ensure_ascii=False)
    return f"data: {told}\n\n"


def _head(body: Body, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-test", "object": kind, "created": 0, "model": body.get("model", "")}


def _usage(body: Body, text: str) -> Body:
    prompt = sum(len(str(message["content"])) for message in body["messages"]) // 4
    reply = len(text) // 4
    return {
        "prompt_tokens": prompt,
        "completion_tokens": reply,
        "total_tokens": prompt + reply,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", parser.parse_args().port))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(make_app(), log_level="warning"))
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
