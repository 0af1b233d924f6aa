"""DOCX: through unstructured, once what it would lose is put where it looks."""

import re
import zipfile
from io import BytesIO

import docx
from docx.opc.constants import CONTENT_TYPE
from docx.opc.exceptions import PackageNotFoundError

from ingest.errors import Unparsable
from ingest.parse.office_blocks import drafts_of
from ingest.parse.office_docx_body import plain_body
from ingest.parse.office_docx_styles import name_headings
from ingest.parse.office_facts import as_document, facts_of
from ingest.parse.unstructured_offline import UNTOLD, partition_docx
from ingest.parsed import ParsedDocument

_KINDS = re.compile(
    rb"application/vnd\.(?:ms-word\.(?:document\.macroEnabled|template\.macroEnabledTemplate)"
    rb"|openxmlformats-officedocument\.wordprocessingml\.template)\.main\+xml"
)
_ALL_DEPTHS = 9


def parse_docx(content: bytes, name: str) -> ParsedDocument:
    """Give headings by their style, lists, tables, notes and boxes; macros are not looked at."""
    try:
        document = docx.Document(BytesIO(_as_plain_document(content)))
    except PackageNotFoundError as error:
        raise Unparsable(f"{name} is broken: write it anew with Word") from error
    name_headings(document)
    plain_body(document)
    prepared = BytesIO()
    document.save(prepared)
    elements = partition_docx(file=prepared, languages=UNTOLD)
    facts = facts_of(document.core_properties)
    return as_document(list(drafts_of(elements, _ALL_DEPTHS)), facts)


def _as_plain_document(content: bytes) -> bytes:
    """Call a template, or a document with macros, a document: the library reads no other."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        types = archive.read("[Content_Types].xml")
        plain = _KINDS.sub(CONTENT_TYPE.WML_DOCUMENT_MAIN.encode(), types)
        if plain == types:
            return content
        changed = BytesIO()
        with zipfile.ZipFile(changed, "w") as copy:
            for member in archive.infolist():
                is_types = member.filename == "[Content_Types].xml"
                copy.writestr(member.filename, plain if is_types else archive.read(member))
    return changed.getvalue()
