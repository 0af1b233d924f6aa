"""What a commit makes true, and for whom."""

from dataclasses import replace

import pytest

from connectors.model import Cursor
from ingest.errors import LeaseLost, LedgerConflict
from ingest.model import DocumentId, RunId
from ingest.records import Blank, DocumentState, Drop, Fail, Keep, RunCounts, Write
from tests.builders import ACME, NOON, SHOP, facts, point_id, vector, write
from tests.contracts.ledgers import Desk

PAGE = DocumentId("doc-page")


def fail(ref: str, version: str = "2") -> Fail:
    return Fail(DocumentId(f"doc-{ref}"), ref, version, "the parser died", None)


async def state_of(desk: Desk, ref: str = "page") -> DocumentState | None:
    record = await desk.ledger.reading.document_by_ref(ACME, SHOP, ref)
    return record.state if record else None


async def test_a_document_is_there_after_its_commit(desk: Desk) -> None:
    sequence = await desk.commit(write("page", "Refunds take 5 days.", "Call us."))
    assert sequence == await desk.sequence() == 1
    assert await desk.texts() == {"page": "Refunds take 5 days.\nCall us."}
    first, second = await desk.passages("page")
    assert (first.text, second.text) == ("Refunds take 5 days.", "Call us.")
    assert (first.revision, first.ordinal, first.heading_path) == (1, 0, ("Help",))
    assert (await desk.texts())["page"][second.start : second.end] == second.text


async def test_a_reader_of_an_old_sequence_keeps_the_old_text(desk: Desk) -> None:
    before = await desk.commit(write("page", "Refunds take 5 days.", "Call us."))
    after = await desk.commit(write("page", "Refunds take 9 days.", "Call us."))
    assert await desk.texts(before) == {"page": "Refunds take 5 days.\nCall us."}
    assert await desk.texts(after) == {"page": "Refunds take 9 days.\nCall us."}
    assert [one.revision for one in await desk.passages("page", before)] == [1, 1]
    assert [one.revision for one in await desk.passages("page", after)] == [2, 2]


async def test_a_reader_from_before_does_not_see_a_new_document(desk: Desk) -> None:
    assert await desk.commit(write("page", "Hello.")) == 1
    await desk.commit(write("later", "There."))
    assert await desk.texts(1) == {"page": "Hello."}
    assert await desk.passages("later", 1) == []


async def test_an_unchanged_passage_keeps_its_point_while_its_place_moves(desk: Desk) -> None:
    await desk.commit(write("page", "Call us."))
    await desk.commit(write("page", "New first line.", "Call us."))
    assert [one.ordinal for one in await desk.passages("page")] == [0, 1]
    assert (await desk.passages("page"))[1].id == point_id(PAGE, "Call us.")
    assert await desk.lingering() == 0


async def test_a_passage_placed_twice_is_found_at_its_first_place(desk: Desk) -> None:
    await desk.commit(write("page", "Call us.", "Really.", "Call us."))
    again = [one.ordinal for one in await desk.passages("page") if one.text == "Call us."]
    assert again == [0, 2]


async def test_what_is_replaced_lingers_until_the_index_forgets_it(desk: Desk) -> None:
    await desk.commit(write("page", "Old.", "Same."))
    await desk.commit(write("page", "New.", "Same."))
    old = point_id(PAGE, "Old.")
    points = desk.ledger.points
    later = desk.clock.pass_(hours=1)
    assert await points.lingering(ACME, SHOP, NOON, 9) == []
    assert await points.lingering(ACME, SHOP, later, 9) == [old]
    await points.forget_points(ACME, [old])
    assert await desk.lingering() == 0
    assert await desk.texts(1) == {"page": "Old.\nSame."}


async def test_a_revert_brings_the_old_points_back(desk: Desk) -> None:
    await desk.commit(write("page", "A."))
    await desk.commit(write("page", "B."))
    await desk.commit(write("page", "A."))
    later = desk.clock.pass_(hours=1)
    (lingers,) = await desk.ledger.points.lingering(ACME, SHOP, later, 9)
    assert lingers == point_id(PAGE, "B.")
    assert [await desk.texts(at) for at in (1, 2, 3)] == [
        {"page": "A."},
        {"page": "B."},
        {"page": "A."},
    ]


async def test_a_rename_keeps_the_document_and_its_points(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    moved = write("new-place", its=facts("new-place", id_="doc-page"), moved_from="page")
    await desk.commit(moved)
    assert await desk.texts() == {"new-place": "Hello."}
    assert [one.id for one in await desk.passages("page")] == [point_id(PAGE, "Hello.")]
    assert await desk.ledger.reading.document_by_ref(ACME, SHOP, "page") is None
    assert await desk.lingering() == 0


async def test_two_documents_may_take_each_others_place(desk: Desk) -> None:
    await desk.commit(write("a", "First."), write("b", "Second."))
    await desk.commit(
        write("b", its=facts("b", id_="doc-a"), moved_from="a"),
        write("a", its=facts("a", id_="doc-b"), moved_from="b"),
    )
    assert await desk.texts() == {"b": "First.", "a": "Second."}


async def test_a_new_document_may_come_where_another_moved_away(desk: Desk) -> None:
    await desk.commit(write("a", "First."))
    newcomer = write("a", "Newcomer.", its=facts("a", id_="doc-new"))
    await desk.commit(newcomer, write("b", its=facts("b", id_="doc-a"), moved_from="a"))
    assert await desk.texts() == {"b": "First.", "a": "Newcomer."}


async def test_what_a_rename_overwrites_is_gone(desk: Desk) -> None:
    await desk.commit(write("a", "First."), write("b", "Second."))
    await desk.commit(write("b", its=facts("b", id_="doc-a"), moved_from="a"))
    assert await desk.texts() == {"b": "First."}
    assert await desk.lingering() == 1
    overwritten = await desk.ledger.reading.document(ACME, DocumentId("doc-b"))
    assert overwritten is not None
    assert overwritten.state is DocumentState.DELETED


async def test_a_document_may_move_to_the_ref_of_a_deleted_one(desk: Desk) -> None:
    await desk.commit(write("a", "First."), write("b", "Second."))
    await desk.commit(Drop("b"))
    await desk.commit(write("b", its=facts("b", id_="doc-a"), moved_from="a"))
    assert await desk.texts() == {"b": "First."}
    heads = await desk.ledger.documents.heads(ACME, SHOP, ["b"])
    assert heads["b"].facts.id == "doc-a"


async def test_what_is_gone_is_no_longer_read(desk: Desk) -> None:
    before = await desk.commit(write("page", "Hello."))
    after = await desk.commit(Drop("page"), Drop("never-there"))
    assert await state_of(desk) is DocumentState.DELETED
    assert (await desk.texts(before), await desk.texts(after)) == ({"page": "Hello."}, {})
    assert await desk.lingering() == 1
    assert await desk.ledger.documents.known(ACME, SHOP) == {}


async def test_a_deleted_document_that_comes_back_is_the_same_one(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(Drop("page"))
    head = (await desk.ledger.documents.heads(ACME, SHOP, ["page"]))["page"]
    assert (head.state, head.text_hash, head.passages) == (DocumentState.DELETED, "", {})
    await desk.commit(write("page", "Hello."))
    record = await desk.ledger.reading.document_by_ref(ACME, SHOP, "page")
    assert record is not None
    assert (record.facts.id, record.revision, record.state) == (PAGE, 2, DocumentState.LIVE)
    assert await desk.lingering() == 0


async def test_facts_change_without_touching_the_text(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    staff = frozenset({"staff"})
    await desk.commit(write("page", its=facts("page", version="2", access=staff)))
    record = await desk.ledger.reading.document(ACME, PAGE)
    assert record is not None
    assert (record.facts.access, record.facts.version, record.revision) == (staff, "2", 1)
    assert await desk.texts() == {"page": "Hello."}


async def test_facts_alone_cannot_make_a_document_live(desk: Desk) -> None:
    with pytest.raises(LedgerConflict, match="with a revision"):
        await desk.commit(write("page"))
    assert await state_of(desk) is None


async def test_an_edit_voids_a_verification_and_a_mere_fact_does_not(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    assert await desk.ledger.documents.verify(ACME, PAGE, NOON)
    await desk.commit(write("page", its=facts("page", tags=frozenset({"faq"}))))
    assert (await desk.passages("page"))[0].verified_at == NOON
    await desk.commit(write("page", "Better."))
    assert (await desk.passages("page"))[0].verified_at is None


async def test_a_sighting_moves_the_time_and_the_validators_alone(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    later = desk.clock.pass_(hours=3)
    assert await desk.commit(Keep("page", {"etag": "W/2"}), Keep("unknown", {})) == 1
    known = (await desk.ledger.documents.known(ACME, SHOP))["page"]
    assert (known.version, known.validators) == ("1", {"etag": "W/2"})
    assert [one.synced_at for one in await desk.passages("page")] == [later]


async def test_a_lost_lease_commits_nothing(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    desk.clock.pass_(hours=2)
    other = await desk.ledger.leases.take("source:shop", "other", 60)
    assert other is not None
    with pytest.raises(LeaseLost, match="worker lost source:shop"):
        await desk.commit(write("page", "Mine."), write("more", "Mine too."), Drop("page"))
    assert (await desk.texts(), await desk.sequence()) == ({"page": "Hello."}, 1)
    assert await desk.commit(write("page", "Theirs."), lease=other) == 2


async def test_a_lease_of_another_name_or_owner_commits_nothing(desk: Desk) -> None:
    for wrong in (replace(desk.lease, owner="thief"), replace(desk.lease, name="source:x")):
        with pytest.raises(LeaseLost):
            await desk.commit(write("page", "Hello."), lease=wrong)
    assert await desk.texts() == {}


async def test_a_source_that_is_being_removed_takes_no_more(desk: Desk) -> None:
    record = await desk.ledger.sources.source(ACME, SHOP)
    assert record is not None
    await desk.ledger.sources.save_source(replace(record, removing=True))
    with pytest.raises(LedgerConflict, match="stop its run"):
        await desk.commit(write("page", "Too late."))
    assert await desk.texts() == {}


async def test_what_was_read_before_a_reread_is_not_committed(desk: Desk) -> None:
    await desk.ledger.documents.reread(ACME, SHOP)
    with pytest.raises(LeaseLost):
        await desk.commit(write("page", "By the old settings."))
    anew = await desk.ledger.leases.take("source:shop", "worker", 60)
    assert anew is not None
    assert await desk.commit(write("page", "By the new ones."), lease=anew) == 1


async def test_a_commit_that_breaks_half_way_changes_nothing(desk: Desk) -> None:
    good = write("page", "Hello.")
    await desk.commit(good)
    bad = write("page", "New.", "Text.")
    assert bad.revision is not None
    unheld = replace(bad.revision, passages=bad.revision.passages[:1])
    with pytest.raises(LedgerConflict):
        await desk.commit(Drop("page"), Write(facts("other"), unheld))
    assert (await desk.texts(), await desk.sequence()) == ({"page": "Hello."}, 1)
    assert await desk.lingering() == 0


async def test_the_cursor_is_stored_only_when_the_commit_says_so(desk: Desk) -> None:
    async def stored() -> Cursor | None:
        record = await desk.ledger.sources.source(ACME, SHOP)
        return record.cursor if record else None

    await desk.commit(write("a", "A."), cursor=Cursor("page-1"))
    assert await stored() is None
    await desk.commit(write("b", "B."), cursor=Cursor("page-2"), stores_cursor=True)
    assert await stored() == "page-2"
    await desk.commit(cursor=None, stores_cursor=True)
    assert await stored() is None


async def test_a_run_knows_what_it_has_not_seen(desk: Desk) -> None:
    await desk.commit(write("a", "A."), write("b", "B."), write("c", "C."), fail("d"))
    await desk.commit(Keep("a", {}), Drop("c"), run="run-2")
    unseen = desk.ledger.documents.unseen
    assert await unseen(ACME, SHOP, RunId("run-2")) == ["b", "d"]
    assert await unseen(ACME, SHOP, RunId("run-1")) == ["a"]


async def test_a_commit_stores_the_counts_of_its_run(desk: Desk) -> None:
    await desk.commit(write("a", "A."), run=f"run-of-{SHOP}")
    run = await desk.ledger.runs.run(ACME, RunId(f"run-of-{SHOP}"))
    assert run is not None
    assert run.counts == RunCounts(listed=1)


async def test_heads_tell_what_an_ingest_compares_with(desk: Desk) -> None:
    written = write("page", "Hello.", "World.")
    await desk.commit(written)
    heads = await desk.ledger.documents.heads(ACME, SHOP, ["page", "unknown"])
    assert list(heads) == ["page"]
    assert written.revision is not None
    assert heads["page"].facts == written.facts
    assert heads["page"].text_hash == written.revision.text_hash
    assert heads["page"].passages == {
        one.id: one.embedded_hash for one in written.revision.passages
    }


async def test_vectors_are_found_by_what_was_embedded(desk: Desk) -> None:
    written = write("page", "Hello.")
    await desk.commit(written)
    assert written.revision is not None
    digest = written.revision.passages[0].embedded_hash
    found = await desk.ledger.documents.vectors(ACME, [digest, "unknown"])
    assert list(found) == [digest]
    assert found[digest] == pytest.approx(vector("Hello."), abs=1e-3)


async def test_documents_are_counted_by_state(desk: Desk) -> None:
    await desk.commit(write("a", "A."), write("b", "B."), write("c", "C."), fail("d"))
    await desk.commit(Drop("c"), Blank(facts("b"), "it has no words"))
    assert await desk.ledger.documents.count_documents(ACME, SHOP) == {
        DocumentState.LIVE: 1,
        DocumentState.NO_CONTENT: 1,
        DocumentState.DELETED: 1,
        DocumentState.FAILED: 1,
    }


async def test_hundreds_of_documents_go_in_one_commit(desk: Desk) -> None:
    many = [write(f"page-{n}", f"Text {n}.") for n in range(600)]
    assert await desk.commit(*many) == 1
    assert await desk.commit(*(Keep(f"page-{n}", {}) for n in range(600))) == 1
    assert len(await desk.texts()) == 600
