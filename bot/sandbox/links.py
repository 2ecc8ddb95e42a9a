"""Which links Telegram takes in buttons and texts.

td's LinkManager::check_link_impl knows http, https, tg, ton and tonsite; `tel:` is never one.
"""

import re

_WITH_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_PLAIN = re.compile(r"([^/?#]*)(.*)", re.DOTALL)
_APP_SCHEMES = frozenset({"tg", "ton", "tonsite"})


class WrongLink(ValueError):
    """Telegram would not take this link; the text is Telegram's."""


def checked_link(link: str) -> str:
    """The link as Telegram keeps it, or WrongLink."""
    found = _WITH_SCHEME.fullmatch(link.strip())
    if found is None:
        return "http://" + _checked_host(link.strip())
    scheme = found[1].lower()
    if scheme in _APP_SCHEMES:
        return link.strip()
    if scheme not in {"http", "https"}:
        raise WrongLink("Unsupported URL protocol")
    return f"{scheme}://" + _checked_host(found[2])


def _checked_host(rest: str) -> str:
    found = _PLAIN.fullmatch(rest)
    host_port = found[1] if found else ""
    tail = (found[2] if found else "") or "/"
    host, colon, port = host_port.rpartition("@")[2].partition(":")
    if not host:
        raise WrongLink("URL host is empty")
    if colon and (not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65535):
        raise WrongLink("Wrong port number specified in the URL")
    if "." not in host or re.search(r"\s", rest):
        raise WrongLink("Wrong HTTP URL")
    return host_port.lower() + tail if tail.startswith("/") else f"{host_port.lower()}/{tail}"
