"""MSG: Outlook's messages, through python-oxmsg, which is what unstructured reads them with."""

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO

from olefile import OleFileIO  # type: ignore[import-untyped]
from oxmsg import Message
from oxmsg.attachment import Attachment
from oxmsg.storage import Storage

from ingest.errors import Unparsable
from ingest.parse import media
from ingest.parse.attachments import Enclosed
from ingest.parse.clean import one_line
from ingest.parse.dates import read_date
from ingest.parse.mail_message import MailMessage, as_document
from ingest.parsed import ParsedDocument

_RTF_BODY = 0x1009
_EMBEDDED = "__substg1.0_3701000D"
_PROPERTIES = "__properties_version1.0"
_EMBEDDED_HEADER = 24


def parse_msg(content: bytes, name: str) -> ParsedDocument:
    """Give subject, body and attached files; messages attached to it become EML files."""
    with OleFileIO(BytesIO(content)) as ole:
        storage = Storage.from_ole(ole)
    message = Message(storage)
    kind = message.message_headers.get("Content-Type", "")
    if "encrypted" in kind or "SMIME" in message.message_class.upper():
        raise Unparsable(f"{name} is encrypted: give it without a password")
    read = _read(storage)
    if not read.bodies and message.properties.binary_prop_value(_RTF_BODY):
        raise Unparsable(f"{name} has its text in RTF alone: save it as EML or as HTML")
    return as_document(read)


def _read(storage: Storage) -> MailMessage:
    message = Message(storage)
    headers = message.message_headers
    to = ", ".join(one.email_address or one.name for one in message.recipients)
    said = {"from": message.sender, "to": to, "cc": headers.get("Cc")}
    bodies = [("text/html", message.html_body), ("text/plain", message.body)]
    return MailMessage(
        one_line(message.subject),
        {key: one_line(value) for key, value in said.items() if value},
        message.sent_date or read_date(headers.get("Date")),
        [(kind, text) for kind, text in bodies if text][:1],
        list(_enclosed(storage)),
    )


def _enclosed(storage: Storage) -> Iterator[Enclosed]:
    for below in storage.iter_attachment_storages():
        attached = Attachment(below)
        embedded = next((one for one in below.storages if one.name == _EMBEDDED), None)
        if embedded is not None:
            inner = _read(_as_whole(embedded))
            yield Enclosed(f"{inner.subject or 'message'}.eml", media.MAIL, _as_eml(inner))
        elif attached.file_bytes:
            kind = attached.mime_type or ""
            yield Enclosed(attached.file_name or "", kind, attached.file_bytes)


def _as_whole(embedded: Storage) -> Storage:
    """Give an embedded message the longer header that one of its own would have."""
    streams = tuple(
        replace(
            one, bytes_=one.bytes_[:_EMBEDDED_HEADER] + bytes(8) + one.bytes_[_EMBEDDED_HEADER:]
        )
        if one.name == _PROPERTIES
        else one
        for one in embedded.streams
    )
    return replace(embedded, streams=streams)


def _as_eml(message: MailMessage) -> bytes:
    written = EmailMessage()
    written["Subject"] = message.subject
    for key, value in message.people.items():
        written[key.title()] = value
    if message.sent:
        written["Date"] = message.sent
    for kind, text in message.bodies:
        written.set_content(text, subtype=kind.rpartition("/")[2])
    for one in message.enclosed:
        main, _, sub = one.media_type.partition("/")
        if one.media_type == media.MAIL:
            main, sub = "application", "octet-stream"
        written.add_attachment(
            one.content, maintype=main or "application", subtype=sub or "octet-stream",
            filename=one.name,
        )  # fmt: skip
    return written.as_bytes()
