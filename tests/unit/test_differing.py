"""What differs between two texts."""

import random
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ingest.freshness.differing import Line, Span, changes, differing, words_of

texts = st.text(st.sampled_from("ab 1.,\n-£é漢"), max_size=60)
pages = st.lists(st.sampled_from(["one", "two three", "four, five", "  six", ""]), max_size=12)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in words_of(text)]


def outside(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [
        text[start:end]
        for start, end in words_of(text)
        if not any(a <= start and end <= b for a, b in spans)
    ]


def marked(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[start:end] for start, end in spans]


def without(text: str, lines: Iterable[Line]) -> str:
    for line in lines:
        assert text[line.start : line.end] == line.text
        text = text[: line.start] + " " * len(line.text) + text[line.end :]
    return text


@given(texts, texts)
def test_what_stands_outside_of_the_spans_is_the_same(left: str, right: str) -> None:
    found = differing(left, right)
    assert outside(left, found.left) == outside(right, found.right)
    assert 0 <= found.share <= 1


@given(texts, texts)
def test_no_span_is_found_exactly_where_the_words_are_the_same(left: str, right: str) -> None:
    found = differing(left, right)
    assert (not found.left and not found.right) == (words(left) == words(right))
    assert (found.share == 1) == (words(left) == words(right))


@given(texts, texts)
def test_spans_are_in_order_and_begin_and_end_with_words(left: str, right: str) -> None:
    found = differing(left, right)
    for text, spans in ((left, found.left), (right, found.right)):
        assert list(spans) == sorted(spans)
        assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


@given(pages, pages)
def test_without_the_lines_of_its_changes_a_text_has_the_same_words(
    old: list[str], new: list[str]
) -> None:
    before, after = "\n".join(old), "\n".join(new)
    hunks = changes(before, after)
    stayed = without(before, (line for hunk in hunks for line in hunk.old))
    assert words(stayed) == words(without(after, (line for hunk in hunks for line in hunk.new)))


def test_a_number_a_date_and_a_price_are_one_word_each() -> None:
    left, right = "Pay £24.99 by 2026-03-14, 10:30.", "Pay £19.99 by 2026-04-14, 10:45."
    found = differing(left, right)
    assert marked(left, found.left) == ["24.99", "2026-03-14, 10:30"]
    assert marked(right, found.right) == ["19.99", "2026-04-14, 10:45"]


def test_words_that_only_one_side_has_are_marked_there_alone() -> None:
    found = differing("Send it back.", "Send it back within 30 days.")
    assert found.left == ()
    assert marked("Send it back within 30 days.", found.right) == ["within 30 days"]


def test_scripts_without_spaces_are_compared_sign_by_sign() -> None:
    left, right = "退款需要五天", "退款需要七天"
    found = differing(left, right)
    assert (marked(left, found.left), marked(right, found.right)) == (["五"], ["七"])


def test_empty_texts_do_not_differ() -> None:
    assert differing("", " \n").share == 1
    assert changes("", "") == ()


def test_a_changed_line_is_shown_between_its_neighbours() -> None:
    old = "Gift cards\nValid for 24 months.\nNot in shops."
    (hunk,) = changes(old, old.replace("24", "12"))
    assert hunk.before == (Line(0, 10, "Gift cards"),)
    assert hunk.old == (Line(11, 31, "Valid for 24 months.", ((10, 12),)),)
    assert hunk.new == (Line(11, 31, "Valid for 12 months.", ((10, 12),)),)
    assert [line.text for line in hunk.after] == ["Not in shops."]


def test_a_paragraph_that_was_only_wrapped_anew_is_no_change() -> None:
    assert changes("one two\nthree", "one\ntwo three") == ()


def test_new_lines_are_marked_whole_and_take_nothing_away() -> None:
    (hunk,) = changes("one\nfour", "one\ntwo three\nfour")
    assert hunk.old == ()
    assert hunk.new == (Line(4, 13, "two three", ((0, 9),)),)


def test_texts_too_long_to_align_are_compared_by_their_ends() -> None:
    draw = random.Random(0)
    left = [str(draw.randrange(99)) for _ in range(15_000)]
    right = ["same", *reversed(left), "end"]
    found = differing(" ".join(["same", *left, "end"]), " ".join(right))
    assert len(found.left) == len(found.right) == 1
    assert found.left[0][0] == found.right[0][0] == len("same ")
