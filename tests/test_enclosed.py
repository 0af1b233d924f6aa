"""What is enclosed in a document comes, changes and goes with it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.model import Upload
from ingest.errors import ParserDied, Unparsable
from ingest.parsed import Attachment, Block, BlockKind, ParsedDocument
from ingest.records import DocumentState, RunKind, RunState
from tests.life import ACME, SOURCE, Life, living

Bundle = dict[str, "str | Bundle"]
"""A document's text under "", and what is enclosed in it under its name."""


class BundleParser:
    """Parses bundles as mails are parsed: text, and the rest as attachments."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        bundle: Bundle = json.loads(content)
        text = str(bundle.get("", ""))
        if text == "unreadable":
            raise Unparsable("it cannot be read")
        enclosed = tuple(
            Attachment(key, "text/plain", json.dumps(_bundle(inner)).encode())
            for key, inner in bundle.items()
            if key
        )
        blocks = (Block(BlockKind.PARAGRAPH, 0, len(text)),) if text else ()
        return ParsedDocument(text, blocks, attachments=enclosed)


def _bundle(inner: "str | Bundle") -> Bundle:
    return {"": inner} if isinstance(inner, str) else inner


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    (tmp_path / "kb").mkdir()
    async with living(tmp_path, parser=BundleParser()) as alive:
        await alive.add_source("files", {"path": str(tmp_path / "kb")})
        yield alive


def put(tmp_path: Path, bundle: Bundle, name: str = "mail.txt") -> None:
    (tmp_path / "kb" / name).write_text(json.dumps(bundle), encoding="utf-8")


async def refs(life: Life, state: DocumentState = DocumentState.LIVE) -> list[str]:
    everything = await life.ledger.documents.heads(ACME, SOURCE, ["mail.txt", "letter.txt"])
    return sorted(ref for ref, head in everything.items() if head.state is state)


async def test_what_is_enclosed_is_a_document_of_its_own(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "See the price list.", "prices.txt": "A bag costs 90 euros."})
    run = await life.sync()
    assert run.state is RunState.SUCCEEDED
    assert await refs(life) == ["mail.txt", "mail.txt!/prices.txt"]
    hit = (await life.hits("What does a bag cost?", limit=1))[0]
    assert (hit.passage.ref, hit.passage.text) == ("mail.txt!/prices.txt", "A bag costs 90 euros.")


async def test_it_stays_while_its_document_is_unchanged(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "See the list.", "prices.txt": "A bag costs 90 euros."})
    await life.sync()
    before = (await life.hits("bag", limit=1))[0].freshness.as_of
    run = await life.sync()
    assert (run.state, run.counts.unchanged, run.counts.deleted) == (RunState.SUCCEEDED, 1, 0)
    assert await refs(life) == ["mail.txt", "mail.txt!/prices.txt"]
    assert (await life.hits("bag", limit=1))[0].freshness.as_of > before


async def test_what_is_no_longer_enclosed_goes(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "Two lists.", "a.txt": "Apples cost 2.", "b.txt": "Bags cost 90."})
    await life.sync()
    put(tmp_path, {"": "Two lists.", "b.txt": "Bags cost 95."})
    run = await life.sync()
    assert await refs(life) == ["mail.txt", "mail.txt!/b.txt"]
    assert await life.texts("apples bags") == ["Bags cost 95.", "Two lists."]
    assert (run.counts.deleted, run.counts.chunks_embedded) == (1, 1)


async def test_with_a_document_goes_all_that_is_in_it(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "Outer.", "inner.txt": {"": "Inner.", "core.txt": "Core."}})
    put(tmp_path, {"": "A letter that stays."}, "letter.txt")
    await life.sync()
    assert len(await refs(life)) == 4
    (tmp_path / "kb" / "mail.txt").unlink()
    await life.sync()
    assert await refs(life) == ["letter.txt"]
    assert await life.texts("inner core outer") == ["A letter that stays."]


async def test_it_moves_with_its_document_and_embeds_nothing(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "Outer.", "inner.txt": {"": "Inner.", "core.txt": "Core."}})
    await life.sync()
    (tmp_path / "kb" / "mail.txt").rename(tmp_path / "kb" / "letter.txt")
    run = await life.sync()
    assert await refs(life) == [
        "letter.txt",
        "letter.txt!/inner.txt",
        "letter.txt!/inner.txt!/core.txt",
    ]
    assert (run.counts.deleted, run.counts.chunks_embedded) == (0, 0)


async def test_what_cannot_be_read_keeps_what_stood_in_it(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "Outer.", "inner.txt": {"": "Inner.", "core.txt": "Core."}})
    await life.sync()
    put(tmp_path, {"": "Outer.", "inner.txt": {"": "unreadable", "core.txt": "Core."}})
    run = await life.sync()
    assert run.state is RunState.PARTIAL
    assert await refs(life, DocumentState.FAILED) == ["mail.txt!/inner.txt"]
    assert await refs(life) == ["mail.txt", "mail.txt!/inner.txt!/core.txt"]
    assert set(await life.texts("inner core")) == {"Inner.", "Core.", "Outer."}


async def test_narrower_access_reaches_what_is_enclosed(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "Outer.", "inner.txt": "Inner."})
    await life.sync()
    record = await life.ledger.sources.source(ACME, SOURCE)
    assert record is not None
    narrowed = replace(record, source=replace(record.source, access=frozenset({"staff"})))
    await life.ledger.sources.save_source(narrowed)
    await life.ledger.documents.reread(ACME, SOURCE)
    run = await life.sync()
    heads = await life.ledger.documents.heads(ACME, SOURCE, ["mail.txt"])
    assert {head.facts.access for head in heads.values()} == {frozenset({"staff"})}
    assert run.counts.chunks_embedded == 0


async def test_mails_within_mails_end_somewhere(life: Life, tmp_path: Path) -> None:
    deep: Bundle = {"": "The very core."}
    for _ in range(30):
        deep = {"": "Wrapped.", "inner.txt": deep}
    put(tmp_path, deep)
    run = await life.sync()
    assert run.state is RunState.SUCCEEDED
    assert len(await refs(life)) == 4


async def test_the_brake_counts_what_goes_with_a_document(life: Life, tmp_path: Path) -> None:
    names = [f"mail{number}.txt" for number in range(10)]
    for name in names:
        put(tmp_path, {"": name, "a.txt": f"a of {name}", "b.txt": f"b of {name}"}, name)
    await life.sync()
    for name in names[:6]:
        (tmp_path / "kb" / name).unlink()
    run = await life.sync()
    assert (run.state, len(run.awaiting)) == (RunState.NEEDS_CONFIRMATION, 18)
    confirmed = await life.schedule.confirm(ACME, run.id)
    assert confirmed is not None
    ended = await life.carry_out(confirmed)
    assert (ended.state, ended.counts.deleted) == (RunState.SUCCEEDED, 18)
    assert await life.states() == {DocumentState.LIVE: 12, DocumentState.DELETED: 18}


async def test_with_a_removed_push_goes_and_counts_what_was_in_it(tmp_path: Path) -> None:
    content = json.dumps({"": "See the list.", "prices.txt": "A bag costs 90."}).encode()
    upload = Upload("mail.txt", "1", "text/plain", "", "", None, frozenset(), frozenset())
    async with living(tmp_path, parser=BundleParser()) as life:
        await life.add_source("upload", {})
        await life.ledger.uploads.put_upload(ACME, SOURCE, upload, content)
        await life.sync()
        assert await refs(life) == ["mail.txt", "mail.txt!/prices.txt"]
        assert await life.ledger.uploads.remove_upload(ACME, SOURCE, "mail.txt")
        run = await life.sync()
        assert (run.state, run.counts.deleted) == (RunState.SUCCEEDED, 2)
        assert await life.states() == {DocumentState.DELETED: 2}
        assert await life.hits("bag") == ()


async def test_what_cannot_be_read_is_tried_again_after_a_week(life: Life, tmp_path: Path) -> None:
    put(tmp_path, {"": "unreadable"})
    await life.sync()
    assert (await life.sync()).counts.fetched == 0
    life.now.pass_by(days=8)
    assert (await life.sync()).counts.failed == 1
    head = (await life.ledger.documents.heads(ACME, SOURCE, ["mail.txt"]))["mail.txt"]
    assert head.attempts == 2


async def test_the_brake_holds_also_what_a_document_read_again_no_longer_encloses(
    life: Life, tmp_path: Path
) -> None:
    names = [f"{number}.txt" for number in range(9)]
    put(tmp_path, {"": "Nine notes.", **{name: f"note {name}" for name in names}})
    await life.sync()
    put(tmp_path, {"": "unreadable"})
    assert (await life.sync()).state is RunState.PARTIAL
    put(tmp_path, {"": "No notes."})
    await life.ledger.documents.retry_now(ACME, SOURCE)
    life.now.pass_by(seconds=1)
    run = await life.schedule.request_run(ACME, SOURCE, RunKind.RETRY)
    held = await life.carry_out(run)
    assert (held.state, len(held.awaiting)) == (RunState.NEEDS_CONFIRMATION, 9)
    assert await life.schedule.confirm(ACME, run.id)
    assert (await life.carry_out(run)).state is RunState.SUCCEEDED
    assert await refs(life) == ["mail.txt"]


async def test_a_run_that_finds_documents_unchanged_misses_nothing_of_what_they_enclose(
    life: Life, tmp_path: Path
) -> None:
    put(tmp_path, {"": "Nine notes.", **{f"{number}.txt": f"{number}" for number in range(9)}})
    assert (await life.sync()).errors == ()
    put(tmp_path, {"": "A letter."}, "letter.txt")
    assert (await life.sync()).errors == ()


async def test_what_is_enclosed_and_failed_can_be_tried_again_too(tmp_path: Path) -> None:
    class Moody(BundleParser):
        """Stumbles over what is enclosed until it is told not to."""

        stumbles = True

        async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
            if self.stumbles and "!/" in name:
                raise ParserDied("it took too long")
            return await super().parse(content, media_type, name)

    (tmp_path / "kb").mkdir()
    put(tmp_path, {"": "Outer.", "inner.txt": "Inner."})
    parser = Moody()
    async with living(tmp_path, parser=parser) as life:
        await life.add_source("files", {"path": str(tmp_path / "kb")})
        assert (await life.sync()).state is RunState.PARTIAL
        parser.stumbles = False
        await life.ledger.documents.retry_now(ACME, SOURCE)
        life.now.pass_by(seconds=1)
        run = await life.schedule.request_run(ACME, SOURCE, RunKind.RETRY)
        assert (await life.carry_out(run)).state is RunState.SUCCEEDED
        assert await refs(life) == ["mail.txt", "mail.txt!/inner.txt"]
