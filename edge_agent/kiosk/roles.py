"""Which roles may use what of the kiosk's interface: a table, the first row that fits counts.

What is not listed is for staff. Pages and what they are made of hold no data, so anybody may have
them. What concerns one person always wants a key, whatever is set, and so do cameras' pictures.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from endcap.plumbing.http_face.access import Roles

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ALL = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"})
_STAFF = frozenset({"staff"})
_TILL = _STAFF | {"till"}
_SHOPPER = _TILL | {"shopper"}
_INFERENCE = _STAFF | {"inference"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use `methods` on paths that fit; None is anybody. `always`: whatever is set."""

    methods: Collection[str]
    path: re.Pattern[str]
    roles: frozenset[str] | None
    always: bool = False


def _path(pattern: str) -> re.Pattern[str]:
    """Return what finds a path, whatever characters a card in it has."""
    return re.compile(pattern, re.DOTALL)


RULES = (
    Rule(_ALL, _path(r"/v1/shoppers/[^/]*/(consent|diets)"), _TILL, always=True),
    Rule(_ALL, _path(r"/v1/shoppers(/.*)?"), _STAFF, always=True),
    Rule(_ALL, _path(r"/v1/shelf-setup(/.*)?"), _STAFF, always=True),
    Rule(_ALL, _path(r"/v[12]/health/.*|/v1/session"), None),
    Rule(_READING, _path(r"(?!/v1|/v2|/metrics).*"), None),
    Rule({"POST"}, _path(r"/v1/(sales|stock)"), _TILL),
    Rule({"POST"}, _path(r"/v1/(recommendations|feedback|media/.*)"), _SHOPPER),
    Rule(_ALL, _path(r"/v2(/.*)?"), _INFERENCE),
    Rule(_READING, _path(r"/v1/media"), _STAFF),
    Rule(_READING, _path(r"/v1/.*"), _SHOPPER),
)


def roles_of(*, required: bool) -> Roles:
    """Return which roles may use a method on a path; unless keys are `required`, most is open."""

    def roles(method: str, path: str) -> frozenset[str] | None:
        rule = next((r for r in RULES if method in r.methods and r.path.fullmatch(path)), None)
        if not required and not (rule and rule.always):
            return None
        return _STAFF if rule is None else rule.roles

    return roles
