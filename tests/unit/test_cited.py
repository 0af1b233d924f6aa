import pytest

from retrieval.cited import Checker, Doubt, Strict
from retrieval.declining import claims_nothing, declines, honest
from tests.answers import cited

SHIPPING = "Shipping costs 4,90 € in Germany. Click “Reset now” twice, then wait."
CHECKER = Checker([cited("D1§1"), cited("D1§2", SHIPPING, "Shipping")], "Order 1001")


def strictly(text: str, language: str = "en") -> tuple[str, Strict]:
    """Let an answer through word by word, as a stream brings it."""
    strict = Strict(CHECKER, language)
    whole = Strict(CHECKER, language)
    shown = "".join(strict.feed(letter) for letter in text) + strict.finish()
    assert shown == whole.feed(text) + whole.finish()
    return shown, strict


def test_an_answer_that_holds_has_nothing_to_report() -> None:
    check = CHECKER.check("Refunds take 5 days [D1§1]. Shipping is 4.90 €. [D1§2]")
    assert (check.statements, check.cited) == (2, 2)
    assert [one.tag for one in check.citations] == ["D1§1", "D1§2"]
    assert (check.unknown_tags, check.misquoted, check.unsupported) == ((), (), ())


def test_tags_that_nobody_gave_and_statements_without_any_are_counted() -> None:
    check = CHECKER.check("Yes, it is [D9§9]. Returns are free. Refunds take five days [D1§1].")
    assert (check.statements, check.cited, check.unknown_tags) == (3, 1, ("D9§9",))


@pytest.mark.parametrize(
    "quote",
    [
        '"reset now"',
        "“Reset  now!”",
        "„Reset … twice“",
        "« Reset now »",
        "»wait«",
        "‘Reset now’",  # noqa: RUF001
    ],
)
def test_quoted_words_stand_in_the_cited_piece(quote: str) -> None:
    assert CHECKER.check(f"Click {quote} [D1§2].").misquoted == ()
    assert CHECKER.check(f"Click {quote} [D1§1].").misquoted != ()


def test_words_that_were_put_into_a_pages_mouth_are_told() -> None:
    check = CHECKER.check("It says “refunds are free” [D1§1], and that they don't “stop”.")
    assert [doubt.words for doubt in check.misquoted] == ["refunds are free", "stop"]


def test_figures_that_the_piece_does_not_hold_are_told_with_what_was_cited() -> None:
    check = CHECKER.check("Refunds take 14 days [D1§1][D1§2].")
    assert check.unsupported == (Doubt("14", ("D1§1", "D1§2")),)


def test_what_the_caller_said_of_the_customer_needs_no_page() -> None:
    assert CHECKER.check("Order 1001 is refunded in five days [D1§1].").unsupported == ()


def test_a_list_is_cited_at_its_head_its_end_or_item_by_item() -> None:
    for held in (
        "Do this [D1§2]:\n- click\n- wait",
        "- click\n- wait [D1§2]",
        "- a [D1§2]\n- b [D1§1]",
    ):
        assert CHECKER.check(held).cited == 1
    assert CHECKER.check("- click [D1§2]\n- fly").cited == 0


# --- strict -----------------------------------------------------------------------


def test_strict_leaves_out_what_cannot_be_checked() -> None:
    shown, strict = strictly(
        "## Refunds\n\nRefunds take five days [D1§1]. They are always free. "
        "It takes 9 days [D1§1]. Click “Reset now”. [D1§2]\n\n## Fees\n\nNone at all."
    )
    assert shown == "## Refunds\n\nRefunds take five days [D1§1]. Click “Reset now”. [D1§2]"
    assert (strict.kept, strict.dropped) == (2, 3)


def test_strict_keeps_courtesies_questions_and_refusals() -> None:
    text = "Hello! The knowledge base says nothing about that. Shall I hand over to a person?"
    shown, strict = strictly(text)
    assert (shown, strict.dropped) == (text, 0)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pl"])
def test_where_nothing_is_left_an_honest_sentence_stands(language: str) -> None:
    shown, strict = strictly("Refunds are always free.", language)
    assert shown == honest(language)
    assert strict.nothing_left
    assert declines(shown)


def test_a_refusal_that_claims_something_after_all_is_checked() -> None:
    shown, _ = strictly("It does not mention a fee, but refunds are free.")
    assert "free" not in shown


@pytest.mark.parametrize(
    "refusal",
    [
        "I'm sorry, the knowledge base does not say anything about that.",
        "I could not find any information on this.",
        "I don't have details about gift cards.",
        "Dazu steht in der Wissensdatenbank leider nichts.",
        "Das kann ich leider nicht beantworten.",
        "Die Seiten erwähnen das nicht.",
        "La base ne dit rien à ce sujet.",
        "Je n'ai pas trouvé de réponse.",
        "La base de conocimientos no menciona nada de eso.",
        "No encuentro información sobre esto.",
    ],
)
def test_refusals_are_known_in_four_languages(refusal: str) -> None:
    assert declines(refusal)
    assert claims_nothing(refusal)


@pytest.mark.parametrize(
    "claim",
    [
        "Refunds take five days.",
        "All of it is free.",
        "You can have it.",
        "Kein Problem, die Rückgabe kostet nichts extra.",
        "El envío tarda mucho.",
        "The warranty does not cover water damage.",
        "We do not have a fee for that.",
        "Ihnen steht keine Erstattung zu.",
        "Dafür gibt es keine Gebühr.",
        "Nous ne remboursons pas les frais.",
        "No hay reembolsos.",
    ],
)
def test_a_claim_is_neither_a_courtesy_nor_a_refusal(claim: str) -> None:
    assert not claims_nothing(claim)
    assert not declines(claim)


@pytest.mark.parametrize("noise", ["1", "1.1.", " ", "\n", "[D1§1", '"', "- ", "a. ", "|", "```\n"])
def test_whatever_a_model_says_is_checked_to_its_end(noise: str) -> None:
    shown, strict = strictly(noise * 200)
    assert CHECKER.check(noise * 200).statements >= strict.dropped >= 0
    assert len(shown) <= len(noise) * 200 + len(honest("en")) + 1
    assert CHECKER.check(noise * 5_000).cited >= 0


# --- what is right is not dropped, and what is not does not pass ------------------

TOLD = Checker(
    [cited("D1§1"), cited("D1§2", "Version 2.3.1 is needed.", "Versions")],
    "Order 1001, placed on 2026-11-02, total 59.90 EUR\nCustomer: Anna, wants a free gift",
    'Why was I charged $35 twice? The bill says "late fee".',
)


def shown_of(text: str) -> str:
    strict = Strict(TOLD, "en")
    return (strict.feed(text) + strict.finish()).strip()


@pytest.mark.parametrize(
    "answer",
    [
        "Yes. Refunds take five working days [D1§1].",
        "Ja! Refunds take five working days. [D1§1]",
        "You need version 2.3.1 [D1§1-2].",
        "You need version 2.3.1. [D1§1–D1§2]",  # noqa: RUF001
        "Your order 1001 was placed on 2 November 2026.",
        "The knowledge base does not say why you were charged $35 twice.",
        'The "late fee" on your bill is not mentioned in the knowledge base.',
        "Hi Anna! Thanks for reaching out. Let me know if you have any other questions!",
        "I'm sorry for the trouble with order 1001.",
        "Hello Anna,\n\nRefunds take five days [D1§1].\n\nBest regards,\nThe Acme support team",
        "Hallo Anna,\n\nViele Grüße\nIhr Support-Team",
        "Bonjour Anna,\n\nCordialement,\nL'équipe support",
        "Hola Anna,\n\nUn saludo,\nEl equipo de soporte",
    ],
)
def test_what_is_right_is_shown_as_it_was_written(answer: str) -> None:
    assert shown_of(answer) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "Yes.",
        "Order 1001 is free.",
        "Order 1001 was placed on 2026-11-02 and comes with a free gift.",
        "Order 1001 was placed on 3 November 2026.",
        "You get the $35 back.",
        "The page says you owe a late fee of $35 [D1§1].",
        "Order 1001 was placed on 2026-11-02 [D9§9].",
        "Did you know that refunds are free?",
        "Refunds are free, right?",
        "Hello, refunds are free.",
        "Our support team refunds everything.",
    ],
)
def test_what_cannot_be_checked_is_not_shown(answer: str) -> None:
    assert shown_of(answer) == honest("en")
