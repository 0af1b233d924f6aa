"""Punnet as a Haystack component.

    pip install haystack-ai httpx
    PUNNET_URL=http://127.0.0.1:8321 PUNNET_KEY=… python haystack_retriever.py "How long …?"

The key needs the scope `read` and no more. A pipeline that is read from a file must be told to
trust this module: `Pipeline.load(file, allowed_modules=["haystack_retriever"])`.
"""

import os
import sys
from typing import Any

import httpx
from haystack import Document, Pipeline, component, default_from_dict, default_to_dict
from haystack.utils import Secret


@component
class PunnetRetriever:
    """Retrieves the passages that answer a question, each with what it takes to check it.

    Punnet tells ranks, not scores: `score` is 1 over the rank. `filters` is Punnet's own
    filter: {"tags": ["returns"], "fresh": "require"}, for one. Raises httpx.HTTPStatusError
    when Punnet refuses, and httpx.TransportError when it is not there.
    """

    def __init__(
        self,
        url: str,
        key: Secret | None = None,
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.url = url
        self.key = key or Secret.from_env_var("PUNNET_KEY")
        self.top_k = top_k
        self.filters = filters
        self.timeout = timeout

    def to_dict(self) -> dict[str, Any]:
        """Write the component into a pipeline's file, without the key's value."""
        return default_to_dict(
            self,
            url=self.url,
            key=self.key.to_dict(),
            top_k=self.top_k,
            filters=self.filters,
            timeout=self.timeout,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "PunnetRetriever":
        """Read the component from a pipeline's file."""
        data["init_parameters"]["key"] = Secret.from_dict(data["init_parameters"]["key"])
        return default_from_dict(cls, data)

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """Ask; `filters` and `top_k` go before those of the component."""
        with httpx.Client(**self._connection()) as http:
            return {
                "documents": _documents(
                    http.post("/v1/search", json=self._body(query, filters, top_k))
                )
            }

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """Ask without holding up the others of an asynchronous pipeline."""
        async with httpx.AsyncClient(**self._connection()) as http:
            reply = await http.post("/v1/search", json=self._body(query, filters, top_k))
        return {"documents": _documents(reply)}

    def _connection(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key.resolve_value()}"}
        return {"base_url": self.url, "headers": headers, "timeout": self.timeout}

    def _body(
        self, query: str, filters: dict[str, Any] | None, top_k: int | None
    ) -> dict[str, Any]:
        chosen = self.filters if filters is None else filters
        return {"query": query, "limit": top_k or self.top_k, "filter": chosen or {}}


def _documents(reply: httpx.Response) -> list[Document]:
    found = reply.raise_for_status().json()
    return [
        Document(
            id=hit["chunk_id"],
            content=hit["text"],
            score=1.0 / hit["rank"],
            meta={
                "title": hit["document"]["title"],
                "url": hit["link"],
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
    pipeline = Pipeline()
    url = os.environ.get("PUNNET_URL", "http://127.0.0.1:8321")
    pipeline.add_component("punnet", PunnetRetriever(url, top_k=3))
    found = pipeline.run({"punnet": {"query": " ".join(sys.argv[1:])}})
    for document in found["punnet"]["documents"]:
        print(f"{document.meta['url']}\n{document.content}\n")
