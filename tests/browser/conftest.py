"""One Punnet for all tests of the desk; a window for each."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.shop import Shop, browsing, context_of, serving_shop, sign_in


@pytest.fixture(scope="session")
def chromium() -> None:
    """Skip at a desk without a browser; a machine that checks everything must have one."""
    if shutil.which("chromium") is None:
        assert os.environ.get("CI") != "true", "install chromium"
        pytest.skip("there is no chromium")


@pytest.fixture(scope="session")
def shop(
    chromium: None, tmp_path_factory: pytest.TempPathFactory, default_model: Path
) -> Iterator[Shop]:
    with serving_shop(tmp_path_factory.mktemp("desk"), default_model.parent) as served:
        yield served


# Of a module: while Playwright is open, no test of its thread can run an event loop.
@pytest.fixture(scope="module")
def browser(chromium: None) -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(browser: Browser, shop: Shop) -> StorageState:
    """Sign in once; every window begins from there."""
    with context_of(browser) as window:
        page = window.new_page()
        sign_in(page, shop, shop.key)
        page.wait_for_url(f"{shop.url}/")
        return window.storage_state()


@pytest.fixture
def page(browser: Browser, shop: Shop, admin: StorageState) -> Iterator[Page]:
    """Open a window in which the admin has signed in; scripts may not fail in it."""
    with context_of(browser, storage_state=admin, base_url=shop.url) as window:
        opened = window.new_page()
        failed: list[str] = []
        opened.on("pageerror", lambda error: failed.append(str(error)))
        opened.on(
            "console", lambda said: failed.append(said.text) if said.type == "error" else None
        )
        yield opened
        assert [one for one in failed if "status of 40" not in one] == []
