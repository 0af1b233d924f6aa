"""How much better a follow-up is found with the turns before it than alone.

    python -m bench.followups

nDCG@10 over pages on mtrag-human-subset (real dialogues about four domains), beside the last
turn alone, the turn before put in front of it, and the whole dialogue as one question. The
constants of `retrieval/follow_up.py` are chosen once more on three domains and measured on
the fourth. Then 24 follow-ups of support over the example knowledge base (mean reciprocal
rank of the passage that answers), and what changing the topic costs.
"""

import asyncio
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from api.settings import load_settings
from bench.figures import distinct, interval, mean, ndcg, show
from bench.sets import Page, RetrievalSet, folder, load
from bench.shelf import Shelf, shelve
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.model import Probe
from ingest.parse.dispatch import parse_document
from ingest.ports import Embedder
from ingest.reading import LivePassage
from retrieval.follow_up import CHOSEN, Following, blended, last_answer, leans, said_before
from retrieval.fusion import fuse
from retrieval.model import Message
from retrieval.ranking import refine

_SHOP = Path(__file__).parents[1] / "examples" / "shop"
_SHOP_KINDS = {".md": "text/markdown", ".txt": "text/plain", ".html": "text/html"}
_OTHER_TOPICS = ("covid-faq-paraphrase", "anthropic-docs")
_GRID = tuple(
    Following(*of)
    for of in product((0.2, 0.4, 0.6), (0.0, 0.15, 0.3, 0.5), (0.3, 0.4, 0.5, 9.0), (0.0, 0.3))
)


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question of a dialogue, and what is right."""

    question: str
    earlier: tuple[Message, ...]
    domain: str
    right: Callable[[Sequence[LivePassage]], float]
    """The figure of a ranking."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A shelf with what was asked over it, found in any way."""

    shelf: Shelf
    bm25: Bm25Encoder

    def probe(self, text: str) -> Probe:
        return Probe(self.shelf.asked[text], self.bm25.encode_query(text))

    def figure(self, turn: Turn, probe: Probe) -> float:
        lists, passages = self.shelf.probed(probe), self.shelf.passages
        ranked = refine(turn.question, fuse(lists.dense, lists.sparse), passages)
        return turn.right([passages[one.id] for one in ranked])

    def alone(self, turn: Turn) -> float:
        return self.figure(turn, self.probe(turn.question))

    def joined(self, turn: Turn, turns: int) -> float:
        """Put so many turns before in front of the question."""
        return self.figure(turn, self.probe(_joined(turn, turns)))

    def follows(self, turn: Turn, by: Following = CHOSEN) -> bool:
        found = self.shelf.probed(self.probe(turn.question)).dense
        return bool(turn.earlier) and leans(turn.question, found, by=by)

    def blend(self, turn: Turn, by: Following = CHOSEN) -> float:
        """Find it with what it leans on, whether it does or not."""
        answer = self.shelf.asked[last_answer(turn.earlier)]
        said = self.bm25.encode_query(said_before(turn.earlier))
        return self.figure(turn, blended(self.probe(turn.question), answer, said, by))

    def ours(self, turn: Turn, by: Following = CHOSEN) -> float:
        return self.blend(turn, by) if self.follows(turn, by) else self.alone(turn)


# --- sets -------------------------------------------------------------------------


async def dialogues(embedder: Embedder) -> tuple[Desk, list[Turn]]:
    """Read the set of real dialogues."""
    data = load("mtrag-human-subset")
    rows = (folder(data.name) / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    turns = [
        Turn(
            data.questions[row["_id"]].strip(),
            _messages(row["metadata"]["history"][:-1]),
            row["metadata"]["collection"],
            _pages(data.relevant[row["_id"]]),
        )
        for row in map(json.loads, rows)
        if row["_id"] in data.relevant
    ]
    return await desk(data, embedder, turns), turns


def _messages(history: Sequence[dict[str, str]]) -> tuple[Message, ...]:
    roles = {"user": "user", "agent": "assistant"}
    return tuple(Message(roles[one["speaker"]], one["text"].strip()) for one in history)


def _pages(relevant: frozenset[str]) -> Callable[[Sequence[LivePassage]], float]:
    return lambda found: ndcg(distinct([one.ref for one in found]), relevant)


async def support(embedder: Embedder) -> tuple[Desk, list[Turn]]:
    """Read the follow-ups over the example knowledge base."""
    pages = tuple(_page(file) for file in sorted(_SHOP.rglob("*")) if file.suffix in _SHOP_KINDS)
    rows = Path(__file__).with_name("follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
    turns = [
        Turn(
            row["question"],
            (Message("user", row["earlier"][0]), Message("assistant", row["earlier"][1])),
            "new topic" if row.get("new") else "follow-up",
            _holding(row["holds"]),
        )
        for row in map(json.loads, rows)
    ]
    return await desk(RetrievalSet("shop", pages, {}, {}), embedder, turns), turns


def _page(file: Path) -> Page:
    parsed = parse_document(file.read_bytes(), _SHOP_KINDS[file.suffix], file.name)
    source = file.read_text(encoding="utf-8") if file.suffix == ".md" else parsed.text
    return Page(str(file.relative_to(_SHOP)), parsed.title, source)


def _holding(words: str) -> Callable[[Sequence[LivePassage]], float]:
    def figure(found: Sequence[LivePassage]) -> float:
        held = (at for at, one in enumerate(found, 1) if words in " ".join(one.text.split()))
        return 1 / next(held, 1_000)

    return figure


async def changed_topics(name: str, embedder: Embedder) -> tuple[Desk, list[Turn]]:
    """Ask each question of a set after another one of it, and its answer."""
    data, chance = load(name), random.Random(0)
    text_of = {page.id: page.text for page in data.pages}
    turns = []
    for key, question in data.asked:
        other, before = chance.choice(data.asked)
        answer = text_of[min(data.relevant[other])]
        earlier = (Message("user", before), Message("assistant", answer))
        turns.append(Turn(question, earlier, name, _pages(data.relevant[key])))
    return await desk(data, embedder, turns), turns


async def desk(data: RetrievalSet, embedder: Embedder, turns: Sequence[Turn]) -> Desk:
    """Cut, embed and weigh a set, and embed all that is asked over it."""
    bm25 = Bm25Encoder()
    texts = [text for turn in turns for text in _texts(turn)]
    return Desk(await shelve(data, embedder, bm25, texts), bm25)


def _texts(turn: Turn) -> Iterator[str]:
    yield turn.question
    if turn.earlier:
        yield last_answer(turn.earlier)
    yield from (_joined(turn, turns) for turns in (1, 99))


def _joined(turn: Turn, turns: int) -> str:
    users = [one.content for one in turn.earlier if one.role == "user"][-1:]
    before = users if turns == 1 else [one.content for one in turn.earlier]
    return "\n".join((*before, turn.question))


# --- figures ----------------------------------------------------------------------


def across_domains(desk: Desk, turns: Sequence[Turn]) -> list[float]:
    """Give each turn's figure with the constants that are best for the other domains."""
    table = [_figures(desk, turns, by) for by in _GRID]
    chosen = {}
    for domain in {turn.domain for turn in turns}:
        others = [at for at, turn in enumerate(turns) if turn.domain != domain]
        best = max(range(len(table)), key=lambda one: mean([table[one][at] for at in others]))
        print(domain, "by the others:", _GRID[best])
        chosen[domain] = table[best]
    return [chosen[turn.domain][at] for at, turn in enumerate(turns)]


def _figures(desk: Desk, turns: Sequence[Turn], by: Following) -> list[float]:
    return [desk.ours(turn, by) for turn in turns]


def rows(desk: Desk, turns: Sequence[Turn]) -> list[dict[str, object]]:
    """Compare all ways of asking."""
    alone = [desk.alone(turn) for turn in turns]
    later = [at for at, turn in enumerate(turns) if turn.earlier]
    led = [at for at in later if desk.follows(turns[at])]
    ways = {
        "the last turn alone": alone,
        "with the turn before in front": [desk.joined(turn, 1) for turn in turns],
        "the whole dialogue": [desk.joined(turn, 99) for turn in turns],
        "blended, always": [
            desk.blend(turn) if turn.earlier else own
            for turn, own in zip(turns, alone, strict=True)
        ],
        "blended where it leans": [desk.ours(turn) for turn in turns],
        "the same, chosen on other domains": across_domains(desk, turns),
    }
    return [_row(name, figures, alone, later, led) for name, figures in ways.items()]


def _row(
    name: str,
    figures: Sequence[float],
    alone: Sequence[float],
    later: Sequence[int],
    led: Sequence[int],
) -> dict[str, object]:
    gains = [one - own for one, own in zip(figures, alone, strict=True)]
    low, high = interval(gains)
    return {
        "way": name,
        f"all {len(figures)}": mean(figures),
        "gain": f"{mean(gains):+.3f}, {low:+.3f} to {high:+.3f}",
        f"with history {len(later)}": mean([figures[at] for at in later]),
        f"held for follow-ups {len(led)}": mean([figures[at] for at in led]),
    }


def compared(desk: Desk, turns: Sequence[Turn], name: str) -> dict[str, object]:
    """Compare asking alone with asking as a search does."""
    alone, ours = [desk.alone(turn) for turn in turns], [desk.ours(turn) for turn in turns]
    low, high = interval([one - own for one, own in zip(ours, alone, strict=True)])
    return {
        "set": name,
        "questions": len(turns),
        "held for follow-ups": sum(map(desk.follows, turns)),
        "alone": mean(alone),
        "ours": mean(ours),
        "gain": f"{mean(ours) - mean(alone):+.3f}, {low:+.3f} to {high:+.3f}",
        "always blended": mean([desk.blend(turn) for turn in turns]),
    }


async def measure() -> None:
    """Show all that this bench measures."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        model = build_model(settings.model, settings.models_dir, print)
        embedder = OnnxEmbedder.open(model, threads=2)
    show("Follow-ups: nDCG@10 over pages", rows(*await dialogues(embedder)))
    over, turns = await support(embedder)
    found = [
        compared(over, [turn for turn in turns if turn.domain == kind], f"support, {kind}")
        for kind in ("follow-up", "new topic")
    ]
    others = [await changed_topics(name, embedder) for name in _OTHER_TOPICS]
    found += [compared(*other, f"{other[0].shelf.data.name}, new topic") for other in others]
    embedder.close()
    show("Follow-ups and new topics: MRR of support, nDCG@10 of the others", found)


if __name__ == "__main__":
    asyncio.run(measure())
