"""The client of the command line, against an API that answers what it is told."""

import pytest

from api.cli.client import Client, address_of
from api.cli.failures import Refused
from tests.cli_api import answering


def test_an_id_stays_one_step_of_the_path() -> None:
    with answering() as told:
        client = Client(told.address, "key", local=True)
        for names in (("keys", "../sources/s_1?x=y#z"), ("runs", "r 1/é", "events")):
            with pytest.raises(Refused):
                client.call("GET", address_of(*names))
    assert [call for call, _ in told.heard] == [
        "GET /v1/keys/..%2Fsources%2Fs_1%3Fx%3Dy%23z",
        "GET /v1/runs/r%201%2F%C3%A9/events",
    ]
