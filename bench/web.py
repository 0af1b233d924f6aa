"""How a website is kept: every page accounted for, what a second crawl costs, what faults do.

    python -m bench.web [--pages N]

The PostgreSQL manual and the test pages of Readability, each served by a small server of ours
and synced through a `web` source of a running `punnet up`.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.figures import show
from bench.serving import Served, serving
from bench.sets import folder
from bench.webserver import Website, website
from connectors.page import read_page

MANUAL, READABILITY = "postgresql-doc-15", "web-readability-pages"
_OF_EACH = 3
_SILENT = 2


def main() -> None:
    """Measure it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000, help="of the manual")
    chosen = parser.parse_args()
    manual = sorted((folder(MANUAL) / "html").glob("*.html"))[: chosen.pages]
    cases = sorted(folder(READABILITY).glob("*/source.html"))
    sites = {
        MANUAL: {f"/docs/{page.name}": page for page in manual},
        READABILITY: {f"/{page.parent.name}.html": page for page in cases},
    }
    rows: list[dict[str, object]] = []
    with serving(Path(tempfile.mkdtemp(prefix="punnet-web-")) / "home") as served:
        for name, pages in sites.items():
            with website(pages) as site:
                source = _source(served, name, site)
                rows += _kept(served, name, source, site)
                show("Web: what a crawl keeps and what it costs", rows)
                if name == MANUAL:
                    show("Web faults: how each ends", _faults(served, source, site))


def _source(served: Served, name: str, site: Website) -> str:
    settings = {"start": f"{site.address}/", "allow_private": True, "rate": 1000}
    body = {"kind": "web", "name": name, "settings": settings}
    return str(served.post("/v1/sources", body)["id"])


def _kept(served: Served, name: str, source: str, site: Website) -> list[dict[str, object]]:
    wanted = {path for path in site.pages if not _noindex(site, path)}
    rows = []
    for crawl in ("first", "second"):
        site.forget()
        run = served.sync(source)
        documents = _documents(served, source)
        states = Counter(one["state"] for one in documents)
        # Where a page has several addresses, which differ in their queries, each counts for it.
        found = {one["ref"].removeprefix(site.address).partition("?")[0] for one in documents}
        rows.append(
            {
                "site": name,
                "crawl": crawl,
                "state": run["state"],
                "pages": len(wanted),
                "listed": run["counts"]["listed"],
                **{state: states[state] for state in ("live", "failed", "no_content")},
                "accounted": found == wanted and len(documents) == run["counts"]["listed"],
                "200": site.answers[200],
                "304": site.answers[304],
                "MB of pages": site.page_bytes / 1e6,
                "kB beside": site.other_bytes / 1e3,
                "seconds": run["wall_s"],
            }
        )
    return rows


def _faults(served: Served, source: str, site: Website) -> list[dict[str, object]]:
    """Break some pages in each way, crawl, and say what became of their documents."""
    free = iter(list(site.pages)[10:])
    broken = {
        fault: [next(free) for _ in range(_SILENT if fault == "silent" else _OF_EACH)]
        for fault in ("404", "410", "500", "503", "403", "silent", "soft", "loop", "robots")
    }
    for fault, paths in broken.items():
        for path in paths:
            if fault == "loop":
                site.faults[path] = f"-> {path}?again"
                site.faults[f"{path}?again"] = f"-> {path}"
            elif fault == "robots":
                site.robots += "" if site.robots else "User-agent: *\n"
                site.robots += f"Disallow: {path}$\n"
            else:
                site.faults[path] = fault
    site.truncated = site.missing_is_soft = True
    before = len(_documents(served, source))
    run = served.sync(source)
    rows = _outcomes(served, source, site, broken)
    whole = {"fault": "truncated sitemap, and all of these at once", "pages": len(site.pages)}
    documents = len(_documents(served, source))
    said = f"{run['state']}, {run['counts']['deleted']} deleted, {before - documents} lost"
    site.faults.clear()
    site.robots, site.truncated, site.missing_is_soft = "", False, False
    mended = served.sync(source)
    after = Counter(one["state"] for one in _documents(served, source))
    return [
        *rows,
        {**whole, "documents": documents, "ended": said, "reason": _notes(run)},
        {
            "fault": "none again",
            "pages": len(site.pages),
            "documents": sum(after.values()),
            "ended": f"{mended['state']}, {dict(after)}",
            "reason": "",
        },
    ]


def _outcomes(
    served: Served, source: str, site: Website, broken: dict[str, list[str]]
) -> list[dict[str, object]]:
    by_path = {one["ref"].removeprefix(site.address): one for one in _documents(served, source)}
    rows: list[dict[str, object]] = []
    for fault, paths in broken.items():
        found = [by_path[path] for path in paths if path in by_path]
        rows.append(
            {
                "fault": fault,
                "pages": len(paths),
                "documents": len(found),
                "ended": dict(Counter(one["state"] for one in found)),
                "reason": next((one["reason"] for one in found if one["reason"]), ""),
            }
        )
    return rows


def _notes(run: dict[str, Any]) -> str:
    return " ".join(one["reason"] for one in run["errors"] if not one["ref"])[:200]


def _documents(served: Served, source: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = served.get(f"/v1/documents?limit=100&source_id={source}{cursor}")
        found += [one for one in page["items"] if one["source_id"] == source]
        if not page.get("next_cursor"):
            return [one for one in found if one["state"] != "deleted"]
        cursor = f"&cursor={page['next_cursor']}"


def _noindex(site: Website, path: str) -> bool:
    return read_page(site.pages[path].read_bytes(), f"{site.address}{path}", {}).noindex


if __name__ == "__main__":
    main()
