"""Punnet as a LlamaIndex retriever.

    pip install llama-index-core httpx
    PUNNET_URL=http://127.0.0.1:8321 PUNNET_KEY=… python llamaindex_retriever.py "How long …?"

The key needs the scope `read` and no more.
"""

import os
import sys
from typing import Any

import httpx
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)


class PunnetRetriever(BaseRetriever):
    """Retrieves the passages that answer a question, each with what it takes to check it.

    Punnet tells ranks, not scores: `score` is 1 over the rank. `filter` narrows the search:
    {"tags": ["returns"], "fresh": "require"}, for one. Raises httpx.HTTPStatusError when
    Punnet refuses, and httpx.TransportError when it is not there.
    """

    def __init__(
        self,
        url: str,
        key: str,
        limit: int = 10,
        filter: dict[str, Any] | None = None,  # noqa: A002
        timeout: float = 10.0,
    ) -> None:
        super().__init__()
        self._limit = limit
        self._filter = filter or {}
        headers = {"Authorization": f"Bearer {key}"}
        self._connection: dict[str, Any] = {
            "base_url": url, "headers": headers, "timeout": timeout,
        }  # fmt: skip

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with httpx.Client(**self._connection) as http:
            return _nodes(http.post("/v1/search", json=self._body(query_bundle)))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        async with httpx.AsyncClient(**self._connection) as http:
            return _nodes(await http.post("/v1/search", json=self._body(query_bundle)))

    def _body(self, query_bundle: QueryBundle) -> dict[str, Any]:
        return {"query": query_bundle.query_str, "limit": self._limit, "filter": self._filter}


def _nodes(reply: httpx.Response) -> list[NodeWithScore]:
    found = reply.raise_for_status().json()
    return [
        NodeWithScore(node=_node(hit, found["query_id"]), score=1.0 / hit["rank"])
        for hit in found["hits"]
    ]


def _node(hit: dict[str, Any], query_id: str) -> TextNode:
    document = hit["document"]
    told = {
        "title": document["title"],
        "link": hit["link"],
        "headings": " > ".join(hit["heading_path"]),
        "as_of": hit["freshness"]["as_of"],
        "stale": hit["freshness"]["stale"],
    }
    # For checking and for feedback; no model needs to read it.
    quiet = {"version": document["version"], "query_id": query_id, "warnings": hit["warnings"]}
    return TextNode(
        id_=hit["chunk_id"],
        text=hit["text"],
        start_char_idx=hit["start"],
        end_char_idx=hit["end"],
        metadata={**told, **quiet},
        excluded_llm_metadata_keys=list(quiet),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document["id"])},
    )


if __name__ == "__main__":
    retriever = PunnetRetriever(
        os.environ.get("PUNNET_URL", "http://127.0.0.1:8321"), os.environ["PUNNET_KEY"], limit=3
    )
    for found in retriever.retrieve(" ".join(sys.argv[1:])):
        print(f"{found.node.metadata['link']}\n{found.text}\n")
