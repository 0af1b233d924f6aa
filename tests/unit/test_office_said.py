"""What files say of their own age, and letters that RTF gives by number."""

from datetime import UTC, datetime

from ingest.parse.dispatch import parse_document
from ingest.parsed import ParsedDocument


def read(content: bytes, name: str = "file") -> ParsedDocument:
    return parse_document(content, "", name)


def test_no_letter_is_lost_after_a_character_by_number() -> None:
    rtf = rb"{\rtf1\ansi caf\u233?es at \u163?7.8 million, C:\\u8364?}"
    assert read(rtf).text == "cafées at £7.8 million, C:\\u8364?"


def test_rtf_and_epub_tell_when_they_were_changed() -> None:
    rtf = rb"{\rtf1{\info{\creatim\yr2025\mo1\dy2}{\revtim\yr2026\mo9\dy1\hr10\min5}}Words}"
    assert read(rtf).modified_at == datetime(2026, 9, 1, 10, 5, tzinfo=UTC)
    assert read(rb"{\rtf1{\info{\creatim\yr2025\mo1\dy2}}Words}").modified_at == datetime(
        2025, 1, 2, tzinfo=UTC
    )
    assert read(rb"{\rtf1{\info{\revtim\yr2026\mo19\dy1}}Words}").modified_at is None


def test_a_mail_is_as_old_as_its_sending() -> None:
    sent = b"Subject: Hello\r\nDate: Tue, 1 Sep 2026 10:05:00 +0000\r\n\r\nWords.\r\n"
    assert read(sent, "x.eml").modified_at == datetime(2026, 9, 1, 10, 5, tzinfo=UTC)
