"""What an operator fears, one function each: what is wrong, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.model import Served
from ingest.records import DocumentState, Lease, RunState, SourceRecord, SyncRun

_MANY_PAGES = 3
_MANY_SHARE = 0.02
"""Of a source's pages: fewer in a language are a few quotations, or told wrongly."""
_NO_ROOM = 100_000_000
"""Bytes without which the index does not grow."""
_STEP = timedelta(minutes=5)
"""How far two clocks may be apart."""
_LONG = timedelta(hours=1)
_FAILURES = 3
_OVER = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an operator should know of."""

    about: str
    says: str
    do: str
    wrong: bool = True
    """Whether it has to be mended; else it is only worth knowing."""


def of_file(damage: str) -> Iterator[Finding]:
    """Is the ledger's file whole?"""
    if damage:
        do = "Stop Punnet, and restore a backup into a new home with 'punnet restore'."
        yield Finding("ledger", f"Its file is damaged: {damage}.", do)


def of_disk(free: int, ledger: int) -> Iterator[Finding]:
    """Is there room to go on, and for a backup? In bytes."""
    room = f"{free / 1e6:.0f} MB are free on the home's disk"
    if free < _NO_ROOM:
        yield Finding("disk", f"{room}: the index cannot grow, and runs wait.", "Free space.")
    elif free < 2 * ledger + _NO_ROOM:
        do = "Free space, or write backups to another disk."
        yield Finding("disk", f"{room}: too little for a backup beside it.", do, wrong=False)


def of_clock(now: datetime, known: Sequence[datetime]) -> Iterator[Finding]:
    """Was this machine's clock set back?"""
    last = max(known, default=now)
    if last > now + _STEP:
        yield Finding(
            "clock",
            f"The ledger knows of {_at(last)}, but this machine says that it is {_at(now)}.",
            "Set the clock right; until then nothing is due.",
        )


def of_keys(*, opens: bool) -> Iterator[Finding]:
    """Does the home's key open anything?"""
    if not opens:
        do = "'punnet migrate' makes one that it knows."
        yield Finding("keys", "The ledger does not know the key in admin.key.", do)


def of_model(kept: str, loaded: str) -> Iterator[Finding]:
    """Is the home searched by the model that it was embedded with? By their digests."""
    if kept and kept != loaded:
        do = "Set the model's settings back, or start a new home."
        yield Finding("model", "The home was embedded by another model than is set now.", do)


def of_leases(
    leases: Sequence[Lease], now: datetime, lives: Callable[[str], bool]
) -> Iterator[Finding]:
    """Does a process that is gone keep something from being worked on?"""
    for lease in leases:
        left = lease.expires_at - now
        if left > timedelta(0) and not lives(lease.owner):
            yield Finding(
                lease.name,
                f"{lease.owner}, which is gone, holds it for {left.total_seconds():.0f} s more.",
                "Restart 'punnet up', which frees it." if left > _STEP else "It is free then.",
                wrong=left > _STEP,
            )


def of_schedule(record: SourceRecord, now: datetime) -> Iterator[Finding]:
    """Is the source synced when it is due?"""
    due = record.next_due_at
    if record.timing and due and not record.paused and now - due > _LONG:
        yield Finding(
            _named(record),
            f"It has been due since {_at(due)} and was not begun.",
            "Does 'punnet up' run? logs/worker.log says what the worker does.",
        )


def of_runs(record: SourceRecord, runs: Sequence[SyncRun], now: datetime) -> Iterator[Finding]:
    """Does the source fail, rest, wait for a person or not get on? Runs come newest first."""
    source = _named(record)
    for run in runs:
        since = run.queued_at
        if run.state is RunState.NEEDS_CONFIRMATION:
            says = f"Since {_at(since)} it waits to delete {_many(len(run.awaiting), 'document')}."
            yield Finding(source, says, f"'punnet run confirm {run.id}' shows them.", wrong=False)
        elif run.state not in _OVER and run.rests_until and run.rests_until > now:
            says = f"Its run rests until {_at(run.rests_until)}. {_last_words(run)}"
            yield Finding(source, says.rstrip(), "It goes on by itself.", wrong=False)
        elif run.state not in _OVER and now - since > _LONG:
            says = f"Its run has been {run.state} since {_at(since)}. {_last_words(run)}"
            do = "logs/worker.log says what it does."
            yield Finding(source, says.rstrip(), do, wrong=not run.counts.listed)
    yield from _failing(source, [run for run in runs if run.state in _OVER])


def of_credentials(record: SourceRecord, trouble: str) -> Iterator[Finding]:
    """Can the source's credentials be opened? `trouble` says why not, and the mend."""
    if trouble:
        yield Finding(_named(record), trouble, "Nothing is read or deleted meanwhile.")


def of_documents(record: SourceRecord, states: Mapping[DocumentState, int]) -> Iterator[Finding]:
    """Were there documents that could not be read?"""
    if failed := states.get(DocumentState.FAILED, 0):
        do = "'punnet document list --state failed' names them, with the reasons."
        says = f"{failed} of its documents could not be read."
        yield Finding(_named(record), says, do, wrong=False)


def of_languages(
    record: SourceRecord, counts: Mapping[str, int], served: Served
) -> Iterator[Finding]:
    """Are many pages in a language that the model does not understand?"""
    many = max(_MANY_PAGES, _MANY_SHARE * sum(counts.values()))
    for language, count in sorted(counts.items()):
        if count >= many and not served.serves(language):
            says = (
                f"{count} pages are in a language ({language}) that the embedding model does not "
                "understand; they are found by their words."
            )
            do = "docs/models.md names models that do."
            yield Finding(_named(record), says, do, wrong=False)


def _failing(source: str, over: Sequence[SyncRun]) -> Iterator[Finding]:
    failed = 0
    while failed < len(over) and over[failed].state is RunState.FAILED:
        failed += 1
    if failed:
        yield Finding(
            source,
            f"It failed {f'{failed} times in a row' if failed > 1 else 'once'}: "
            f"{_last_words(over[0])}",
            "Nothing is deleted meanwhile. docs/troubleshooting.md says what to do for each.",
            wrong=failed >= _FAILURES,
        )


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _last_words(run: SyncRun) -> str:
    return next((error.reason for error in reversed(run.errors) if not error.ref), "")


def _named(record: SourceRecord) -> str:
    return f"source {record.source.name}"


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
