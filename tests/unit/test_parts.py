"""What a message asks is found, each question apart, and nothing else."""

from itertools import permutations

import pytest

from retrieval.planner.parts import MOST, split_parts

ALONE = (
    "How is the growth of urban farms measured in the northern districts?",
    "Which officers commanded the arsenal under Lt. Col. Dunnington during 1862?",
    "What impact did the overturning of Roe v. Wade have on the U.S. economy?",
    "Who painted the ceiling of St. Dunstan's chapel?",
    "Where does the company publish its yearly sustainability report?",
    "Why were the observations under Mgr. Gilii's supervision repeated twice?",
)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("between", [" ", "\n"])
def test_questions_put_together_are_taken_apart_again(count: int, between: str) -> None:
    for asked in permutations(ALONE, count):
        assert split_parts(between.join(asked)) == asked


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "How do I cancel my plan, and will I get the rest of the month back?",
            ("How do I cancel my plan", "will I get the rest of the month back?"),
        ),
        (
            "Hi, two questions: 1) Is the jacket machine washable? 2) Does the zip come in brass?",
            ("Is the jacket machine washable?", "Does the zip come in brass?"),
        ),
        (
            (
                "Hello support,\n\nwe could not find:\n- Do you offer SSO on the Team plan?\n"
                "- Where is customer data stored?\n- yearly invoices by post\n\nThanks,\nMarcus"
            ),
            (
                "Do you offer SSO on the Team plan?",
                "Where is customer data stored?",
                "yearly invoices by post",
            ),
        ),
        (
            "Was kostet ein zweiter Schlüssel? Außerdem: Wo finde ich meine Kundennummer?",
            ("Was kostet ein zweiter Schlüssel?", "Wo finde ich meine Kundennummer?"),
        ),
        (
            "Erstens: Ist Zahnersatz dabei? Zweitens: Wie lange dauert die Wartezeit?",
            ("Ist Zahnersatz dabei?", "Wie lange dauert die Wartezeit?"),
        ),
        (
            "Quels sont les frais de livraison ? Et aussi, livrez-vous des meubles en Corse ?",
            ("Quels sont les frais de livraison ?", "livrez-vous des meubles en Corse ?"),
        ),
        (
            "¿Tienen wifi en el tren nocturno? Además, ¿puedo llevar una bicicleta plegable?",
            ("¿Tienen wifi en el tren nocturno?", "¿puedo llevar una bicicleta plegable?"),
        ),
        ("如何重置密码？退款需要多久？", ("如何重置密码？", "退款需要多久？")),  # noqa: RUF001
        (
            "كيف أعيد تعيين كلمة المرور؟ متى يصل الطلب؟",
            ("كيف أعيد تعيين كلمة المرور؟", "متى يصل الطلب؟"),
        ),
    ],
)
def test_each_question_is_a_part(message: str, parts: tuple[str, ...]) -> None:
    assert split_parts(message) == parts


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("Thanks! One more thing: how do I reset my PIN", "how do I reset my PIN"),
        ("Hi team, how do I export all invoices as CSV? Many thanks, Priya", None),
        ("Moving house on the 3rd. How do I take my internet connection with me?", None),
        ("What's the difference between how Pro bills and how Business bills?", None),
        ("How and when can I pay the first invoice", None),
        ("If I cancel in March, what happens to my discount?", None),
        ("Should I take the annual plan or should I pay every month?", None),
        ("see https://shop.test/find?size=9 and tell me whether the boots run small", None),
    ],
)
def test_what_is_one_question_stays_whole(message: str, part: str | None) -> None:
    found = split_parts(message)
    assert len(found) == 1
    assert found[0] in message
    assert part in (None, found[0])


def test_a_short_question_takes_along_what_it_is_about() -> None:
    first, second = split_parts("What does shipping to Ireland cost? And how long?")
    assert first == "What does shipping to Ireland cost?"
    assert second.startswith("how long?")
    assert {"shipping", "Ireland"} <= set(second.split())


def test_a_question_about_the_story_takes_words_of_it_along() -> None:
    (part,) = split_parts("The screen of my tablet is cracked. Do you repair these?")
    assert {"screen", "tablet", "cracked"} <= set(part.split())


@pytest.mark.parametrize("message", ["Thanks a lot!", "ok", "", "Hello there\n", "👍"])
def test_what_asks_nothing_is_kept(message: str) -> None:
    assert split_parts(message) == (message.strip(),)


def test_a_report_without_a_question_keeps_its_story() -> None:
    said = "Hello. My parcel is stuck in Leipzig. It should have come on Monday. Regards, Jo"
    assert split_parts(said) == ("My parcel is stuck in Leipzig. It should have come on Monday.",)


def test_a_long_list_ends_in_one_last_part() -> None:
    asked = [f"Where is branch {name} of your bank located?" for name in "abcdefghij"]
    parts = split_parts("\n".join(asked))
    assert len(parts) == MOST
    assert parts[-1] == " ".join(asked[MOST - 1 :])


def test_lines_broken_by_a_mail_program_are_joined() -> None:
    said = (
        "I would like to know from you whether the travel insurance that comes\n"
        "with the gold card covers rental cars in Iceland?"
    )
    assert split_parts(said) == (" ".join(said.split()),)


@pytest.mark.parametrize(
    "said", ["a. ", "Aa ", "how and ", "? ", "x", "1) ", "tell ", "\n", "a or b "]
)
def test_long_and_odd_messages_are_read_to_their_end(said: str) -> None:
    assert 1 <= len(split_parts(said * 2_000)) <= MOST
