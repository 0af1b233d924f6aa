from dataclasses import replace

import pytest

from retrieval.cite import best_first, deep_link, link_to, tags_in
from tests.answers import cited
from tests.questions import hits, page


@pytest.mark.parametrize(
    ("url", "anchor", "page", "seconds", "link"),
    [
        ("https://a.example/x", "", None, None, "https://a.example/x"),
        ("https://a.example/x?q=1", "refunds", None, None, "https://a.example/x?q=1#refunds"),
        ("https://a.example/x#old", "new", None, None, "https://a.example/x#new"),
        ("https://a.example/x#old", "", None, None, "https://a.example/x#old"),
        ("https://a.example/x", "für alle", None, None, "https://a.example/x#f%C3%BCr%20alle"),
        ("https://a.example/m.pdf", "s", 12, None, "https://a.example/m.pdf#page=12"),
        (
            "https://www.youtube.com/watch?v=abc&t=3",
            "",
            None,
            61.9,
            "https://www.youtube.com/watch?v=abc&t=61",
        ),
        ("https://youtu.be/abc", "", None, 0.0, "https://youtu.be/abc?t=0"),
        ("https://a.example/talk.mp4?k=1", "", None, 75.2, "https://a.example/talk.mp4?k=1#t=75"),
    ],
)
def test_a_link_leads_to_the_place(
    url: str, anchor: str, page: int | None, seconds: float | None, link: str
) -> None:
    assert deep_link(url, anchor, page, seconds) == link


@pytest.mark.parametrize(
    ("ref", "at_page", "link"),
    [
        ("returns.md", None, "returns.md#part%201"),
        ("ask us/why?.md", None, "ask%20us/why%3F.md#part%201"),
        ("warranty.pdf", 2, "warranty.pdf#page=2"),
        ("//evil.example/x:y", None, "evil.example/x%3Ay#part%201"),
    ],
)
def test_without_a_url_a_link_is_the_ref_with_its_place(
    ref: str, at_page: int | None, link: str
) -> None:
    (passage,) = page("a", "Five days.").passages()
    assert link_to(replace(passage, url="", ref=ref, page=at_page)) == link


def test_what_was_found_comes_before_what_only_stands_in_the_prompt() -> None:
    first, second = page("a", "One.", "Two."), page("b", "Three.", "Four.")
    found = hits(second.passages()[1], first.passages()[1])
    pieces = [
        replace(cited("D1§1", one.text), document=one.document, start=one.start, end=one.end)
        for one in (*first.passages(), *second.passages())
    ]
    ranked = best_first(pieces, found)
    assert [one.text for one in ranked] == ["Four.", "Two.", "One.", "Three."]


def test_tags_are_found_however_they_are_written() -> None:
    text = "Five days [D1§2]. Or ten [D1§2, D3 § 10]; see D2§1 and [D1§2][D07§1]."
    assert tags_in(text) == ("D1§2", "D3§10", "D2§1", "D7§1")
    assert tags_in("D1 and §2, [1]") == ()
