"""An envelope opens where it belongs, and nowhere else."""

import os
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import CredentialsInvalid, SettingsInvalid
from ingest.vault import Vault, parse_keys

KEY, OLDER = b"n" * 32, b"o" * 32
VAULT = Vault((KEY,), os.urandom)
NAMES = st.text(max_size=8)
OWNERS = st.lists(NAMES, min_size=1, max_size=4).map(tuple)


@given(st.binary(max_size=200), OWNERS)
def test_what_was_sealed_comes_out_again(content: bytes, owner: tuple[str, ...]) -> None:
    assert VAULT.open(VAULT.seal(content, *owner), *owner) == content


@given(OWNERS, OWNERS)
def test_an_envelope_that_was_moved_does_not_open(
    owner: tuple[str, ...], other: tuple[str, ...]
) -> None:
    envelope = VAULT.seal(b"secret", *owner)
    if owner != other:
        with pytest.raises(CredentialsInvalid, match="again"):
            VAULT.open(envelope, *other)


@pytest.mark.parametrize("other", [("ac", "meshop"), ("acmeshop",), ("acme", "shop", "")])
def test_names_that_run_into_each_other_are_not_the_same(other: tuple[str, ...]) -> None:
    with pytest.raises(CredentialsInvalid):
        VAULT.open(VAULT.seal(b"secret", "acme", "shop"), *other)


def test_no_byte_of_an_envelope_can_be_changed_or_left_out() -> None:
    envelope = VAULT.seal(b"secret", "acme", "shop")
    for place in range(len(envelope)):
        changed = bytearray(envelope)
        changed[place] ^= 1
        for broken in (bytes(changed), envelope[:place]):
            with pytest.raises(CredentialsInvalid):
                VAULT.open(broken, "acme", "shop")


def test_the_same_secret_is_never_sealed_alike() -> None:
    envelopes = {VAULT.seal(b"secret", "acme") for _ in range(50)}
    assert len(envelopes) == 50
    assert not any(b"secret" in envelope for envelope in envelopes)


def test_an_older_key_opens_and_the_newest_seals() -> None:
    old = Vault((OLDER,), os.urandom).seal(b"secret", "acme")
    both = Vault((KEY, OLDER), os.urandom)
    assert both.open(old, "acme") == b"secret"
    assert not both.is_current(old)
    new = both.seal(b"secret", "acme")
    assert both.is_current(new)
    assert VAULT.open(new, "acme") == b"secret"


def test_a_key_that_is_missing_is_told_with_the_mend() -> None:
    envelope = Vault((OLDER,), os.urandom).seal(b"secret", "acme")
    with pytest.raises(CredentialsInvalid, match=r"PUNNET_CREDENTIALS_KEY.*again"):
        VAULT.open(envelope, "acme")


def test_keys_are_read_newest_first_from_a_setting_or_a_file() -> None:
    new, old = b64encode(KEY).decode(), b64encode(OLDER).decode()
    assert parse_keys(f"{new}, {old}") == parse_keys(f"{new}\n{old}\n") == (KEY, OLDER)


@pytest.mark.parametrize(
    "written",
    ["", " ", "CANARY", b64encode(b"short").decode(), "CANARY==", "CANARY\ufffd" + "\ufffd" * 25],
)
def test_what_is_no_key_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(SettingsInvalid, match="32 bytes in base64") as refused:
        parse_keys(written)
    assert "CANARY" not in str(refused.value)


def test_a_vault_that_is_written_out_tells_no_key() -> None:
    assert "nnnn" not in repr(VAULT)
