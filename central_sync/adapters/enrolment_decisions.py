"""Follows what people decide about stores, and notes in the audit log who decided it, in one write.

On any connection to the centre's database, so that a command and the dashboard do the same. A
token's text is given to who made it and kept nowhere.
"""

import secrets
import sqlite3
from datetime import datetime, timedelta

from central_sync.adapters import enrolment_desk as desk
from central_sync.adapters import identity_tables as tables
from central_sync.adapters import request_tables as requests
from central_sync.adapters.authority import PERSON_NAMED, Authority
from central_sync.adapters.identity_reads import key_shown
from central_sync.core.enrolment import Asked, Refused, Rules, may_be_enrolled, revoked
from central_sync.ports.identity import By, MadeToken
from endcap.plumbing import audit_log
from endcap.wire.enrolment import SECRET_BYTES, Token, mark_of, write_token


def make_token(
    db: sqlite3.Connection, authority: Authority, store: str, life: timedelta, by: By
) -> MadeToken | Refused:
    """Make a token for `store` and keep its hash; earlier ones that were not used count no more."""
    refused = _may_come_in(db, store)
    if refused is not None:
        return refused
    token = Token(secrets.token_bytes(SECRET_BYTES), mark_of(authority.der))
    ends = by.at + life
    tables.add_token(db, token.hash, store, by.at, ends)
    _note(db, by, store, f"a token to enrol until {ends:%Y-%m-%d %H:%M:%S} UTC")
    return MadeToken(store, write_token(token), ends)


def allow(db: sqlite3.Connection, asked: Asked, by: By) -> Refused | None:
    """Let a key enrol its store without a token, once."""
    refused = _may_come_in(db, asked.store)
    if refused is None:
        tables.allow_key(db, asked, by.at)
        _note(db, by, asked.store, f"the key {asked.key} may enrol")
    return refused


def accept(
    db: sqlite3.Connection, authority: Authority, request: str, rules: Rules, by: By
) -> Refused | None:
    """Follow a person's yes to a request."""
    return _decided(db, request, "accepted", by, desk.accept(db, authority, request, by.at, rules))


def refuse(db: sqlite3.Connection, request: str, rules: Rules, by: By) -> Refused | None:
    """Follow a person's no to a request."""
    return _decided(db, request, "refused", by, desk.refuse(db, request, by.at, rules))


def revoke(db: sqlite3.Connection, store: str, reason: str, by: By) -> Refused | int:
    """Let nothing of a store count any more; return how many certificates did until now."""
    refused = may_be_enrolled(store)
    if refused is not None:
        return refused
    count = tables.revoke_store(db, store, reason, by.at)
    _note(db, by, store, "revoked", reason)
    return count


def reinstate(db: sqlite3.Connection, store: str, by: By) -> bool:
    """Let a store enrol again; tell whether it was revoked."""
    was = tables.reinstate_store(db, store)
    if was:
        _note(db, by, store, "may enrol again")
    return was


def note_person(db: sqlite3.Connection, name: str, ends: datetime, by: By) -> None:
    """Note that a person was given a certificate."""
    _note(db, by, PERSON_NAMED + name, f"a certificate until {ends:%Y-%m-%d}")


def dismiss(db: sqlite3.Connection, name: str, reason: str, by: By) -> None:
    """Let no certificate of a person count any more; brokers hear it as they do of stores."""
    tables.revoke_store(db, PERSON_NAMED + name, reason, by.at)
    _note(db, by, PERSON_NAMED + name, "known no more", reason)


def _may_come_in(db: sqlite3.Connection, store: str) -> Refused | None:
    """Refuse a name that is no store's, and a store that was revoked."""
    why = tables.why_revoked(db, store)
    return may_be_enrolled(store) or (revoked(store, why) if why is not None else None)


def _decided(
    db: sqlite3.Connection, request: str, word: str, by: By, refused: Refused | None
) -> Refused | None:
    """Note a decision on a request that was followed."""
    row = requests.request_row(db, request)
    if refused is None and row is not None:
        said = f"request {row['request'][:8]} {word}, key {key_shown(row['key'])}"
        _note(db, by, row["store"], said)
    return refused


def _note(db: sqlite3.Connection, by: By, store: str, said: str, after: str = "") -> None:
    audit_log.note(db, audit_log.Act(by.who, f"{store}: {said}", after=after), by.at)
