"""How an answer is read."""

import asyncio

import pytest

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
