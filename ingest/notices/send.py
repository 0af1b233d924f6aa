"""Tell hooks what happened, in order, until they take it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from connectors.errors import ConnectorError
from connectors.failpoint import failpoint
from connectors.model import Json, TenantId
from ingest.freshness.model import Deed, Flag
from ingest.notices.model import Hook, Posted
from ingest.notices.ports import HookLedger, Poster
from ingest.notices.signing import signed
from ingest.ports import Clock
from ingest.vault import Vault

SETTLED = timedelta(seconds=3)
"""Deeds are told of so long after they were done: by then all before them are in the ledger."""
_AT_ONCE = 50
"""Deeds that one hook is told of in a turn."""
_TURN = timedelta(seconds=15)
"""A hook that answers slowly is told of no more deeds in this turn."""
_SIDE_BY_SIDE = 8
"""Hooks that are told at the same time: one that hangs holds up no other."""
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=4)
_GIVEN_UP = timedelta(days=3)
"""A hook that failed for so long is paused."""
_GONE = 410


class Flags(Protocol):
    """Know flags; every FlagLedger does."""

    async def flag(self, tenant: TenantId, flag: str) -> Flag | None:
        """Give one flag of the tenant."""
        ...


class Notices:
    """Tells each hook of the deeds that it asks for, one at a time, each at least once."""

    def __init__(
        self, hooks: HookLedger, flags: Flags, poster: Poster, vault: Vault, clock: Clock
    ) -> None:
        self._hooks = hooks
        self._flags = flags
        self._poster = poster
        self._vault = vault
        self._clock = clock
        self._log = structlog.get_logger("punnet.notices")

    async def ring(self) -> None:
        """Tell all hooks what they have not been told yet."""
        free = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def tell(hook: Hook) -> None:
            async with free:
                await self._tell(hook)

        async with asyncio.TaskGroup() as turn:
            for hook in await self._hooks.due_hooks(self._clock()):
                turn.create_task(tell(hook))

    async def test(self, hook: Hook) -> Posted:
        """Send a notice that says nothing but that it is one; raises ConnectorError."""
        now = self._clock()
        return await self._post(hook, f"{hook.id}-test-{int(now.timestamp())}", "test", now, {})

    async def _tell(self, hook: Hook) -> None:
        began = self._clock()
        for deed in await self._hooks.deeds_after(hook.tenant, hook.told, _AT_ONCE):
            now = self._clock()
            # One of a clock that ran ahead is as settled as any.
            if now - SETTLED < deed.at <= now or now - began > _TURN:
                return
            trouble, after = "", ""
            if _wants(hook, deed):
                trouble, after = await self._attempt(hook, deed)
                failpoint("notices.posted")
            if trouble:
                await self._hooks.save_progress(self._troubled(hook, trouble, after))
                return
            hook = _told(hook, deed)
            await self._hooks.save_progress(hook)

    async def _attempt(self, hook: Hook, deed: Deed) -> tuple[str, str]:
        """Tell of one deed, and give what went wrong and when to come again, "" where nothing."""
        detail = await self._detail(hook.tenant, deed)
        try:
            answer = await self._post(hook, f"{hook.id}-{deed.id}", deed.action, deed.at, detail)
        except ConnectorError as error:
            return str(error), ""
        good = 200 <= answer.status < 300
        return ("", "") if good else (f"it answered {answer.status}", answer.retry_after)

    async def _post(
        self, hook: Hook, id_: str, event: str, at: datetime, detail: Mapping[str, Json]
    ) -> Posted:
        said = {"id": id_, "type": event, "timestamp": at.isoformat(), "data": dict(detail)}
        body = json.dumps(said, ensure_ascii=False).encode()
        secret = self._vault.open(hook.envelope, *owner_of(hook)).decode()
        headers = signed(secret, id_, self._clock(), body)
        return await self._poster.post(hook.url, headers, body, private=hook.private)

    async def _detail(self, tenant: TenantId, deed: Deed) -> Mapping[str, Json]:
        told: dict[str, Json] = {"subject": deed.subject, "by": deed.by, **deed.detail}
        if deed.action.startswith("flag."):
            flag = await self._flags.flag(tenant, deed.subject)
            if flag is not None:
                told["flag"] = _flag(flag)
        return told

    def _troubled(self, hook: Hook, trouble: str, after: str) -> Hook:
        now = self._clock()
        since = hook.failing_since or now
        gone = trouble.endswith(str(_GONE))
        paused = gone or now - since >= _GIVEN_UP
        wait = min(_FIRST * 4 ** min(hook.attempts, 10), _LONGEST)
        if after.isascii() and after.isdecimal():
            wait = max(wait, min(timedelta(seconds=int(after[:6])), _LONGEST))
        self._log.warning("hook_failed", hook=hook.id, reason=trouble, paused=paused)
        return replace(
            hook,
            attempts=hook.attempts + 1,
            due_at=now + wait,
            failing_since=since,
            trouble=trouble,
            paused=paused,
        )


def owner_of(hook: Hook) -> tuple[str, ...]:
    """Say whom the hook's secret is sealed for."""
    return ("hook", hook.tenant, hook.id)


def _wants(hook: Hook, deed: Deed) -> bool:
    return not hook.events or deed.action.partition(".")[0] in hook.events


def _told(hook: Hook, deed: Deed) -> Hook:
    return replace(hook, told=deed.id, attempts=0, due_at=None, failing_since=None, trouble="")


def _flag(flag: Flag) -> dict[str, Json]:
    found = flag.finding
    return {
        "id": flag.id,
        "kind": found.kind.value,
        "state": flag.state.value,
        "document_id": found.document,
        "title": flag.title,
        "other_document_id": found.other,
        "reason": found.reason,
        "impact": round(flag.impact, 4),
        "note": flag.note,
    }
