"""Who asks, and may they: a key in a header, or a session in a cookie, and the roles of a route.

Which routes there are, which roles they want and how keys are kept is the face's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.types import Scope

from endcap.plumbing.http_face.problems import Problem

COOKIE = "endcap_session"
CALLER = "endcap.caller"
ASKED = {"www-authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of a key, and what it is for."""

    name: str
    role: str


class Keys(Protocol):
    """Knows callers by what only they know, with equal effort for what nobody knows."""

    async def by_key(self, key: str) -> Caller | None:
        """Return whose key this is."""

    async def by_session(self, session: str) -> Caller | None:
        """Return who began this session, unless it has ended."""

    async def acted(self, caller: Caller, what: str) -> None:
        """Hear what a caller has changed: a method and a route's template."""


Roles = Callable[[str, str], frozenset[str] | None]
"""Returns the roles that may use a method on a path; None when anybody may."""


@dataclass(frozen=True, slots=True)
class Access:
    """By what callers are known, and what each may do."""

    keys: Keys
    roles: Roles

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Return who asks, None when nothing is shown; an old session is as good as none.

        Raises:
            Problem: a key is shown that is none.
        """
        key = _shown_key(headers)
        if key:
            found = await self.keys.by_key(key)
            if found is None:
                raise _unknown("this key is not known here")
            return found
        session = _cookie(headers.get("cookie", ""))
        return await self.keys.by_session(session) if session else None

    def check(self, method: str, path: str, caller: Caller | None) -> None:
        """Refuse who may not use `method` on `path`.

        Raises:
            Problem: a key is needed, or another.
        """
        roles = self.roles(method, path)
        if roles is None or (caller is not None and caller.role in roles):
            return
        if caller is None:
            raise _unknown("this needs a key")
        detail = f"a key of the role {caller.role} may not do this"
        raise Problem(403, "wrong-role", detail, f"roles that may: {', '.join(sorted(roles))}")


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Return who asks; None for anybody."""
    found = connection.scope.get(CALLER)
    return found if isinstance(found, Caller) else None


def template_of(scope: Scope) -> str:
    """Return the route that a request found, without what the path holds of anybody."""
    return str(getattr(scope.get("route"), "path", "other"))


def _shown_key(headers: Mapping[str, str]) -> str:
    scheme, _, told = headers.get("authorization", "").partition(" ")
    if told and scheme.lower() != "bearer":
        raise _unknown("only Bearer keys are known here")
    return told.strip() or headers.get("x-api-key", "").strip()


def _cookie(header: str) -> str:
    """Return the session in a Cookie header; an empty text without one."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _unknown(detail: str) -> Problem:
    hint = "send a key as Authorization: Bearer KEY or X-API-Key: KEY, or sign in at /enter"
    return Problem(401, "key-needed", detail, hint, headers=ASKED)
