"""Decides who becomes a store of this centre, who stays one, and who is one no more.

Everything known comes in as values; what comes out is a verdict with its reason. Signing, keeping
and answering are the adapters'; who may make tokens is whoever may write the centre's folder.

A question that comes again, because its answer was lost on the way, gets the same answer again: the
same certificate for the same key, never a second one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

RESERVED = frozenset({"centre", "broker"})
"""Names that the broker's rules give to others than stores."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How long things hold, and how many strangers may wait."""

    life: timedelta = timedelta(days=90)
    token_life: timedelta = timedelta(minutes=15)
    grace: timedelta = timedelta(days=45)
    """How long after its end a certificate still asks for the next: stores are cut off at times."""
    wait_for_person: timedelta = timedelta(days=1)
    waiting_at_most: int = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A store's request: for which store, with which key (the SHA-256 of its public half)."""

    store: str
    key: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was issued."""

    serial: str
    store: str
    key: str
    not_after: datetime
    revoked: str | None = None
    """Why it counts no more."""


@dataclass(frozen=True, slots=True)
class TokenKept:
    """What the centre keeps of a token; `gave` is what it was redeemed for."""

    store: str
    expires: datetime
    gave: Issued | None = None


class Standing(Enum):
    """What became of a request for a person."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request for a person."""

    asked: Asked
    since: datetime
    standing: Standing
    gave: Issued | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """Issue a certificate."""


@dataclass(frozen=True, slots=True)
class Again:
    """Give the certificate that this very request was given before."""

    serial: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A person must decide."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No. `alarm` says that somebody should look: it is no slip."""

    code: str
    why: str
    alarm: bool = False


def redeem(
    token: TokenKept | None, asked: Asked, why_revoked: str | None, at: datetime
) -> Issue | Again | Refused:
    """Decide what a token is worth. Which token it is was found by its hash."""
    if token is None:
        return Refused("unknown-token", "this centre made no such token, or it ended long ago")
    if token.store != asked.store:
        why = f"the token is for another store than {asked.store}"
        return Refused("token-of-another", why, alarm=True)
    if why_revoked is not None:
        return revoked(asked.store, why_revoked)
    ended = at >= token.expires
    if token.gave is not None and (ended or token.gave.key != asked.key):
        return Refused("token-used", "the token was used before; ask for another", alarm=True)
    if ended:
        return Refused("token-ended", f"the token ended at {token.expires:%H:%M} UTC")
    return Again(token.gave.serial) if token.gave is not None else Issue()


def without_token(
    allowed: Issued | bool,  # noqa: FBT001 - a key that is known, and what it was given
    asked: Asked,
    *,
    wait: bool,
    waiting: int,
    why_revoked: str | None,
    rules: Rules,
) -> Issue | Again | Wait | Refused:
    """Decide for a store that has no token: its key is known beforehand, or a person decides."""
    if why_revoked is not None:
        return revoked(asked.store, why_revoked)
    if isinstance(allowed, Issued):
        return Again(allowed.serial)
    if allowed:
        return Issue()
    if not wait:
        why = f"this key was not allowed beforehand for {asked.store}"
        return Refused("unknown-key", why)
    if waiting >= rules.waiting_at_most:
        return Refused("too-many-waiting", f"{waiting} requests wait for a person already")
    return Wait()


def polled(found: Waiting | None, at: datetime, rules: Rules) -> Again | Wait | Refused:
    """Decide what to tell a store that asks after its request."""
    if found is None:
        return Refused("unknown-request", "no such request waits here; ask again")
    if found.gave is not None:
        return Again(found.gave.serial)
    if found.standing is Standing.REFUSED:
        return Refused("request-refused", "a person refused the request")
    if at >= found.since + rules.wait_for_person:
        return Refused("request-ended", "nobody decided in time; ask again")
    return Wait()


def decided(
    found: Waiting | None, why_revoked: str | None, at: datetime, rules: Rules
) -> Issue | Refused:
    """Decide whether a person's yes to a request can still be followed."""
    if found is None:
        return Refused("unknown-request", "no such request; `enrol pending` lists those that wait")
    if found.standing is not Standing.WAITING:
        return Refused("decided-before", f"the request was {found.standing.value} before")
    if at >= found.since + rules.wait_for_person:
        return Refused("request-ended", "the request has ended; the store must ask again")
    if why_revoked is not None:
        return revoked(found.asked.store, why_revoked)
    return Issue()


def renew(
    old: Issued, followers: tuple[Issued, ...], asked: Asked, at: datetime, rules: Rules
) -> Issue | Again | Refused:
    """Decide whether the holder of `old`, who proved to have its key, is given the next one.

    `followers` are what was issued for `old` before. One with another key says that two devices
    hold the same identity: one of them is a copy, and nobody can tell from here which.
    """
    if old.revoked is not None:
        return revoked(old.store, old.revoked)
    if asked.store != old.store:
        return Refused("another-store", f"a certificate of {old.store} renews no other", alarm=True)
    if at >= old.not_after + rules.grace:
        ended = f"the certificate ended on {old.not_after:%Y-%m-%d}, too long ago to be renewed"
        return Refused("ended-too-long-ago", f"{ended}; enrol anew")
    same = [one for one in followers if one.key == asked.key]
    lasting = [one for one in same if one.not_after > at]
    if lasting:
        return Again(lasting[0].serial)
    if followers and not same:
        why = "another device has renewed this identity: one of the two is a copy; enrol anew"
        return Refused("identity-copied", why, alarm=True)
    return Issue()


def may_be_enrolled(store: str) -> Refused | None:
    """Refuse names that stand for others than stores; None for a store's."""
    if store in RESERVED:
        return Refused("reserved-name", f"{store!r} is a name of the centre's own")
    return None


def revoked(store: str, why: str) -> Refused:
    """Refuse a store that was revoked, for what `why` says."""
    hint = "`central-sync fleet reinstate` lets it in again"
    return Refused("revoked", f"{store} was revoked: {why}; {hint}", alarm=True)
