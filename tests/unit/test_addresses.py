"""Which addresses are asked, whatever they look like."""

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import read_target, refusal, shown
from connectors.errors import FetchRefused

PRIVATE = [
    "10.0.0.5",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "127.8.8.8",
    "100.64.0.1",
    "100.127.255.255",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
]
NEVER = [
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:169.254.169.254",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "ff02::1",
    "ff0e::1",
    "fec0::1",
    "100::1",
    "4000::1",
    "5f00::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "::7f00:1",
    "::8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
]
EVIL = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.0x1/",
    "http://127.0.0.256/",
    "http://1.2.3/",
    "http://127.0.0.1./",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[::1/",
    "http://::1/",
    "http://[127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://１２７.０.０.１/",  # noqa: RUF001
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://١٢٧.٠.٠.١/",  # noqa: RUF001
    "http://1２7.0.0.1/",  # noqa: RUF001
    "http://exa\u200bmple.com/",
    "http://exam ple.com/",
    "http://example.com%00.evil.com/",
    "http://%31%32%37.0.0.1/",
    "http://example.com./",
    "http://example..com/",
    "http://.example.com/",
    "http://" + "a" * 64 + ".com/",
    "http://" + "a." * 127 + "com/",
    "http://exa{mple.com/",
    "http://example.com\\.evil.com/",
    "http://example.com\\@127.0.0.1/",
    "http://user@example.com/",
    "http://user:password@example.com/",
    "http://:@example.com:80@127.0.0.1/",
    "http://example.com:22/",
    "http://example.com:8080/",
    "http://example.com:0/",
    "http://example.com:65616/",
    "http://example.com:80:90/",
    "http://example.com:-80/",
    "http://example.com:http/",
    "https://example.com:6379/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/_GET",
    "data:text/html,hi",
    "javascript:alert(1)",
    "ws://example.com/",
    "//example.com/",
    "/index.html",
    "example.com",
    "http:example.com",
    "http:/example.com",
    "http://",
    "http:///etc/passwd",
    "http://?",
    "",
    " http://example.com/",
    "http://example.com/\r\nHost: evil",
    "http://example.com/\x00",
    "http://example.com/a\tb",
    "http://example.com/\x85",
    "http://example.com/\ud800",
    "http://example.com/" + "a" * 8192,
]


@pytest.mark.parametrize("url", EVIL, ids=ascii)
def test_an_evil_address_is_refused(url: str) -> None:
    with pytest.raises(FetchRefused):
        read_target(url, allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_asked_only_where_an_admin_allowed_it(address: str) -> None:
    assert "allow_private" in (refusal(ip_address(address), allow_private=False) or "")
    assert refusal(ip_address(address), allow_private=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_asked(address: str) -> None:
    assert refusal(ip_address(address), allow_private=False)
    assert "never asked" in (refusal(ip_address(address), allow_private=True) or "")


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8"],
)
def test_the_public_internet_is_asked(address: str) -> None:
    assert refusal(ip_address(address), allow_private=False) is None


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a#top", "https://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("https://example.com/a/../b c?q=ü&r=%2F", "https://example.com/b%20c?q=%C3%BC&r=%2F"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://my_host.example/", "http://my_host.example/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700::1111]:80/", "http://[2606:4700::1111]/"),
        ("http://example.com#@127.0.0.1:22/", "http://example.com/"),
        ("http://3com.example/@user", "http://3com.example/@user"),
    ],
)
def test_a_good_address_is_read_and_reads_the_same_again(url: str, read: str) -> None:
    target = read_target(url, allow_private=False)

    assert target.url == read
    assert read_target(target.url, allow_private=False) == target


def test_any_port_is_asked_where_private_addresses_are() -> None:
    assert read_target("http://wiki:8080/x", allow_private=True).port == 8080
    assert read_target("http://127.0.0.1:6001/", allow_private=True).port == 6001
    for url in ("http://wiki:0/", "http://wiki:65536/", "http://169.254.169.254:8080/"):
        with pytest.raises(FetchRefused):
            read_target(url, allow_private=True)


def test_a_refusal_says_what_to_do() -> None:
    with pytest.raises(FetchRefused) as refused:
        read_target("http://10.0.0.5/", allow_private=False)

    assert str(refused.value) == (
        "http://10.0.0.5/ is inside a private network: "
        "an admin may set 'allow_private' for this source."
    )


def test_a_message_shows_no_password() -> None:
    for url in ("http://me:s3cret@example.com/", "http://me:s3cret@example.com:x/"):
        with pytest.raises(FetchRefused) as refused:
            read_target(url, allow_private=False)
        assert "s3cret" not in str(refused.value)


def test_a_message_shows_no_page_of_text() -> None:
    assert len(shown("http://example.com/" + "a" * 9000)) <= 200
    assert shown("http://a/\x1b[2J") == "http://a/�[2J"


@given(st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"http://{text}"))
def test_whatever_is_given_is_read_or_refused(url: str) -> None:
    try:
        target = read_target(url, allow_private=True)
    except FetchRefused:
        return
    assert target.url.isascii()
    assert read_target(target.url, allow_private=True) == target


@given(st.integers(0, 2**32 - 1))
def test_an_address_hidden_in_another_gets_no_further(number: int) -> None:
    plain = refusal(ip_address(number), allow_private=False)
    assert refusal(ip_address((0xFFFF << 32) | number), allow_private=False) == plain
    nat64, local_nat64, sixtofour = 0x64FF9B << 96, 0x64FF9B0001 << 80, 0x2002 << 112
    hidden = [number, nat64 | number, local_nat64 | number, sixtofour | number << 80]
    assert all(refusal(IPv6Address(one), allow_private=False) for one in hidden)
