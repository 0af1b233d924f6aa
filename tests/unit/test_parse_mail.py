"""E-mails as blocks, and what is attached to them."""

from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage

from ingest.parse.dispatch import parse_document
from ingest.parsed import ParsedDocument
from tests.documents import (
    mail,
    msg_bytes,
    msg_streams,
)
from tests.unit.test_parse_contract import assert_keeps_the_contract


def read(content: bytes, name: str = "file") -> ParsedDocument:
    document = parse_document(content, "", name)
    assert_keeps_the_contract(document)
    return document


def shapes(document: ParsedDocument) -> list[tuple[str, int, str]]:
    assert_keeps_the_contract(document)
    return [(b.kind.value, b.level, document.text[b.start : b.end]) for b in document.blocks]


def test_a_mail_gives_subject_body_people_and_date() -> None:
    document = read(mail("Plain.", "<p>Rich</p><p hidden>bait</p>").as_bytes(), "m.eml")
    assert shapes(document) == [("heading", 1, "Delivery to Malmö"), ("paragraph", 0, "Rich")]
    assert document.title == "Delivery to Malmö"
    assert document.published_at == datetime(2024, 3, 4, 8, 30, tzinfo=UTC)
    assert document.front == {
        "from": "Ada <ada@example.com>",
        "to": "shop@example.com",
        "date": "2024-03-04T08:30:00+00:00",
    }


def test_attachments_have_names_of_their_own_and_no_path() -> None:
    csv = ("text/csv", b"a,b\n1,2\n")
    enclosed = [("../../x.csv", *csv), ("C:\\x.csv", *csv), ("", "application/pdf", b"%PDF-")]
    document = read(mail("Hi", attachments=enclosed).as_bytes(), "m.eml")
    assert [(a.name, a.media_type, a.content) for a in document.attachments] == [
        ("x.csv", *csv),
        ("x (2).csv", *csv),
        ("attachment", "application/pdf", b"%PDF-"),
    ]


def test_pictures_within_a_mail_are_no_documents() -> None:
    message = mail("Hi", "<p>Hi <img src='cid:logo'></p>")
    body = message.get_body(("html",))
    assert isinstance(body, EmailMessage)
    body.add_related(b"GIF89a", "image", "gif", cid="<logo>")
    assert read(message.as_bytes(), "m.eml").attachments == ()


def test_a_forwarded_mail_is_an_attachment() -> None:
    outer = mail("See below")
    inner = EmailMessage()
    inner["Subject"] = "First"
    inner.set_content("inner words")
    outer.add_attachment(inner)
    document = read(outer.as_bytes(), "m.eml")
    [forwarded] = document.attachments
    assert (forwarded.name, forwarded.media_type) == ("First.eml", "message/rfc822")
    again = parse_document(forwarded.content, forwarded.media_type, forwarded.name)
    assert again.text == "First\n\ninner words"


def test_an_empty_alternative_does_not_win_against_words() -> None:
    message = mail("The words.", "<p>Hi</p>")
    body = message.get_body(("html",))
    assert isinstance(body, EmailMessage)
    body.set_content(" \n", subtype="html")
    assert "The words." in read(message.as_bytes(), "m.eml").text


def test_an_encoded_forwarded_mail_is_decoded() -> None:
    encoded = b64encode(b"Subject: First\r\n\r\ninner words").decode()
    head = "From: a@b.c\nSubject: S\nMIME-Version: 1.0\n"
    kind = "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n"
    outer = f"{head}{kind}Content-Transfer-Encoding: base64\n\n{encoded}\n--x--\n"
    [forwarded] = read(outer.encode(), "m.eml").attachments
    assert forwarded.name == "First.eml"
    again = parse_document(forwarded.content, forwarded.media_type, forwarded.name)
    assert again.text == "First\n\ninner words"


def test_a_mail_is_known_without_its_ending() -> None:
    assert read(mail("Hello").as_bytes(), "message").title == "Delivery to Malmö"


def test_outlook_messages_are_read_with_what_is_attached() -> None:
    inner = msg_streams("Inner", "Inner words")
    content = msg_bytes("Hello", "Some words", {"a.txt": b"attached", "inner": inner})
    document = read(content, "m.msg")
    assert shapes(document) == [("heading", 1, "Hello"), ("paragraph", 0, "Some words")]
    attached, message = document.attachments
    assert (attached.name, attached.content.rstrip(b"\0")) == ("a.txt", b"attached")
    assert (message.name, message.media_type) == ("Inner.eml", "message/rfc822")
    assert read(message.content, message.name).text == "Inner\n\nInner words"
