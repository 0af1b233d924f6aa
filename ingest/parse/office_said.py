"""What ODT, EPUB and RTF files say of themselves where pandoc passes it over."""

import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO

from lxml import etree  # type: ignore[import-untyped]

from ingest.parse import media
from ingest.parse.dates import read_date
from ingest.parse.office_chart import parsed_part
from ingest.parse.office_facts import OfficeFacts, said_title

_RTF_TIME = re.compile(
    rb"\\(creatim|revtim)\\yr(\d{4})\\mo(\d\d?)\\dy(\d\d?)(?:\\hr(\d\d?))?(?:\\min(\d\d?))?"
)
_HEAD = 65_536
"""Bytes of an RTF file in which it speaks of itself."""


def said_by_file(content: bytes, media_type: str) -> OfficeFacts:
    """Read title and dates of a file; what it does not say, or says wrongly, stays empty."""
    if media_type == media.RTF:
        return _rtf(content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        wanted = "meta.xml" if media_type == media.ODT else ".opf"
        part = next((name for name in names if name.endswith(wanted)), None)
        if part is None:
            return OfficeFacts()
        try:
            elements = list(parsed_part(archive.read(part)).iter("{*}*"))
        except etree.XMLSyntaxError:
            return OfficeFacts()
    return _odf(elements) if media_type == media.ODT else _epub(elements)


def merged(first: OfficeFacts, second: OfficeFacts) -> OfficeFacts:
    """Fill what the first does not say from the second."""
    return OfficeFacts(
        first.title or second.title,
        first.created or second.created,
        first.modified or second.modified,
    )


def _odf(elements: Iterable[etree._Element]) -> OfficeFacts:
    said = {etree.QName(one).localname: one.text for one in elements}
    created, modified = read_date(said.get("creation-date")), read_date(said.get("date"))
    return OfficeFacts(said_title(said.get("title")), created, modified)


def _epub(elements: Iterable[etree._Element]) -> OfficeFacts:
    said = {one.get("property"): one.text for one in elements if one.get("property")}
    return OfficeFacts(modified=read_date(said.get("dcterms:modified")))


def _rtf(content: bytes) -> OfficeFacts:
    found: dict[bytes, datetime] = {}
    for kind, *numbers in _RTF_TIME.findall(content[:_HEAD]):
        try:
            year, month, day, hour, minute = (int(number or 0) for number in numbers)
            found.setdefault(kind, datetime(year, month, day, hour, minute, tzinfo=UTC))
        except ValueError:
            continue
    return OfficeFacts(created=found.get(b"creatim"), modified=found.get(b"revtim"))
