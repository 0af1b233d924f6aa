"""Charsets, media types, cleaning and plain text."""

import unicodedata

import pytest

from connectors.charset import decode
from ingest.errors import Unparsable
from ingest.parse.clean import clean, tidy
from ingest.parse.dispatch import parse_document
from ingest.parse.media import corrected, media_type_of
from ingest.parse.plain import parse_plain
from ingest.parsed import BlockKind

GERMAN = "Größe und Käufer: Rückgabe möglich für 5 €, natürlich"
RUSSIAN = "Вы можете вернуть товар в течение тридцати дней после покупки"
JAPANESE = "商品の返品は三十日以内にお願いします。お問い合わせはこちら"
KOREAN = "상품은 구매 후 삼십 일 이내에 반품할 수 있습니다"
CHINESE = "我们的产品可以在三十天之内退货,如果您有问题请和我们联系"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (KOREAN, "cp949"),
        (CHINESE, "gb18030"),
    ],
)
def test_a_text_is_read_in_the_charset_it_was_written_in(text: str, charset: str) -> None:
    assert decode(text.encode(charset)).lstrip("\ufeff") == text


def test_a_few_words_of_japanese_are_not_read_as_korean() -> None:
    short = "返金には五営業日かかります。"
    assert decode(short.encode("cp932")) == short


@pytest.mark.parametrize("declared", ["iso-8859-1", "utf-16", "no-such-charset", "shift_jis"])
def test_a_wrong_declaration_loses_no_text(declared: str) -> None:
    page = f"<meta charset='{declared}'><p>{GERMAN}</p>".encode()
    assert parse_document(page, "text/html", "p.html").text == GERMAN


def test_a_right_declaration_is_followed() -> None:
    page = f"<meta charset='windows-1251'><p>{RUSSIAN}</p>".encode("cp1251")
    assert parse_document(page, "text/html", "p.html").text == RUSSIAN


def test_utf8_with_a_torn_byte_keeps_the_rest() -> None:
    assert decode((GERMAN * 3).encode() + b"\xe9t\xe9") == GERMAN * 3 + "été"


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.txt", b"  <!DOCTYPE html><p>x", "text/html"),
        ("a.md", b"<div align=center>logo</div>\n# Title", "text/markdown"),
        ("a.html", b"%PDF-1.7 ...", "application/pdf"),
        ("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHi", "application/x-subrip"),
        ("a.txt", b"WEBVTT\n\n", "text/vtt"),
        ("a.bin", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        ("a.md", b"PK\x03\x04\x14\0\0\0\x08\0" * 9, "application/zip"),
        ("README", b"just words", "text/plain"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "application/x-ole-storage"),
    ],
)
def test_bytes_outweigh_names(name: str, head: bytes, expected: str) -> None:
    assert media_type_of(name, head) == expected


def test_a_declared_text_type_counts_where_the_bytes_prove_nothing() -> None:
    assert corrected("text/markdown; charset=utf-8", "page", b"# Title") == "text/markdown"
    assert corrected("text/plain", "page.md", b"# Title") == "text/markdown"
    assert corrected("application/pdf", "page", b"words") == "text/plain"


def test_an_unknown_binary_is_refused_by_its_type() -> None:
    with pytest.raises(Unparsable, match="image/png"):
        parse_document(b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "text/plain", "a.txt")


def test_cleaning_removes_what_hides_and_keeps_joiners_that_spell() -> None:
    assert clean("pay\u200b\u202epal\u2066\ufeff\U000e0041\x07") == "paypal"
    assert clean("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"
    assert clean("क्\u200dष") == "क्\u200dष"
    assert clean("a\u200db") == "ab"
    assert clean("e\u0301\r\na\rb\u2028c") == unicodedata.normalize("NFC", "é\na\nb\nc")
    assert tidy(" a \t b\u00a0c \n\n  d ") == "a b c\nd"


def test_paragraphs_are_what_blank_lines_set_apart() -> None:
    page = parse_plain("Opening hours\n\nWe open at 9\nand close at 5.\r\n \r\n\r\nSundays never.")
    assert page.title == "Opening hours"
    assert page.blocks[0].kind is BlockKind.HEADING
    assert page.text == "Opening hours\n\nWe open at 9\nand close at 5.\n\nSundays never."


def test_a_first_sentence_is_no_title() -> None:
    assert parse_plain("This is a sentence.\n\nAnother.").title == ""


def test_a_very_long_line_survives() -> None:
    assert len(parse_plain("word " * 200_000).text) == 999_999


def test_hostile_repetition_takes_no_time() -> None:
    # Each of these made a careless pattern try a power of its length.
    assert media_type_of("a.txt", b"<!--a-->" * 500) == "text/plain"
    parse_document(b"<a " * 20_000, "text/markdown", "a.md")
    parse_document(b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 20_000, "text/vtt", "a.vtt")


def test_a_charset_named_beside_the_content_outweighs_one_within_it() -> None:
    page = '<meta charset="windows-1252">Привет'.encode("cp1251")
    assert decode(page, "windows-1251").endswith("Привет")
    assert decode("é".encode(), "windows-1251") == "é"


@pytest.mark.parametrize(
    "name", ["hex", "idna", "no such", "punycode", "undefined", "unicode_escape", "x\0y", "ü"]
)
def test_what_is_no_charset_is_not_tried(name: str) -> None:
    assert decode(b"caf\xe9 \\u0041", name) == "café \\u0041"
