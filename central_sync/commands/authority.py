"""`central-sync authority`: the centre's own authority, and the certificates of its servers."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from central_sync.adapters import enrolment_decisions as decisions
from central_sync.adapters import identity_tables as tables
from central_sync.adapters.authority import (
    BROKER,
    CA,
    CENTRE,
    PERSON_NAMED,
    Authority,
    AuthorityError,
    make_authority,
)
from central_sync.adapters.server_names import hosts_of
from central_sync.commands.centre_database import centre_that_ran, changed, ordered
from central_sync.commands.speaking import BAD, disk_trouble_told, read_config, stop
from central_sync.config import CentralConfig
from endcap.plumbing.clock import SystemClock
from endcap.wire.enrolment import grouped, mark_of

config_argument = click.argument("config", type=click.Path(path_type=Path))


@click.group("authority")
def authority() -> None:
    """Who says which store is which: the centre's own authority."""


@authority.command("init")
@config_argument
@click.option(
    "--host", "hosts", multiple=True, help="A name or address of the centre; may be repeated."
)
def init(config: Path, hosts: tuple[str, ...]) -> None:
    """Make the authority, and the certificates of centre and broker.

    Hosts are how stores and the centre reach them; those of http.allowed_hosts and mqtt.host are
    always among them.
    """
    settings = read_config(config, check_files=False)
    folder, at = settings.authority, SystemClock().now()
    with disk_trouble_told(folder):
        try:
            made = make_authority(folder, f"{settings.centre.name} authority", at)
        except AuthorityError as error:
            raise stop(str(error), code=BAD) from None
        for name in (CENTRE, BROKER):
            made.issue_server(name, _hosts(settings, hosts), at)
    click.echo(f"{folder}: an authority, and certificates of centre and broker")
    click.echo(f"mark  {grouped(mark_of(made.der))}")
    for line in _lines_of_config(folder):
        click.echo(line)


@authority.command("show")
@config_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def show(config: Path, *, as_json: bool) -> None:
    """Show the authority, its mark, and when each certificate ends. Nothing secret."""
    found = opened(read_config(config, check_files=False))
    rows = [_row(found.folder / CA)]
    rows += [_row(found.folder / f"{name}.pem") for name in (CENTRE, BROKER)]
    mark = grouped(mark_of(found.der))
    if as_json:
        click.echo(json.dumps({"mark": mark, "certificates": rows}))
        return
    click.echo(f"mark  {mark}")
    for row in rows:
        click.echo(f"{row['file']:12} ends {row['ends'][:10]}  {row['names'] or row['sha256']}")


@authority.command("renew")
@config_argument
@click.option("--host", "hosts", multiple=True, help="Hosts instead of those it has now.")
def renew(config: Path, hosts: tuple[str, ...]) -> None:
    """Renew the certificates of centre and broker.

    The running centre shows its own within seconds; the broker needs a SIGHUP.
    """
    settings = read_config(config, check_files=False)
    found, at = opened(settings), SystemClock().now()
    with disk_trouble_told(found.folder):
        for name in (CENTRE, BROKER):
            had = hosts or hosts_of(found.folder / f"{name}.pem") or _hosts(settings, ())
            one = found.issue_server(name, had, at)
            click.echo(f"{name}.pem ends {one.not_valid_after_utc:%Y-%m-%d}")


@authority.command("person")
@config_argument
@click.argument("name")
def person(config: Path, name: str) -> None:
    """Make a certificate with which the person NAME asks the dashboard.

    It opens what is for people, and nothing of a store's own. Who holds it lets stores in.
    """
    settings = read_config(config, check_files=False)
    found, at = opened(settings), SystemClock().now()
    if not name.isidentifier() or name in (CENTRE, BROKER, Path(CA).stem):
        raise stop(f"{name!r}: a name is letters, digits and underscores, and none of the centre's")
    with _registry(settings) as db:
        why = tables.why_revoked(db, PERSON_NAMED + name) if db else None
        if why is not None:
            raise stop(f"{name} was dismissed: {why}; take another name", code=BAD)
        with disk_trouble_told(found.folder):
            one = found.issue_person(name, at, settings.enrolment.certificate_life)
        if db:
            decisions.note_person(db, name, one.not_valid_after_utc, ordered())
    where = found.folder / f"{name}.pem"
    click.echo(f"{where} and .key, until {one.not_valid_after_utc:%Y-%m-%d}: for a browser, join")
    click.echo(f"them: openssl pkcs12 -export -in {where} -inkey {where.with_suffix('.key')}")


@authority.command("dismiss")
@config_argument
@click.argument("name")
@click.option("--reason", required=True, help="Why; people read it in the audit log.")
def dismiss(config: Path, name: str, reason: str) -> None:
    """Let no certificate of the person NAME count any more.

    That holds from the next request on. The name is used up: whoever comes back takes another.
    """
    settings = centre_that_ran(config)
    if not name.isidentifier():
        raise stop(f"{name!r}: a name is letters, digits and underscores")
    with changed(settings) as db:
        decisions.dismiss(db, name, " ".join(reason.split())[:200], ordered())
    click.echo(f"{name} is known no more")


@contextlib.contextmanager
def _registry(settings: CentralConfig) -> Iterator[sqlite3.Connection | None]:
    """Open the centre's database for one change; None where the centre has never run."""
    if not settings.centre.database.exists():
        yield None
        return
    with changed(settings) as db:
        yield db


def opened(settings: CentralConfig) -> Authority:
    """Return the centre's authority, or end the command."""
    try:
        return Authority(settings.authority)
    except AuthorityError as error:
        raise stop(str(error)) from None


def _hosts(settings: CentralConfig, told: tuple[str, ...]) -> tuple[str, ...]:
    always = (*settings.http.allowed_hosts, settings.mqtt.host, "localhost", "127.0.0.1")
    return tuple(dict.fromkeys((*told, *always)))


def _lines_of_config(folder: Path) -> tuple[str, ...]:
    """Return what the configuration must say for the centre to use the files."""
    pair = f'certificate = "{folder / "centre.pem"}", key = "{folder / "centre.key"}"'
    ca = folder / CA
    return (
        "the configuration wants:",
        f'  [http] tls = {{ {pair}, client_ca = "{ca}" }}',
        f'  [mqtt] tls = {{ ca = "{ca}", {pair} }}',
        "the broker wants what `central-sync fleet acl` writes",
    )


def _row(path: Path) -> dict[str, str]:
    """Return what is public of a certificate."""
    try:
        one = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise stop(f"{path}: {error}", code=BAD) from None
    return {
        "file": path.name,
        "ends": one.not_valid_after_utc.isoformat(),
        "sha256": one.fingerprint(hashes.SHA256()).hex(),
        "names": ", ".join(hosts_of(path)),
    }
