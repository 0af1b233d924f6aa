"""The example knowledge base, served and inspected, and a browser to look at it."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.running import Place, Up, serving

EXAMPLE = Path(__file__).parents[2] / "examples" / "shop"
Scheme = Literal["light", "dark"]
PATIENCE_S = 60.0
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
QUESTIONS = (
    "How long do I have to return something?",
    "What does delivery to Germany cost?",
    "How long is a gift card valid?",
    "Who is your chief executive?",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A running Punnet that knows the example."""

    up: Up
    folder: Path
    source: str

    @property
    def url(self) -> str:
        """Give where it is served."""
        return str(self.up.http.base_url).rstrip("/")

    @property
    def key(self) -> str:
        """Give its admin's key."""
        return (self.up.place.home / "admin.key").read_text().strip()

    def flags(self) -> Sequence[dict[str, Any]]:
        """Give the flags that wait."""
        found = self.up.http.get("/v1/flags", params={"limit": 200}).json()
        return list(found["items"])

    def stale(self) -> Sequence[dict[str, Any]]:
        """Give the pages that are stale."""
        found = self.up.http.get("/v1/documents", params={"limit": 200}).json()
        return [one for one in found["items"] if one["stale"]]

    def eventually(self, happens: Callable[[], bool]) -> None:
        """Wait until it is so."""
        ends = time.monotonic() + PATIENCE_S
        while not happens():
            assert time.monotonic() < ends, [one["kind"] for one in self.flags()]
            time.sleep(0.1)

    def document(self, ref: str) -> str:
        """Give the address of a page at the desk."""
        return f"/documents/{self.up.documents(self.source)[ref]['id']}"

    def make_key(self, *scopes: str) -> str:
        """Make a key with these scopes."""
        made = self.up.http.post("/v1/keys", json={"name": "Reader", "scopes": scopes})
        return str(made.json()["key"])


@contextmanager
def serving_shop(
    folder: Path, models: Path, questions: Sequence[str] = QUESTIONS
) -> Iterator[Shop]:
    """Serve a copy of the example of which a page was edited, with its pages inspected."""
    shop = folder / "shop"
    shutil.copytree(EXAMPLE, shop)
    with serving(Place(folder / "home", models)) as up:
        source = up.add_source("Help centre", shop)
        assert up.sync(source)["state"] == "succeeded"
        served = Shop(up, shop, source)
        page = shop / "shipping.html"
        page.write_text(page.read_text().replace("<strong>2 pm</strong>", "noon"))
        for question in questions:
            up.http.post("/v1/context", json={"query": question})
        assert up.sync(source)["state"] == "succeeded"
        wanted = {"expired", "contradiction", "duplicate"}
        served.eventually(lambda: wanted <= {one["kind"] for one in served.flags()})
        yield served


@contextmanager
def browsing() -> Iterator[Browser]:
    """Drive the system's Chromium, which no test may leave behind."""
    with sync_playwright() as playwright:
        # Root has no other way, and pages are our own.
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, shop: Shop, key: str) -> None:
    """Sign in as a person does."""
    page.goto(f"{shop.url}/sign-in")
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def context_of(browser: Browser, scheme: Scheme = "light", **more: Any) -> BrowserContext:
    """Open a window of its own."""
    settings = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/London", **more}
    return browser.new_context(color_scheme=scheme, **settings)
