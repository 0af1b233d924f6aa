"""How well and how fast the main content of web pages is found, beside other libraries.

    python -m bench.extraction [--failures] [--only NAME] [--checkout FOLDER]

Two sets: `web-extraction-trafilatura` (segments that must and must not be in the text; half of
its pages, by a hash of their names, were looked at while rules were made, the other half was
only scored), and `web-readability-pages` (text, title and structure that a page should have).
A checkout of github.com/adbar/trafilatura adds its other 900 pages, from which
`bench.extraction_weights` learns.
"""

import argparse
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from bench.extractors import Extractor, available
from bench.figures import mean, show
from bench.sets import folder
from connectors.charset import decode
from ingest.parse.clean import clean
from ingest.parsed import BlockKind, ParsedDocument

_ROUNDS = 3
_STRUCTURE = (
    ("headings", "h1, h2, h3, h4, h5, h6", BlockKind.HEADING),
    ("items", "li", BlockKind.LIST_ITEM),
    ("cells", "th, td", BlockKind.TABLE),
    ("code", "pre", BlockKind.CODE),
)
_START = 60
"""Characters by which a piece is recognised: the next block may begin within the rest."""


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page with segments that its text must have, must not have, and may have."""

    name: str
    html: str
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    comments: tuple[str, ...]

    @property
    def is_held_out(self) -> bool:
        """Say whether the page was only scored, never looked at."""
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page with the content, as HTML, and the title that Readability's tests expect of it."""

    name: str
    html: str
    expected: str
    title: str


def main() -> None:
    """Score and time everything that is installed on both sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true", help="print what Punnet misses")
    parser.add_argument("--only", default="", help="only libraries whose name starts so")
    parser.add_argument("--checkout", type=Path, help="score its other pages, and nothing else")
    chosen = parser.parse_args()
    gold = gold_pages(folder("web-extraction-trafilatura"))
    articles = article_pages(folder("web-readability-pages"))
    extractors = [found for found in available() if found.name.startswith(chosen.only)]
    if chosen.failures:
        print_failures(extractors[0], gold, articles)
        return
    if chosen.checkout:
        others = other_pages(chosen.checkout)
        rows = [{"extractor": one.name} | found_and_absent(one, others) for one in extractors]
        show("Other pages: segments found, and kept out", rows)
        return
    fast = speeds(extractors, [page.html for page in gold])
    show(
        "Extraction: segments of archived pages found, and kept out",
        [
            segment_row(extractor, gold) | {"pages/s": fast[extractor.name]}
            for extractor in extractors
        ],
    )
    show(
        "Articles: beside what Readability's tests expect",
        [article_row(extractor, articles) for extractor in extractors],
    )


def gold_pages(where: Path, folders: Sequence[str] = ("html",)) -> list[GoldPage]:
    """Read the pages that have segments, as far as one of the folders has them."""
    described = json.loads((where / "evaldata.json").read_text(encoding="utf-8"))
    found = []
    for row in described.values():
        paths = [where / name / row["file"] for name in folders]
        path = next((path for path in paths if path.exists()), None)
        if path is not None:
            segments = (tuple(row.get(key) or ()) for key in ("with", "without", "comments"))
            found.append(GoldPage(row["file"], decode(path.read_bytes()), *segments))
    return found


def other_pages(checkout: Path) -> list[GoldPage]:
    """Read the pages of a checkout that are not in the set that is scored."""
    scored = {page.name for page in gold_pages(folder("web-extraction-trafilatura"))}
    found = gold_pages(checkout / "tests", ("eval", "cache"))
    return [page for page in found if page.name not in scored]


def found_and_absent(extractor: Extractor, pages: Sequence[GoldPage]) -> dict[str, object]:
    """Score one library on the segments of all pages."""
    texts = [solid(extractor.extract(page.html).text) for page in pages]
    wanted = zip(texts, (page.wanted for page in pages), strict=True)
    unwanted = zip(texts, (page.unwanted for page in pages), strict=True)
    return {"found": _share(wanted), "absent": 1 - _share(unwanted)}


def article_pages(where: Path) -> list[ArticlePage]:
    """Read the pages that have an expected text."""
    return [
        ArticlePage(
            path.parent.name,
            decode(path.read_bytes()),
            (path.parent / "expected.html").read_text(encoding="utf-8"),
            json.loads((path.parent / "expected-metadata.json").read_text())["title"] or "",
        )
        for path in sorted(where.glob("*/source.html"))
    ]


def segment_row(extractor: Extractor, pages: Sequence[GoldPage]) -> dict[str, object]:
    """Score one library on the segments, by the halves and as a whole."""
    texts = {page.name: solid(extractor.extract(page.html).text) for page in pages}
    row: dict[str, object] = {"extractor": extractor.name}
    for half, among in (
        ("dev", [page for page in pages if not page.is_held_out]),
        ("held", [page for page in pages if page.is_held_out]),
        ("all", pages),
    ):
        row[f"{half} found"] = _share((texts[page.name], page.wanted) for page in among)
        row[f"{half} absent"] = 1 - _share((texts[page.name], page.unwanted) for page in among)
    row["comments"] = _share((texts[page.name], page.comments) for page in pages)
    return row


def article_row(extractor: Extractor, pages: Sequence[ArticlePage]) -> dict[str, object]:
    """Score one library on whole texts, titles and the structure that is still there."""
    given = [(page, extractor.extract(page.html)) for page in pages]
    scores = [overlap(words_of_html(page.expected), words(found.text)) for page, found in given]
    row: dict[str, object] = {"extractor": extractor.name}
    for place, name in enumerate(("precision", "recall", "F1")):
        row[name] = mean([score[place] for score in scores])
    titles = [(page.title, extractor.title(page.html)) for page in pages] if extractor.title else []
    row["title"] = mean([float(is_title(*both)) for both in titles]) if titles else "-"
    row["exactly"] = mean([float(solid(a) == solid(b)) for a, b in titles]) if titles else "-"
    for name, selector, kind in _STRUCTURE:
        row[name] = _share(
            (solid(" ".join(texts(found, kind))), pieces(page.expected, selector))
            for page, found in given
        )
    return row


def is_title(expected: str, given: str) -> bool:
    """Say whether a title is the expected one, give or take the site's name at its end."""
    one, other = solid(expected), solid(given)
    return one == other or (
        bool(one and other) and (one.startswith(other) or other.startswith(one))
    )


def overlap(expected: Counter[str], given: Counter[str]) -> tuple[float, float, float]:
    """Give precision, recall and F1 over words as often as they stand there."""
    both = (expected & given).total()
    precision, recall = both / (given.total() or 1), both / (expected.total() or 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def texts(document: ParsedDocument, kind: BlockKind) -> list[str]:
    """Give the text of each block of a kind."""
    return [document.text[b.start : b.end] for b in document.blocks if b.kind is kind]


def pieces(markup: str, selector: str) -> tuple[str, ...]:
    """Give the starts of what a selector matches, without those that have no words."""
    starts = (solid(node.text())[:_START] for node in LexborHTMLParser(markup).css(selector))
    return tuple(start for start in starts if start)


def words(text: str) -> Counter[str]:
    """Count the words of a text."""
    return Counter(re.findall(r"\w+", text.lower()))


def words_of_html(markup: str) -> Counter[str]:
    """Count the words that a piece of HTML shows."""
    body = LexborHTMLParser(markup).body
    return words(body.text(separator=" ") if body else "")


def solid(text: str) -> str:
    """Give a text without white space and what nobody sees, which every library lays out its way.

    Some segments hold invisible characters, which a library may well leave out.
    """
    return "".join(clean(text).split())


def print_failures(
    extractor: Extractor, gold: Sequence[GoldPage], articles: Sequence[ArticlePage]
) -> None:
    """Print what is missed and what is kept wrongly, of the half that may be looked at."""
    for page in gold:
        text = "" if page.is_held_out else solid(extractor.extract(page.html).text)
        lost = [part for part in page.wanted if text and solid(part) not in text]
        kept = [part for part in page.unwanted if text and solid(part) in text]
        if lost or kept:
            print(page.name, f"\n  lost {lost}\n  kept {kept}")
    for article in articles:
        found = extractor.extract(article.html)
        precision, recall, _ = overlap(words_of_html(article.expected), words(found.text))
        title = extractor.title(article.html) if extractor.title else ""
        print(f"{article.name:50} precision {precision:.2f} recall {recall:.2f}")
        if solid(title) != solid(article.title):
            print(f"  title {title!r}, expected {article.title!r}")


def _share(searched: Iterable[tuple[str, Sequence[str]]]) -> float:
    return mean([float(solid(part) in text) for text, parts in searched for part in parts])


def speeds(extractors: Sequence[Extractor], pages: Sequence[str]) -> dict[str, float]:
    """Give pages in a second of processor time, the best round of each.

    The libraries take turns, so that a machine that is busy for a while slows all of them.
    """
    best: dict[str, float] = {}
    for _ in range(_ROUNDS):
        for extractor in extractors:
            started = time.process_time()
            for page in pages:
                extractor.read(page)
            taken = time.process_time() - started
            best[extractor.name] = max(best.get(extractor.name, 0.0), len(pages) / taken)
    return best


if __name__ == "__main__":
    main()
