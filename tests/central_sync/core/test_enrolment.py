"""Who is given a certificate, and why not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from central_sync.core import enrolment as core
from central_sync.core.enrolment import (
    Again,
    Asked,
    Issue,
    Issued,
    Refused,
    Rules,
    Standing,
    TokenKept,
    Wait,
    Waiting,
)
from tests.fakes.clock import NOON

RULES = Rules()
ASKED = Asked("store-1", "a" * 64)
OTHER = Asked("store-1", "b" * 64)
GAVE = Issued("1f", "store-1", ASKED.key, NOON + timedelta(days=90))
TOKEN = TokenKept("store-1", NOON + timedelta(minutes=15))
USED = replace(TOKEN, gave=GAVE)


@pytest.mark.parametrize(
    ("token", "asked", "revoked", "minutes", "verdict"),
    [
        (TOKEN, ASKED, None, 0, Issue()),
        (None, ASKED, None, 0, "unknown-token"),
        (TOKEN, Asked("store-2", ASKED.key), None, 0, "token-of-another"),
        (TOKEN, ASKED, "stolen", 0, "revoked"),
        (TOKEN, ASKED, None, 15, "token-ended"),
        (USED, ASKED, None, 1, Again("1f")),
        (USED, OTHER, None, 1, "token-used"),
        (USED, ASKED, None, 15, "token-used"),
    ],
)
def test_a_token_is_worth_one_certificate(
    token: TokenKept | None, asked: Asked, revoked: str | None, minutes: int, verdict: object
) -> None:
    at = NOON + timedelta(minutes=minutes)
    found = core.redeem(token, asked, revoked, at)
    assert (found.code if isinstance(found, Refused) else found) == verdict


def test_a_second_use_is_an_alarm_and_a_late_one_is_none() -> None:
    second = core.redeem(USED, OTHER, None, NOON)
    late = core.redeem(TOKEN, ASKED, None, NOON + timedelta(hours=1))
    assert isinstance(second, Refused)
    assert isinstance(late, Refused)
    assert (second.alarm, late.alarm) == (True, False)


@pytest.mark.parametrize(
    ("allowed", "wait", "waiting", "revoked", "verdict"),
    [
        (True, False, 0, None, Issue()),
        (GAVE, False, 0, None, Again("1f")),
        (False, False, 0, None, "unknown-key"),
        (False, True, 0, None, Wait()),
        (False, True, 500, None, "too-many-waiting"),
        (True, True, 0, "stolen", "revoked"),
    ],
)
def test_without_a_token_a_key_is_known_or_a_person_decides(
    *, allowed: Issued | bool, wait: bool, waiting: int, revoked: str | None, verdict: object
) -> None:
    found = core.without_token(
        allowed, ASKED, wait=wait, waiting=waiting, why_revoked=revoked, rules=RULES
    )
    assert (found.code if isinstance(found, Refused) else found) == verdict


def _waiting(standing: Standing, gave: Issued | None = None) -> Waiting:
    return Waiting(ASKED, NOON, standing, gave)


@pytest.mark.parametrize(
    ("found", "hours", "verdict"),
    [
        (None, 0, "unknown-request"),
        (_waiting(Standing.WAITING), 1, Wait()),
        (_waiting(Standing.WAITING), 24, "request-ended"),
        (_waiting(Standing.REFUSED), 1, "request-refused"),
        (_waiting(Standing.ACCEPTED, GAVE), 48, Again("1f")),
    ],
)
def test_a_request_is_followed_up(found: Waiting | None, hours: int, verdict: object) -> None:
    told = core.polled(found, NOON + timedelta(hours=hours), RULES)
    assert (told.code if isinstance(told, Refused) else told) == verdict


@pytest.mark.parametrize(
    ("found", "revoked", "hours", "verdict"),
    [
        (_waiting(Standing.WAITING), None, 1, Issue()),
        (None, None, 1, "unknown-request"),
        (_waiting(Standing.REFUSED), None, 1, "decided-before"),
        (_waiting(Standing.ACCEPTED, GAVE), None, 1, "decided-before"),
        (_waiting(Standing.WAITING), None, 24, "request-ended"),
        (_waiting(Standing.WAITING), "stolen", 1, "revoked"),
    ],
)
def test_a_persons_yes_is_followed_once(
    found: Waiting | None, revoked: str | None, hours: int, verdict: object
) -> None:
    told = core.decided(found, revoked, NOON + timedelta(hours=hours), RULES)
    assert (told.code if isinstance(told, Refused) else told) == verdict


CHILD = Issued("2f", "store-1", OTHER.key, NOON + timedelta(days=150))


@pytest.mark.parametrize(
    ("old", "followers", "asked", "days", "verdict"),
    [
        (GAVE, (), OTHER, 60, Issue()),
        (GAVE, (), OTHER, 90 + 30, Issue()),
        (GAVE, (), OTHER, 90 + 44, Issue()),
        (GAVE, (), OTHER, 90 + 45, "ended-too-long-ago"),
        (GAVE, (CHILD,), OTHER, 61, Again("2f")),
        (GAVE, (CHILD,), Asked("store-1", "c" * 64), 61, "identity-copied"),
        (GAVE, (replace(CHILD, not_after=NOON),), OTHER, 61, Issue()),
        (GAVE, (), Asked("store-2", OTHER.key), 60, "another-store"),
        (replace(GAVE, revoked="stolen"), (), OTHER, 60, "revoked"),
    ],
)
def test_a_certificate_is_renewed_by_who_has_its_key(
    old: Issued, followers: tuple[Issued, ...], asked: Asked, days: int, verdict: object
) -> None:
    told = core.renew(old, followers, asked, NOON + timedelta(days=days), RULES)
    assert (told.code if isinstance(told, Refused) else told) == verdict


@pytest.mark.parametrize("name", ["centre", "broker"])
def test_a_name_of_the_centres_own_is_no_stores(name: str) -> None:
    refused = core.may_be_enrolled(name)
    assert refused is not None
    assert core.may_be_enrolled("store-1") is None
