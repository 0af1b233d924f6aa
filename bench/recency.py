"""Whether a page's words tell how soon what it says will change: the questions of RecencyQA.

    python -m bench.recency

2,036 questions, each with one of twelve classes of time until its answer is expected to change
(An-Hour to Never; the labels are model-assisted, people agreed with 76 % of them). Each question is
read as a page that says only this, and `volatility` is held against the class by Spearman's
correlation of ranks. That signs are what is weighed, and not single words, was decided on folds of
these same questions, which flatters the figure of the folds a little. Protocol:

- The weights of the statements are learned from these questions, so each question is judged by
  weights that saw neither it nor its fold (five folds), and once more by weights that saw no
  question of its origin: those are the figures that say how far it carries over.
- There is no age here. Baselines that need no learning: how many calendar years the question
  names (fewer: more volatile), and its length in words (the questions about the present were
  written by a model and are longer: an artefact, which any fitted figure may lean on).
- Whether the rhythm is itself stable (`stationary`) is another question: shown, not claimed.
- With the situation in which it is asked, each by its own label.
- Intervals draw questions.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bench.figures import show
from bench.ranked import Floats, Measure, auroc, compared, spearman
from bench.recency_questions import YEARS, Question, read_questions
from bench.sets import folder
from bench.volatility import fold_of, statement_model
from ingest.freshness.signs import lexicon, signs_of
from ingest.freshness.volatility import Weights, shipped, told


def main() -> None:
    questions = read_questions(folder("recencyqa"))
    folds = fold_of(questions)
    held = volatilities(questions, folds, lambda one: one.text)
    apart = volatilities(questions, [one.origin for one in questions], lambda one: one.text)
    rates = np.array([one.log_rate for one in questions])
    rows = []
    for name, baseline in baselines(questions).items():
        rows.append(_row("all", f"five folds against {name}", held, baseline, rates))
    length = baselines(questions)["words"]
    for origin in sorted({one.origin for one in questions}):
        mine = np.array([one.origin == origin for one in questions])
        for way, said in (("five folds", held), ("origin unseen", apart)):
            of = f"{way} against words"
            rows.append(_row(origin, of, said[mine], length[mine], rates[mine]))
    steady = np.array([float(one.stationary) for one in questions])
    rows.append(_row("all", "stationary or not, AUROC", held, length, steady, auroc))
    rows.append(_with_contexts(questions, folds))
    show("Recency: how soon answers change", rows)


def volatilities(
    questions: Sequence[Question],
    groups: Sequence[str],
    text: Callable[[Question], str],
) -> Floats:
    """Give each question's volatility by weights that saw nothing of its group."""
    said = np.zeros(len(questions))
    page = shipped()
    for group in sorted(set(groups)):
        learn = [one for one, its in zip(questions, groups, strict=True) if its != group]
        model = statement_model(learn)
        signs = dict(zip(lexicon().names, model.coef_.tolist(), strict=True))
        weights = Weights(float(model.intercept_), signs, page.base, page.length, page.tone)
        for at, one in enumerate(questions):
            if groups[at] == group:
                said[at] = told("", text(one), weights).volatility
    return said


def baselines(questions: Sequence[Question]) -> Mapping[str, Floats]:
    """Give what needs no learning, more volatile first."""
    signs = [signs_of([one.text])[0] for one in questions]
    return {
        "calendar years": np.array([-float("calendar years" in one) for one in signs]),
        "words": np.array([float(len(one.text.split())) for one in questions]),
    }


def _row(
    origin: str,
    way: str,
    ours: Floats,
    baseline: Floats,
    wanted: Floats,
    measure: Measure = spearman,
) -> dict[str, object]:
    each = [str(at) for at in range(len(wanted))]
    return {
        "origin": origin,
        "way": way,
        "cases": len(wanted),
        **compared(measure, ours, baseline, wanted, each),
    }


def _with_contexts(questions: Sequence[Question], folds: Sequence[str]) -> dict[str, object]:
    asked = [
        (Question(f"{context} {one.text}", label, one.stationary, one.origin, ()), one, fold)
        for one, fold in zip(questions, folds, strict=True)
        for context, label in one.contexts
        if label in YEARS
    ]
    cases = [one for one, _, _ in asked]
    said = volatilities(cases, [fold for _, _, fold in asked], lambda one: one.text)
    rates = np.array([one.log_rate for one in cases])
    length = baselines([one for _, one, _ in asked])["words"]
    measured = compared(spearman, said, length, rates, [one.text for _, one, _ in asked])
    return {"origin": "all", "way": "with its situation", "cases": len(cases), **measured}


if __name__ == "__main__":
    main()
