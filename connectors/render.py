"""Pages that are built by script, where a browser is installed to run it."""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from connectors.errors import SettingsInvalid
from connectors.port import Fetcher

if TYPE_CHECKING:
    from connectors.render_chromium import ChromiumRenderer

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What one page may cost."""

    total_s: float = 30.0
    """From when the page itself was fetched and the browser runs."""
    settle_s: float = 5.0
    """How long a page may go on to ask for things before it is taken as it is."""
    max_bytes: int = 20_000_000
    """Of the page once it is built, and of all that it asks for together."""
    max_requests: int = 200
    memory_bytes: int = 1_000_000_000
    """Of each process of the browser; a page has one."""
    pages: int = 50
    """After which the browser is started anew."""


def chromium_renderer(
    fetcher: Fetcher,
    user_agent: str,
    *,
    limits: RenderLimits | None = None,
    executable: str = "",
) -> "ChromiumRenderer":
    """Give a renderer, whose browser is not started yet; it is to be closed.

    Raises SettingsInvalid, saying what to install, where Playwright or Chromium is missing.
    """
    if find_spec("playwright") is None:
        raise SettingsInvalid(
            "Pages that are built by script need the extra 'render': "
            "install it with pip install 'punnet[render]'."
        )
    # An extra: who does not render pays nothing for it.
    from connectors.render_chromium import ChromiumRenderer

    path = _find_chromium(executable)
    return ChromiumRenderer(fetcher, user_agent, limits or RenderLimits(), path)


def _find_chromium(executable: str) -> str:
    for name in (executable,) if executable else _NAMES:
        if path := shutil.which(name):
            return path
    missing = f"'{executable}' is no program" if executable else "no Chromium is installed"
    raise SettingsInvalid(
        f"Pages that are built by script need a browser, and {missing}. "
        "Install it with apt-get install chromium, or as your system does it."
    )
