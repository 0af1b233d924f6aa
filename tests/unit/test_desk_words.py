"""The desk's words: each can be translated, and German has them all."""

import re
from datetime import UTC, datetime, timedelta

from api.desk.formats import Formats
from api.desk.words import SOURCE, load_catalogues, preferred, read_po
from tests.desk_words import TEMPLATES, bare, marked_in_code, marked_in_templates

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROPER = {"Punnet", "pn", "required"}
"""Names, and what is HTML's."""
SPOKEN = load_catalogues()


def test_no_template_says_words_that_cannot_be_translated() -> None:
    said = {path.name: set(bare(path)) - PROPER for path in TEMPLATES.glob("*.j2")}
    assert {name: words for name, words in said.items() if words} == {}


def test_no_template_takes_words_for_markup() -> None:
    trusting = re.compile(r"\|\s*safe\b|autoescape|Markup")
    assert [one.name for one in TEMPLATES.glob("*.j2") if trusting.search(one.read_text())] == []


def test_german_says_all_that_the_desk_says() -> None:
    text = (TEMPLATES.parents[1] / "desk" / "locale" / "de.po").read_text()
    german = {key if isinstance(key, str) else key[0] for key in read_po(text)}
    plurals = {line[13:].strip('"') for line in text.splitlines() if "msgid_plural" in line}
    marked = marked_in_templates() | marked_in_code()
    assert sorted(marked - german - plurals) == []


def test_a_language_is_chosen_by_what_a_browser_accepts() -> None:
    assert preferred("fr-CH, de-DE;q=0.8, en;q=0.5", SPOKEN) == "de"
    assert preferred("de;q=0, xx", SPOKEN) == SOURCE
    assert preferred("de;q=nonsense,,;q=", SPOKEN) == SOURCE


def test_dates_and_numbers_are_written_as_a_language_does() -> None:
    english, german = (Formats(SPOKEN[name], NOW) for name in ("en", "de"))
    assert (english.day(NOW), german.day(NOW)) == ("2 Mar 2026", "2. März 2026")
    assert (english.count(1234.5, 1), german.count(1234.5, 1)) == ("1,234.5", "1.234,5")
    assert english.ago(NOW - timedelta(days=3)) == "3 days ago"
    assert german.ago(NOW - timedelta(days=3)) == "vor 3 Tagen"
    assert german.ago(NOW + timedelta(hours=1)) == "in 1 Stunde"
    assert english.moment(NOW) == "2 Mar 2026, 12:00 UTC"
    assert english.ago(None) == "never"
