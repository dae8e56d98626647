"""Which hosts may be asked: names, ``*.domains`` and networks of the settings. Pure."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url


def host_fault(host: str, allowed: Sequence[str]) -> str:
    """Return why ``host`` may not be asked, empty when it may.

    A name is allowed by its own name or a ``*.domain`` above it, an address by itself or by a
    network. A name is never allowed because of where it points.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name and any(_allows(entry.strip().lower(), name) for entry in allowed):
        return ""
    return f"host {name or '(none)'} is not allowed: add it to allow_hosts in [polling]"


def url_fault(url: str, allowed: Sequence[str]) -> str:
    """Return why ``url`` may not be asked, empty when it may; read as the HTTP library reads it."""
    if "\\" in url or any(ord(sign) <= 32 for sign in url):
        return "the address holds a backslash, a blank or a control character"
    try:
        parts = parse_url(url)
    except (LocationParseError, ValueError):
        return "the address cannot be read"
    if parts.scheme not in {"http", "https"}:
        return f"scheme {parts.scheme or '(none)'} is not allowed: use http or https"
    if parts.auth is not None:
        return "the address holds a user; use auth instead"
    return host_fault(parts.host or "", allowed)


def _allows(entry: str, name: str) -> bool:
    if entry.startswith("*."):
        return name.endswith(entry[1:]) and name != entry[1:]
    if entry == name:
        return True
    try:
        return ip_address(name) in ip_network(entry, strict=False)
    except ValueError:
        return False
