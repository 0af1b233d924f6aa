"""How an answer is read."""

import asyncio

import pytest

from connectors.errors import FetchFailed
from connectors.model import Reply
from connectors.web_page import PageReader
from connectors.web_settings import parse_web
from tests.web import reply


@pytest.mark.parametrize(
    ("kind", "content"),
    [("text/html", "<p>" * 9_000), ("application/rss+xml", f"<rss>{'<item/>' * 9_000}</rss>")],
)
async def test_nobody_waits_while_a_page_is_read(kind: str, content: str) -> None:
    asked = reply("https://shop.example/", content, content_type=kind)
    reader = PageReader(parse_web({"start": asked.url}), None)
    reading = asyncio.create_task(reader.read(asked))
    await asyncio.sleep(0)
    at_once = reading.done()
    await reading
    assert not at_once


class Elsewhere:
    """A renderer that the server sends to another page."""

    async def render(self, _: str) -> Reply:
        return reply(
            "https://elsewhere.example/", "<p>What another site says.", content_type="text/html"
        )


async def test_no_other_page_is_rendered_in_a_page_s_place() -> None:
    asked = reply("https://shop.example/", "<p>Boots.", content_type="text/html")
    settings = parse_web({"start": asked.url, "render": "always"})
    with pytest.raises(FetchFailed, match="elsewhere"):
        await PageReader(settings, Elsewhere()).read(asked)
