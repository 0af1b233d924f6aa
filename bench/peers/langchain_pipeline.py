"""LangChain: loader, recursive splitter, local embeddings, Qdrant in a folder, indexing API."""

from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_classic.indexes import (
    SQLRecordManager,
    index,
)
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.document_loaders import (
    BSHTMLLoader,
    DirectoryLoader,
)
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_qdrant import QdrantVectorStore
from langchain_text_splitters import (
    RecursiveCharacterTextSplitter,
)
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, VectorParams

NAME = "pages"


class LangChainPipeline:
    """The indexing API with `cleanup="full"`, the one mode that also deletes."""

    def __init__(self, store: Path, model: str) -> None:
        self._client = QdrantClient(path=str(store / "qdrant"))
        if not self._client.collection_exists(NAME):
            vectors = VectorParams(size=384, distance=Distance.COSINE)
            self._client.create_collection(NAME, vectors_config=vectors)
        self._vectors = QdrantVectorStore(
            self._client, NAME, HuggingFaceEmbeddings(model_name=model)
        )
        self._records = SQLRecordManager(f"qdrant/{NAME}", db_url=f"sqlite:///{store}/records.db")
        self._records.create_schema()

    def sync(self, pages: Path) -> None:
        """Load and split everything; the record manager knows the chunks by their hashes."""
        loader = DirectoryLoader(
            str(pages),
            glob="*.html",
            loader_cls=BSHTMLLoader,
            loader_kwargs={"open_encoding": "utf-8"},
        )
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        chunks = splitter.split_documents(loader.load())
        index(chunks, self._records, self._vectors, cleanup="full", source_id_key="source")

    def search(self, question: str, limit: int) -> list[str]:
        """Fuse BM25 in memory and vectors: the sparse vectors on offer need a download."""
        self._keywords.k = limit
        nearest = self._vectors.as_retriever(search_kwargs={"k": limit})
        both = EnsembleRetriever(retrievers=[self._keywords, nearest], weights=[0.5, 0.5])
        return _pages(both.invoke(question))

    def dense(self, question: str, limit: int) -> list[str]:
        """Ask Qdrant alone."""
        return _pages(self._vectors.similarity_search(question, k=limit))

    def texts(self, page: str) -> list[str]:
        """Read the page's chunks from Qdrant."""
        return [text.page_content for text in self._chunks() if _page(text) == page]

    @cached_property
    def _keywords(self) -> Any:
        return BM25Retriever.from_documents(self._chunks())

    def _chunks(self) -> list[Any]:
        points, _ = self._client.scroll(NAME, limit=1_000_000)
        payloads = [point.payload or {} for point in points]
        return [
            Document(page_content=payload["page_content"], metadata=payload["metadata"])
            for payload in payloads
        ]


def _pages(documents: list[Any]) -> list[str]:
    return [_page(document) for document in documents]


def _page(document: Any) -> str:
    return Path(document.metadata["source"]).name


def open_pipeline(store: Path, model: str) -> LangChainPipeline:
    """Open what the folder holds, with the model loaded."""
    return LangChainPipeline(store, model)
