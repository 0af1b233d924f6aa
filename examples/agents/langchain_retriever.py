"""Punnet as a LangChain retriever.

    pip install langchain-core httpx
    PUNNET_URL=http://127.0.0.1:8321 PUNNET_KEY=… python langchain_retriever.py "How long …?"

The key needs the scope `read` and no more.
"""

import os
import sys
from typing import Any

import httpx
from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, SecretStr


class PunnetRetriever(BaseRetriever):
    """Retrieves the passages that answer a question, each with what it takes to check it.

    `filter` narrows the search: {"tags": ["returns"], "fresh": "require"}, for one. Raises
    httpx.HTTPStatusError when Punnet refuses, and httpx.TransportError when it is not there.
    """

    url: str
    key: SecretStr
    limit: int = 10
    filter: dict[str, Any] = Field(default_factory=dict)
    timeout: float = 10.0

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        with httpx.Client(**self._connection()) as http:
            return _documents(http.post("/v1/search", json=self._body(query)))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        async with httpx.AsyncClient(**self._connection()) as http:
            return _documents(await http.post("/v1/search", json=self._body(query)))

    def _connection(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"}
        return {"base_url": self.url, "headers": headers, "timeout": self.timeout}

    def _body(self, query: str) -> dict[str, Any]:
        return {"query": query, "limit": self.limit, "filter": self.filter}


def _documents(reply: httpx.Response) -> list[Document]:
    found = reply.raise_for_status().json()
    return [
        Document(
            id=hit["chunk_id"],
            page_content=hit["text"],
            metadata={
                "title": hit["document"]["title"],
                "source": hit["link"],
                "headings": hit["heading_path"],
                "as_of": hit["freshness"]["as_of"],
                "stale": hit["freshness"]["stale"],
                "warnings": hit["warnings"],
                # Where the words stand, to the character, and what to name in feedback.
                "document_id": hit["document"]["id"],
                "version": hit["document"]["version"],
                "start": hit["start"],
                "end": hit["end"],
                "query_id": found["query_id"],
            },
        )
        for hit in found["hits"]
    ]


if __name__ == "__main__":
    retriever = PunnetRetriever(
        url=os.environ.get("PUNNET_URL", "http://127.0.0.1:8321"),
        key=SecretStr(os.environ["PUNNET_KEY"]),
        limit=3,
    )
    for document in retriever.invoke(" ".join(sys.argv[1:])):
        print(f"{document.metadata['source']}\n{document.page_content}\n")
