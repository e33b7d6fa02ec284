"""Keeps secrets out of what people and logs get to read."""

import re

_IN_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s\"'<>]*@")
_IN_QUERY = re.compile(
    r"(?P<name>(?<![A-Za-z0-9])(?:password|passwd|pwd|secret|token|api_?key|access_?key)\s*[=:]\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s&,;\"']+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(r"password|passwd|pwd|secret|token|credential|private", re.IGNORECASE)


def masked(text: str) -> str:
    """Return `text` without the user and password of addresses, and without named secrets.

    >>> masked("rtsp://admin:pa:ss@10.0.0.9/live")
    'rtsp://***@10.0.0.9/live'
    >>> masked("GET /snap?token=abc&size=2")
    'GET /snap?token=***&size=2'
    >>> masked("/user=admin_password=tlJwpbo6_channel=1")
    '/user=admin_password=***'
    """
    return _IN_QUERY.sub(r"\g<name>***", _IN_ADDRESS.sub(r"\g<scheme>***@", text))


def names_secret(name: str) -> bool:
    """Tell whether what is called `name` is likely a secret."""
    return bool(_SECRET_NAME.search(name)) and not name.endswith(("_file", "_folder"))
