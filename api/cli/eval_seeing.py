"""See, through the API, what is found and planned for the questions of an evaluation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace

from api.cli.client import Client, address_of
from api.cli.failures import CommandFailed, Refused
from api.cli.wire import number, pick, rows, text
from connectors.model import Json
from ingest.ports import TokenCounter
from retrieval.evaluate.gold import Library, Page, Piece, Sought, seek
from retrieval.evaluate.model import Planned, Seen
from retrieval.evaluate.questions import Question
from retrieval.model import Mode
from retrieval.planner.kept import case_from_json

DEPTH = 30
"""Passages that are searched for, as many as a plan looks at."""
_AT_A_TIME = 4
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The live pages, and the texts of those that gold names a piece of."""

    library: Library
    documents: int
    texts: dict[str, str]

    def sought(self, question: Question) -> tuple[Sought, ...]:
        """Find again what a question names as its answer."""
        return tuple(seek(gold, self.library, self.texts) for gold in question.gold)


def look_up(client: Client, questions: Iterable[Question]) -> Knowledge:
    """List what is live, and read the pages whose pieces are sought."""
    listed = client.all("/v1/documents", {"state": "live"})
    pages = tuple(_page(one) for one in listed)
    library = Library(pages)
    named = [gold for question in questions for gold in question.gold if gold.has_piece]
    wanted = {page.id: page for gold in named for page in library.pages(gold)}
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        texts = pool.map(lambda page: _text(client, page), wanted.values())
        return Knowledge(library, len(pages), dict(zip(wanted, texts, strict=True)))


@dataclass(frozen=True, slots=True)
class Eye:
    """Looks at questions one after another; raises CommandFailed where the API refuses."""

    client: Client
    knowledge: Knowledge
    models: Sequence[str | None]
    """None stands for the one that the operator set."""
    tokens: TokenCounter

    def see(self, questions: Sequence[Question], done: Callable[[], None]) -> Iterator[Seen]:
        """Yield what was seen of each question, in their order; `done` is called for each."""
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for seen in pool.map(self._see, questions):
                done()
                yield seen

    def _see(self, question: Question) -> Seen:
        try:
            plans = [self._planned(question, model) for model in self.models]
            return Seen(
                question, self.knowledge.sought(question), self._hits(question), dict(plans)
            )
        except Refused as refused:
            raise CommandFailed(f"line {question.line}: {refused}") from refused

    def _hits(self, question: Question) -> tuple[Piece, ...]:
        body: dict[str, Json] = {
            "query": question.text,
            "limit": DEPTH,
            "filter": dict(question.filter),
            "trial": True,
        }
        hits = rows(self.client.call("POST", "/v1/search", body), "hits")
        counts = self.tokens.count([text(hit, "text") for hit in hits])
        return tuple(
            replace(_hit(hit), tokens=count) for hit, count in zip(hits, counts, strict=True)
        )

    def _planned(self, question: Question, model: str | None) -> tuple[str, Planned]:
        messages: list[Json] = [asdict(one) for one in question.messages]
        told = self.client.call(
            "POST",
            "/v1/context",
            {
                "messages": messages,
                "model": model,
                "filter": dict(question.filter),
                "trial": True,
            },
        )
        kept = self._kept(text(told, "plan_id"))
        case = case_from_json(pick(kept, "case"))
        chosen = _chosen(told)
        cost = pick(chosen, "cost_usd")
        return case.model.name, Planned(
            decision=Mode(text(told, "decision")),
            probability=number(chosen, "evidence"),
            sufficient=pick(told, "evidence", "sufficient") is True,
            handoff=text(told, "handoff", "reason"),
            tokens=int(number(chosen, "tokens")),
            cost_usd=cost if isinstance(cost, int | float) else None,
            pack=tuple(_cited(one) for one in rows(told, "citations")),
            case=case,
            passages=tuple(_cited(one) for one in rows(kept, "passages")),
            reach=tuple(number(one) for one in rows(kept, "reach")) or (0.0,),
            answerable=number(kept, "answerable"),
            calibration=text(kept, "calibration"),
        )

    def _kept(self, plan: str) -> Json:
        try:
            return self.client.call("GET", address_of("plans", plan))
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise
            raise CommandFailed(
                "The plan of a question was not kept, so it cannot be decided again. "
                "Let PUNNET_KEEP_QUERIES_DAYS be at least 1, and use a key that no groups limit."
            ) from refused


def _page(one: Json) -> Page:
    return Page(
        text(one, "id"),
        text(one, "ref"),
        text(one, "url"),
        text(one, "title"),
        int(number(one, "version")),
    )


def _text(client: Client, page: Page) -> str:
    address = address_of("documents", page.id, "revisions", str(page.version))
    return text(client.call("GET", address), "text")


def _hit(hit: Json) -> Piece:
    return Piece(
        document=text(hit, "document", "id"),
        start=int(number(hit, "start")),
        end=int(number(hit, "end")),
        text=text(hit, "text"),
        same=frozenset(text(one) for one in rows(hit, "also_in")),
        title=text(hit, "document", "title") or text(hit, "document", "ref"),
        link=text(hit, "link"),
    )


def _cited(one: Json) -> Piece:
    return Piece(
        document=text(one, "document_id"),
        start=int(number(one, "start")),
        end=int(number(one, "end")),
        text=text(one, "text"),
        tokens=int(number(one, "tokens")),
    )


def _chosen(told: Json) -> Json:
    ways = rows(told, "alternatives")
    return next((way for way in ways if "chosen" in rows(way, "reasons")), None)
