"""MSG: Outlook's messages, through python-oxmsg, which is what unstructured reads them with."""

from io import BytesIO

import oxmsg

from ingest.errors import Unparsable
from ingest.parse.attachments import Enclosed
from ingest.parse.clean import one_line
from ingest.parse.dates import read_date
from ingest.parse.mail_message import MailMessage, as_document
from ingest.parsed import ParsedDocument

_RTF_BODY = 0x1009


def parse_msg(content: bytes, name: str) -> ParsedDocument:
    """Give subject, body and attached files."""
    message = oxmsg.Message.load(BytesIO(content))
    headers = message.message_headers
    if "encrypted" in headers.get("Content-Type", "") or "SMIME" in message.message_class.upper():
        raise Unparsable(f"{name} is encrypted: give it without a password")
    to = ", ".join(one.email_address or one.name for one in message.recipients)
    said = {"from": message.sender, "to": to, "cc": headers.get("Cc")}
    read = MailMessage(
        one_line(message.subject),
        {key: one_line(value) for key, value in said.items() if value},
        message.sent_date or read_date(headers.get("Date")),
    )
    if html := message.html_body:
        read.bodies.append(("text/html", html))
    elif body := message.body:
        read.bodies.append(("text/plain", body))
    elif message.properties.binary_prop_value(_RTF_BODY):
        raise Unparsable(f"{name} has its text in RTF alone: save it as EML or as HTML")
    for one in message.attachments:
        if one.file_bytes:
            read.enclosed.append(Enclosed(one.file_name or "", one.mime_type or "", one.file_bytes))
    return as_document(read)
