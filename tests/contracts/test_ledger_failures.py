"""Documents that could not be read, and documents without words."""

from dataclasses import replace

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


async def test_a_failed_document_moves_with_what_it_was_read_from(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("other", "There."))
    await desk.commit(replace(fail("new"), document=PAGE, moved_from="page"))
    assert await desk.texts() == {"new": "Hello.", "other": "There."}
    known = await desk.ledger.documents.known(ACME, SHOP)
    assert (set(known), known["new"].version) == ({"new", "other"}, "2")
    await desk.commit(fail("other"))
    await desk.commit(
        replace(fail("page"), document=PAGE, moved_from="new"),
        replace(fail("new"), document=DocumentId("doc-other"), moved_from="other"),
    )
    assert await desk.texts() == {"page": "Hello.", "new": "There."}


async def test_a_failed_document_leaves_its_place_to_one_that_moves_there(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("other", "There."))
    moves = write("page", its=facts("page", id_="doc-other"), moved_from="other")
    await desk.commit(moves, replace(fail("new"), document=PAGE, moved_from="page"))
    assert await desk.texts() == {"new": "Hello.", "page": "There."}


async def test_a_failed_document_stays_where_its_new_place_is_taken(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."), write("other", "There."))
    await desk.commit(replace(fail("other"), document=PAGE, moved_from="page"))
    assert await desk.texts() == {"page": "Hello.", "other": "There."}
    assert await state_of(desk) is DocumentState.FAILED
    assert await state_of(desk, "other") is DocumentState.LIVE


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
        assert unread.keys() == ({"failed", "never", "page"} if reread else {"never"})


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
