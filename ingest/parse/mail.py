"""E-mails: the message as blocks, what is attached to it as documents of their own.

Not through unstructured: it reads the same standard library one step below, but runs the
body through its slow HTML reader and mixes the attachments into the message.
"""

import email
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from connectors.charset import decode
from ingest.errors import Unparsable
from ingest.parse.attachments import Enclosed
from ingest.parse.clean import one_line
from ingest.parse.dates import read_date
from ingest.parse.mail_message import MailMessage, as_document
from ingest.parsed import ParsedDocument

_ENCRYPTED = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
)
_BODIES = ("text/html", "text/plain")
_MESSAGE = "message/rfc822"
_DECORATION = ("image/", "font/", "text/css")
"""What belongs to the message's looks, unless it says that it is an attachment."""
_SEALS = ("application/pgp-signature", "application/pkcs7-sig", "application/x-pkcs7-sig")
_MOST_PARTS = 10_000
_PEOPLE = ("from", "to", "cc")


def parse_mail(content: bytes, name: str) -> ParsedDocument:
    """Give subject, body and attachments; a forwarded message is an attachment."""
    # The old policy: the new one parses every header of every part, and fails on broken ones.
    message = email.message_from_bytes(content)
    if message.get_content_type() in _ENCRYPTED:
        raise Unparsable(f"{name} is encrypted: give it without a password")
    read = MailMessage(
        subject=_header(message, "subject"),
        people={key: said for key in _PEOPLE if (said := _header(message, key))},
        sent=read_date(_header(message, "date")),
    )
    for count, part in enumerate(_leaves(message)):
        if count >= _MOST_PARTS:
            raise Unparsable(f"{name} has more than {_MOST_PARTS} parts: it is not read")
        _take(part, read)
    return as_document(read)


def _header(message: Message, name: str) -> str:
    return _decoded(str(message.get(name, "")))


def _decoded(value: str) -> str:
    try:
        return one_line(str(make_header(decode_header(value))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return one_line(value)


def _leaves(message: Message) -> Iterator[Message]:
    """Give the parts to read in order, of alternatives the best; without recursion."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.get_content_type() == _MESSAGE or not part.is_multipart():
            yield part
            continue
        below = [one for one in part.get_payload() if isinstance(one, Message)]
        if part.get_content_type() == "multipart/alternative":
            below = [*sorted(below, key=_worth)[-1:]]
        stack.extend(reversed(below))


def _worth(part: Message) -> int:
    kind = part.get_content_type()
    if kind.startswith("multipart/"):
        return 2
    empty = not str(part.get_payload()).strip()
    return 0 if kind not in _BODIES or empty else _BODIES[::-1].index(kind) + 1


def _take(part: Message, read: MailMessage) -> None:
    kind, disposition = part.get_content_type(), part.get_content_disposition()
    if kind == _MESSAGE:
        inner = _inner(part)
        if inner is not None:
            title = (
                _decoded(part.get_filename() or "")
                or f"{_header(inner, 'subject') or 'message'}.eml"
            )
            read.enclosed.append(Enclosed(title, _MESSAGE, inner.as_bytes()))
    elif kind in _BODIES and disposition != "attachment" and not part.get_filename():
        read.bodies.append((kind, _text(part)))
    elif not kind.startswith(_SEALS if disposition == "attachment" else (*_SEALS, *_DECORATION)):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            read.enclosed.append(Enclosed(_decoded(part.get_filename() or ""), kind, payload))


def _inner(part: Message) -> Message | None:
    """Give the forwarded message; some programs write it in base64, which no standard allows."""
    inner = part.get_payload(0) if part.is_multipart() else None
    if not isinstance(inner, Message):
        return None
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding != "base64" or inner.keys():
        return inner
    inner["Content-Transfer-Encoding"] = encoding
    payload = inner.get_payload(decode=True)
    return email.message_from_bytes(payload) if isinstance(payload, bytes) else inner


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeDecodeError):
        return decode(raw)
