"""What readers may see, and in which portions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from ingest.adapters.ledger.reading import SqlReading
from ingest.adapters.ledger.tables import document
from ingest.model import BlockKind, DocumentId, PointId, PointPayload
from ingest.reading import DocumentFilter, LivePassage
from ingest.records import DocumentState, Drop, Fail
from tests.builders import ACME, NOON, SHOP, facts, point_id, write
from tests.contracts.ledgers import EVERYTHING, Desk

PAGE = DocumentId("doc-page")
STAFF = frozenset({"staff"})
TOMORROW = NOON + timedelta(days=1)


async def visible(desk: Desk, where: DocumentFilter) -> list[str]:
    """Give the ids that every way of reading agrees upon."""
    reading, at = desk.ledger.reading, await desk.sequence()
    everything = await reading.knowledge(ACME, at, EVERYTHING)
    points = [
        one.id
        for record in everything
        for one in await reading.placements(ACME, at, record.facts.id)
    ]
    found = {one.document for one in (await reading.alive(ACME, at, points, where)).values()}
    known = [record.facts.id for record in await reading.knowledge(ACME, at, where)]
    listed = [one.facts.id for one in await reading.list_documents(ACME, where, None, None, 99)]
    assert known == listed == list(await reading.matching(ACME, where)) == sorted(found)
    return [id_.removeprefix("doc-") for id_ in known]


async def test_a_filter_lets_through_only_what_it_names(desk: Desk) -> None:
    await desk.commit(
        write("plain", "A."),
        write("tagged", "B.", its=facts("tagged", tags=frozenset({"faq", "eu"}))),
        write("german", "C.", its=facts("german", language="de")),
        write("changed", "D.", its=facts("changed", changed_at=TOMORROW)),
        write("expired", "E.", its=facts("expired", review_by=NOON)),
        write("staff", "F.", its=facts("staff", access=STAFF)),
    )
    everything = ["changed", "expired", "german", "plain", "staff", "tagged"]
    assert await visible(desk, EVERYTHING) == everything
    assert await visible(desk, DocumentFilter(tags=frozenset({"faq", "us"}))) == ["tagged"]
    assert await visible(desk, DocumentFilter(language="de")) == ["german"]
    assert await visible(desk, DocumentFilter(changed_after=NOON)) == ["changed"]
    assert await visible(desk, DocumentFilter(refs=frozenset({"plain", "x"}))) == ["plain"]
    assert await visible(desk, DocumentFilter(sources=frozenset({SHOP}))) == everything
    assert await visible(desk, DocumentFilter(sources=frozenset())) == []
    assert "expired" not in await visible(desk, DocumentFilter(fresh_at=NOON))
    assert await visible(desk, DocumentFilter(groups=STAFF)) == everything
    assert "staff" not in await visible(desk, DocumentFilter(groups=frozenset()))
    assert "staff" not in await visible(desk, DocumentFilter(groups=frozenset({"Staff"})))


async def test_access_that_was_tightened_counts_for_old_readers_too(desk: Desk) -> None:
    before = await desk.commit(write("page", "Secret."))
    await desk.commit(write("page", its=facts("page", access=STAFF)))
    ids = [point_id(PAGE, "Secret.")]
    nobody = DocumentFilter(groups=frozenset())
    assert await desk.ledger.reading.alive(ACME, before, ids, nobody) == {}
    assert len(await desk.ledger.reading.alive(ACME, before, ids, EVERYTHING)) == 1


async def test_a_quarantined_document_is_read_by_nobody(desk: Desk) -> None:
    at = await desk.commit(write("page", "Harmful."))
    reading = desk.ledger.reading
    async with desk.ledger.documents.database.writing() as connection:
        await connection.execute(update(document).values(state=DocumentState.QUARANTINED))
    for _ in range(2):
        ids = [point_id(PAGE, "Harmful.")]
        assert await reading.alive(ACME, at, ids, EVERYTHING) == {}
        assert await reading.matching(ACME, EVERYTHING) == []
        assert await reading.knowledge(ACME, at, EVERYTHING) == []
        assert await reading.contents(ACME, at, [PAGE]) == {}
        assert await reading.placements(ACME, at, PAGE) == []
        # Neither a failure nor another title or text makes it harmless: a person does.
        await desk.commit(Fail(PAGE, "page", "2", "timed out", None))
        await desk.commit(write("page", its=facts("page", version="3")))
    await desk.commit(write("page", "Harmless."))
    assert await reading.matching(ACME, EVERYTHING) == []
    assert await desk.ledger.freshness.release(ACME, PAGE, desk.clock())
    assert await visible(desk, EVERYTHING) == ["page"]


async def test_a_passage_is_given_with_all_that_is_shown_of_it(desk: Desk) -> None:
    its = facts("page", tags=frozenset({"faq"}), changed_at=NOON, review_by=TOMORROW)
    await desk.commit(write("page", "Hello there.", its=its))
    expected = LivePassage(
        id=point_id(PAGE, "Hello there."),
        document=PAGE,
        source=SHOP,
        ref="page",
        title="Title of page",
        url="https://shop.example/page",
        revision=1,
        ordinal=0,
        text="Hello there.",
        context="Help",
        tokens=2,
        start=0,
        end=12,
        heading_path=("Help",),
        anchor="help",
        page=None,
        seconds=None,
        language="en",
        media_type="text/markdown",
        tags=frozenset({"faq"}),
        synced_at=NOON,
        changed_at=NOON,
        verified_at=None,
        review_by=TOMORROW,
    )
    assert await desk.passages("page") == [expected]


async def test_a_document_is_given_with_its_live_revision(desk: Desk) -> None:
    written = write("page", "One two.", "Three.")
    await desk.commit(written)
    record = await desk.ledger.reading.document(ACME, PAGE)
    assert record is not None
    assert record == await desk.ledger.reading.document_by_ref(ACME, SHOP, "page")
    assert record.facts == written.facts
    assert (record.tenant, record.source, record.state) == (ACME, SHOP, DocumentState.LIVE)
    assert (record.revision, record.tokens, record.chunks) == (1, 3, 2)
    assert record.created_at == record.synced_at == NOON


async def test_a_deleted_document_is_told_of_but_has_no_revision(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    await desk.commit(Drop("page"))
    record = await desk.ledger.reading.document(ACME, PAGE)
    assert record is not None
    assert (record.state, record.revision, record.chunks) == (DocumentState.DELETED, 0, 0)
    by_state = desk.ledger.reading.list_documents
    deleted = await by_state(ACME, EVERYTHING, DocumentState.DELETED, None, 9)
    assert [one.facts.ref for one in deleted] == ["page"]
    assert await by_state(ACME, EVERYTHING, DocumentState.LIVE, None, 9) == []


async def test_documents_come_in_pages_whatever_the_filter_hides(desk: Desk) -> None:
    reading = SqlReading(desk.ledger.reading.database, scan=4)
    await desk.commit(
        *(
            write(f"{n:02}", "Text.", its=facts(f"{n:02}", access=STAFF if n % 3 else frozenset()))
            for n in range(20)
        )
    )
    where = DocumentFilter(groups=frozenset({"guests"}))
    pages: list[list[str]] = []
    after: str | None = None
    while True:
        page = await reading.list_documents(ACME, where, None, after, 3)
        if not page:
            break
        pages.append([one.facts.ref for one in page])
        after = page[-1].facts.id
    assert pages == [["00", "03", "06"], ["09", "12", "15"], ["18"]]


async def test_old_revisions_stay_for_comparing(desk: Desk) -> None:
    await desk.commit(write("page", "One."))
    later = desk.clock.pass_(hours=1)
    await desk.commit(write("page", "Two."))
    reading = desk.ledger.reading
    newest, oldest = await reading.list_revisions(ACME, PAGE)
    assert (newest.number, newest.born_at, newest.retired_at, newest.text) == (2, later, None, "")
    assert (oldest.number, oldest.born_at, oldest.retired_at) == (1, NOON, later)
    whole = await reading.revision(ACME, PAGE, 1)
    assert whole is not None
    assert (whole.text, whole.title) == ("One.", "Title of page")
    assert [(block.kind, block.start, block.end) for block in whole.blocks] == [
        (BlockKind.PARAGRAPH, 0, 4)
    ]
    assert await reading.revision(ACME, PAGE, 3) is None


async def test_old_revisions_go_with_what_only_they_placed(desk: Desk) -> None:
    await desk.commit(write("page", "Old.", "Same."))
    await desk.commit(write("page", "New.", "Same."))
    old, same = point_id(PAGE, "Old."), point_id(PAGE, "Same.")
    points, later = desk.ledger.points, desk.clock.pass_(days=90)
    assert await points.drop_old_revisions(NOON, 9) == 0
    assert await points.drop_old_revisions(later, 9) == 1
    assert set(await points.passages(ACME, [old, same])) == {old, same}
    await points.forget_points(ACME, [old])
    assert set(await points.passages(ACME, [old, same])) == {same}
    assert await desk.texts() == {"page": "New.\nSame."}
    assert [one.number for one in await desk.ledger.reading.list_revisions(ACME, PAGE)] == [2]


async def test_passages_go_with_the_last_revision_that_placed_them(desk: Desk) -> None:
    for text in ("A.", "B.", "A.", "C."):
        await desk.commit(write("page", text))
        desk.clock.pass_(days=1)
    points = desk.ledger.points
    ids = [point_id(PAGE, text) for text in ("A.", "B.")]
    await points.forget_points(ACME, ids)
    assert await points.drop_old_revisions(desk.clock(), 2) == 2
    assert set(await points.passages(ACME, ids)) == {ids[0]}
    assert await points.drop_old_revisions(desk.clock(), 2) == 1
    assert await points.passages(ACME, ids) == {}


async def test_a_number_of_a_revision_is_never_given_twice(desk: Desk) -> None:
    await desk.commit(write("page", "A."))
    await desk.commit(Drop("page"))
    await desk.ledger.points.drop_old_revisions(desk.clock.pass_(days=1), 9)
    await desk.commit(write("page", "B."))
    assert [one.revision for one in await desk.passages("page")] == [2]


async def test_the_points_of_the_index_are_walked_with_their_labels(desk: Desk) -> None:
    many = [write(f"{n:03}", f"Text {n}.", "Same.") for n in range(230)]
    labelled = facts("extra", access=STAFF, tags=frozenset({"faq"}), language="de")
    await desk.commit(*many, write("extra", "Extra.", its=labelled), write("gone", "Gone."))
    await desk.commit(Drop("gone"), write("000", "Changed."))
    walked: dict[PointId, PointPayload] = {}
    async for batch in desk.ledger.points.live_points(ACME, SHOP):
        assert not walked.keys() & batch.keys()
        walked |= batch
    assert len(walked) == 229 * 2 + 2
    extra = walked[point_id(DocumentId("doc-extra"), "Extra.")]
    assert extra == PointPayload(SHOP, labelled.id, STAFF, frozenset({"faq"}), "de")


async def test_passages_are_built_again_from_text_and_vector(desk: Desk) -> None:
    written = write("page", "Hello.")
    assert written.revision is not None
    (passage,) = written.revision.passages
    german = replace(passage, language="de")
    await desk.commit(replace(written, revision=replace(written.revision, passages=(german,))))
    found = (await desk.ledger.points.passages(ACME, [passage.id]))[passage.id]
    assert found.vector == pytest.approx(passage.vector, abs=1e-3)
    assert replace(found, vector=None) == replace(german, vector=None)


async def test_an_unknown_tenant_has_nothing(desk: Desk) -> None:
    snapshot = await desk.ledger.reading.snapshot(type(ACME)("nobody"))
    assert (snapshot.sequence, snapshot.lingering) == (0, 0)


async def test_live_documents_are_counted_by_language(desk: Desk) -> None:
    german = write("german", "Hallo.")
    await desk.commit(
        replace(german, facts=replace(german.facts, language="de")), write("a", "Hi.")
    )
    await desk.commit(write("gone", "Bye."))
    await desk.commit(Drop("gone"))
    counts = await desk.ledger.documents.count_languages(ACME, SHOP)
    assert counts["de"] == 1
    assert sum(counts.values()) == 2
