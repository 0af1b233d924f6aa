"""Examine a home: its ledger, its index, its sources and the machine that it is on."""

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from api import checks
from api.bootstrap import Ledger, served_languages, utc_now
from api.checks import Finding
from api.home import Home
from api.prepared import read_prepared
from api.settings import Settings
from api.working import Workshop, all_sources, open_workshop
from connectors.errors import CredentialsInvalid
from ingest.adapters.ledger.checkup import look_at
from ingest.adapters.ledger.copies import sqlite_file
from ingest.credentials import Credentials
from ingest.errors import LeaseLost
from ingest.model import Served
from ingest.reconcile import Drift
from ingest.records import SourceRecord

_RUNS = 10


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What an examination found."""

    lines: tuple[Drift, ...]
    """How far the index was from the ledger, source by source."""
    busy: tuple[str, ...]
    """Sources that could not be compared because a run kept working on them."""
    findings: tuple[Finding, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether everything was compared and nothing was wrong."""
        return self.mended and all(line.clean for line in self.lines)

    @property
    def mended(self) -> bool:
        """Whether nothing is left that is wrong."""
        compared = all(line.clean or line.repaired for line in self.lines)
        return compared and not self.busy and not any(one.wrong for one in self.findings)


async def doctor(settings: Settings, *, repair: bool, runs: bool) -> DoctorReport:
    """Examine a home, and mend its index when asked; `runs`: somebody serves it all the time."""
    lines: list[Drift] = []
    busy: list[str] = []
    findings = list(_of_machine(settings))
    served = served_languages(settings)
    async with open_workshop(settings) as shop:
        findings += _of_model(settings, shop)
        records = await all_sources(shop.ledger)
        for record in records:
            source = record.source
            try:
                lines.append(await shop.upkeep.compare(source.tenant, source.id, repair=repair))
            except LeaseLost:
                busy.append(source.name)
            findings += await _of_source(shop.ledger, record, served, runs=runs)
            findings += checks.of_credentials(record, await _sealed(shop.credentials, record))
    return DoctorReport(tuple(lines), tuple(busy), tuple(findings))


def _of_machine(settings: Settings) -> Iterator[Finding]:
    file = sqlite_file(settings.ledger_url.get_secret_value())
    if file is None or not file.exists():
        return
    damage, leases = look_at(file)
    yield from checks.of_file(damage)
    yield from checks.of_leases(leases, utc_now(), _lives)
    yield from checks.of_disk(shutil.disk_usage(file.parent).free, file.stat().st_size)


def _of_model(settings: Settings, shop: Workshop) -> Iterator[Finding]:
    prepared = read_prepared(Home(settings.home))
    yield from checks.of_model(prepared.model if prepared else "", shop.embedder.recipe.digest)


async def _of_source(
    ledger: Ledger, record: SourceRecord, served: Served, *, runs: bool
) -> Sequence[Finding]:
    tenant, source = record.source.tenant, record.source.id
    now = utc_now()
    recent = await ledger.runs.list_runs(tenant, source, None, _RUNS)
    return [
        *checks.of_clock(now, [run.queued_at for run in recent]),
        *(checks.of_schedule(record, now) if runs else ()),
        *checks.of_runs(record, recent, now),
        *checks.of_documents(record, await ledger.documents.count_documents(tenant, source)),
        *checks.of_languages(
            record, await ledger.documents.count_languages(tenant, source), served
        ),
    ]


async def _sealed(credentials: Credentials, record: SourceRecord) -> str:
    """Say why the source's credentials cannot be opened; "" where they can, or where none are."""
    tenant, source = record.source.tenant, record.source.id
    if await credentials.ledger.credentials(tenant, source) is None:
        return ""
    try:
        await credentials.read(tenant, source)
    except CredentialsInvalid as trouble:
        return str(trouble)
    return ""


def _lives(owner: str) -> bool:
    """Say whether the process that named itself so is there; of another machine's, yes."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return True
    with suppress(PermissionError):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
    return True
