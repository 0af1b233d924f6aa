"""LlamaIndex: reader, splitter as it comes, ingestion pipeline with docstore, Qdrant in a folder.

The splitter as it comes cuts at 1,024 tokens, whatever the model takes.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

from llama_index.core import (
    SimpleDirectoryReader,
    VectorStoreIndex,
)
from llama_index.core.ingestion import (
    DocstoreStrategy,
    IngestionPipeline,
)
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.storage.docstore import (
    SimpleDocumentStore,
)
from llama_index.embeddings.huggingface import (
    HuggingFaceEmbedding,
)
from llama_index.readers.file import HTMLTagReader
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.qdrant import (
    QdrantVectorStore,
)
from qdrant_client import QdrantClient


class LlamaIndexPipeline:
    """The ingestion pipeline with upserts and deletes, its docstore persisted beside Qdrant."""

    def __init__(self, store: Path, model: str, splitter: Any) -> None:
        client = QdrantClient(path=str(store / "qdrant"))
        self._vectors = QdrantVectorStore(collection_name="pages", client=client)
        self._model = HuggingFaceEmbedding(model_name=model)
        self._kept = store / "pipeline"
        self._pipeline = IngestionPipeline(
            transformations=[splitter, self._model],
            vector_store=self._vectors,
            docstore=SimpleDocumentStore(),
            docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE,
        )
        if self._kept.exists():
            self._pipeline.load(str(self._kept))

    def sync(self, pages: Path) -> None:
        """Read everything; the docstore knows the documents by their hashes."""
        documents = SimpleDirectoryReader(
            str(pages),
            filename_as_id=True,
            required_exts=[".html"],
            file_extractor={".html": HTMLTagReader(tag="body")},
        ).load_data()
        self._pipeline.run(documents=documents)
        self._pipeline.persist(str(self._kept))

    def search(self, question: str, limit: int) -> list[str]:
        """Fuse BM25 in memory and vectors by reciprocal ranks, without generated questions."""
        self._keywords.similarity_top_k = min(limit, len(self._keywords.corpus))
        both = QueryFusionRetriever(
            [self._index.as_retriever(similarity_top_k=limit), self._keywords],
            llm=MockLLM(),
            mode="reciprocal_rerank",
            similarity_top_k=limit,
            num_queries=1,
            use_async=False,
        )
        return _pages(both.retrieve(question))

    def dense(self, question: str, limit: int) -> list[str]:
        """Ask Qdrant alone."""
        return _pages(self._index.as_retriever(similarity_top_k=limit).retrieve(question))

    def texts(self, page: str) -> list[str]:
        """Read the page's nodes from Qdrant."""
        nodes = self._vectors.get_nodes()
        return [node.get_content() for node in nodes if node.metadata["file_name"] == page]

    @cached_property
    def _index(self) -> Any:
        return VectorStoreIndex.from_vector_store(self._vectors, embed_model=self._model)

    @cached_property
    def _keywords(self) -> Any:
        return BM25Retriever.from_defaults(nodes=self._vectors.get_nodes())


def _pages(found: list[Any]) -> list[str]:
    return [scored.node.metadata["file_name"] for scored in found]


def open_pipeline(store: Path, model: str) -> LlamaIndexPipeline:
    """Open what the folder holds, with the model loaded."""
    return LlamaIndexPipeline(store, model, SentenceSplitter())
