"""What a tenant's store lets through, and what it refuses."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from connectors.model import SourceId, TenantId
from ingest.errors import IndexUnavailable, TenantBreach
from ingest.model import (
    NOBODY,
    DocumentId,
    Point,
    PointPayload,
    Probe,
    Scope,
    SparseVector,
    TwoLists,
)
from ingest.tenant_store import TenantStore
from tests.fakes import MemoryIndex

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
PROBE = Probe(np.array([1, 0], np.float32), SparseVector((7,), (1.0,)))


def point(number: int) -> Point:
    payload = PointPayload(SourceId("faq"), DocumentId(f"page-{number}"))
    return Point(UUID(int=number), PROBE.dense, PROBE.sparse, payload)


class ForgetfulIndex(MemoryIndex):
    """Acknowledges points and keeps only the first."""

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        await super().upsert(tenant, points[:1])


class LeakyIndex(MemoryIndex):
    """Answers with somebody else's name on a hit of one of its lists."""

    def __init__(self, list_name: str, owner: TenantId) -> None:
        super().__init__()
        self._list_name, self._owner = list_name, owner

    async def search(self, tenant: TenantId, probe: Probe, scope: Scope, limit: int) -> TwoLists:
        found = await super().search(tenant, probe, scope, limit)
        *honest, last = getattr(found, self._list_name)
        return replace(found, **{self._list_name: (*honest, replace(last, tenant=self._owner))})


async def test_what_is_put_is_found_by_its_tenant_alone() -> None:
    index = MemoryIndex()
    await TenantStore(index, ACME).put([point(1), point(2)])
    found = await TenantStore(index, ACME).search(PROBE, Scope(), 9)
    assert [hit.id.int for hit in found.dense] == [hit.id.int for hit in found.sparse] == [1, 2]
    assert await TenantStore(index, GLOBEX).search(PROBE, Scope(), 9) == TwoLists((), ())


async def test_points_that_were_acknowledged_but_are_missing_are_counted() -> None:
    with pytest.raises(IndexUnavailable, match="3 points but 2 of them"):
        await TenantStore(ForgetfulIndex(), ACME).put([point(1), point(2), point(3)])


async def test_the_same_id_twice_is_not_counted_as_missing() -> None:
    store = TenantStore(MemoryIndex(), ACME)
    await store.put([point(1), point(1)])
    assert await store.present([UUID(int=1)]) == {UUID(int=1)}


@pytest.mark.parametrize("list_name", ["dense", "sparse"])
@pytest.mark.parametrize("owner", [GLOBEX, NOBODY])
async def test_a_hit_of_another_tenant_throws_the_whole_answer_away(
    list_name: str, owner: TenantId
) -> None:
    store = TenantStore(LeakyIndex(list_name, owner), ACME)
    await store.put([point(1), point(2)])
    with pytest.raises(TenantBreach, match="00000002"):
        await store.search(PROBE, Scope(), 9)


async def test_relabel_delete_walk_and_forget_touch_one_tenant() -> None:
    index = MemoryIndex()
    acme, globex = TenantStore(index, ACME), TenantStore(index, GLOBEX)
    await acme.put([point(1), point(2)])
    await globex.put([point(1)])
    moved = replace(point(1).payload, source=SourceId("wiki"))
    await acme.relabel([UUID(int=1)], moved)
    assert [batch async for batch in acme.points(SourceId("wiki"))] == [{UUID(int=1): moved}]
    await acme.delete([UUID(int=1)])
    assert await acme.present([UUID(int=1), UUID(int=2)]) == {UUID(int=2)}
    await acme.forget()
    assert await acme.present([UUID(int=2)]) == frozenset()
    assert await globex.present([UUID(int=1)]) == {UUID(int=1)}
