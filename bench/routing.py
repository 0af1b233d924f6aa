"""Let the shipped choice route published answers: passages or the whole document, by question.

`python -m bench.routing` needs the set lara-replay-32k: 887 questions to 64 documents of 32,000
tokens, each answered by published readers twice, from passages (3,000 tokens assumed) and from
the whole document, with scores from 0 to 1. Whoever picks one of the two earns its score.

The method, fixed before any figure of it was taken:

- Folds: scikit-learn's GroupKFold, 10 folds, grouped by document, rows in the file's order. A
  decision about a document is made by what was learnt without it.
- What the policy sees of a question: its text. The classifier (bench.train_types.train) learns
  LaRA's four labels from the other documents; they stand for the product's types so: location a
  lookup, reasoning, comp a comparison, hallu a question without an answer.
- What decides: retrieval.planner.choose.choose, whole, between snippets of 3,000 tokens and full
  of 32,000 (evidence 1 of both: what a search missed is part of the scores), at the prices of
  GPT-4o for the strong readers and of GPT-4o mini for the weak ones, 300 tokens of output, no
  cache, a cost cap of 1 dollar, no impatience, a window of 128,000.
- What is fitted, on the training documents alone: for each type the mean score from passages,
  and what the whole document adds to it, shrunk towards the paper's own table (location .1,
  reasoning 4.7, comparison 15.2, unanswerable -10.4 points; over all its documents, by another
  judge and 11 readers) as if that were 100 questions. The length of the context then counts
  by these figures, and not by the product's curve of effective length. Beside it, as a check of
  what the table adds, the same without the table.
- Value of an answer: the largest for which the choice spends at most 47 % of always-full's
  tokens on the training documents, their types told by an inner GroupKFold of 3 folds, so that
  no question is decided by a classifier that has seen it. Found by 16 bisections, 1e-4 to 1e2.
- Readers: strong are gpt-4o, claude-3-5-sonnet-20241022, gemini-1.5-pro and
  qwen2.5-72b-instruct, weak gpt-4o-mini, llama-3.1-8b, llama-3.2-3b, llama-3.3-70b and
  qwen2.5-7b-instruct. A question's score is the mean of the group, fitted and decided as one.
- Macro score: the mean over the four types of the mean over their questions, times 100.
- Baselines: always passages; always full, which is also the rule of 200,000 tokens and the rule
  of 60 % of the window; Self-Route, by reader: passages, and the whole document where they are
  declined (a score of 1 without an answer, of 0 with one), paying for both; the oracle, by
  reader, takes the better score and passages where they are equal.
- Intervals: documents are drawn with replacement, 2,000 times, numpy's generator of seed 0; the
  2.5th and the 97.5th percentile of the difference of macro scores (of the unanswerable
  questions alone where it says so).

Trials before this was fixed used the documents whose name has an even sha1, and no others.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from bench.figures import show
from bench.routed import (
    FULL,
    LABELS,
    PASSAGES,
    Bools,
    Replay,
    Routed,
    against,
    baselines,
    read,
    routed,
    row,
)
from bench.sets import folder
from bench.train_types import train
from retrieval.model import Caching, Mode, ModelFacts, Policy, Tier, TokenEstimate
from retrieval.planner.case import (
    Case,
    KnowledgeFeatures,
    Latency,
    Limits,
    Option,
    QuestionFeatures,
    QuestionType,
)
from retrieval.planner.choose import choose
from retrieval.planner.quality import SHIPPED, SHORT_TOKENS, Reading, kept_at
from retrieval.planner.question_type import TextClasses
from retrieval.prices import PriceCard, Rate

TYPES = {
    "location": QuestionType.LOOKUP,
    "reasoning": QuestionType.REASONING,
    "comp": QuestionType.COMPARE,
    "hallu": QuestionType.UNANSWERABLE,
}
TABLE = dict(zip(LABELS, (0.0008, 0.0466, 0.1522, -0.1038), strict=True))
"""LaRA's own table: the whole document less passages at 32k, mean of 11 readers."""
TABLE_WEIGHT = 100
READERS = {
    "strong": ("gpt-4o", "claude-3-5-sonnet-20241022", "gemini-1.5-pro", "qwen2.5-72b-instruct"),
    "weak": (
        "gpt-4o-mini",
        "llama-3.1-8b",
        "llama-3.2-3b",
        "llama-3.3-70b",
        "qwen2.5-7b-instruct",
    ),
}
MOST_SHARE = 0.47
FOLDS, INNER_FOLDS, BISECTIONS = 10, 3, 16
_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

Types = Sequence[Mapping[str, float]]


def main() -> None:
    """Take the figures for both groups of readers."""
    lines = (folder("lara-replay-32k") / "replay.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    told = _told(read(rows, READERS["strong"]))
    for group, readers in READERS.items():
        _report(group, read(rows, readers), told)


# --- types ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fold:
    """What is decided, what is learnt from, and the types told of both."""

    decided: NDArray[np.int64]
    learnt: NDArray[np.int64]
    types: Types
    """Of what is decided, told by all that is learnt from."""
    inner: Types
    """Of what is learnt from, told across its own folds."""


def _told(data: Replay) -> tuple[Fold, ...]:
    folds = []
    for learnt, decided in _split(data, FOLDS):
        inner: dict[int, Mapping[str, float]] = {}
        within = data.of(learnt)
        for seen, held in _split(within, INNER_FOLDS):
            inner.update(zip(held.tolist(), _types(within, seen, held), strict=True))
        types = _types(data, learnt, decided)
        folds.append(Fold(decided, learnt, types, [inner[row] for row in range(len(learnt))]))
        print(f"types told, fold {len(folds)} of {FOLDS}")
    return tuple(folds)


def _split(data: Replay, folds: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return list(GroupKFold(folds).split(data.questions, groups=data.documents))


def _types(data: Replay, seen: NDArray[np.int64], asked: NDArray[np.int64]) -> Types:
    texts, labels = [data.questions[row] for row in seen], [str(data.labels[row]) for row in seen]
    classes = TextClasses(train(texts, labels))
    return [classes.probabilities(data.questions[row]) for row in asked]


# --- the choice -------------------------------------------------------------------


def decide(types: Types, by: Reading, value: float, group: str) -> Bools:
    """Say for each question whether the shipped choice sends the whole document."""
    base = _case(group, value)
    picks = []
    for probabilities in types:
        named = {name: probabilities.get(label, 0.0) for label, name in TYPES.items()}
        asked = replace(base.question, types=named)
        choice = choose(replace(base, question=asked), by)
        picks.append(choice.alternatives[choice.chosen].mode is Mode.FULL)
    return np.array(picks)


def fit(data: Replay, group: str, weight: int) -> Reading:
    """Learn how well each type is answered from passages and from the whole document."""
    mean = {label: data.scores[data.labels == label].mean(axis=(0, 1)) for label in LABELS}
    count = {label: int((data.labels == label).sum()) for label in LABELS}
    gain = {
        label: (count[label] * float(mean[label][1] - mean[label][0]) + weight * TABLE[label])
        / (count[label] + weight)
        for label in LABELS
    }
    case = _case(group, 1.0)
    short, long = (kept_at(option, case.model) for option in case.options)
    whole, torn = dict(SHIPPED.whole), dict(SHIPPED.torn)
    for label, name in TYPES.items():
        passages = float(mean[label][0])
        whole[name] = (passages + gain[label]) / long
        torn[name] = passages / short / whole[name]
    doublings = math.log2(FULL / SHORT_TOKENS)
    tiers = list(Tier)
    return Reading(
        whole=whole,
        torn=torn,
        answerable={name: float(name is not QuestionType.UNANSWERABLE) for name in QuestionType},
        invented=dict.fromkeys(tiers, 1 - float(mean["hallu"][0])),
        invented_more=dict.fromkeys(tiers, -gain["hallu"] / doublings),
        tier=dict.fromkeys(tiers, 1.0),
    )


def worth(types: Types, by: Reading, group: str) -> float:
    """Find the largest value of an answer that keeps to the share of tokens."""
    low, high = math.log(1e-4), math.log(1e2)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        spent = _share(decide(types, by, math.exp(middle), group))
        low, high = (middle, high) if spent <= MOST_SHARE else (low, middle)
    return math.exp(low)


def _share(full: Bools) -> float:
    return float(np.where(full, FULL, PASSAGES).mean() / FULL)


def _case(group: str, value: float) -> Case:
    rates = (2.50, 10.0) if group == "strong" else (0.15, 0.60)
    model = ModelFacts(
        name=group,
        provider="",
        window=128_000,
        input_limit=None,
        prices=PriceCard(Rate(rates[0]), Rate(rates[1])),
        caching=Caching(),
        effective=10**12,
        tier=Tier.FRONTIER if group == "strong" else Tier.ROUTINE,
        snapshot="",
    )
    return Case(
        question=QuestionFeatures({}, 1, "en", 0, follow_up=False),
        knowledge=KnowledgeFeatures(1, FULL, {"en": FULL}, 0.0, 1, 0),
        options=(
            Option(Mode.SNIPPETS, TokenEstimate(PASSAGES, PASSAGES), 1.0, budget=PASSAGES),
            Option(Mode.FULL, TokenEstimate(FULL, FULL), 1.0),
        ),
        model=model,
        latency=Latency(0.0, 0.0, 0.0),
        policy=Policy(),
        limits=Limits(300, 1.0, value, 0.0, 60.0, 0.6, 16_000, 0.5),
        at=_NOON,
    )


# --- the figures ------------------------------------------------------------------


def _report(group: str, data: Replay, folds: Sequence[Fold]) -> None:
    policy = _policy("punnet", group, data, folds, TABLE_WEIGHT)
    plain = _policy("punnet, no table", group, data, folds, 0)
    others = baselines(data)
    everyone = (*others, plain, policy)
    title = f"Routing {group}"
    show(f"{title}: macro score and share of full's tokens", [row(data, one) for one in everyone])
    rows = [against(data, one, other) for one in (policy, plain) for other in others]
    show(f"{title} differences: points, 95 % by document", rows)


def _policy(name: str, group: str, data: Replay, folds: Sequence[Fold], weight: int) -> Routed:
    full = np.zeros(len(data.questions), dtype=np.bool_)
    for fold in folds:
        by = fit(data.of(fold.learnt), group, weight)
        value = worth(fold.inner, by, group)
        full[fold.decided] = decide(fold.types, by, value, group)
    wide = np.broadcast_to(full[:, None], data.scores.shape[:2])
    return routed(name, data, wide)


if __name__ == "__main__":
    main()
