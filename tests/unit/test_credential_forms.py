"""What people give as credentials is held against its form before it is kept."""

import json

import pytest

from connectors.errors import CredentialsMissing, SettingsInvalid
from connectors.google_credentials import SERVICE_ACCOUNT
from connectors.model import Source, SourceId, TenantId
from connectors.port import Connector
from connectors.registry import check_credentials, open_connector
from connectors.surroundings import EVERYTHING, Surroundings
from tests.fakes import MemoryUploads
from tests.frontier import MemoryFrontier
from tests.vendors.google import CLIENT, service_account

CANARY = "CANARY-5b1f"
WITH_KEY = json.loads(service_account())
API_KEY = {"api_key": CANARY}
SHARE = {"webshare_user": CANARY, "webshare_password": "p"}


def source(kind: str) -> Source:
    return Source(SourceId("s"), TenantId("acme"), kind, "My pages", {})


@pytest.mark.parametrize(
    ("kind", "secrets"),
    [
        ("gdrive", {"service_account": service_account()}),
        ("gdrive", {"oauth_client": CLIENT}),
        ("gdrive", {"oauth_client": CLIENT, "refresh_token": "1//x"}),
        ("notion", {"token": "ntn_secret\n"}),
        ("youtube", {**API_KEY, **SHARE}),
        ("youtube", {"proxy": "http://user:pw@proxy.example:3128"}),
        ("youtube", {}),
        ("files", {}),
    ],
)
def test_credentials_of_the_right_form_are_taken(kind: str, secrets: dict[str, str]) -> None:
    check_credentials(source(kind), secrets)


@pytest.mark.parametrize(
    ("kind", "secrets", "says"),
    [
        ("gdrive", {"service_account": json.dumps({"x": CANARY})}, "no key file of a service"),
        ("gdrive", {"service_account": CANARY}, "not JSON"),
        ("gdrive", {"service_account": CLIENT}, "no key file of a service"),
        ("gdrive", {"service_account": json.dumps(WITH_KEY | {"type": CANARY})}, "no key file"),
        ("gdrive", {"service_account": json.dumps(WITH_KEY | {"client_email": 5})}, "no key file"),
        ("gdrive", {"service_account": json.dumps(WITH_KEY | {"private_key": CANARY})}, "no key"),
        ("gdrive", {"service_account": json.dumps(WITH_KEY | {"private_key": {}})}, "no key file"),
        ("gdrive", {"oauth_client": service_account()}, "no client_id with its client_secret"),
        ("gdrive", {"oauth_client": "[]"}, "not a JSON object"),
        ("gdrive", {"refresh_token": CANARY}, "neither"),
        ("gdrive", {"service_account": service_account(), "oauth_client": CLIENT}, "not both"),
        ("gdrive", {"service_account": service_account(), "refresh_token": CANARY}, "alone"),
        ("notion", {"token": " \n"}, "'token' must be one line"),
        ("notion", {"token": f"{CANARY}\nmore"}, "'token' must be one line"),
        ("notion", {"token": f"Bearer {CANARY}"}, "'token' must be one line"),
        ("youtube", {"api_key": f'{{"a": "{CANARY}"}}'}, "'api_key' must be one line"),
        ("youtube", {"webshare_user": CANARY}, "goes with 'webshare_password'"),
        ("youtube", {"proxy": CANARY}, "must be an address"),
        ("youtube", {"proxy": f"http://{CANARY}:port"}, "must be an address"),
        ("youtube", {"proxy": f"socks5://{CANARY}:1"}, "must be an address"),
    ],
)
def test_what_is_of_another_form_is_refused_unsaid(
    kind: str, secrets: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsInvalid, match=says) as refused:
        check_credentials(source(kind), secrets)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "settings", "command"),
    [
        ("notion", {}, "punnet source credentials 'My pages' --credential token=@FILE"),
        ("gdrive", {}, f"credentials 'My pages' --credential {SERVICE_ACCOUNT}=@FILE (or oauth_"),
        ("youtube", {"channels": "@acme"}, "'My pages' --credential api_key=@FILE"),
    ],
)
async def test_a_source_without_credentials_says_which_it_needs(
    kind: str, settings: dict[str, str], command: str
) -> None:
    its = Source(SourceId("s"), TenantId("acme"), kind, "My pages", {**settings})
    around = Surroundings(MemoryUploads(), MemoryFrontier(), EVERYTHING)
    connector: Connector = open_connector(its, around)
    with pytest.raises(CredentialsMissing) as missing:
        async for _ in connector.scan(None, {}):
            pass
    assert command in str(missing.value)
