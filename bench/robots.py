"""Is every real robots.txt answered as protego answers it, and does none raise?

python -m bench.robots
"""

import time
from codecs import BOM_UTF8
from itertools import product
from urllib.parse import quote

from protego import Protego

from bench.figures import percentile, show
from bench.sets import folder
from connectors.page import AGENT
from connectors.robots import MAX_BYTES, parse_robots
from connectors.urls import normalised

PATHS = (
    *("/", "/robots.txt", "/index.html", "/about", "/help/", "/docs/a/b", "/search?q=a&page=2"),
    *("/admin/", "/wp-admin/admin-ajax.php", "/wp-content/a.pdf", "/user/login", "/cart?add=1"),
    *("/cgi-bin/x", "/tmp/", "/private", "/a.pdf", "/img/a.jpg", "/%7Euser/", "/~user/", "//a"),
    *("/api/v1/x.json", "/feed/", "/tag/a%2Fb", "/" + quote("ü/ж"), "/a;b=c", "/a$b", "/a*b"),
    *("/?sort=asc", "/print/", "/node/1/edit", "/en/", "/comments/", "/a%20b", "/" + "a/" * 200),
)


AGENTS = (AGENT, "Googlebot", "bingbot", "GPTBot", "Mozilla/5.0 (compatible; Foobot/1.0)")


def main() -> None:
    answers = differing = disallowed = 0
    delays = sitemaps = 0
    raised: list[str] = []
    times: list[float] = []
    files = sorted((folder("robots-txt") / "files").iterdir())
    for file, agent in product(files, AGENTS):
        content = file.read_bytes()
        text = content[:MAX_BYTES].removeprefix(BOM_UTF8).decode("utf-8", errors="replace")
        oracle = Protego.parse(text)
        urls = [url for path in PATHS if (url := normalised(f"https://{file.name}{path}"))]
        try:
            start = time.perf_counter()
            rules = parse_robots(content, agent)
            ours = [rules.allows(url) for url in urls]
            times.append(time.perf_counter() - start)
            delays += rules.delay is not None
            sitemaps += len(rules.sitemaps)
        except Exception as error:
            raised.append(f"{file.name} as {agent}: {error!r}")
            continue
        theirs = [oracle.can_fetch(url, agent) for url in urls]
        answers += len(urls)
        disallowed += ours.count(False)
        differing += sum(our != their for our, their in zip(ours, theirs, strict=True))
    show(
        "robots: real files answered as by protego",
        [
            {
                "files": len(files),
                "agents": len(AGENTS),
                "raised": len(raised),
                "answers": answers,
                "differing": differing,
                "disallowed": disallowed,
                "with a delay": delays,
                "sitemaps": sitemaps,
                "ms a file, median": percentile(times, 0.5) * 1000,
                "ms, slowest": max(times) * 1000,
            }
        ],
    )
    for one in raised:
        print(one)


if __name__ == "__main__":
    main()
