"""`central-sync enrol`: who becomes a store of this centre.

The centre may be running. A token is shown once and only here: the dashboard has no way to write,
since it does not know who asks, so it makes none.
"""

import contextlib
import io
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
import segno

from central_sync.adapters import identity_tables as tables
from central_sync.adapters.authority import AuthorityError, read_public_key
from central_sync.adapters.enrolment_desk import accept as accept_request
from central_sync.adapters.enrolment_desk import refuse as refuse_request
from central_sync.adapters.identity_reads import read_identities, read_tokens, read_waiting
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, changing, reading
from central_sync.commands.authority import config_argument, opened
from central_sync.commands.centre_database import centre_that_ran
from central_sync.commands.speaking import BAD, disk_trouble_told, stop
from central_sync.config import CentralConfig
from central_sync.core.enrolment import Asked, Refused, may_be_enrolled
from endcap.plumbing.clock import SystemClock
from endcap.wire.enrolment import SECRET_BYTES, Token, mark_of, write_token
from endcap.wire.identifiers import STORE_PATTERN

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("enrol")
def enrol() -> None:
    """Let stores in: tokens, allowed keys, requests that wait."""


@enrol.command("new")
@config_argument
@click.argument("store")
@click.option("--url", default="", help="Where the store reaches the centre, for the QR code.")
@click.option("--qr", "picture", type=click.Path(path_type=Path), help="Write the QR code as SVG.")
@json_option
def new(config: Path, store: str, url: str, picture: Path | None, *, as_json: bool) -> None:
    """Make a token for STORE, for one use.

    It holds for 15 minutes, or enrolment.token_life, and takes the place of the store's earlier
    tokens. Only its hash is kept here.
    """
    settings = centre_that_ran(config)
    if fault := wrong_store(store):
        raise stop(fault)
    with changed(settings) as db:
        _not_revoked(db, store)
        token = make_token(settings, db, store)
    tell_token(store, token, url, picture, as_json=as_json)


def make_token(settings: CentralConfig, db: sqlite3.Connection, store: str) -> tuple[str, datetime]:
    """Make a token for `store` and keep its hash; return it and when it ends."""
    at = SystemClock().now()
    token = Token(secrets.token_bytes(SECRET_BYTES), mark_of(opened(settings).der))
    expires = at + settings.enrolment.token_life
    tables.add_token(db, token.hash, store, at, expires)
    return write_token(token), expires


def tell_token(
    store: str, token: tuple[str, datetime], url: str, picture: Path | None, *, as_json: bool
) -> None:
    """Show a token, the only time."""
    text, expires = token
    content = f"{url.rstrip('/')}#{text}" if url else text
    code = segno.make(content, error="m")
    if picture is not None:
        with disk_trouble_told(picture):
            code.save(str(picture), kind="svg", scale=4)
    if as_json:
        told = {"store": store, "token": text, "expires": expires.isoformat(), "qr": content}
        click.echo(json.dumps(told))
        return
    click.echo(f"token for {store}, until {expires:%H:%M:%S} UTC, for one use:\n\n  {text}\n")
    drawn = io.StringIO()
    code.terminal(out=drawn, compact=True)
    click.echo(drawn.getvalue())
    click.echo(f"at the store: edge-agent enrol CONFIG {url or 'URL'} TOKEN")


@enrol.command("list")
@config_argument
@json_option
def list_identities(config: Path, *, as_json: bool) -> None:
    """List certificates of stores, and open tokens."""
    at = SystemClock().now()
    with looked(config) as db:
        identities, tokens = read_identities(db, at), read_tokens(db, at)
    if as_json:
        click.echo(json.dumps({"stores": identities, "tokens": tokens}))
        return
    for one in identities:
        click.echo(f"{one['store']}  {one['standing']:8}  until {one['not_after'][:10]}"
                   f"  {one['reason'] or ''}".rstrip())  # fmt: skip
    for one in tokens:
        tried = f", tried in vain {one['refused']} times" if one["refused"] else ""
        click.echo(f"{one['store']}  token {one['standing']}, until {one['expires'][11:19]}{tried}")
    if not identities and not tokens:
        click.echo("no store has enrolled; see: central-sync enrol new --help")


@enrol.command("allow")
@config_argument
@click.argument("store")
@click.option("--key", required=True, help="The device's public key: a PEM file, or its SHA-256.")
def allow(config: Path, store: str, key: str) -> None:
    """Let a device enrol as STORE by its key.

    It needs no token. For factories: `edge-agent enrol --preauthorised` shows the key's SHA-256.
    """
    settings = centre_that_ran(config)
    if fault := wrong_store(store):
        raise stop(fault)
    asked = Asked(store, _key_id(key))
    with changed(settings) as db:
        _not_revoked(db, store)
        tables.allow_key(db, asked, SystemClock().now())
    click.echo(f"the key {asked.key[:16]}… may enrol as {store}")


@enrol.command("pending")
@config_argument
@json_option
def pending(config: Path, *, as_json: bool) -> None:
    """List the requests that wait for a person."""
    with looked(config) as db:
        waiting = read_waiting(db, SystemClock().now())
    if as_json:
        click.echo(json.dumps({"requests": waiting}))
        return
    for one in waiting:
        click.echo(f"{one['request'][:8]}  {one['store']}  key {one['key_shown']}  "
                   f"from {one['asked_from']}  since {one['asked_at'][:16]}")  # fmt: skip
    if not waiting:
        click.echo("no request waits")


@enrol.command("accept")
@config_argument
@click.argument("request", metavar="REQUEST")
def accept(config: Path, request: str) -> None:
    """Give REQUEST its certificate.

    Compare the key that `enrol pending` shows with the one that the device shows, first.
    """
    settings = centre_that_ran(config)
    authority = opened(settings)
    with changed(settings) as db:
        at, rules = SystemClock().now(), settings.enrolment.rules
        refused = accept_request(db, authority, _request(request), at, rules)
    _end(refused, "accepted; the store has its certificate when it asks next")


@enrol.command("refuse")
@config_argument
@click.argument("request", metavar="REQUEST")
def refuse(config: Path, request: str) -> None:
    """Refuse REQUEST."""
    settings = centre_that_ran(config)
    with changed(settings) as db:
        rules = settings.enrolment.rules
        refused = refuse_request(db, _request(request), SystemClock().now(), rules)
    _end(refused, "refused")


@contextlib.contextmanager
def changed(settings: CentralConfig) -> Iterator[sqlite3.Connection]:
    """Open the centre's database for one change, or end the command."""
    try:
        with changing(settings.centre.database) as db:
            yield db
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None


@contextlib.contextmanager
def looked(config: Path) -> Iterator[sqlite3.Connection]:
    """Open the centre's database for reading, or end the command."""
    try:
        with reading(centre_that_ran(config).centre.database) as db:
            yield db
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None


def wrong_store(store: str) -> str:
    """Return why a name cannot be a store's; an empty text when it can."""
    if not re.fullmatch(STORE_PATTERN, store):
        return f"{store!r} is no store: lower-case letters, digits and dashes, 3 to 41 of them"
    refused = may_be_enrolled(store)
    return refused.why if refused else ""


def _not_revoked(db: sqlite3.Connection, store: str) -> None:
    """End the command for a store that was revoked."""
    why = tables.why_revoked(db, store)
    if why is not None:
        raise stop(f"{store} was revoked: {why}; see: central-sync fleet reinstate", code=BAD)


def _key_id(key: str) -> str:
    """Return what a public key is known by: it was given so, or as a file."""
    if re.fullmatch(r"[0-9a-f]{64}", key):
        return key
    try:
        return read_public_key(Path(key).read_bytes())
    except (OSError, AuthorityError) as error:
        raise stop(f"{key}: {error}; a PEM file or 64 hexadecimal digits are wanted") from None


def _request(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{6,32}", text):
        raise stop(f"{text!r} names no request; `enrol pending` lists them")
    return text


def _end(refused: Refused | None, done: str) -> None:
    if refused is not None:
        raise stop(refused.why, code=BAD)
    click.echo(done)
