"""Sign in at the desk as a browser does, without one."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from tests.http.world import World

OURS = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """A client that holds its cookies, and sends forms with their token."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def open(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        return await self.client.get(path, headers=headers)

    async def send(self, path: str, page: str, /, **fields: str) -> httpx2.Response:
        """Send a form with the token that stands in `page`."""
        form = {"token": token_of(await self.open(page)), **fields}
        return await self.client.post(path, data=form, headers=OURS)

    async def sign_in(self, key: str) -> httpx2.Response:
        """Sign in, whatever comes of it."""
        return await self.send("/sign-in", "/sign-in", key=key)


def token_of(page: httpx2.Response) -> str:
    """Give what the forms of a page carry."""
    found = re.search(r'name="token" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


@asynccontextmanager
async def at_the_desk(world: World, key: str = "") -> AsyncIterator[Browser]:
    """Open a browser, signed in where a key is given."""
    async with world.client() as client:
        browser = Browser(client)
        if key:
            assert (await browser.sign_in(key)).status_code == 303
        yield browser
