"""A website of the own network leads nowhere else in it."""

from collections.abc import AsyncIterator

import pytest

from connectors.errors import SourceUnavailable
from tests.crawling import BOOTS, TENTS, Keeper, sitemap
from tests.hostile_server import HostileServer, page, redirect, serving
from tests.site import Site, website


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website({"/boots": BOOTS, "/tents": TENTS}) as served:
        yield served


@pytest.fixture
async def secret() -> AsyncIterator[HostileServer]:
    """Another server of the same network."""
    async with serving({"/": page("What no crawl is to see.")}) as served:
        yield served


async def test_no_sitemap_leads_into_the_network(site: Site, secret: HostileServer) -> None:
    site.put("/robots.txt", page(f"Sitemap: {secret.url('/')}"))
    found = await Keeper(site).sync()
    assert (secret.paths, found.complete) == ([], False)
    assert {"/boots", "/tents"} <= set(found.entries)


async def test_no_redirect_leads_into_the_network(site: Site, secret: HostileServer) -> None:
    site.put("/robots.txt", redirect(secret.url("/robots.txt")))
    site.put("/sitemap.xml", redirect(secret.url("/sitemap.xml")))
    site.put("/boots", redirect(secret.url("/")))
    with pytest.raises(SourceUnavailable):
        await Keeper(site).sync()
    site.remove("/robots.txt")
    await Keeper(site).sync()
    assert secret.paths == []


async def test_a_sitemap_that_the_settings_name_may_lie_elsewhere(
    site: Site, secret: HostileServer
) -> None:
    site.put("/", BOOTS)
    secret.routes = {"/map.xml": sitemap(site, "/tents")}
    found = await Keeper(site).sync(sitemaps=[secret.url("/map.xml")])
    assert "/tents" in found.entries
    assert found.complete
