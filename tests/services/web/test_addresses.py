"""Which addresses may be called."""

import pytest

from services.web import addresses
from services.web.addresses import Refused, check_url, checked_addresses, is_public

PUBLIC = [
    "93.184.216.34",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:93.184.216.34",
    "64:ff9b::5db8:d822",
    "2002:5db8:d822::1",
]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:0:0:0:0:80ff:fffe",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "3fff::1",
    "5f00::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_of_machines_networks_and_clouds_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://lab.example.org",
        "https://lab.example.org:8443/hook?a=b",
        "https://xn--mnchen-3ya.example/hook",
        "https://93.184.216.34/hook",
        "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/",
    ],
)
def test_a_url_that_may_be_called_stays_as_it_is(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is no URL"),
        ("lab.example.org/hook", "is no URL"),
        ("https://", "is no URL"),
        ("https:///hook", "is no URL"),
        ("https://lab.example.org:0/", "is no URL"),
        ("https://lab.example.org:99999/", "is no URL"),
        ("https://[::1", "is no URL"),
        ("https://lab.example.org/a b", "is no URL"),
        ("https://lab.example.org/\r\nHost: x", "is no URL"),
        ("https://münchen.example/", "as xn--"),
        ("https://lab.example.org/" + "x" * 2000, "at most 2000"),
        ("ftp://lab.example.org", "is no URL"),
        ("file:///etc/passwd", "is no URL"),
        ("http://lab.example.org", "use https"),
        ("https://user@lab.example.org", "leave it out"),
        ("https://user:word@lab.example.org", "leave it out"),
        ("https://lab.example.org#part", "leave it out"),
        ("https://lab.example.org\\@10.0.0.1/", "leave it out"),
        ("https://localhost/", "not a public address"),
        ("https://LOCALHOST./", "not a public address"),
        ("https://a.localhost/", "not a public address"),
        ("https://127.0.0.1/", "not a public address"),
        ("https://127.1/", "not a public address"),
        ("https://2130706433/", "not a public address"),
        ("https://0x7f.0.0.1/", "not a public address"),
        ("https://0177.0.0.1/", "not a public address"),
        ("https://0/", "not a public address"),
        ("https://169.254.169.254/latest/meta-data", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://[fe80::1%25eth0]/", "not a public address"),
        ("https://[::ffff:10.0.0.1]/", "not a public address"),
    ],
)
def test_a_url_that_may_not_be_called_is_refused(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        check_url(url)


def test_a_developer_may_call_this_machine() -> None:
    for url in ("http://127.0.0.1:8000/hook", "https://[::1]/", "http://localhost/"):
        assert check_url(url, allow_private=True) == url
    for url in ("ftp://127.0.0.1", "http://user@127.0.0.1"):
        with pytest.raises(Refused):
            check_url(url, allow_private=True)


async def test_all_addresses_of_a_name_have_to_be_public(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [PUBLIC[0], PUBLIC[1]]

    async def resolve(host: str, port: int) -> list[str]:
        return found

    monkeypatch.setattr(addresses, "resolve", resolve)
    assert await checked_addresses("lab.example.org", 443) == found
    found.append("10.0.0.1")
    with pytest.raises(Refused, match="not public") as refused:
        await checked_addresses("lab.example.org", 443)
    assert "10.0.0.1" not in str(refused.value)  # what our own names lead to is not told
    assert await checked_addresses("lab.example.org", 443, allow_private=True) == found
    found.clear()
    with pytest.raises(Refused, match="has no address"):
        await checked_addresses("lab.example.org", 443, allow_private=True)


async def test_a_name_is_resolved_by_the_system() -> None:
    assert "127.0.0.1" in await addresses.resolve("localhost", 443)
    with pytest.raises(Refused, match="not public"):
        await checked_addresses("localhost", 443)
    for name in ("nowhere.invalid", "a" * 64 + ".example", ".."):
        with pytest.raises(Refused, match="has no address"):
            await checked_addresses(name, 443)
