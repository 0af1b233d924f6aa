"""What is shown of a run while it goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest

from api.cli.client import Client
from api.cli.failures import Unreachable
from api.cli.progress import expected, said
from api.cli.syncing import PATIENCE, follow
from connectors.model import Json


def run_of(state: str, kind: str = "full", **counts: Json) -> dict[str, Json]:
    return {"state": state, "kind": kind, "counts": counts}


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (run_of("queued"), "queued"),
        (run_of("running", indexed=0), "reads"),
        (run_of("running", indexed=1200, failed=2), "1,200 changed, 2 failed"),
        (
            run_of("running", indexed=1, tokens_reused=900, tokens_embedded=100),
            "1 changed, 900 of 1,000 tokens reused",
        ),
        (run_of("needs_confirmation"), "needs confirmation"),
        (
            {**run_of("running"), "rests_until": "2026-03-01T12:30:00Z"},
            "rests until 2026-03-01 12:30 UTC",
        ),
    ],
)
def test_a_run_is_told_in_a_few_words(run: Json, words: str) -> None:
    assert said(run) == words


def test_a_run_is_expected_to_list_what_the_last_of_its_kind_did() -> None:
    earlier = [
        run_of("running", listed=5),
        run_of("failed", listed=7),
        run_of("succeeded", "changes", listed=2),
        run_of("partial", listed=1_175),
        run_of("succeeded", listed=900),
    ]
    assert expected(earlier, "full") == 1_175
    assert expected(earlier, "changes") == 2
    assert expected(earlier, "retry") == 0


@dataclass
class Streams:
    """An API whose streams end before the run does, and which is away now and then."""

    left: int

    def events(self, path: str) -> Iterator[Json]:
        assert path == "/v1/runs/r_1/events"
        self.left -= 1
        if self.left % 3 == 0:
            raise Unreachable("It restarts.")
        yield run_of("running" if self.left > 1 else "succeeded")


class Away:
    """An API that is gone."""

    def events(self, path: str) -> Iterator[Json]:
        raise Unreachable(f"{path} does not answer.")


def test_a_run_is_followed_for_as_long_as_it_takes() -> None:
    heard: list[Json] = []
    api = cast("Client", Streams(10 * PATIENCE))
    assert follow(api, "r_1", heard.append, pause=0) == run_of("succeeded")
    assert len(heard) > PATIENCE


def test_an_api_that_stays_away_is_not_waited_for_for_ever() -> None:
    with pytest.raises(Unreachable):
        follow(cast("Client", Away()), "r_1", lambda _: None, pause=0)
