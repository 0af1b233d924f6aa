"""Google's refusals, its tokens, and what its network does."""

import asyncio
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from googleapiclient.http import HttpRequest

from connectors.endpoints import Endpoints
from connectors.errors import ConnectorError, CredentialsInvalid, SourceUnavailable
from connectors.google_api import AnswerTooLarge, GoogleApi, GoogleWorld, asking, service
from connectors.google_credentials import Access, ApiKey, OAuthClient, access_of
from connectors.google_errors import Answered, GoogleRefused, Malformed, token_refusal
from connectors.model import Json
from connectors.politeness import Pace, Turns
from tests.faulty import (
    EMPTY,
    GARBAGE,
    RESET,
    TRUNCATED,
    UNENDED,
    Faults,
    retry_after,
    served,
    slow,
    status,
)
from tests.hostile_server import HOLD, Answer, Asked
from tests.vendors.google import CLIENT, Tokens, answer, new_refusal, old_refusal, service_account

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
SCOPE = "https://www.googleapis.com/auth/drive.readonly"


@dataclass
class World:
    api: GoogleApi
    faults: Faults
    tokens: Tokens
    endpoints: Endpoints
    slept: list[float]

    def about(self) -> HttpRequest:
        writes = service("drive", "v3", f"{self.endpoints.google}/drive/v3/")
        return writes("about").get(fields="kind,user")

    async def user(self) -> str:
        return await self.api.call(self.about(), _user)

    def asked(self, below: str = "/drive/") -> int:
        return sum(asked.path.startswith(below) for asked in self.faults.requests)


@asynccontextmanager
async def world(
    secrets: Mapping[str, str] | None = None, within: float = 30.0, access: Access | None = None
) -> AsyncIterator[World]:
    tokens, faults, slept = Tokens(), Faults(), list[float]()

    def served_by(asked: Asked) -> Answer:
        if asked.path.startswith("/token"):
            return tokens(asked)
        if not tokens.opens(asked) and "x-goog-api-key" not in asked.headers:
            return old_refusal(401, "authError", "Invalid Credentials")
        return answer({"kind": "drive#about", "user": {"emailAddress": "ada@acme.test"}})

    passed = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        slept.append(seconds)
        await asyncio.sleep(0)

    async with served(served_by, faults) as server:
        root = server.url("")
        endpoints = Endpoints(google=root, google_token=f"{root}/token")
        pace = Pace(1000, Turns(lambda: passed, sleep))
        around = GoogleWorld(endpoints, pace, lambda: NOW, sleep, within)
        let = access or access_of(
            secrets or {"service_account": service_account()}, SCOPE, endpoints.google_token
        )
        async with asking(let, around) as api:
            yield World(api, faults, tokens, endpoints, slept)


def _stacks() -> list[str]:
    """What each other thread is doing."""
    own = threading.get_ident()
    frames = [frame for ident, frame in sys._current_frames().items() if ident != own]
    return ["".join(traceback.format_stack(frame)) for frame in frames]


def _user(told: Mapping[str, Json]) -> str:
    user = told.get("user")
    if not isinstance(user, dict):
        raise Malformed("no user")
    return str(user["emailAddress"])


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(502),
        status(503),
        status(504),
        status(529),
        status(429),
        retry_after("0.5"),
        RESET,
        GARBAGE,
        TRUNCATED,
        UNENDED,
        EMPTY,
        answer({}),
        answer([]),
        old_refusal(403, "userRateLimitExceeded"),
        old_refusal(403, "rateLimitExceeded"),
        new_refusal(403, "PERMISSION_DENIED", "RATE_LIMIT_EXCEEDED"),
    ],
)
async def test_what_passes_is_asked_again(fault: Answer) -> None:
    async with world() as made:
        made.faults.order(fault, below="/drive/", times=2)
        assert await made.user() == "ada@acme.test"
        assert made.asked() == 3


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("3600", 3600),
        ("0.5", 60),  # less than is waited for in place
        ("Sun, 22 Nov 2026 20:30:00 GMT", 1800),
    ],
)
async def test_it_rests_as_long_as_google_asks(said: str, seconds: float) -> None:
    async with world() as made:
        made.faults.order(retry_after(said), below="/drive/", times=None)
        with pytest.raises(SourceUnavailable) as refused:
            await made.user()
        assert refused.value.after == timedelta(seconds=max(seconds, 60))
        assert made.asked() == (1 if seconds > 60 else 5)
        assert seconds != 7 or sum(made.slept) >= 4 * 7


@pytest.mark.parametrize(
    "fault",
    [
        old_refusal(403, "dailyLimitExceeded"),
        old_refusal(403, "quotaExceeded"),
        new_refusal(
            429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", {"quota_limit": "QueriesPerDay"}
        ),
    ],
)
async def test_the_quota_of_a_day_is_waited_for_till_it_is_anew(fault: Answer) -> None:
    async with world() as made:
        made.faults.order(fault, below="/drive/")
        with pytest.raises(SourceUnavailable, match="quota of the day") as refused:
            await made.user()
        assert refused.value.after == timedelta(hours=12)


@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        (old_refusal(403, "accessNotConfigured"), "switch the API on"),
        (new_refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), "switch the API on"),
        (old_refusal(403, "insufficientPermissions"), "the scope that"),
        (old_refusal(401, "authError"), "make a new JSON key"),
    ],
)
async def test_closed_doors_say_how_to_open_them(fault: Answer, mend: str) -> None:
    async with world() as made:
        made.faults.order(fault, below="/drive/", times=2)
        with pytest.raises(CredentialsInvalid, match=mend):
            await made.user()


async def test_what_concerns_one_thing_is_the_callers_to_decide() -> None:
    async with world() as made:
        made.faults.order(old_refusal(404, "notFound", "File not found: x."), below="/drive/")
        with pytest.raises(GoogleRefused, match="File not found") as refused:
            await made.user()
        assert (refused.value.status, made.asked()) == (404, 1)
        assert "notFound" in refused.value.reasons


async def test_a_token_serves_many_and_is_renewed_when_it_is_refused() -> None:
    async with world() as made:
        await asyncio.gather(*(made.user() for _ in range(8)))
        assert made.tokens.given == 1
        made.tokens.expire()
        assert await made.user() == "ada@acme.test"
        assert made.tokens.given == 2


async def test_a_late_refusal_of_an_old_token_forgets_no_new_one() -> None:
    async with world() as made:
        access, post = made.api._access, made.api._post
        old = await access.headers(post)
        access.forget(old)
        new = await access.headers(post)
        access.forget(old)
        assert await access.headers(post) == new != old


@pytest.mark.parametrize("fault", [status(503), RESET, GARBAGE, EMPTY, answer({}), status(404)])
async def test_a_token_endpoint_in_trouble_revokes_nothing(fault: Answer) -> None:
    async with world() as made:
        made.faults.order(fault, below="/token", times=2)
        assert await made.user() == "ada@acme.test"
        assert made.asked("/token") == 3


@pytest.mark.parametrize(
    ("secrets", "mend"),
    [
        ({"service_account": service_account()}, "make a new JSON key"),
        ({"oauth_client": CLIENT, "refresh_token": "1//consented"}, "consent anew"),
    ],
)
async def test_who_is_not_let_in_any_more_is_told_what_to_do(
    secrets: Mapping[str, str], mend: str
) -> None:
    async with world(secrets) as made:
        assert await made.user() == "ada@acme.test"
        made.tokens.revoke()
        with pytest.raises(CredentialsInvalid, match=mend) as refused:
            await made.user()
        assert "s3cret" not in str(refused.value)


async def test_a_key_opens_without_a_token() -> None:
    async with world(access=ApiKey("k-1")) as made:
        assert await made.user() == "ada@acme.test"
        assert made.tokens.given == 0


async def test_a_slow_answer_ends_with_its_connection() -> None:
    async with world(within=0.1) as made:
        made.faults.order(slow(30), below="/drive/", times=None)
        with pytest.raises(SourceUnavailable, match="no whole answer"):
            await made.user()
        made.faults.calm()
        assert await made.user() == "ada@acme.test"


async def test_a_cancelled_token_leaves_no_thread_waiting() -> None:
    async with world() as made:
        came = asyncio.Event()

        def hold(_: Asked) -> Answer:
            came.set()
            return Answer((HOLD,))

        made.faults.order(hold, below="/token")
        waiting = asyncio.create_task(made.user())
        await came.wait()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        for _ in range(100):
            if not any("_perform_refresh_token" in stack for stack in _stacks()):
                return
            await asyncio.sleep(0.05)
        pytest.fail("a thread waits on")


async def test_no_more_is_read_than_was_wanted() -> None:
    async with world() as made:
        with pytest.raises(AnswerTooLarge):
            await made.api.download(made.about(), most=10)


@pytest.mark.parametrize(
    "secrets",
    [
        {},
        {"service_account": "not json"},
        {"service_account": "[]"},
        {"service_account": '{"type": "service_account", "private_key": "x"}'},
        {"oauth_client": '{"web": {"client_id": "c"}}'},
        {"oauth_client": CLIENT},
    ],
)
def test_credentials_that_cannot_work_are_refused_with_the_mend(secrets: dict[str, str]) -> None:
    with pytest.raises(ConnectorError, match=r"set |make |consent"):
        access_of(secrets, SCOPE, "https://oauth2.googleapis.com/token")


def test_what_opens_google_is_not_written_out() -> None:
    assert "CANARY" not in f"{OAuthClient('id', 'CANARY')} {ApiKey('CANARY')}"


def test_methods_of_a_kind_are_made_once() -> None:
    writes = service("drive", "v3", "https://www.googleapis.com/drive/v3/")
    assert writes("files") is writes("files")


def test_a_token_endpoint_that_repeats_what_it_was_sent_is_not_quoted() -> None:
    said = b'{"error": "invalid_grant", "error_description": "CANARY is no token"}'
    refused = token_refusal(Answered(400, {}, said), "consent anew", datetime.now(UTC))
    assert isinstance(refused, CredentialsInvalid)
    assert str(refused) == "Google gives no token (invalid_grant): consent anew."
