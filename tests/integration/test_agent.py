"""An agent with the official OpenAI client, a real `punnet up`, and a real router behind it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from tests.running import Place, Up, serving

SHOP = Path(__file__).parents[2] / "examples" / "shop"
MODEL = "gpt-4o-mini"
QUESTION = "How long do I have to return something?"
FOREIGN = "Who won the chess world championship of 1972 in Reykjavik?"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def router() -> Iterator[httpx2.Client]:
    command = [sys.executable, "-m", "tests.openai_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        with httpx2.Client(base_url=url, trust_env=False) as client:
            yield client
        process.terminate()


@pytest.fixture(scope="module")
def up(
    router: httpx2.Client, default_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Up]:
    home = tmp_path_factory.mktemp("agent") / "home"
    home.mkdir()
    (home / "punnet.toml").write_text(
        f'router_url = "{router.base_url}"\nrouter_key = "sk-shop"\nrouter_model = "{MODEL}"\n'
    )
    with serving(Place(home, default_model.parent)) as running:
        run = running.sync(running.add_source("Shop", SHOP))
        assert run["state"] == "succeeded", run
        yield running


@pytest.fixture
def agent(up: Up) -> Iterator[openai.OpenAI]:
    key = up.http.headers["authorization"].removeprefix("Bearer ")
    with httpx2.Client(trust_env=False) as transport:
        yield openai.OpenAI(
            api_key=key,
            base_url=f"{up.http.base_url}/v1/",
            max_retries=0,
            http_client=transport,
        )


def about(part: Any) -> dict[str, Any]:
    """Give what stands under `punnet` of a completion or a chunk; {} without it."""
    found: dict[str, Any] = (part.model_extra or {}).get("punnet", {})
    return found


def assert_exact(up: Up, citations: list[dict[str, Any]]) -> None:
    for one in citations:
        at = f"/v1/documents/{one['document_id']}/revisions/{one['version']}"
        assert up.http.get(at).json()["text"][one["start"] : one["end"]] == one["text"]


def test_a_completion_cites_exact_places(up: Up, agent: openai.OpenAI) -> None:
    answer = agent.chat.completions.create(
        model=MODEL, messages=ASKED, extra_body={"punnet": {"policy": {"mode": "snippets"}}}
    )
    said = answer.choices[0].message.content or ""
    (citation,) = about(answer)["citations"]
    assert said.endswith(f"[{citation['tag']}]")
    assert about(answer)["decision"] == "snippets"
    assert_exact(up, [citation])
    assert answer.usage is not None


def test_a_stream_says_the_same_and_ends_with_what_it_cited(up: Up, agent: openai.OpenAI) -> None:
    whole = agent.chat.completions.create(model=MODEL, messages=ASKED)
    chunks = list(agent.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said == whole.choices[0].message.content
    first, last = about(chunks[0]), about(chunks[-1])
    assert last["citations"] == about(whole)["citations"]
    assert [one for one in first["citations"] if one["tag"] == last["citations"][0]["tag"]]
    assert_exact(up, first["citations"])


def test_the_router_gets_the_prompt_and_its_own_key(
    router: httpx2.Client, agent: openai.OpenAI
) -> None:
    agent.chat.completions.create(model=MODEL, messages=ASKED, temperature=0)
    sent = router.get("/requests").json()[-1]
    assert sent["authorization"] == "Bearer sk-shop"
    assert sent["body"].keys() == {"model", "messages", "temperature", "stream"}
    assert QUESTION in sent["body"]["messages"][-1]["content"]


def test_words_come_before_the_answer_is_whole(router: httpx2.Client, agent: openai.OpenAI) -> None:
    router.post("/faults", json={"kind": "hold"})
    stream = agent.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
    first = next(stream)
    router.post("/release")
    assert first.choices[0].delta.content
    assert len(list(stream)) > 1


def test_the_same_question_gives_the_same_plan(up: Up) -> None:
    body = {"query": QUESTION, "trial": True}  # others make caches look warmer from one to the next
    one, two = (up.http.post("/v1/context", json=body).json() for _ in range(2))
    assert one.pop("plan_id") != two.pop("plan_id")
    assert one == two


@pytest.mark.parametrize("mode", ["snippets", "full", "none"])
def test_a_mode_that_is_asked_for_is_given(up: Up, mode: str) -> None:
    body = {"query": QUESTION, "policy": {"mode": mode}}
    planned = up.http.post("/v1/context", json=body).json()
    assert planned["decision"] == mode
    cited = {one["document_id"] for one in planned["citations"]}
    live = up.http.get("/v1/documents", params={"state": "live", "limit": "200"}).json()["items"]
    assert {"snippets": bool(cited), "full": len(cited) == len(live), "none": not cited}[mode]
    chosen = next(one for one in planned["alternatives"] if one["mode"] == mode)
    assert "chosen" in chosen["reasons"]
    assert planned["requirements"]["min_input"] == chosen["tokens_p99"]
    assert_exact(up, planned["citations"])


def test_what_nobody_here_knows_is_handed_to_a_person(up: Up, agent: openai.OpenAI) -> None:
    planned = up.http.post("/v1/context", json={"query": FOREIGN}).json()
    assert not planned["evidence"]["sufficient"]
    assert planned["handoff"]["reason"] in {"weak_evidence", "unanswerable"}
    answer = agent.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": FOREIGN}]
    )
    assert about(answer)["handoff"] == planned["handoff"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("429", "status 429: told to answer 429"),
        ("500", "status 500: The log says why"),
        ("refuse", "this model does not take that"),
    ],
)
def test_a_fault_of_the_router_is_a_clear_problem(
    router: httpx2.Client, agent: openai.OpenAI, kind: str, says: str, stream: bool
) -> None:
    # It is asked three times before a 429 counts.
    router.post("/faults", json={"kind": kind, "times": 3 if kind == "429" else 1})
    with pytest.raises(openai.InternalServerError) as caught:
        agent.chat.completions.create(model=MODEL, messages=ASKED, stream=stream)
    assert caught.value.status_code == 502
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["type"] == "router-refused"
    assert says in caught.value.body["message"]


def test_a_stream_that_is_cut_says_so_after_its_words(
    router: httpx2.Client, agent: openai.OpenAI
) -> None:
    router.post("/faults", json={"kind": "truncated"})
    heard: list[Any] = []
    stream = agent.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
    with pytest.raises(openai.APIError, match="Try again"):
        heard.extend(iter(stream))
    assert heard[0].choices[0].delta.content
    assert about(heard[0])["plan_id"]
