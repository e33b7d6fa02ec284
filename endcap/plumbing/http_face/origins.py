"""Pages of elsewhere: which may ask, and what their browsers are told (CORS).

Cookies are never asked for with it: a page of elsewhere shows a key, or nothing.
"""

from collections.abc import Collection, Mapping

from starlette.types import Receive, Scope, Send

from endcap.plumbing.http_face.problems import Problem

_METHODS = "GET, HEAD, POST, PUT, DELETE"
_HEADERS = "authorization, content-type, x-api-key, last-event-id"
_AGE_S = 600


def check_origin(headers: Mapping[str, str], origins: Collection[str]) -> None:
    """Refuse a change that a page of somewhere else asks for, unless it is one of `origins`.

    Raises:
        Problem: it is not.
    """
    origin = headers.get("origin")
    if origin is not None and origin in origins:
        return
    foreign = origin is not None and origin.partition("://")[2] != headers.get("host")
    if foreign or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise _foreign()


def told(headers: Mapping[str, str], origins: Collection[str]) -> dict[str, str]:
    """Return the headers that let a page of one of `origins` read the answer."""
    if not origins:
        return {}
    origin = headers.get("origin", "")
    varies = {"vary": "Origin"}
    return varies | ({"access-control-allow-origin": origin} if origin in origins else {})


def is_preflight(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks whether a page of elsewhere may ask."""
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


async def answer_preflight(
    headers: Mapping[str, str], origins: Collection[str], receive: Receive, send: Send
) -> None:
    """Say what a page of one of `origins` may ask.

    Raises:
        Problem: it is of none of them.
    """
    _ = receive
    if headers.get("origin", "") not in origins:
        raise _foreign()
    said = {
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _HEADERS,
        "access-control-max-age": str(_AGE_S),
    }
    encoded = [(name.encode(), value.encode()) for name, value in said.items()]
    await send({"type": "http.response.start", "status": 204, "headers": encoded})
    await send({"type": "http.response.body", "body": b""})


def _foreign() -> Problem:
    hint = (
        "post from this host's own page, from a program without an Origin header, "
        "or add the origin to the allowed ones in the configuration"
    )
    detail = "a page of another origin may not ask this"
    return Problem(403, "foreign-origin", detail, hint, headers={"connection": "close"})
