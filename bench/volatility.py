"""Train what a page's words tell of how often it must change, and report it on what was not seen.

    python -m bench.volatility

Two parts, each linear and small. What a statement's signs tell is learned from RecencyQA: its
questions are statements whose expected time until they change was judged (ridge regression of the
logarithm). What a page's statements and length tell is learned from edit histories: the days with
edits in each half year, by the text as it was when the half year began (Poisson regression, a base
rate for each history). Of ddg-help only the years before 2020 are used, so that `bench.queue` may
report the later ones; of fastapi-docs-2023 the English pages. Writes
ingest/freshness/volatility.json: weights, scores, the date and the digest of the questions.
"""

import hashlib
import json
import math
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from sklearn.linear_model import Ridge  # type: ignore[import-untyped]

import ingest.freshness
from bench.figures import show
from bench.histories import Life, read_lives, windows
from bench.recency_questions import Question, read_questions
from bench.sets import folder
from ingest.freshness.signs import lexicon, signs_of, statements
from ingest.freshness.volatility import SHIPPED

Floats = NDArray[np.float64]
SPLIT = datetime(2020, 1, 1, tzinfo=UTC)
"""What was edited in ddg-help from then on is for reporting alone."""
END = datetime(2024, 1, 1, tzinfo=UTC)
HALF_YEAR = 182
PENALTY = 10.0
"""Of the statements' ridge."""
DOUBT = 3.0
"""Of the pages' regression."""
FOLDS = 5


def signs_table(texts: Sequence[str]) -> Floats:
    """Give a row for each text: which signs stand in it."""
    names = lexicon().names
    found = [signs_of([text])[0] for text in texts]
    return np.array([[name in one for name in names] for one in found], dtype=float)


def statement_model(questions: Sequence[Question]) -> Ridge:
    """Learn the log changes a year of statements from their signs."""
    wanted = [one.log_rate for one in questions]
    return Ridge(PENALTY).fit(signs_table([one.text for one in questions]), wanted)


def page_model(histories: Sequence[Sequence[Life]], statement: Ridge) -> tuple[float, float, float]:
    """Learn base (the mean of the histories'), length and tone by Poisson regression."""
    tables = [_page_table(lives, statement) for lives in histories]

    def loss(weights: Floats) -> float:
        *bases, length, tone = weights
        total = float(DOUBT * (length**2 + tone**2))
        for base, (features, edits, exposure) in zip(bases, tables, strict=True):
            log = base + features @ np.array([length, tone])
            total += float((np.exp(log) * exposure - edits * log).sum())
        return total

    *bases, length, tone = minimize(loss, np.zeros(len(tables) + 2)).x
    return float(np.mean(bases)), float(length), float(tone)


def _page_table(lives: Sequence[Life], statement: Ridge) -> tuple[Floats, Floats, Floats]:
    rows = []
    for version, edits, exposure in windows(lives, HALF_YEAR, END):
        said = [version.title, *statements(version.text)]
        names = lexicon().names
        table = np.array([[name in one for name in names] for one in signs_of(said)], dtype=float)
        length = math.log1p(len(re.findall(r"\w+", version.text))) - math.log1p(400)
        rows.append((length, float(statement.predict(table).mean()), edits, exposure))
    whole = np.array(rows)
    return whole[:, :2], whole[:, 2], whole[:, 3]


def held_out(questions: Sequence[Question]) -> dict[str, float]:
    """Score the statements' part by five folds of questions, and by leaving whole origins out."""
    wanted = np.array([one.log_rate for one in questions])
    said = predicted(questions, fold_of(questions))
    origins = [one.origin for one in questions]
    apart = predicted(questions, origins)
    within = {
        f"unseen {origin}": float(spearmanr(apart[mine], wanted[mine])[0])
        for origin in sorted(set(origins))
        for mine in [np.array([one == origin for one in origins])]
    }
    return {"five folds": float(spearmanr(said, wanted)[0]), **within}


def fold_of(questions: Sequence[Question]) -> list[str]:
    """Give each question its fold, by its text, so that the same one is in the same."""
    return [str(hashlib.sha256(one.text.encode()).digest()[0] % FOLDS) for one in questions]


def predicted(questions: Sequence[Question], groups: Sequence[str]) -> Floats:
    """Give each question's log rate by a model that saw none of its group."""
    said = np.zeros(len(questions))
    for group in sorted(set(groups)):
        mine = np.array([one == group for one in groups])
        learn = [one for one, held in zip(questions, mine, strict=True) if not held]
        test = [one.text for one, held in zip(questions, mine, strict=True) if held]
        said[mine] = statement_model(learn).predict(signs_table(test))
    return said


def main() -> None:
    ddg, fastapi = folder("ddg-help-2016-2021"), folder("fastapi-docs-2023")
    questions = read_questions(folder("recencyqa"))
    with tempfile.TemporaryDirectory(prefix="punnet-volatility-") as place:
        root = Path(place)
        early = before(read_lives(ddg / "history.bundle", root / "ddg"), SPLIT)
        english = read_lives(fastapi / "history.bundle", root / "fastapi", "docs/en/")
    statement = statement_model(questions)
    base, length, tone = page_model([early, english], statement)
    scores = held_out(questions)
    kept = {
        "trained": datetime.now(UTC).date().isoformat(),
        "digest": hashlib.sha256("\n".join(one.text for one in questions).encode()).hexdigest(),
        "scores": {f"spearman, {name}": round(value, 3) for name, value in scores.items()},
        "page": {"base": round(base, 4), "length": round(length, 4), "tone": round(tone, 4)},
        "statement": {
            "calm": round(float(statement.intercept_), 3),
            **dict(zip(lexicon().names, statement.coef_.round(3).tolist(), strict=True)),
        },
    }
    path = Path(ingest.freshness.__path__[0]) / SHIPPED
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    show(
        "Volatility: of statements not seen",
        [{"held out": k, "Spearman": v} for k, v in scores.items()],
    )
    print(f"written to {path}")


def before(lives: Sequence[Life], end: datetime) -> list[Life]:
    """Give the pages as they were known then."""
    return [
        Life(one.path, known, one.gone if one.gone and one.gone < end else end)
        for one in lives
        if (known := one.before(end))
    ]


if __name__ == "__main__":
    main()
