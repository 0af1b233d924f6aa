"""Measuring answers on the command line, and the report that comes of it."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import api as room
from api.cli.eval_page import chart_library
from connectors.model import Json
from retrieval.evaluate.measure import SAYS
from retrieval.planner.calibration import read_calibration, shipped
from retrieval.planner.kept import case_to_json
from tests.cases import case
from tests.cli_api import Punnet, Told, page, problem

CHART_JS = "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
TEXT = "Refunds take five days."
DOCUMENT: dict[str, Json] = {
    "id": "d_1",
    "ref": "returns.md",
    "url": "https://shop.example/returns",
    "title": "Returns </script><b>",
    "version": 2,
}
HIT: dict[str, Json] = {
    "text": TEXT,
    "start": 0,
    "end": len(TEXT),
    "link": "javascript:alert(1)",
    "document": DOCUMENT,
    "also_in": [],
}
CONTEXT: dict[str, Json] = {
    "plan_id": "p_1",
    "decision": "snippets",
    "alternatives": [
        {"mode": "full", "tokens": 9_000, "cost_usd": 0.1, "evidence": 1, "reasons": ["cost_cap"]},
        {
            "mode": "snippets",
            "tokens": 900,
            "cost_usd": 0.002,
            "evidence": 0.8,
            "reasons": ["chosen"],
        },
    ],
    "evidence": {"probability": 0.8, "sufficient": True, "missing_parts": []},
    "handoff": None,
    "citations": [{"document_id": "d_1", "start": 0, "end": len(TEXT), "text": TEXT}],
}
KEPT: dict[str, Json] = {
    "case": case_to_json(case()),
    "passages": [{"document_id": "d_1", "start": 0, "end": 23, "text": TEXT, "tokens": 5}],
    "reach": [0.0, 0.7],
    "answerable": 0.8,
    "calibration": shipped().id,
}
GOOD = '{"question": "How long?", "gold": [{"ref": "returns.md", "text": "five days"}]}'
NONE = '{"question": "Do you sell kayaks?"}'
LOST = '{"question": "How much?", "gold": [{"url": "https://shop.example/prices"}]}'


@pytest.fixture
def served(api: Told) -> Told:
    api.answers["GET /v1/documents"] = page(DOCUMENT)
    api.answers["GET /v1/documents/d_1/revisions/2"] = (200, {"text": TEXT})
    api.answers["POST /v1/search"] = (200, {"hits": [HIT]})
    api.answers["POST /v1/context"] = (200, CONTEXT)
    api.answers["GET /v1/plans/p_1"] = (200, KEPT)
    return api


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join((GOOD, NONE, LOST)))
    return path


def measured(data: Any) -> dict[str, Any]:
    return {
        one["name"]: one["value"] for one in (*data["retrieval"], *data["models"][0]["measures"])
    }


def test_a_file_is_measured_without_another_word(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    data = punnet("eval", str(questions), "--json", "--rate", "6", "--rate", "60").data()
    found = measured(data)
    assert (data["questions"], data["answerable"], data["pieces"]) == (3, 2, 1)
    assert (found["recall@1"], found["evidence@1k"], found["cost"]) == (0.5, 1.0, 2.0)
    assert found["ece"] == pytest.approx((0.2 + 0.8 + 0.8) / 3)
    assert found["ece@1k"] == pytest.approx((0.3 + 0.7 + 0.7) / 3)
    assert data["problems"] == ["line 3: no live page has the url 'https://shop.example/prices'"]
    assert [one["line"] for one in data["failures"]] == [2, 3]
    assert len(data["models"][0]["simulated"]) == 6 * 2


def test_questions_are_asked_as_they_would_be(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    row = {
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "user", "content": "How long?"},
        ],
        "filter": {"tags": ["public"]},
    }
    questions.write_text(json.dumps(row))
    assert punnet("eval", "run", str(questions), "--model", "gpt-5.5", "--rate", "6").status == 0
    assert served.body_of("POST /v1/context") == {**row, "model": "gpt-5.5", "trial": True}
    assert served.body_of("POST /v1/search") == {
        "query": "How long?",
        "limit": 30,
        "filter": {"tags": ["public"]},
        "trial": True,
    }


def test_the_terminal_shows_measures_and_rules(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    said = punnet("eval", str(questions), "--limit", "2", "--rate", "60")
    assert re.search(r"recall@10 .* 1\.000 .* Gold pages up to rank 10", said.out)
    assert re.search(r"planner .* 60 ", said.out)
    assert "1 of 2 questions went wrong" in said.err
    assert "Only 1 questions have gold" in said.err


def test_rows_that_nobody_has_looked_at_are_left_out(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    questions.write_text(f'{GOOD}\n{NONE[:-1]}, "review": true}}')
    data = punnet("eval", str(questions), "--rate", "6", "--json").data()
    assert (data["questions"], data["unchecked"]) == (1, 1)
    questions.write_text(f'{NONE[:-1]}, "review": true}}')
    said = punnet("eval", str(questions))
    assert (said.status, "Every row" in said.err) == (1, True)


# --- the gate ---------------------------------------------------------------------


def test_limits_that_are_kept_let_pass(punnet: Punnet, served: Told, questions: Path) -> None:
    limits = ("--min", "recall@10=0.5", "--max", "cost=2")
    assert punnet("eval", str(questions), "--rate", "6", *limits).status == 0


def test_limits_that_are_not_kept_fail_and_say_by_how_much(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    limits = ("--min", "recall@10=0.85", "--max", "cost=1")
    said = punnet("eval", str(questions), "--rate", "6", *limits)
    assert said.status == 1
    assert "recall@10: 0.5, but at least 0.85\n" in said.err
    assert "cost (deepseek-v4-flash): 2, but at most 1\n" in said.err
    assert said.err.endswith("punnet: 2 of the limits were not kept.\n")


def test_a_limit_that_is_none_is_refused_before_anything_is_asked(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    said = punnet("eval", str(questions), "--min", "recall=1")
    assert (said.status, served.heard) == (1, [])
    assert "No measure is called 'recall'" in said.err


def test_help_names_every_measure(punnet: Punnet) -> None:
    told = " ".join(punnet("eval", "run", "--help").out.split())
    assert [name for name in SAYS if name not in told] == []


# --- troubles ---------------------------------------------------------------------


def test_a_wrong_line_is_named_with_its_file(punnet: Punnet, served: Told, questions: Path) -> None:
    questions.write_text(f'{GOOD}\n{{"question": 3}}')
    said = punnet("eval", str(questions))
    assert said.err == f"punnet: {questions}: line 2: 'question' must be text\n"


def test_a_refused_question_is_named(punnet: Punnet, served: Told, questions: Path) -> None:
    served.answers["POST /v1/context"] = problem("model-unknown", "No such model.", 422)
    said = punnet("eval", str(questions), "--model", "nope")
    assert (said.status, "line 1: No such model." in said.err) == (1, True)


def test_plans_that_are_not_kept_are_explained(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    del served.answers["GET /v1/plans/p_1"]
    assert "PUNNET_KEEP_QUERIES_DAYS" in punnet("eval", str(questions)).err


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_told(
    punnet: Punnet, questions: Path, content: bytes | None
) -> None:
    questions.unlink() if content is None else questions.write_bytes(content)
    said = punnet("eval", str(questions))
    assert (said.status, str(questions) in said.err) == (1, True)


# --- the report -------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects what a page would load, and how deep its tables and plots are."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.count: dict[str, int] = {}
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.loaded += [f"{tag} {name}={value}" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_report_is_one_page_that_loads_nothing(
    punnet: Punnet, served: Told, questions: Path, tmp_path: Path
) -> None:
    said = punnet("eval", str(questions), "--out", str(tmp_path / "out"), "--rate", "6")
    found = Tags()
    found.feed((tmp_path / "out" / "report.html").read_text())
    assert found.loaded == []
    assert (found.count["canvas"], found.count["table"], found.count.get("b", 0)) == (6, 6, 0)
    assert "nothing answers it" in found.words
    assert "no live page has the url" in found.words
    assert f"The report is {tmp_path / 'out' / 'report.html'}" in said.err


def test_the_report_for_programs_is_what_is_printed(
    punnet: Punnet, served: Told, questions: Path, tmp_path: Path
) -> None:
    printed = punnet("eval", str(questions), "--out", str(tmp_path), "--json", "--rate", "6").data()
    kept = json.loads((tmp_path / "report.json").read_text())
    assert kept.pop("made_at")[:4] == printed.pop("made_at")[:4]
    assert (kept, kept["schema"]) == (printed, 1)


def test_the_chart_library_is_the_one_that_was_pinned() -> None:
    static = Path(room.__file__).parent / "static"
    assert hashlib.sha256((static / "chart.umd.min.js").read_bytes()).hexdigest() == CHART_JS
    assert "MIT" in (static / "chart.LICENSE.md").read_text()
    assert "</script" not in chart_library()
    assert "sourceMappingURL" not in chart_library()


# --- fitting ----------------------------------------------------------------------


def own(tmp_path: Path) -> Path:
    return tmp_path / "home" / "calibration.json"


def many(path: Path) -> str:
    path.write_text("\n".join([GOOD] * 60))
    return str(path)


def test_a_fit_that_is_better_is_written_where_plans_find_it(
    punnet: Punnet, served: Told, questions: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    served.answers["GET /v1/plans/p_1"] = (200, {**KEPT, "reach": [0.0, 0.2], "answerable": 0.3})
    data = punnet("eval", "fit", many(questions), "--json").data()
    assert data["before"]["ece"] > data["calibration"]["scores"]["ece"]
    assert not own(tmp_path).exists()
    said = punnet("eval", "fit", many(questions), "--write")
    assert (said.status, "fitted anew" in said.out) == (0, True)
    assert read_calibration(own(tmp_path)).scores.n == 60
    assert "Restart 'punnet up'" in said.err


def test_a_fit_that_is_no_better_is_not_written(
    punnet: Punnet, served: Told, questions: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    served.answers["GET /v1/plans/p_1"] = (200, {**KEPT, "reach": [0.0, 1.0], "answerable": 1.0})
    said = punnet("eval", "fit", many(questions), "--write")
    assert (said.status, own(tmp_path).exists()) == (1, False)
    assert "no better" in said.err


def test_fewer_than_fifty_questions_are_refused(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    said = punnet("eval", "fit", str(questions))
    assert (said.status, "3 questions were given and 50 are needed" in said.err) == (1, True)


def test_a_calibration_that_is_not_in_use_yet_is_not_moved_again(
    punnet: Punnet, served: Told, questions: Path
) -> None:
    served.answers["GET /v1/plans/p_1"] = (200, {**KEPT, "calibration": "older"})
    assert "Restart 'punnet up'" in punnet("eval", "fit", many(questions)).err


# --- transcripts ------------------------------------------------------------------


def test_conversations_become_questions_once(punnet: Punnet, tmp_path: Path) -> None:
    chats, out = tmp_path / "chats.csv", tmp_path / "questions.jsonl"
    chats.write_text(
        "ticket,role,body\n"
        '1,customer,"How long is my refund on its way? ann@mail.example"\n'
        "1,agent,https://shop.example/returns\n"
        "2,customer,Where is my parcel today?\n"
    )
    said = punnet("eval", "import", str(chats), "--out", str(out))
    assert said.status == 0
    assert "2 questions of 2 conversations" in said.err
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[0]["question"] == "How long is my refund on its way? [email]"
    assert rows[1]["review"]
    assert punnet("eval", "import", str(chats), "--out", str(out)).status == 1, "never overwritten"
