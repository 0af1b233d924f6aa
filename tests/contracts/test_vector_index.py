"""What every index promises: the double in memory, Qdrant Edge, and Qdrant."""

import asyncio
import math
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient

from connectors.model import SourceId, TenantId
from ingest.adapters.qdrant_server import QdrantPlace, QdrantServerIndex
from ingest.errors import IndexRefused
from ingest.model import (
    DocumentId,
    Point,
    PointId,
    PointPayload,
    Probe,
    Scope,
    Scored,
    SparseVector,
    TwoLists,
    Vector,
)
from ingest.ports import AuditedIndex
from tests.fakes import FakeEmbedder, MemoryIndex
from tests.index_process import IndexProcess

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
PAGE = PointPayload(SourceId("faq"), DocumentId("page"))
DIMENSION = 4
RECIPE = replace(FakeEmbedder().recipe, dimension=DIMENSION)
EVERYTHING = Scope()


# --- one line for each implementation ---------------------------------------------


@asynccontextmanager
async def memory(_: IndexProcess) -> AsyncIterator[AuditedIndex]:
    yield MemoryIndex()


@asynccontextmanager
async def edge(process: IndexProcess) -> AsyncIterator[AuditedIndex]:
    async with process.client() as index:
        yield index


@asynccontextmanager
async def local_client(_: object) -> AsyncIterator[AuditedIndex]:
    client = AsyncQdrantClient(":memory:")
    index = QdrantServerIndex(client, RECIPE)
    await index.prepare(shards=None, replicas=None)
    yield index
    await client.close()


@asynccontextmanager
async def server(_: IndexProcess) -> AsyncIterator[AuditedIndex]:
    url = os.environ.get("PUNNET_TEST_QDRANT_URL")
    if not url:
        pytest.skip("PUNNET_TEST_QDRANT_URL names no Qdrant server")
    async with QdrantServerIndex.connected(QdrantPlace(url), RECIPE) as index:
        yield index


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexProcess]:
    running = IndexProcess(tmp_path_factory.mktemp("edge"), DIMENSION)
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=[memory, edge, local_client, server], ids=lambda make: make.__name__)
async def index(
    request: pytest.FixtureRequest, process: IndexProcess
) -> AsyncIterator[AuditedIndex]:
    async with request.param(process) as opened:
        for tenant in (ACME, GLOBEX):
            await opened.forget(tenant)
        await opened.set_audited()
        yield opened


# --- builders ---------------------------------------------------------------------


def direction(degrees: float) -> Vector:
    turn = math.radians(degrees)
    return np.array([math.cos(turn), math.sin(turn), 0, 0], np.float32)


def point(
    number: int,
    degrees: float = 0.0,
    terms: dict[int, float] | None = None,
    payload: PointPayload = PAGE,
) -> Point:
    weights = {1: 1.0} if terms is None else terms
    sparse = SparseVector(tuple(weights), tuple(weights.values()))
    return Point(UUID(int=number), direction(degrees), sparse, payload)


def probe(degrees: float = 0.0, *terms: int) -> Probe:
    return Probe(direction(degrees), SparseVector(terms, (1.0,) * len(terms)))


def numbers(hits: tuple[Scored, ...]) -> list[int]:
    return [hit.id.int for hit in hits]


async def held(
    index: AuditedIndex, tenant: TenantId, source: SourceId | None = None
) -> dict[PointId, PointPayload]:
    return {
        point_id: payload
        async for batch in index.points(tenant, source)
        for point_id, payload in batch.items()
    }


# --- tenants ----------------------------------------------------------------------


async def test_tenants_are_apart(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1)])
    assert await index.search(GLOBEX, probe(0, 1), EVERYTHING, 9) == TwoLists((), ())
    assert await index.present(GLOBEX, [UUID(int=1)]) == frozenset()
    assert await held(index, GLOBEX) == {}


async def test_a_hit_says_whose_it_is(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1)])
    found = await index.search(ACME, probe(0, 1), EVERYTHING, 9)
    assert [hit.tenant for hit in (*found.dense, *found.sparse)] == [ACME, ACME]


async def test_scores_do_not_change_when_another_tenant_adds_documents(
    index: AuditedIndex,
) -> None:
    await index.upsert(ACME, [point(1, terms={1: 2.0}), point(2, terms={2: 1.0}), point(3)])
    before = await index.search(ACME, probe(0, 1), EVERYTHING, 9)
    await index.upsert(GLOBEX, [point(100 + at) for at in range(50)])
    assert await index.search(ACME, probe(0, 1), EVERYTHING, 9) == before


async def test_idf_is_counted_over_the_tenant_and_not_over_the_scope(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1, terms={1: 2.0}), point(2, terms={2: 1.0}), point(3)])
    found = await index.search(ACME, probe(0, 1), Scope(sources=frozenset({PAGE.source})), 1)
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert found.sparse[0].score == pytest.approx(2.0 * idf, rel=1e-4)


async def test_a_tenant_cannot_touch_the_points_of_another(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1)])
    other = replace(PAGE, source=SourceId("stolen"))
    await index.upsert(GLOBEX, [point(1, payload=other)])
    await index.relabel(GLOBEX, [UUID(int=1)], other)
    await index.delete(GLOBEX, [UUID(int=1)])
    await index.forget(GLOBEX)
    assert await held(index, ACME) == {UUID(int=1): PAGE}


# --- ranking ----------------------------------------------------------------------


async def test_both_lists_come_best_first_with_their_own_scores(index: AuditedIndex) -> None:
    await index.upsert(
        ACME,
        [point(1, 60, {1: 1.0}), point(2, 0, {2: 1.0}), point(3, 30, {1: 2.0})],
    )
    found = await index.search(ACME, probe(0, 1), EVERYTHING, 9)
    assert numbers(found.dense) == [2, 3, 1]
    assert [hit.score for hit in found.dense] == pytest.approx(
        [1.0, math.cos(math.radians(30)), 0.5], abs=1e-4
    )
    assert numbers(found.sparse) == [3, 1]


async def test_a_question_without_terms_has_an_empty_sparse_list(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1), point(2, terms={})])
    found = await index.search(ACME, probe(0), EVERYTHING, 9)
    assert numbers(found.dense) == [1, 2]
    assert found.sparse == ()


async def test_equal_scores_are_ordered_by_id_every_time(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(number) for number in (5, 3, 9, 1, 7, 2, 8)])
    answers = [await index.search(ACME, probe(0, 1), EVERYTHING, 9) for _ in range(5)]
    assert numbers(answers[0].dense) == numbers(answers[0].sparse) == [1, 2, 3, 5, 7, 8, 9]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (2, 2), (3, 3), (1_000_000, 3)])
async def test_no_more_than_the_limit_come_back(
    index: AuditedIndex, limit: int, count: int
) -> None:
    await index.upsert(ACME, [point(1), point(2), point(3)])
    found = await index.search(ACME, probe(0, 1), EVERYTHING, limit)
    assert len(found.dense) == len(found.sparse) == count


# --- scopes -----------------------------------------------------------------------


PUBLIC = PAGE
SUPPORT = replace(PAGE, access=frozenset({"support", "sales"}), language="de")
FINANCE = PointPayload(
    SourceId("wiki"), DocumentId("plan"), frozenset({"finance"}), frozenset({"plans"}), "en"
)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), [1, 2, 3]),
        (Scope(groups=frozenset()), [1]),
        (Scope(groups=frozenset({"support"})), [1, 2]),
        (Scope(groups=frozenset({"sales", "finance"})), [1, 2, 3]),
        (Scope(sources=frozenset({SourceId("wiki")})), [3]),
        (Scope(sources=frozenset()), []),
        (Scope(documents=frozenset({DocumentId("page"), DocumentId("gone")})), [1, 2]),
        (Scope(tags=frozenset({"plans", "more"})), [3]),
        (Scope(language="de"), [2]),
        (Scope(groups=frozenset({"finance"}), sources=frozenset({SourceId("faq")})), [1]),
    ],
)
async def test_a_scope_limits_both_lists(
    index: AuditedIndex, scope: Scope, seen: list[int]
) -> None:
    await index.upsert(
        ACME, [point(1, payload=PUBLIC), point(2, payload=SUPPORT), point(3, payload=FINANCE)]
    )
    found = await index.search(ACME, probe(0, 1), scope, 9)
    assert numbers(found.dense) == numbers(found.sparse) == seen


# --- writing ----------------------------------------------------------------------


async def test_the_same_id_twice_is_one_point(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1, 90), point(1, 0)])
    await index.upsert(ACME, [point(1, 30, {2: 1.0})])
    found = await index.search(ACME, probe(30, 1, 2), EVERYTHING, 9)
    assert numbers(found.dense) == numbers(found.sparse) == [1]
    assert found.dense[0].score == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_a_number_that_is_not_finite_is_refused_with_nothing_stored(
    index: AuditedIndex, number: float
) -> None:
    points = [point(at) for at in range(1, 301)]
    dense = np.array([0, 1, number, 0], np.float32)
    for wrong in (replace(points[-1], dense=dense), point(300, terms={1: number})):
        with pytest.raises(IndexRefused):
            await index.upsert(ACME, [*points[:-1], wrong])
    assert await held(index, ACME) == {}


@pytest.mark.parametrize("length", [DIMENSION - 1, DIMENSION + 1, 0])
async def test_a_vector_of_another_length_is_refused_with_nothing_stored(
    index: AuditedIndex, length: int
) -> None:
    await index.upsert(ACME, [point(1)])
    wrong = replace(point(301), dense=np.ones(length, np.float32))
    for points in ([wrong], [*(point(at) for at in range(2, 301)), wrong]):
        with pytest.raises(IndexRefused):
            await index.upsert(ACME, points)
    with pytest.raises(IndexRefused):
        await index.search(ACME, replace(probe(0, 1), dense=wrong.dense), EVERYTHING, 9)
    assert await held(index, ACME) == {UUID(int=1): PAGE}


async def test_nothing_to_do_is_done(index: AuditedIndex) -> None:
    await index.upsert(ACME, [])
    await index.delete(ACME, [])
    await index.relabel(ACME, [], PAGE)
    await index.forget(ACME)
    await index.flush()
    assert await index.present(ACME, []) == frozenset()
    assert await held(index, ACME) == {}


async def test_relabel_replaces_the_payload_and_keeps_the_vectors(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1, payload=FINANCE), point(2, payload=FINANCE)])
    await index.relabel(ACME, [UUID(int=1), UUID(int=99)], SUPPORT)
    assert await held(index, ACME) == {UUID(int=1): SUPPORT, UUID(int=2): FINANCE}
    found = await index.search(ACME, probe(0, 1), Scope(groups=frozenset({"support"})), 9)
    assert numbers(found.dense) == numbers(found.sparse) == [1]


async def test_what_is_deleted_is_found_no_more(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1), point(2)])
    await index.delete(ACME, [UUID(int=1), UUID(int=99)])
    found = await index.search(ACME, probe(0, 1), EVERYTHING, 9)
    assert numbers(found.dense) == numbers(found.sparse) == [2]


async def test_a_forgotten_tenant_has_nothing_and_the_other_all(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1), point(2)])
    await index.upsert(GLOBEX, [point(3)])
    await index.forget(ACME)
    assert await held(index, ACME) == {}
    assert await held(index, GLOBEX) == {UUID(int=3): PAGE}


async def test_present_says_which_points_there_are(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(1), point(2)])
    asked = [UUID(int=number) for number in (2, 3, 2)]
    assert await index.present(ACME, asked) == {UUID(int=2)}


async def test_a_walk_gives_every_point_once_over_many_batches(index: AuditedIndex) -> None:
    payloads = [replace(PAGE, source=SourceId("faq" if at % 3 else "wiki")) for at in range(1500)]
    await index.upsert(ACME, [point(at, payload=load) for at, load in enumerate(payloads)])
    walked = [point_id async for batch in index.points(ACME, None) for point_id in batch]
    assert sorted(walked) == [UUID(int=at) for at in range(1500)]
    assert len(await held(index, ACME, SourceId("wiki"))) == 500
    assert len(await index.present(ACME, walked)) == 1500


async def test_many_callers_at_once_get_their_own_answers(index: AuditedIndex) -> None:
    await index.upsert(ACME, [point(at, at * 3.0) for at in range(20)])

    async def nearest(at: int) -> int:
        found = await index.search(ACME, probe(at * 3.0), EVERYTHING, 1)
        return found.dense[0].id.int

    assert await asyncio.gather(*map(nearest, range(20))) == list(range(20))


# --- the index process dies -------------------------------------------------------


async def test_what_was_acknowledged_survives_a_kill_and_the_client_waits(tmp_path: Path) -> None:
    process = IndexProcess(tmp_path, DIMENSION)
    process.start()
    async with process.client() as index:
        await index.upsert(ACME, [point(at, terms={at + 1: 1.0}) for at in range(300)])
        await index.delete(ACME, [UUID(int=0)])
        await index.relabel(ACME, [UUID(int=1)], FINANCE)
        await index.set_audited()
        process.kill()
        asked = asyncio.gather(*(index.search(ACME, probe(0, 8), EVERYTHING, 3) for _ in range(5)))
        await asyncio.sleep(0)
        process.start()
        assert [numbers(found.sparse) for found in await asked] == [[7]] * 5
        after = await held(index, ACME)
    assert after == {UUID(int=1): FINANCE} | {UUID(int=at): PAGE for at in range(2, 300)}
    assert process.terminate() == 0
