"""The shipped weights say what a question wants, as well as they say of themselves."""

import json
import math
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.planner.case import QuestionType
from retrieval.planner.question_type import SHIPPED, QuestionTypes, Weights

SUPPORT = Path(__file__).parents[2] / "bench" / "support_questions.jsonl"
ASKS_AFTER_ALL = (
    "Thanks! One more thing: how do I reset my PIN",
    "Hi, where can I find the serial number of the drill?",
    "Hello! Do you deliver to Malta?",
    "Great, that worked. Now how do I add a second user?",
    "ok thanks, and what does the premium plan cost",
    "Good morning, is breakfast included in the saver rate?",
    "Perfect, thank you. Can I return the other pair as well?",
    "hey there, whats the difference between basic and plus",
    "Cheers for that. When is my next bill due?",
    "thank you so much!! can you also tell me how long refunds take",
    "Hi again, my parcel still isn't here",
    "Hello, I want to cancel my subscription",
    "Awesome! Which countries does it cover?",
    "Thanks for the quick reply. Unfortunately the link doesn't work, how do I open it?",
    "good evening, quick question about the warranty on headphones",
    "hi, router is blinking red",
    "Lovely, thanks. And is it allowed to take it on a plane?",
    "Sorry to bother you again, what was the fee for express?",
    "yes please, and how do I upload the documents?",
    "Hello dear team, kindly list all accepted payment methods. Best regards, Omar",
    "No worries. Just tell me where my refund is",
    "Have a nice weekend! PS: do you open on Monday?",
    "hey, can i bring my dog",
    "Thanks a million. Is there an app as well?",
    "lol ok. so how do i turn it off",
    "Hi Anna, thank you. Which form do I need for the claim?",
    "bye! oh wait, does the voucher expire",
    "That is very kind. What about shipping to Norway, how much is it?",
    "Danke! Wie ändere ich jetzt meine Adresse?",
    "Hallo, was kostet der Versand nach Polen?",
    "Guten Tag, darf ich das Gerät selbst reparieren?",
    "Vielen Dank, und wo finde ich die Rechnung?",
    "Bonjour, comment annuler ma réservation ?",
    "Merci beaucoup ! Quel est le délai de remboursement ?",
    "Salut, quelle est la différence entre les deux forfaits ?",
    "Hola, ¿cuánto cuesta el envío?",
    "Gracias. ¿Y cómo cambio la contraseña?",
    "Buenos días, ¿se puede devolver un producto abierto?",
    "👍 and how do I share the folder with my team?",
    "Thank you for waiting with me. How high is the deductible on the Silver plan?",
)


@pytest.fixture(scope="module")
def types() -> QuestionTypes:
    return QuestionTypes.open()


@pytest.fixture(scope="module")
def said() -> Mapping[str, Any]:
    kept = resources.files("retrieval.planner").joinpath(SHIPPED).read_text(encoding="utf-8")
    stored: Mapping[str, Any] = json.loads(kept)
    return stored


@pytest.fixture(scope="module")
def held_out(types: QuestionTypes) -> list[tuple[QuestionType, Mapping[QuestionType, float]]]:
    rows = [json.loads(line) for line in SUPPORT.read_text(encoding="utf-8").splitlines()]
    return [
        (QuestionType(row["type"]), types.probabilities(row["text"]))
        for row in rows
        if row["split"] == "held_out"
    ]


def test_probabilities_of_all_types_add_up_to_one(types: QuestionTypes) -> None:
    for text in ("", "?", "How do I reset my PIN?", "如何重置密码", "a" * 50_000, "\x00\n\ud7ff"):
        found = types.probabilities(text)
        assert set(found) == set(QuestionType)
        assert math.fsum(found.values()) == pytest.approx(1.0, abs=1e-12)
        assert min(found.values()) >= 0.0


def test_held_out_questions_score_as_the_weights_say(
    held_out: list[tuple[QuestionType, Mapping[QuestionType, float]]], said: Mapping[str, Any]
) -> None:
    stored = said["scores"]["support_held_out"]
    best = [(true, max(found, key=lambda one: found[one])) for true, found in held_out]
    right = sum(true is guessed for true, guessed in best) / len(best)
    loss = -sum(math.log(found[true]) for true, found in held_out) / len(held_out)
    assert len(held_out) == stored["questions"]
    assert right == pytest.approx(stored["accuracy"], abs=1e-3)
    assert loss == pytest.approx(stored["log_loss"], abs=1e-3)
    assert macro_f1(best) == pytest.approx(stored["macro_f1"], abs=1e-3)


def test_stored_scores_are_good_enough(said: Mapping[str, Any]) -> None:
    support, lara = said["scores"]["support_held_out"], said["scores"]["lara_by_document"]
    assert support["macro_f1"] >= 0.7
    assert support["calibration_error"] <= 0.1
    assert min(support["f1"].values()) >= 0.5
    assert lara["macro_f1"] >= 0.84
    assert lara["calibration_error"] <= 0.05


def test_held_out_questions_are_not_among_those_trained_on() -> None:
    rows = [json.loads(line) for line in SUPPORT.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"].casefold() for row in rows]
    held = [row for row in rows if row["split"] == "held_out"]
    assert len(set(texts)) == len(texts) >= 600
    assert len(held) * 3 >= len(rows) * 0.95
    assert {row["type"] for row in held} == {one.value for one in QuestionType}


@pytest.mark.parametrize("message", ASKS_AFTER_ALL)
def test_what_asks_is_not_taken_for_chit_chat(types: QuestionTypes, message: str) -> None:
    found = types.probabilities(message)
    assert found[QuestionType.CHIT_CHAT] < 0.4
    assert max(found, key=lambda one: found[one]) is not QuestionType.CHIT_CHAT


@pytest.mark.parametrize("message", ["hi", "Thanks a lot!", "ok bye", "vielen Dank", "merci"])
def test_what_only_greets_or_thanks_is_chit_chat(types: QuestionTypes, message: str) -> None:
    assert types.probabilities(message)[QuestionType.CHIT_CHAT] > 0.8


def test_labels_that_are_missing_from_the_weights_get_nothing() -> None:
    nothing = np.zeros(0)
    only = Weights(("lookup", "compare"), {}, nothing, np.zeros((0, 2)), np.zeros(2))
    found = QuestionTypes.of(only).probabilities("anything")
    assert found[QuestionType.LOOKUP] == found[QuestionType.COMPARE] == 0.5
    assert found[QuestionType.ACCOUNT] == 0.0


def test_the_weights_are_small_and_say_where_they_come_from(said: Mapping[str, Any]) -> None:
    kept = resources.files("retrieval.planner").joinpath(SHIPPED).read_bytes()
    assert len(kept) <= 600_000
    assert len(said["digest"]) == 64
    assert said["trained"] >= "2026-01-01"


def macro_f1(pairs: list[tuple[QuestionType, QuestionType]]) -> float:
    each = []
    for one in {true for true, _ in pairs}:
        hit = sum(true is guessed is one for true, guessed in pairs)
        named = sum(true is one for true, _ in pairs) + sum(guess is one for _, guess in pairs)
        each.append(2 * hit / named)
    return sum(each) / len(each)
