"""Haystack: HTML converter, word splitter, local embedder, Qdrant in a folder.

Its writer knows no changes. The cache checker that it ships is given the sha256 of each file, so
that unchanged pages are skipped; without it every run embeds everything again.
"""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

from haystack import Pipeline
from haystack.components.caching import CacheChecker
from haystack.components.converters import HTMLToDocument
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import (
    DocumentSplitter,
)
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
)
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import (
    InMemoryDocumentStore,
)
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.retrievers.qdrant import (
    QdrantEmbeddingRetriever,
)
from haystack_integrations.document_stores.qdrant import (
    QdrantDocumentStore,
)


class HaystackPipeline:
    """One pipeline to write with and two to ask."""

    def __init__(self, store: Path, model: str) -> None:
        self._model = model
        self._store = QdrantDocumentStore(
            path=str(store / "qdrant"), index="pages", embedding_dim=384, progress_bar=False
        )
        self._checker = CacheChecker(self._store, cache_field="meta.version")
        embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        writer = DocumentWriter(self._store, policy=DuplicatePolicy.OVERWRITE)
        splitter = DocumentSplitter(split_by="word", split_length=200, split_overlap=20)
        self._writing = Pipeline()
        self._writing.add_component("converter", HTMLToDocument())
        self._writing.add_component("splitter", splitter)
        self._writing.add_component("embedder", embedder)
        self._writing.add_component("writer", writer)
        self._writing.connect("converter", "splitter")
        self._writing.connect("splitter", "embedder")
        self._writing.connect("embedder", "writer")
        self._writing.warm_up()

    def sync(self, pages: Path) -> None:
        """Write the pages that the cache checker misses; what is gone nobody tells the store."""
        versions = {_version(page): page for page in sorted(pages.glob("*.html"))}
        missed = self._checker.run(items=list(versions))["misses"]
        if missed:
            sources = [versions[version] for version in missed]
            meta = [{"version": version} for version in missed]
            self._writing.run({"converter": {"sources": sources, "meta": meta}})

    def search(self, question: str, limit: int) -> list[str]:
        """Fuse BM25 in memory and vectors: the sparse vectors on offer need a download."""
        asked = {
            "embedder": {"text": question},
            "nearest": {"top_k": limit},
            "keywords": {"query": question, "top_k": limit},
            "joiner": {"top_k": limit},
        }
        return _pages(self._hybrid.run(asked)["joiner"]["documents"])

    def dense(self, question: str, limit: int) -> list[str]:
        """Ask Qdrant alone."""
        asked = {"embedder": {"text": question}, "nearest": {"top_k": limit}}
        return _pages(self._dense.run(asked)["nearest"]["documents"])

    def texts(self, page: str) -> list[str]:
        """Read the page's chunks from Qdrant."""
        where = {"field": "meta.file_path", "operator": "==", "value": page}
        return [found.content for found in self._store.filter_documents(where)]

    def _asking_embedder(self) -> Any:
        return SentenceTransformersTextEmbedder(model=self._model, progress_bar=False)

    @cached_property
    def _dense(self) -> Any:
        asking = Pipeline()
        asking.add_component("embedder", self._asking_embedder())
        asking.add_component("nearest", QdrantEmbeddingRetriever(self._store))
        asking.connect("embedder.embedding", "nearest.query_embedding")
        return asking

    @cached_property
    def _hybrid(self) -> Any:
        memory = InMemoryDocumentStore()
        memory.write_documents(self._store.filter_documents())
        asking = Pipeline()
        asking.add_component("embedder", self._asking_embedder())
        asking.add_component("nearest", QdrantEmbeddingRetriever(self._store))
        asking.add_component("keywords", InMemoryBM25Retriever(memory))
        asking.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        asking.connect("embedder.embedding", "nearest.query_embedding")
        asking.connect("nearest", "joiner")
        asking.connect("keywords", "joiner")
        return asking


def _pages(documents: list[Any]) -> list[str]:
    return [document.meta["file_path"] for document in documents]


def _version(page: Path) -> str:
    return f"{page.name}@{hashlib.sha256(page.read_bytes()).hexdigest()}"


def open_pipeline(store: Path, model: str) -> HaystackPipeline:
    """Open what the folder holds, with the model loaded."""
    return HaystackPipeline(store, model)
