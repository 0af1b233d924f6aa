from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.statements import Kind, Segmenter, Unit, units_of


def cut(text: str) -> list[str]:
    units = units_of(text)
    assert "".join(unit.text for unit in units) == text
    return [unit.text.strip() for unit in units]


def streamed(text: str) -> list[Unit]:
    segmenter, units = Segmenter(), []
    for letter in text:
        units += segmenter.feed(letter)
    return [*units, *segmenter.finish()]


def test_sentences_end_where_they_end() -> None:
    assert cut("It takes five days. It is free! Is it? Yes… Done") == [
        "It takes five days.",
        "It is free!",
        "Is it?",
        "Yes…",
        "Done",
    ]


def test_abbreviations_decimals_and_addresses_end_nothing() -> None:
    for whole in (
        "Write to Dr. Smith at St. Mary's, approx. 3.5 km away, e.g. by U.S. Mail.",
        "See https://shop.example/a.html?x=1. or version 2.11.3 of it.",
        "Das gilt ab dem 5. März für z. B. Bücher bzw. Karten.",
        "Voir p. 12 de l'art. 5 pour 3,50 € env. par mois.",
    ):
        assert cut(whole) == [whole]


def test_tags_behind_a_full_stop_belong_to_it() -> None:
    text = "Five days. [D1§2] It is free.[D2§1][D3§1] So it is (D1§1). Then 【D4§1】"
    assert cut(text) == [
        "Five days. [D1§2]",
        "It is free.[D2§1][D3§1]",
        "So it is (D1§1).",
        "Then 【D4§1】",
    ]


def test_quotation_marks_and_brackets_stay_with_their_sentence() -> None:
    assert cut('He says “Wait.” Then go. (See it.) "Now." End') == [
        "He says “Wait.”",
        "Then go.",
        "(See it.)",
        '"Now."',
        "End",
    ]


def test_lists_tables_and_code_are_one_with_what_leads_to_them() -> None:
    steps = "To reset:\n\n1. Open it.\n   Really.\n2. Click.\n\n3. Wait. [D1§1]"
    code = "Run this:\n```sh\na. b\n\n# c\n```\n[D2§1]"
    table = "| a | b |\n|---|---|\n| 1. x | 2 |"
    assert cut(f"{steps}\n\n{code}\n\n{table}\nEnd. Fin.") == [steps, code, table, "End.", "Fin."]


def test_headings_and_lines_that_lead_nowhere_are_told_apart() -> None:
    kinds = [unit.kind for unit in units_of("# Refunds\n**Time**\nIn short:\nFive days.")]
    assert kinds == [Kind.HEADING, Kind.HEADING, Kind.HEADING, Kind.SENTENCE]


def test_what_is_not_spaced_is_cut_as_well() -> None:
    assert cut("退款需要五天。[D1§1]然后等待！好") == ["退款需要五天。[D1§1]", "然后等待！", "好"]  # noqa: RUF001


@given(st.lists(st.sampled_from(
    ["Five days", ".", " ", "\n", "\n\n", "[D1§2]", "- ", "1. ", "```\n", "| ", "# ", "**", ":",
     "e.g.", "3.5", "5. März", "?", "“", "”", "Dr.", "(", "。"]
), max_size=30))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_joined_units_are_the_answer_however_it_comes(parts: list[str]) -> None:
    text = "".join(parts)
    cut(text)
    assert "".join(unit.text for unit in streamed(text)) == text


def test_a_stream_is_cut_as_the_whole_is() -> None:
    text = (
        "Refunds take five days. [D1§2] Am 5. März 2024 gilt z. B. Neues! To do it:\n1. Open.\n"
        "2. Click [D1§1]\n\n```\ncode. x\n```\n[D1§2]\n\n# Head\nAfter. The end"
    )
    assert streamed(text) == units_of(text)


def test_a_sentence_is_given_once_the_next_one_begins() -> None:
    segmenter = Segmenter()
    assert segmenter.feed("Five days. ") == []
    assert segmenter.feed("[D1§2]") == []
    assert [unit.text for unit in segmenter.feed(" It")] == ["Five days. [D1§2]"]
