"""Secrets on the command line: in by file or standard input, and out nowhere."""

from pathlib import Path

import pytest

from connectors.model import Json
from tests.cli_api import SHOP, Punnet, Told, problem

CANARY = "CANARY-9c2e-secret"
PLACE = "/v1/sources/s_1/credentials"
NONE: Json = {"names": [], "changed_at": None}
TOKEN: Json = {"names": ["token"], "changed_at": "2026-03-01T12:00:00Z"}


@pytest.fixture
def kept(api: Told) -> Told:
    api.answers["POST /v1/sources"] = (201, SHOP)
    api.answers[f"PUT {PLACE}"] = (200, TOKEN)
    api.answers[f"GET {PLACE}"] = (200, TOKEN)
    return api


def test_a_source_is_added_with_a_secret_from_a_file(
    punnet: Punnet, kept: Told, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{CANARY}\n")
    given = ("--credential", f"token=@{tmp_path}/token")
    said = punnet("source", "add", "Notes", "--kind", "notion", *given, "--no-sync")
    body = kept.body_of("POST /v1/sources")
    assert isinstance(body, dict)
    assert body["credentials"] == {"token": CANARY}
    assert (said.status, CANARY in said.out + said.err) == (0, False)


def test_a_secret_is_read_from_standard_input(punnet: Punnet, kept: Told) -> None:
    given = ("--credential", "token=-")
    said = punnet("source", "credentials", "Shop", *given, typed=f"{CANARY}\n")
    assert kept.body_of(f"PUT {PLACE}") == {"credentials": {"token": CANARY}}
    assert said.err == "Shop has token, of 2026-03-01T12:00:00Z.\n"


def test_a_secret_among_the_arguments_is_taken_with_a_warning(punnet: Punnet, kept: Told) -> None:
    said = punnet("source", "credentials", "Shop", "--credential", f"token={CANARY}")
    assert kept.body_of(f"PUT {PLACE}") == {"credentials": {"token": CANARY}}
    assert "better use @FILE" in said.err
    assert CANARY not in said.out + said.err


@pytest.mark.parametrize("given", [CANARY, f"={CANARY}"])
def test_what_is_no_pair_is_not_repeated(punnet: Punnet, kept: Told, given: str) -> None:
    said = punnet("source", "credentials", "Shop", "--credential", given)
    assert (said.status, CANARY in said.out + said.err) == (2, False)


def test_a_file_that_is_missing_is_named(punnet: Punnet, kept: Told) -> None:
    said = punnet("source", "credentials", "Shop", "--credential", "token=@/no/such/file")
    assert (said.status, "/no/such/file cannot be read" in said.err) == (1, True)


def test_what_the_api_refuses_is_told_without_the_secret(punnet: Punnet, kept: Told) -> None:
    kept.answers[f"PUT {PLACE}"] = problem("settings-invalid", "They need none.", 422)
    said = punnet("source", "credentials", "Shop", "--credential", f"token={CANARY}")
    assert (said.status, "They need none." in said.err, CANARY in said.err) == (1, True, False)


def test_credentials_are_named_and_forgotten(punnet: Punnet, kept: Told) -> None:
    assert punnet("source", "credentials", "Shop", "--json").data() == TOKEN
    kept.answers[f"DELETE {PLACE}"] = (200, None)
    kept.answers[f"GET {PLACE}"] = (200, NONE)
    said = punnet("source", "credentials", "Shop", "--remove")
    assert said.err == "Shop has no credentials.\n"
    assert (f"DELETE {PLACE}", None) in kept.heard


def test_connect_shows_the_address_and_waits_for_the_token(punnet: Punnet, kept: Told) -> None:
    client: Json = {"names": ["oauth_client"], "changed_at": "2026-03-01T12:00:00Z"}
    both: Json = {
        "names": ["oauth_client", "refresh_token"],
        "changed_at": "2026-03-01T12:01:00Z",
    }
    kept.first[f"GET {PLACE}"] = [(200, client)]
    kept.answers[f"GET {PLACE}"] = (200, both)
    asked: Json = {"authorization_url": "https://consent.example/?a=b", "expires_at": "…"}
    kept.answers["POST /v1/sources/s_1/oauth"] = (201, asked)
    said = punnet("source", "connect", "Shop")
    assert (said.status, said.out) == (0, "https://consent.example/?a=b\n")
    assert "connected" in said.err


def test_webhook_prints_the_token_that_notion_sent(punnet: Punnet, kept: Told) -> None:
    view: dict[str, Json] = {"url": "https://kb.example/v1/hooks/notion/s_1", "expires_at": "…"}
    kept.answers["POST /v1/sources/s_1/webhook"] = (201, {**view, "verification_token": None})
    kept.answers["GET /v1/sources/s_1/webhook"] = (200, {**view, "verification_token": "secret_t"})
    said = punnet("source", "webhook", "Shop")
    assert (said.status, said.out) == (0, "secret_t\n")
    assert "https://kb.example/v1/hooks/notion/s_1" in said.err
