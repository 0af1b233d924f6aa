"""`punnet search` and `punnet ask`."""

from typing import Annotated

import typer

from api.cli.client import Client
from api.cli.failures import Refused
from api.cli.options import HomeOption, JsonOption
from api.cli.reach import reach
from api.cli.show import as_json, note, safe, table
from api.cli.sources import find_source
from api.cli.wire import number, pick, rows, text, when
from connectors.model import Json

NO_ROUTER = "router-missing"
SHOWN_CHARACTERS = 300
SHOWN_CITATIONS = 5

SourceOption = Annotated[
    list[str] | None, typer.Option("--source", help="Only these sources, by name or id.")
]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="Only pages with this tag.")]


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 5,
    source: SourceOption = None,
    tag: TagOption = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Find passages."""
    with reach(home) as client:
        where = _filter(client, source, tag)
        found = client.call("POST", "/v1/search", {"query": query, "limit": limit, "filter": where})
    if as_data:
        as_json(found)
        return
    hits = rows(found, "hits")
    for hit in hits:
        print(_hit(hit))
    _tell_warnings(found)
    if not hits:
        note("Nothing was found. Is there a source, and was it synced? See 'punnet source list'.")


def ask(
    question: Annotated[str, typer.Argument(help="What to ask.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show what was weighed.")] = False,
    model: Annotated[str | None, typer.Option(help="Name of the model to plan for.")] = None,
    source: SourceOption = None,
    tag: TagOption = None,
    home: HomeOption = None,
    as_data: JsonOption = False,
) -> None:
    """Plan and pack an answer; a configured model router also writes it."""
    with reach(home) as client:
        where = _filter(client, source, tag)
        planned = client.call(
            "POST", "/v1/context", {"query": question, "model": model, "filter": where}
        )
        completion = _completion(client, question, model, where)
    if as_data:
        as_json({"context": planned, "completion": completion})
        return
    _show_plan(planned, explain=explain)
    most = None if explain else SHOWN_CITATIONS
    if completion is not None:
        for choice in rows(completion, "choices"):
            print(safe(text(choice, "message", "content")) + "\n")
        _show_citations(rows(completion, "punnet", "citations"), most)
        _show_check(completion)
        return
    _show_citations(rows(planned, "citations"), most)
    note(
        "No model writes the answer: set PUNNET_ROUTER_URL (with PUNNET_ROUTER_KEY and "
        "PUNNET_ROUTER_MODEL) to an OpenAI-compatible endpoint."
    )


def _filter(client: Client, source: list[str] | None, tag: list[str] | None) -> dict[str, Json]:
    ids = [text(find_source(client, one), "id") for one in source or ()]
    chosen = {"source_ids": ids, "tags": tag}
    return {name: list(values) for name, values in chosen.items() if values}


def _completion(client: Client, question: str, model: str | None, where: dict[str, Json]) -> Json:
    body: dict[str, Json] = {
        "model": model,
        "messages": [{"role": "user", "content": question}],
        "punnet": {"filter": where},
    }
    try:
        return client.call("POST", "/v1/chat/completions", body)
    except Refused as refused:
        if refused.slug == NO_ROUTER:
            return None
        raise


def _hit(hit: Json) -> str:
    heading = " > ".join(text(one) for one in rows(hit, "heading_path"))
    title = text(hit, "document", "title") or text(hit, "document", "ref")
    top = " | ".join(filter(None, (title, heading)))
    words = " ".join(text(hit, "text").split())
    shown = words if len(words) <= SHOWN_CHARACTERS else words[:SHOWN_CHARACTERS] + "…"
    link = text(hit, "link") or text(hit, "document", "ref")
    lines = (f"{text(hit, 'rank')}. {top}", f"   {shown}", f"   {link}  ({_age(hit)})")
    return safe("\n".join((*lines, *_warnings(hit)))) + "\n"


def _age(about: Json) -> str:
    """Say how far it can be trusted today."""
    said = [f"as of {when(about, 'freshness', 'as_of')}"]
    if verified := when(about, "freshness", "verified_at"):
        said.append(f"verified {verified}")
    if pick(about, "freshness", "stale"):
        said.append(f"stale: {text(about, 'freshness', 'reasons')}")
    return ", ".join(said)


def _warnings(about: Json) -> list[str]:
    return [f"   warning: {text(one)}" for one in rows(about, "warnings")]


def _tell_warnings(about: Json) -> None:
    for warning in rows(about, "warnings"):
        note(f"Warning: {text(warning)}")


def _show_plan(planned: Json, *, explain: bool) -> None:
    note(f"Plan: {text(planned, 'reasons')}")
    probability = number(planned, "evidence", "probability")
    missing = text(planned, "evidence", "missing_parts")
    note(f"Evidence: {probability:.0%}" + (f", nothing about: {missing}" if missing else ""))
    if pick(planned, "handoff") is not None:
        note(f"A person should take over: {text(planned, 'handoff', 'message')}")
    _tell_warnings(planned)
    if explain:
        table(
            ("way", "#tokens", "#evidence", "#US$", "#seconds", "#worth $", "why"), _ways(planned)
        )


def _ways(planned: Json) -> list[tuple[str, ...]]:
    return [
        (
            _way(way),
            f"{number(way, 'tokens'):,.0f}",
            f"{number(way, 'evidence'):.0%}",
            _dollars(way, "cost_usd", 5),
            f"{number(way, 'ttft_s'):.1f}",
            _dollars(way, "utility_usd", 3),
            text(way, "reasons"),
        )
        for way in rows(planned, "alternatives")
    ]


def _way(way: Json) -> str:
    mark = "> " if "chosen" in rows(way, "reasons") else "  " if pick(way, "feasible") else "x "
    budget = "" if pick(way, "budget") is None else f" {number(way, 'budget'):,.0f}"
    return f"{mark}{text(way, 'mode')}{budget}"


def _dollars(way: Json, name: str, digits: int) -> str:
    return "unknown" if pick(way, name) is None else f"{number(way, name):.{digits}f}"


def _show_check(completion: Json) -> None:
    """Say what of the answer does not stand in what it cites."""
    check = pick(completion, "punnet", "check")
    for tag in rows(check, "unknown_tags"):
        note(f"Warning: the answer cites {text(tag)}, which its prompt does not hold")
    for kind, what in (("misquoted", "quotes"), ("unsupported_numbers", "says")):
        for doubt in rows(check, kind):
            note(f"Warning: the answer {what} '{text(doubt, 'words')}': no cited piece holds it")
    if uncited := number(check, "uncited"):
        note(f"Warning: statements without a citation: {uncited:.0f}")


def _show_citations(cited: list[Json], most: int | None) -> None:
    for one in cited[:most]:
        words = " ".join(text(one, "text").split())[:SHOWN_CHARACTERS]
        place = text(one, "link") or text(one, "title")
        print(safe(f"[{text(one, 'tag')}] {text(one, 'title')}: {words}"))
        print(safe(f"    {place}  ({_age(one)})"))
    if most is not None and len(cited) > most:
        note(f"The prompt holds {len(cited) - most} more pieces: --explain shows them.")
