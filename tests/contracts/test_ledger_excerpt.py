"""A piece of a revision, read without the rest."""

from ingest.model import DocumentId
from tests.builders import ACME, GLOBEX, write
from tests.contracts.ledgers import Desk

PAGE = DocumentId("doc-page")


async def test_an_excerpt_is_cut_by_characters(desk: Desk) -> None:
    await desk.commit(write("page", "Ein 🍓 Körbchen.", "Zwei."))
    text = (await desk.texts())["page"]
    excerpt = desk.ledger.reading.excerpt
    for start, end in ((0, 3), (4, 14), (len(text) - 5, len(text)), (2, 2)):
        assert await excerpt(ACME, PAGE, 1, start, end) == text[start:end]


async def test_only_a_kept_revision_of_the_tenant_is_read(desk: Desk) -> None:
    await desk.commit(write("page", "Ours."))
    excerpt = desk.ledger.reading.excerpt
    assert await excerpt(GLOBEX, PAGE, 1, 0, 4) == ""
    assert await excerpt(ACME, PAGE, 2, 0, 4) == ""
