"""Which page translates which, and which did not follow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from connectors.model import SourceId
from ingest.freshness.model import Aging
from ingest.freshness.translations import TranslationDetector, pairs_among
from ingest.model import DocumentId
from tests.ageing import NOW, aging, ago


def page(place: str, language: str, *, edits: Sequence[datetime] = (), **more: object) -> Aging:
    at = "url" if place.startswith("http") else "ref"
    named = aging(place, created=ago(900), edits=edits)
    return replace(named, language=language, title=place, **{"url": "", at: place}, **more)  # type: ignore[arg-type]


def paired(*pages: Aging) -> set[tuple[str, str]]:
    return {(str(p.translation.document), str(p.original.document)) for p in pairs_among(pages)}


@pytest.mark.parametrize(
    ("translation", "original"),
    [
        ("docs/de/docs/x.md", "docs/en/docs/x.md"),
        ("de/x.md", "x.md"),
        ("x.de.md", "x.md"),
        ("https://a.example/de/x", "https://a.example/x"),
        ("https://a.example/de-at/x", "https://a.example/en/x"),
        ("https://de.a.example/x", "https://a.example/x"),
        ("https://a.example/x?lang=de", "https://a.example/x"),
        ("https://a.example/x?page=2&lang=de", "https://a.example/x?page=2"),
        ("https://a.example/de/", "https://a.example/"),
    ],
)
def test_addresses_that_differ_by_a_language_are_paired(translation: str, original: str) -> None:
    others = [page(f"other-{number}.md", "en") for number in range(3)]
    found = paired(page(translation, "de"), page(original, "en"), *others)
    assert found == {(translation, original)}


def test_a_page_without_a_language_in_its_address_is_the_original() -> None:
    pages = [page("de/x.md", "de"), page("fr/x.md", "fr"), page("x.md", "en")]
    assert paired(*pages, page("de/y.md", "de"), page("de/z.md", "de")) == {
        ("de/x.md", "x.md"),
        ("fr/x.md", "x.md"),
    }


def test_a_folder_that_only_looks_like_a_language_pairs_nothing() -> None:
    assert paired(page("it/passwords.md", "en"), page("passwords.md", "en")) == set()


def test_pages_of_other_sources_and_other_names_are_not_paired() -> None:
    elsewhere = replace(page("x.md", "en"), source=SourceId("else"))
    assert paired(page("de/x.md", "de"), elsewhere) == set()
    assert paired(page("de/rueckgabe.md", "de"), page("returns.md", "en")) == set()


def test_a_translation_is_behind_when_its_original_was_changed_after_it() -> None:
    german = page("de/x.md", "de", edits=[ago(100)])
    english = page("x.md", "en", edits=[ago(200), ago(50), ago(20)])
    (finding,) = TranslationDetector().look([german, english], NOW)
    assert (finding.document, finding.other) == (german.document, english.document)
    assert "changed 2 times from" in finding.reason


def test_a_translation_that_followed_is_not_behind() -> None:
    english = page("x.md", "en", edits=[ago(50)])
    for edits in ([ago(20)], [ago(50.5)]):
        assert not TranslationDetector().look([page("de/x.md", "de", edits=edits), english], NOW)


def test_before_the_first_edit_the_source_says_what_was_changed_when() -> None:
    german = page("de/x.md", "de", changed_at=ago(1_500))
    english = page("x.md", "en", changed_at=ago(1_000))
    assert len(TranslationDetector().look([german, english], NOW)) == 1
    assert not TranslationDetector().look([replace(german, changed_at=None), english], NOW)


def test_more_missed_edits_are_graver_and_the_same_finding() -> None:
    german = page("de/x.md", "de", edits=[ago(100)])
    english = page("x.md", "en", edits=[ago(50), ago(20)])
    (first,) = TranslationDetector().look([german, english], ago(30))
    (later,) = TranslationDetector().look([german, english], NOW)
    assert first.severity < later.severity
    assert first.key == later.key
    assert first.document == DocumentId("de/x.md")
