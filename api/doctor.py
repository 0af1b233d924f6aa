"""Examine a home: its ledger, its index, its sources and the machine that it is on."""

import os
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from api import checks
from api.bootstrap import Ledger, opened_ledger, pepper_of, served_languages, utc_now
from api.checks import Finding
from api.entrusted import build_credentials
from api.founding import opens
from api.home import Home
from api.prepared import read_prepared
from api.settings import Settings
from api.working import all_sources, open_workshop
from connectors.errors import ConnectorError, CredentialsInvalid
from ingest.adapters.ledger.checkup import look_at
from ingest.adapters.ledger.copies import sqlite_file
from ingest.credentials import Credentials
from ingest.errors import IngestError, LeaseLost
from ingest.model import Served
from ingest.reconcile import Drift
from ingest.records import SourceRecord

_RUNS = 10
_GO_ON = "What could be examined without it was."
_ITS_SETTINGS = (
    "The index was not compared. Where 'punnet up' has settings of its own, such as "
    "PUNNET_MODELS_DIR, give this command the same."
)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What an examination found."""

    lines: tuple[Drift, ...]
    """How far the index was from the ledger, source by source."""
    busy: tuple[str, ...]
    """Sources that could not be compared because a run kept working on them."""
    findings: tuple[Finding, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Of the sources and tenants that there are, by id."""

    @property
    def clean(self) -> bool:
        """Whether everything was compared and nothing was wrong."""
        return self.mended and all(line.clean for line in self.lines)

    @property
    def mended(self) -> bool:
        """Whether nothing is left that is wrong."""
        compared = all(line.clean or line.repaired for line in self.lines)
        return compared and not self.busy and not any(one.wrong for one in self.findings)


@dataclass(frozen=True, slots=True)
class _Examination:
    """What was found so far."""

    lines: list[Drift] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def noting(self, about: str, do: str = _GO_ON) -> Iterator[None]:
        """Have what ends a check early be a finding, and the next check begin."""
        try:
            yield
        except (IngestError, ConnectorError, OSError) as trouble:
            says = _sentence(str(trouble))
            if all(one.says != says for one in self.findings):
                self.findings.append(Finding(about, says, do))

    def report(self) -> DoctorReport:
        """Give all of it."""
        return DoctorReport(
            tuple(self.lines), tuple(self.busy), tuple(self.findings), {**self.names}
        )


async def doctor(
    settings: Settings, *, repair: bool, runs: bool, unserved: str = ""
) -> DoctorReport:
    """Examine a home, and mend its index when asked; what one check meets stops no other.

    `runs`: somebody serves it all the time; `unserved`: why nobody can, so that its index
    is not compared.
    """
    seen = _Examination()
    if unserved:
        seen.findings.append(Finding("start", _sentence(unserved), _GO_ON))
    file = sqlite_file(settings.ledger_url.get_secret_value())
    if file is not None and file.exists():
        _of_file(seen, file)
    with seen.noting("ledger"):
        async with opened_ledger(settings) as ledger:
            await _of_ledger(seen, settings, ledger, runs=runs)
    if not unserved:
        with seen.noting("index", _ITS_SETTINGS):
            await _of_index(seen, settings, repair=repair)
    return seen.report()


def _of_file(seen: _Examination, file: Path) -> None:
    with seen.noting("ledger"):
        damage, leases = look_at(file)
        seen.findings.extend(checks.of_file(damage))
        seen.findings.extend(checks.of_leases(leases, utc_now(), _lives))
    with seen.noting("disk"):
        free = shutil.disk_usage(file.parent).free
        seen.findings.extend(checks.of_disk(free, file.stat().st_size))


async def _of_ledger(seen: _Examination, settings: Settings, ledger: Ledger, *, runs: bool) -> None:
    with seen.noting("keys"):
        known = await opens(ledger.tenants, Home(settings.home), pepper_of(settings))
        seen.findings.extend(checks.of_keys(opens=known))
    served = served_languages(settings)
    records = await all_sources(ledger)
    seen.names.update({one.id: one.name for one in await ledger.tenants.list_tenants()})
    seen.names.update({one.source.id: one.source.name for one in records})
    for record in records:
        with seen.noting(f"source {record.source.name}"):
            seen.findings.extend(await _of_source(ledger, record, served, runs=runs))
    with seen.noting("credentials"):
        credentials = build_credentials(settings, ledger.credentials, utc_now)
        for record in records:
            seen.findings.extend(checks.of_credentials(record, await _sealed(credentials, record)))


async def _of_index(seen: _Examination, settings: Settings, *, repair: bool) -> None:
    async with open_workshop(settings) as shop:
        prepared = read_prepared(Home(settings.home))
        kept = prepared.model if prepared else ""
        seen.findings.extend(checks.of_model(kept, shop.embedder.recipe.digest))
        for record in await all_sources(shop.ledger):
            source = record.source
            try:
                drift = await shop.upkeep.compare(source.tenant, source.id, repair=repair)
                seen.lines.append(drift)
            except LeaseLost:
                seen.busy.append(source.name)


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


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


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
