"""Documents that could not be read, and documents without words."""

from ingest.model import DocumentId
from ingest.records import Blank, DocumentState, Drop, Fail, Keep
from tests.builders import ACME, GLOBEX, SHOP, facts, write
from tests.contracts.ledgers import Desk

PAGE = DocumentId("doc-page")


def fail(ref: str, version: str = "2") -> Fail:
    return Fail(DocumentId(f"doc-{ref}"), ref, version, "the parser died", None)


async def state_of(desk: Desk, ref: str = "page") -> DocumentState | None:
    record = await desk.ledger.reading.document_by_ref(ACME, SHOP, ref)
    return record.state if record else None


async def test_a_failed_document_keeps_its_old_text(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(fail("page"))
    await desk.commit(fail("page"))
    record = await desk.ledger.reading.document(ACME, PAGE)
    assert record is not None
    assert (record.state, record.reason, record.attempts) == (
        DocumentState.FAILED,
        "the parser died",
        2,
    )
    assert await desk.texts() == {"page": "Hello."}
    assert len(await desk.passages("page")) == 1


async def test_a_failure_ends_with_the_next_good_version(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(fail("page"))
    await desk.commit(write("page", "Better."))
    record = await desk.ledger.reading.document(ACME, PAGE)
    assert record is not None
    assert (record.state, record.reason, record.attempts) == (DocumentState.LIVE, "", 0)


async def test_a_document_that_was_never_read_is_known_by_its_failure(desk: Desk) -> None:
    await desk.commit(fail("page"))
    assert await state_of(desk) is DocumentState.FAILED
    assert await desk.texts() == {}
    await desk.commit(write("page", "At last."))
    assert await desk.texts() == {"page": "At last."}


async def test_a_version_that_failed_for_good_is_not_read_again(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(fail("page", version="2"))
    assert (await desk.ledger.documents.known(ACME, SHOP))["page"].version == "2"
    await desk.commit(Keep("page", {}))
    assert await state_of(desk) is DocumentState.FAILED


async def test_a_failed_document_is_read_again_when_it_is_due(desk: Desk) -> None:
    due = desk.clock.pass_(minutes=1)
    desk.clock.pass_(minutes=-1)
    await desk.commit(write("page", "Hello."))
    await desk.commit(Fail(PAGE, "page", "2", "timed out", due))
    assert (await desk.ledger.documents.known(ACME, SHOP))["page"].version == "2"
    assert await desk.ledger.documents.due(ACME, SHOP) == {}
    desk.clock.pass_(minutes=2)
    assert (await desk.ledger.documents.known(ACME, SHOP))["page"].version == ""
    assert (await desk.ledger.documents.due(ACME, SHOP)).keys() == {"page"}
    assert await desk.ledger.documents.due(GLOBEX, SHOP) == {}
    await desk.commit(Keep("page", {}))
    assert await state_of(desk) is DocumentState.LIVE


async def test_what_is_due_is_all_that_is_known_without_a_version(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), fail("failed"), fail("never", version=""))
    await desk.commit(write("gone", "Bye."))
    await desk.commit(Drop("gone"))
    for reread in (False, True):
        if reread:
            await desk.ledger.documents.reread(ACME, SHOP)
        known = await desk.ledger.documents.known(ACME, SHOP)
        unread = {ref: one for ref, one in known.items() if not one.version}
        assert await desk.ledger.documents.due(ACME, SHOP) == unread
        assert unread.keys() == ({"never", "page"} if reread else {"never"})


async def test_a_document_that_could_only_not_be_listed_is_live_once_seen(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(fail("page", version="1"))
    await desk.commit(Keep("page", {}))
    assert await state_of(desk) is DocumentState.LIVE


async def test_a_document_without_words_retires_its_text(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(Blank(facts("page", version="2"), "it has no words"))
    record = await desk.ledger.reading.document(ACME, PAGE)
    assert record is not None
    assert (record.state, record.reason) == (DocumentState.NO_CONTENT, "it has no words")
    assert (await desk.texts(), await desk.lingering()) == ({}, 1)
    assert (await desk.ledger.documents.known(ACME, SHOP))["page"].version == "2"
    await desk.commit(Keep("page", {}))
    assert await state_of(desk) is DocumentState.NO_CONTENT
