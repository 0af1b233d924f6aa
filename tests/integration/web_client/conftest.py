"""A server, and a client that may ask it."""

from collections.abc import AsyncIterator

import pytest

from connectors.http import WebClient
from tests.hostile_server import HostileServer, page, serving
from tests.integration.web_client.asking import SMALL, web


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with serving({"/": page("<p>Hi")}) as hostile:
        yield hostile


@pytest.fixture
async def client() -> AsyncIterator[WebClient]:
    async with web(allow_private=True, limits=SMALL) as opened:
        yield opened
