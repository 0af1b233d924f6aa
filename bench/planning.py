"""How long a plan takes beside retrieval, and whether the same inputs give the same bytes.

    python -m bench.planning [SET] [--passes N] [--repeat N]

Every question of a set (chunking-eval, where none is named), alone and two and four together,
is planned and packed for models of three families, over an index and a ledger in this process.
What is timed is the processor's time, because the machine may be shared: the plan is all but the
search (reading, features, the curve, the sizes of all options, the choice, the body), and packing
stands apart, by mode. The first pass meets every passage for the first time; of the others the
best counts. One question is asked N times (1,000), and every answer compared.
"""

import argparse
import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.figures import percentile, show
from bench.library import NOON, TENANT, Library, Prefixes
from bench.sets import RetrievalSet, load
from bench.shelf import Shelf, embed_questions, shelve
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.language_fasttext import FastTextDetector
from ingest.adapters.model_build import find_model
from ingest.adapters.tokens import O200kTokens, RecentTokens
from ingest.reading import DocumentFilter
from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import read_overrides
from retrieval.answer import Answer
from retrieval.ask import Asker, AskPorts, AskSettings
from retrieval.consider import Consider, Considered, Weighing
from retrieval.experience import LearnedExperience
from retrieval.look import Look, LookPorts
from retrieval.model import ContextRequest, Message, Mode, Policy, Tier
from retrieval.pack.packer import Packer
from retrieval.planner.calibration import shipped
from retrieval.planner.case import Limits
from retrieval.planner.choose import choose
from retrieval.planner.evidence import DEFAULT_THRESHOLD
from retrieval.planner.families import family_of
from retrieval.planner.parts import split_parts
from retrieval.planner.question_type import QuestionTypes
from retrieval.profiles import Dialect

_LIMITS = Limits(1_000, 0.10, 1.0, 0.002, 3.0, 0.6, 16_000, DEFAULT_THRESHOLD)
_WEIGHING = Weighing(_LIMITS, shipped(), 16_000)
_MODELS = ("gpt-5.5", "claude-sonnet-4-6", "deepseek-v4-flash")


def look_ports(library: Library) -> LookPorts:
    """Give the ports as they are served, over the library."""
    return LookPorts(
        search=library,
        reading=library,
        catalog=PriceCatalog(read_overrides(None)),
        tokens=RecentTokens(O200kTokens()),
        types=QuestionTypes.open(),
        detector=FastTextDetector.open(),
        experience=LearnedExperience(lambda _: Tier.FRONTIER),
        clock=lambda: NOON,
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """What an asker does, step by step, so that each can be timed."""

    library: Library
    look: Look
    consider: Consider
    packer: Packer

    @classmethod
    def of(cls, library: Library) -> "Desk":
        """Set it up over a library."""
        ports = look_ports(library)
        look = Look(ports, _MODELS[0], dialect=Dialect())
        consider = Consider(ports.experience, _WEIGHING)
        return cls(library, look, consider, Packer(library, Prefixes()))

    async def plan(self, request: ContextRequest) -> tuple[Considered, int, float]:
        """Plan; give what was considered, the option chosen, and the milliseconds beside search."""
        self.library.searched.clear()
        began = time.process_time()
        considered = self.consider.all(await self.look.at(TENANT, request))
        chosen = choose(considered.case).chosen
        spent = time.process_time() - began - sum(self.library.searched)
        return considered, chosen, spent * 1_000

    async def pack(self, considered: Considered, number: int) -> float:
        """Pack an option, and give the milliseconds."""
        offer, began = considered.offers[number], time.process_time()
        budget = considered.room if offer.option.budget is None else offer.option.budget
        material, sizes = considered.taken(offer), considered.sizes
        await self.packer.pack(offer.option.mode, budget, material, sizes)
        return (time.process_time() - began) * 1_000


async def time_all(
    library: Library, messages: Sequence[str], model: str, passes: int
) -> Sequence[dict[str, object]]:
    """Plan every message, and pack what is chosen and the whole, several times."""
    desk = Desk.of(library)
    await desk.plan(_request("How does this work?", model))
    took: defaultdict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(passes):
        for message in messages:
            considered, chosen, spent = await desk.plan(_request(message, model))
            took["plan"][message].append(spent)
            option = considered.case.options[chosen]
            took[f"pack {option.mode.value}"][message].append(await desk.pack(considered, chosen))
            if option.mode is not Mode.FULL:
                whole = len(considered.offers) - 1
                took["pack full, unchosen"][message].append(await desk.pack(considered, whole))
    return [_row(model, step, list(its.values())) for step, its in sorted(took.items())]


def _row(model: str, step: str, took: Sequence[Sequence[float]]) -> dict[str, object]:
    first, best = [one[0] for one in took], [min(one[1:] or one) for one in took]
    shares = {f"{q} %": percentile(best, q / 100) for q in (50, 95, 99)}
    told = {"family": family_of(model).name, "step": step, "times": len(took), **shares}
    return {**told, "first 50 %": percentile(first, 0.5), "first 99 %": percentile(first, 0.99)}


async def ask_again(library: Library, message: str, times: int) -> int:
    """Give how many different answers the same question has, each from an asker of its own."""
    settings = AskSettings(_MODELS[0], _WEIGHING, Dialect())
    shared, answers = look_ports(library), set()
    for mode in (None, Mode.FULL):
        request = _request(message, _MODELS[0], mode)
        for _ in range(times // 2):
            own = replace(shared, experience=LearnedExperience(lambda _: Tier.FRONTIER))
            asker = Asker(AskPorts(own, library, Prefixes(), lambda: "p"), settings)
            answers.add((mode, _told(await asker.answer(TENANT, request))))
    return len(answers)


def _told(answer: Answer) -> str:
    return repr((answer.plan, answer.case, answer.pack, answer.request))


def _request(message: str, model: str, mode: Mode | None = None) -> ContextRequest:
    return ContextRequest((Message("user", message),), DocumentFilter(), model, policy=Policy(mode))


async def shelf_of(data: RetrievalSet, messages: Sequence[str]) -> Shelf:
    """Index a set, with the vectors of all that will be searched for."""
    folder = find_model("all-MiniLM-L6-v2", models_folder())
    if folder is None:
        raise SystemExit("build the model first: punnet model build all-MiniLM-L6-v2")
    embedder = OnnxEmbedder.open(folder, threads=1)
    try:
        shelf = await shelve(data, embedder, Bm25Encoder())
        parts = [part for message in messages for part in split_parts(message)]
        await embed_questions(shelf, embedder, parts)
    finally:
        embedder.close()
    return shelf


async def measure(name: str, passes: int, repeat: int) -> None:
    """Time the messages of a set and ask one of them again and again."""
    data = load(name)
    questions = [text for _, text in data.asked]
    several = [
        " ".join(questions[at : at + size])
        for size in (2, 4)
        for at in range(0, len(questions) - size, size)
    ]
    once = "How does this work?"
    shelf = await shelf_of(data, [*questions, *several, once])
    library = Library.of(shelf, data, O200kTokens())
    for kind, messages in (("one question", questions), ("two or four", several)):
        rows = [
            row for model in _MODELS for row in await time_all(library, messages, model, passes)
        ]
        show(f"planning {kind}: milliseconds of processor time, {name}", rows)
    different = await ask_again(library, several[0], repeat)
    told = {"asked": repeat, "in modes": 2, "different answers": different}
    show("planning again: the same question, chosen and whole", [told])


def models_folder() -> Path:
    """Say where models were built."""
    return Path(os.environ.get("PUNNET_MODELS_DIR", "~/.punnet/models")).expanduser()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", nargs="?", default="chunking-eval")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=1_000)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.set, chosen.passes, chosen.repeat))
