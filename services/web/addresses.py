"""Addresses that others name and that the platform may call: public ones, and nothing of its own.

A name is resolved once, all its addresses are checked, and the caller connects to one of these and
to nothing else: a name that is asked again may give another answer (DNS rebinding).
"""

import asyncio
import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_UNICAST = ip_network("2000::/3")  # all that is given out of IPv6
_ALSO_PRIVATE = (
    ip_network("168.63.129.16/32"),  # Azure's door to its own; other clouds' are link-local
    ip_network("192.0.0.0/24"),  # Python 3.11 knows a part of it only
    ip_network("3fff::/20"),
)
_URL = re.compile(r"https?://[\x21-\x7e]+")
_URL_CHARS = 2000


class Refused(ValueError):
    """An address that the platform does not call; says why, and nothing of where a name leads."""


def check_url(url: str, *, allow_private: bool = False) -> str:
    """Give a URL that may be called as far as can be seen without asking for its name.

    With `allow_private` also plain http and addresses of this machine and its network.
    Raises Refused.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(f"{url!r:.200} is no URL: write https://host/path") from None
    if not _URL.fullmatch(url) or len(url) > _URL_CHARS or not host or port == 0:
        raise Refused(
            f"{url!r:.200} is no URL of at most {_URL_CHARS} plain characters: write "
            "https://host/path, a name of other letters as xn--..."
        )
    if "@" in parts.netloc or parts.fragment or "\\" in url:
        raise Refused("a URL with a user, a password, a fragment or a backslash: leave it out")
    if allow_private:
        return url
    if parts.scheme != "https":
        raise Refused("plain http can be read on its way: use https")
    literal = _literal(host)
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or (literal and not is_public(literal)):
        raise Refused(f"{host!r} is not a public address: name one that the internet reaches")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, for one receiver, also inside IPv6."""
    ip = ip_address(address.partition("%")[0])
    inside = _ipv4_inside(ip) if isinstance(ip, IPv6Address) else None
    if inside is not None:
        return is_public(str(inside))
    if isinstance(ip, IPv6Address) and ip not in _UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in each for each in _ALSO_PRIVATE)


async def resolve(host: str, port: int) -> list[str]:
    """All IP addresses of a name, the best first; raises OSError or UnicodeError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def checked_addresses(host: str, port: int, *, allow_private: bool = False) -> list[str]:
    """The addresses of a name, asked for once; raises Refused unless all of them are public."""
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError):
        raise Refused(f"host {host!r} has no address: check its spelling") from None
    if not found:
        raise Refused(f"host {host!r} has no address: check its spelling")
    if not allow_private and not all(is_public(address) for address in found):
        raise Refused(f"host {host!r} has an address that is not public: name another")
    return found


def _ipv4_inside(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if ip in _NAT64:
        return IPv4Address(ip.packed[12:])
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _literal(host: str) -> str | None:
    """The IP address that a host is, if it is one, as the system would read it: '127.1' too."""
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
