"""Take the pictures of the desk that the documentation shows.

`python -m tests.browser.screenshots` writes them into docs/screenshots.
"""

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, StorageState

from ingest.adapters.model_build import build_model
from ingest.adapters.model_source import DEFAULT_MODEL
from tests.browser.shop import (
    DESKTOP,
    PHONE,
    QUESTIONS,
    Scheme,
    Shop,
    browsing,
    context_of,
    serving_shop,
)
from tests.browser.shop import sign_in as sign

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
MODELS = Path.home() / ".cache" / "punnet-test-models"
SIZES = {"desktop": DESKTOP, "phone": PHONE}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
TALLEST = 1_600
"""Points of a page that are shown: what is below says nothing new."""
COLOURS = 128
WITHOUT = (
    *("Do you hire out tents?", "Can I rent a tent from you?", "How much is it to rent a tent?"),
    *("Who is your chief executive?", "Who owns the company?", "What is your share price?"),
    *("Are there jobs at your warehouse?", "How do I apply for a job?", "Do you have any jobs?"),
)
"""What the example does not answer."""


def pages(shop: Shop) -> dict[str, str]:
    """Give what is shown, by the name of its picture."""
    return {
        "overview": "/",
        "review": "/review",
        "documents": "/documents",
        "document": shop.document("returns.md"),
        "changes": f"{shop.document('shipping.html')}/changes/2",
        "contradictions": "/contradictions",
        "gaps": "/gaps",
        "sources": "/sources",
        "source": f"/sources/{shop.source}",
        "run": f"/runs/{shop.up.http.get('/v1/runs').json()['items'][0]['id']}",
        "adding": "/sources/new?kind=web",
        "ask": "/ask?q=How+long+do+I+have+to+return+something%3F",
        "settings": "/settings",
    }


def take(browser: Browser, shop: Shop, state: StorageState) -> None:
    """Show every page in each size and colour."""
    for size, viewport in SIZES.items():
        for scheme in SCHEMES:
            with context_of(browser, scheme, viewport=viewport, base_url=shop.url) as door:
                page = door.new_page()
                page.goto("/sign-in")
                page.screenshot(path=FOLDER / f"sign-in-{size}-{scheme}.png")
            with context_of(
                browser, scheme, viewport=viewport, storage_state=state, base_url=shop.url
            ) as window:
                page = window.new_page()
                for name, path in pages(shop).items():
                    answer = page.goto(path, wait_until="networkidle")
                    if name == "ask":
                        page.get_by_role("button", name="Plan it").click()
                        page.locator("#result").wait_for()
                    if answer is not None and answer.ok:
                        page.screenshot(path=FOLDER / f"{name}-{size}-{scheme}.png", full_page=True)


def shrink(picture: Path) -> None:
    """Cut what is too tall, and keep as few colours as a page of ours has."""
    with Image.open(picture) as whole:
        cut = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, TALLEST)))
    few = cut.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


def main() -> None:
    """Serve the example, and take all pictures anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    models = build_model(DEFAULT_MODEL, MODELS, lambda _: None).parent
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_shop(Path(folder), models, (*QUESTIONS, *WITHOUT)) as shop,
        browsing() as browser,
    ):
        shop.eventually(lambda: len(shop.up.http.get("/v1/gaps").json()["items"]) > 1)
        with context_of(browser) as window:
            page = window.new_page()
            sign(page, shop, shop.key)
            page.wait_for_url(f"{shop.url}/")
            state = window.storage_state()
        take(browser, shop, state)
    for picture in sorted(FOLDER.glob("*.png")):
        shrink(picture)


if __name__ == "__main__":
    main()
