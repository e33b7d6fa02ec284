"""`central-sync fleet revoke|reinstate|acl`: which stores count no more, and what the broker knows.

The centre itself asks its registry on every request; a broker has to be told.
"""

import shutil
from pathlib import Path

import click

from central_sync.adapters import enrolment_decisions as decisions
from central_sync.adapters import identity_tables as tables
from central_sync.adapters.authority import BROKER, CA
from central_sync.commands.authority import config_argument
from central_sync.commands.authority import opened as authority_of
from central_sync.commands.centre_database import centre_that_ran, changed, ordered
from central_sync.commands.enrol import (
    json_option,
    looked,
    make_token,
    tell_token,
    wrong_store,
)
from central_sync.commands.speaking import BAD, disk_trouble_told, stop
from central_sync.core.broker_rules import mosquitto_acl, mosquitto_conf, nats_conf
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import write_atomically

_NEXT = "tell the broker too: central-sync fleet acl CONFIG --out DIR"
_FOLDER = "/etc/mosquitto/endcap"


@click.command("revoke")
@config_argument
@click.argument("store")
@click.option("--reason", required=True, help="Why; stores and people are told it.")
def revoke(config: Path, store: str, reason: str) -> None:
    """Let nothing of STORE count any more.

    Its certificates, tokens and requests; what it says from now on is not taken in.
    """
    settings = centre_that_ran(config)
    if fault := wrong_store(store):
        raise stop(fault)
    said = " ".join(reason.split())[:200]
    if not said:
        raise stop("say why: --reason TEXT")
    with changed(settings) as db:
        count = decisions.revoke(db, store, said, ordered())
    click.echo(f"{store} is revoked, and {count} certificates with it; {_NEXT}")


@click.command("reinstate")
@config_argument
@click.argument("store")
@click.option("--url", default="", help="Where the store reaches the centre, for the QR code.")
@json_option
def reinstate(config: Path, store: str, url: str, *, as_json: bool) -> None:
    """Let STORE enrol anew, with the token shown.

    What it had before stays revoked.
    """
    settings = centre_that_ran(config)
    if fault := wrong_store(store):
        raise stop(fault)
    with changed(settings) as db:
        was = decisions.reinstate(db, store, ordered())
        token = make_token(settings, db, store) if was else None
    if token is None:
        raise stop(f"{store} was not revoked", code=BAD)
    tell_token(token, url, None, as_json=as_json)


@click.command("acl")
@config_argument
@click.option("--format", "form", type=click.Choice(["mosquitto", "nats"]), default="mosquitto")
@click.option("--out", type=click.Path(path_type=Path), help="Write all files of the broker here.")
@click.option("--at", "place", default=_FOLDER, help="Where the broker will find them.")
def acl(config: Path, form: str, out: Path | None, place: str) -> None:
    """Write what the broker must know.

    That is who may say what, what is revoked, and its settings. Without --out the access rules
    alone, on stdout.
    """
    authority = authority_of(centre_that_ran(config))
    at = SystemClock().now()
    with looked(config) as db:
        enrolled, gone = tables.enrolled_stores(db), tables.revoked_stores(db)
        listed = authority.revocations(tables.revoked_serials(db, at), at)
    if form == "nats":
        files = {"endcap-nats.conf": nats_conf(enrolled, place)}
    else:
        files = {"endcap.acl": mosquitto_acl(gone), "endcap.conf": mosquitto_conf(place)}
        files |= {"revoked.pem": listed}
    if out is None:
        click.echo(next(iter(files.values())), nl=False)
        return
    with disk_trouble_told(out):
        for name, text in files.items():
            write_atomically(out / name, text.encode())
        for name in (CA, f"{BROKER}.pem", f"{BROKER}.key"):
            _copy(authority.folder / name, out / name)
    click.echo(f"{out}: {', '.join(sorted(one.name for one in out.iterdir()))}")


def _copy(source: Path, target: Path) -> None:
    """Copy one of the broker's own files, with its mode."""
    write_atomically(target, source.read_bytes(), mode=source.stat().st_mode & 0o777)
    shutil.copymode(source, target)
