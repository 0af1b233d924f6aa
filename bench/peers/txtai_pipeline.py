"""txtai: Textractor by sections, one embeddings database with vectors, BM25 and content.

It knows no changes, and `upsert` would keep what is gone, so a sync indexes everything anew: the
cost is the same and the result is right.
"""

from collections.abc import Iterator
from pathlib import Path

from txtai import Embeddings
from txtai.pipeline import Textractor


class TxtaiPipeline:
    """One `Embeddings`, saved to a folder."""

    def __init__(self, store: Path, model: str) -> None:
        self._kept = str(store / "embeddings")
        if Embeddings().exists(self._kept):
            self._embeddings = Embeddings()
            self._embeddings.load(self._kept)
        else:
            self._embeddings = Embeddings(
                path=model, method="sentence-transformers", content=True, hybrid=True
            )
        self._textractor = Textractor(sections=True)

    def sync(self, pages: Path) -> None:
        """Index everything anew."""
        self._embeddings.index(self._sections(pages))
        self._embeddings.save(self._kept)

    def search(self, question: str, limit: int) -> list[str]:
        """Search as txtai does where BM25 is kept beside the vectors: by both."""
        return [_page(found["id"]) for found in self._embeddings.search(question, limit)]

    def dense(self, question: str, limit: int) -> list[str]:
        """Weigh the vectors alone; txtai asks both lists even so."""
        return [_page(found["id"]) for found in self._embeddings.search(question, limit, 1.0)]

    def texts(self, page: str) -> list[str]:
        """Read the page's sections by SQL."""
        rows = self._embeddings.search("select id, text from txtai", 1_000_000)
        return [row["text"] for row in rows if _page(row["id"]) == page]

    def _sections(self, pages: Path) -> Iterator[tuple[str, str]]:
        for page in sorted(pages.glob("*.html")):
            for number, section in enumerate(self._textractor(str(page))):
                yield f"{page.name}#{number}", section


def _page(uid: str) -> str:
    return uid.rpartition("#")[0]


def open_pipeline(store: Path, model: str) -> TxtaiPipeline:
    """Open what the folder holds, with the model loaded."""
    return TxtaiPipeline(store, model)
