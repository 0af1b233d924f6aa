"""The checks that `bench.agents` runs inside a library's own environment; prints what passed.

Reads {"url", "questions": {question: hits of the API}} on standard input.
"""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import httpx

Found = Sequence[tuple[str, str]]
"""Chunk id and text, best first."""


def main() -> None:
    """Check one library; any error ends the program with its trace."""
    name, folder = sys.argv[1:3]
    told = json.load(sys.stdin)
    sys.path.insert(0, folder)
    check = {"langchain": langchain, "llamaindex": llamaindex, "haystack": haystack}[name]
    module = importlib.import_module(f"{name}_retriever")
    wanted = {
        question: [(hit["chunk_id"], hit["text"]) for hit in hits]
        for question, hits in told["questions"].items()
    }
    if not all(wanted.values()):
        raise AssertionError("the server found nothing: there is nothing to compare")
    check(module, told["url"], wanted)


def passed(what: str) -> None:
    """Tell the parent."""
    print(what, flush=True)


def same(ask: Callable[[str], Found], wanted: dict[str, list[tuple[str, str]]], what: str) -> None:
    """Hold every answer against the API's."""
    for question, hits in wanted.items():
        found = list(ask(question))
        if found != hits:
            raise AssertionError(f"{what}: {question!r} gave {found}, the API {hits}")
    passed(what)


def refused(ask: Callable[[], object]) -> None:
    """See that a wrong key is an error and not an empty answer."""
    try:
        ask()
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 401:
            raise
        passed("wrong key refused")
        return
    raise AssertionError("a wrong key was not refused")


def langchain(module: Any, url: str, wanted: dict[str, list[tuple[str, str]]]) -> None:
    """Check the retriever alone and in a chain."""
    import os

    from langchain_core.runnables import RunnableLambda

    retriever = module.PunnetRetriever(url=url, key=os.environ["PUNNET_KEY"], limit=5)

    def pairs(documents: Any) -> Found:
        return [(one.id, one.page_content) for one in documents]

    same(lambda question: pairs(retriever.invoke(question)), wanted, "invoke")
    same(lambda question: pairs(asyncio.run(retriever.ainvoke(question))), wanted, "ainvoke")
    chain = retriever | RunnableLambda(pairs)
    same(chain.invoke, wanted, "in a chain")
    narrow = retriever.model_copy(update={"filter": {"tags": ["no-such-tag"]}})
    if narrow.invoke(next(iter(wanted))):
        raise AssertionError("the filter let something through")
    passed("filter")
    refused(lambda: module.PunnetRetriever(url=url, key="pk_wrong").invoke("refunds"))


def llamaindex(module: Any, url: str, wanted: dict[str, list[tuple[str, str]]]) -> None:
    """Check the retriever alone and as a query engine's."""
    import os

    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    retriever = module.PunnetRetriever(url, os.environ["PUNNET_KEY"], limit=5)

    def pairs(nodes: Any) -> Found:
        return [(one.node.node_id, one.node.text) for one in nodes]

    same(lambda question: pairs(retriever.retrieve(question)), wanted, "retrieve")
    same(lambda question: pairs(asyncio.run(retriever.aretrieve(question))), wanted, "aretrieve")
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    same(lambda question: pairs(engine.query(question).source_nodes), wanted, "in a query engine")
    refused(lambda: module.PunnetRetriever(url, "pk_wrong").retrieve("refunds"))


def haystack(module: Any, url: str, wanted: dict[str, list[tuple[str, str]]]) -> None:
    """Check the component in a pipeline, also after the pipeline was written to a file."""
    from haystack import Pipeline
    from haystack.utils import Secret

    component = module.PunnetRetriever(url, top_k=5)

    def pairs(reply: Any) -> Found:
        return [(one.id, one.content) for one in reply["documents"]]

    same(lambda question: pairs(component.run(question)), wanted, "run")
    pipeline = Pipeline()
    pipeline.add_component("punnet", component)
    # Haystack reads only modules that it is told to trust.
    again = Pipeline.loads(pipeline.dumps(), allowed_modules=["haystack_retriever"])

    def through(question: str) -> Found:
        return pairs(again.run({"punnet": {"query": question}})["punnet"])

    same(through, wanted, "in a pipeline read from YAML")

    async def asynchronously(question: str) -> Found:
        return pairs((await again.run_async({"punnet": {"query": question}}))["punnet"])

    same(lambda question: asyncio.run(asynchronously(question)), wanted, "run_async")
    wrong = module.PunnetRetriever(url, key=Secret.from_token("pk_wrong"))
    refused(lambda: wrong.run("refunds"))


if __name__ == "__main__":
    main()
