"""Who may see what of Drive, as permissions change and are hidden from us."""

from collections.abc import AsyncIterator, Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.model import NOBODY
from ingest.records import RunState
from tests.drive import DriveWorld, drive_world
from tests.hostile_server import page
from tests.life import ACME, SOURCE, Life, living

GROUP: Mapping[str, object] = {"type": "group", "emailAddress": "gear@acme.test"}
OTHER: Mapping[str, object] = {"type": "group", "emailAddress": "other@acme.test"}
BYTES = "/drive/v3/files/a-text?supportsAllDrives=true&alt=media"
Lived = tuple[DriveWorld, Life]


@pytest.fixture
async def lived(tmp_path: Path) -> AsyncIterator[Lived]:
    """One text, which a group may see."""
    async with drive_world() as world:
        world.drive.put("a-text", "Refunds take five days.", permissions=(GROUP,))
        async with living(tmp_path, connect=lambda _: world.connector()) as life:
            await life.add_source("gdrive", {})
            assert (await life.sync()).counts.indexed == 1
            yield world, life


async def access(life: Life, ref: str = "a-text") -> set[str]:
    found = await life.ledger.reading.document_by_ref(ACME, SOURCE, ref)
    assert found is not None
    return set(found.facts.access)


async def test_what_is_not_told_any_more_is_seen_by_nobody(lived: Lived) -> None:
    world, life = lived
    world.drive.share("a-text", OTHER)
    world.drive.members_only = True
    run = await life.sync()
    assert run.state is RunState.PARTIAL
    assert await access(life) == {NOBODY}
    world.drive.members_only = False
    world.drive.share("a-text", GROUP)
    run = await life.sync()
    assert (run.state, run.counts.chunks_embedded) == (RunState.SUCCEEDED, 0)
    assert await access(life) == {"group:gear@acme.test"}


@pytest.mark.parametrize(
    ("readers", "see"),
    [
        ((OTHER,), {NOBODY}),
        ((GROUP, OTHER), {"group:gear@acme.test"}),
        (({"type": "anyone"},), {"group:gear@acme.test"}),
    ],
)
async def test_a_text_that_cannot_be_read_anew_is_shown_to_nobody_else(
    lived: Lived, readers: tuple[Mapping[str, object], ...], see: set[str]
) -> None:
    world, life = lived
    world.drive.edit("a-text", "Refunds take six days.")
    world.drive.share("a-text", *readers)
    world.faults.order(page(b"x"), below=BYTES, times=None)
    assert (await life.sync()).state is RunState.PARTIAL
    assert await access(life) == see


async def test_what_cannot_be_parsed_is_shown_to_no_more_than_its_readers(lived: Lived) -> None:
    world, life = lived
    world.drive.put("a-text", b"\x00\x01", kind="application/pdf", permissions=(OTHER,))
    assert (await life.sync()).state is RunState.PARTIAL
    assert await access(life) == {NOBODY}


async def test_what_is_enclosed_is_hidden_with_its_document(lived: Lived) -> None:
    world, life = lived
    mail = EmailMessage()
    mail["Subject"] = "Refunds"
    mail.set_content("Refunds take five days.")
    mail.add_attachment("Exchanges take three.", filename="more.txt")
    world.drive.put("mail", bytes(mail), "a.eml", "message/rfc822", permissions=(GROUP,))
    assert (await life.sync()).counts.indexed == 2
    world.drive.members_only = True
    world.drive.share("mail", OTHER)
    await life.sync()
    assert await access(life, "mail!/more.txt") == {NOBODY}
    world.drive.members_only = False
    world.drive.share("mail", GROUP)
    assert (await life.sync()).state is RunState.SUCCEEDED
    assert await access(life, "mail!/more.txt") == {"group:gear@acme.test"}
