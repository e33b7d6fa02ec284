"""`central-sync enrol`: who becomes a store of this centre.

The centre may be running. The dashboard does the same for people whom it knows by a certificate.
"""

import contextlib
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import segno

from central_sync.adapters import enrolment_decisions as decisions
from central_sync.adapters.authority import AuthorityError, read_public_key
from central_sync.adapters.identity_reads import read_identities, read_tokens, read_waiting
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, reading
from central_sync.commands.authority import config_argument, opened
from central_sync.commands.centre_database import centre_that_ran, changed, ordered
from central_sync.commands.speaking import BAD, disk_trouble_told, stop
from central_sync.config import CentralConfig
from central_sync.core.enrolment import Asked, Refused, may_be_enrolled
from central_sync.ports.identity import MadeToken
from endcap.plumbing.clock import SystemClock
from endcap.wire.enrolment import qr_text
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
        token = make_token(settings, db, store)
    tell_token(token, url, picture, as_json=as_json)


def make_token(settings: CentralConfig, db: sqlite3.Connection, store: str) -> MadeToken:
    """Make a token for `store`, or end the command."""
    life = settings.enrolment.token_life
    made = decisions.make_token(db, opened(settings), store, life, ordered())
    if isinstance(made, Refused):
        raise stop(made.why, code=BAD)
    return made


def tell_token(token: MadeToken, url: str, picture: Path | None, *, as_json: bool) -> None:
    """Show a token, the only time."""
    content = qr_text(url, token.text)
    code = segno.make(content, error="m")
    if picture is not None:
        with disk_trouble_told(picture):
            code.save(str(picture), kind="svg", scale=4)
    if as_json:
        told = {"store": token.store, "token": token.text, "expires": token.expires.isoformat()}
        click.echo(json.dumps({**told, "qr": content}))
        return
    ends = f"{token.expires:%H:%M:%S} UTC"
    click.echo(f"token for {token.store}, until {ends}, for one use:\n\n  {token.text}\n")
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
        refused = decisions.allow(db, asked, ordered())
    _end(refused, f"the key {asked.key[:16]}… may enrol as {store}")


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
        rules = settings.enrolment.rules
        refused = decisions.accept(db, authority, _request(request), rules, ordered())
    _end(refused, "accepted; the store has its certificate when it asks next")


@enrol.command("refuse")
@config_argument
@click.argument("request", metavar="REQUEST")
def refuse(config: Path, request: str) -> None:
    """Refuse REQUEST."""
    settings = centre_that_ran(config)
    with changed(settings) as db:
        rules = settings.enrolment.rules
        refused = decisions.refuse(db, _request(request), rules, ordered())
    _end(refused, "refused")


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
