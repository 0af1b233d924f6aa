"""One ledger: the ports of `ingest/ledger.py` over one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ingest.adapters.ledger.audit import SqlAudit
from ingest.adapters.ledger.credentials import SqlCredentials
from ingest.adapters.ledger.documents import SqlDocuments
from ingest.adapters.ledger.engine import Database, connect
from ingest.adapters.ledger.flags import SqlFlags
from ingest.adapters.ledger.freshness import SqlFreshness
from ingest.adapters.ledger.frontier import SqlFrontier
from ingest.adapters.ledger.hooks import SqlHooks
from ingest.adapters.ledger.leases import SqlLeases
from ingest.adapters.ledger.nearness import SqlVectors
from ingest.adapters.ledger.points import SqlPoints
from ingest.adapters.ledger.prefixes import SqlPrefixes
from ingest.adapters.ledger.queries import SqlQueries
from ingest.adapters.ledger.reading import SqlReading
from ingest.adapters.ledger.runs import SqlRuns
from ingest.adapters.ledger.schema import check_schema
from ingest.adapters.ledger.sources import SqlSources
from ingest.adapters.ledger.standing import SqlStanding
from ingest.adapters.ledger.tenants import SqlTenants
from ingest.adapters.ledger.topics import SqlTopics
from ingest.adapters.ledger.uploads import SqlUploads
from ingest.adapters.ledger.usage import SqlUsage
from ingest.adapters.ledger.work import SqlWork
from ingest.ports import Clock


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """The ports of one ledger side by side."""

    tenants: SqlTenants
    sources: SqlSources
    runs: SqlRuns
    documents: SqlDocuments
    points: SqlPoints
    reading: SqlReading
    leases: SqlLeases
    work: SqlWork
    queries: SqlQueries
    uploads: SqlUploads
    frontier: SqlFrontier
    credentials: SqlCredentials
    prefixes: SqlPrefixes
    flags: SqlFlags
    freshness: SqlFreshness
    usage: SqlUsage
    audit: SqlAudit
    topics: SqlTopics
    standing: SqlStanding
    hooks: SqlHooks
    vectors: SqlVectors


@asynccontextmanager
async def open_ledger(
    url: str, *, clock: Clock, keep_vectors: bool = True
) -> AsyncIterator[SqlLedger]:
    """Open the ledger at an SQLAlchemy URL with an async driver, and close it at the end.

    Raises SchemaMismatch unless it has the schema that this program needs.
    """
    database = connect(url)
    try:
        await check_schema(database, url)
        yield _over(database, clock, keep_vectors=keep_vectors)
    finally:
        await database.close()


def _over(database: Database, clock: Clock, *, keep_vectors: bool) -> SqlLedger:
    return SqlLedger(
        tenants=SqlTenants(database),
        sources=SqlSources(database),
        runs=SqlRuns(database),
        documents=SqlDocuments(database, clock, keep_vectors),
        points=SqlPoints(database),
        reading=SqlReading(database),
        leases=SqlLeases(database, clock),
        work=SqlWork(database),
        queries=SqlQueries(database),
        uploads=SqlUploads(database),
        frontier=SqlFrontier(database),
        credentials=SqlCredentials(database),
        prefixes=SqlPrefixes(database),
        flags=SqlFlags(database),
        freshness=SqlFreshness(database),
        usage=SqlUsage(database),
        audit=SqlAudit(database),
        topics=SqlTopics(database),
        standing=SqlStanding(database),
        hooks=SqlHooks(database),
        vectors=SqlVectors(database),
    )
