"""POST /mcp: the tools for agents, by the Model Context Protocol."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.deps import Counted, Decided, Reader, Served
from api.mcp.tools import Call
from api.settings import Settings

if TYPE_CHECKING:
    from api.mcp.server import McpServer

router = APIRouter()
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


@router.post("/mcp", include_in_schema=False)
async def mcp(
    request: Request, caller: Reader, served: Served, counted: Counted, decided: Decided
) -> Response:
    """Answer one message of the protocol; the key is checked as everywhere."""
    call = Call(caller, served, counted)
    return _Spoken(await _server(request), call, _origins(decided))


class _Spoken(Response):
    """An answer that the protocol writes."""

    def __init__(self, server: "McpServer", call: Call, origins: Sequence[str]) -> None:
        super().__init__()
        self._server, self._call, self._origins = server, call, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await self._server.answer(request, send, self._call, self._origins)


async def _server(request: Request) -> "McpServer":
    """Give the app's server, made when it is first asked for."""
    app = request.app
    if not hasattr(app.state, "mcp"):
        # Reading the protocol's library takes a second and 20 MB, which most never need.
        app.state.mcp = await asyncio.to_thread(_made, app.version)
    server: McpServer = app.state.mcp
    return server


def _made(version: str) -> "McpServer":
    from api.mcp.server import McpServer

    return McpServer(version)


def _origins(decided: Settings) -> tuple[str, ...]:
    """Give where a browser's page may come from: this machine, and our own address."""
    local = (f"http://{name}{port}" for name in _LOCAL for port in ("", ":*"))
    public = decided.public_url
    return (*local, *([public.rstrip("/")] if public else []))
