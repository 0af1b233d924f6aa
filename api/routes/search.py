"""POST /v1/search."""

import time

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Counted, Reader, Served, Services
from api.routes.plans import TRIAL
from api.routes.replies import reply
from api.schemas.search import HitView, SearchBody, SearchView
from api.security import Caller
from api.telemetry import Metrics
from connectors.model import Json
from ingest.reading import QueryRecord
from retrieval.resting import MOST_OF_A_SEARCH, pages_of

router = APIRouter(prefix="/v1", tags=["answers"])


@router.post("/search", summary="Find passages", response_model=SearchView)
async def search(body: SearchBody, caller: Reader, served: Served, counted: Counted) -> Response:
    """Give the passages that answer a question best, each with where it stands and how old it is.

    Only what is live now and what the key's groups may see is found. `text` is the text of
    revision `document.version` from `start` to `end`, in characters.
    """
    return reply(await searched(body, caller, served, counted))


async def searched(
    body: SearchBody, caller: Caller, served: Services, counted: Metrics, **more: Json
) -> SearchView:
    """Search and note the question, with what else is known of how it was asked."""
    request = body.request(caller)
    start = time.perf_counter()
    found = await served.searcher.search(caller.tenant, request)
    counted.stage("search", time.perf_counter() - start)
    query_id, kind = served.new_id(), TRIAL if body.trial else "search"
    points = tuple(hit.passage.id for hit in found.hits)
    served.queries.note(
        QueryRecord(
            query_id, caller.tenant, served.clock(), kind, body.query, points,
            {"limit": body.limit, "fresh": request.fresh.value, "sequence": found.sequence, **more},
            () if body.trial else pages_of(found.hits)[:MOST_OF_A_SEARCH],
        )
    )  # fmt: skip
    hits = [HitView.of(hit) for hit in found.hits]
    return SearchView(query_id=query_id, hits=hits, warnings=list(found.warnings))
