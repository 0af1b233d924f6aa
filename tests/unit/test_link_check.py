"""Servers are asked seldom, and only their plain word counts."""

import socket
from collections.abc import Mapping

import pytest

from connectors.errors import FetchError, FetchFailed, FetchRefused
from connectors.model import Reply
from connectors.politeness import Pace, Turns
from ingest.adapters.link_check import WebLinkChecker
from ingest.freshness.pages import LinkState
from tests.builders import Ticking

URL = "https://a.example/x"
Answer = int | str | FetchError


class Servers:
    """Answers by method, or by address, with a status, a redirect or an error."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []

    async def head(self, url: str, headers: Mapping[str, str]) -> Reply:
        return self._answer("HEAD", url)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        return self._answer("GET", url)

    def _answer(self, method: str, url: str) -> Reply:
        self.asked.append(f"{method} {url}")
        answer = self.answers.get(method, self.answers.get(url, 200))
        if isinstance(answer, FetchError):
            raise answer
        if isinstance(answer, str):
            return Reply(url, 301, {"location": answer}, b"")
        return Reply(url, answer, {}, b"")


def checker(servers: Servers, clock: Ticking | None = None) -> WebLinkChecker:
    async def at_once(_: float) -> None:
        return None

    waited = iter(range(0, 1_000_000, 60))
    turns = Turns(lambda: float(next(waited)), at_once)
    return WebLinkChecker(servers, Pace(1.0, turns), clock or Ticking())


def without_address() -> FetchFailed:
    error = FetchFailed("The name a.example has no address.")
    error.__cause__ = socket.gaierror(socket.EAI_NONAME, "unknown")
    return error


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (200, LinkState.THERE),
        (404, LinkState.GONE),
        (410, LinkState.GONE),
        (403, LinkState.UNKNOWN),
        (429, LinkState.UNKNOWN),
        (500, LinkState.UNKNOWN),
        (FetchFailed("It took too long."), LinkState.UNKNOWN),
        (FetchRefused("It is private."), LinkState.UNKNOWN),
    ],
)
async def test_only_a_plain_word_makes_a_page_gone(answer: Answer, state: LinkState) -> None:
    assert await checker(Servers({URL: answer})).check([URL]) == {URL: state}


async def test_a_server_that_refuses_a_head_is_asked_for_the_page() -> None:
    servers = Servers({"HEAD": 404, "GET": 200})
    assert await checker(servers).check([URL]) == {URL: LinkState.THERE}
    assert servers.asked == [f"HEAD {URL}", f"GET {URL}"]


async def test_redirects_are_followed_to_their_end() -> None:
    gone = Servers({URL: "https://a.example/y", "https://a.example/y": 404})
    assert await checker(gone).check([URL]) == {URL: LinkState.GONE}
    circle = Servers({URL: URL})
    assert await checker(circle).check([URL]) == {URL: LinkState.UNKNOWN}


async def test_a_host_without_an_address_is_gone_the_second_day() -> None:
    clock, servers = Ticking(), Servers({URL: without_address()})
    checks = checker(servers, clock)
    assert await checks.check([URL]) == {URL: LinkState.UNKNOWN}
    assert await checks.check([URL]) == {URL: LinkState.UNKNOWN}
    clock.pass_(days=1)
    assert await checks.check([URL]) == {URL: LinkState.GONE}


async def test_what_was_learnt_is_not_asked_again_for_a_week() -> None:
    clock, servers = Ticking(), Servers({})
    checks = checker(servers, clock)
    await checks.check([URL])
    clock.pass_(days=6)
    await checks.check([URL])
    assert len(servers.asked) == 1
    clock.pass_(days=1)
    await checks.check([URL])
    assert len(servers.asked) == 2
