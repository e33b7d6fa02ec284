"""`edge-agent enrol CONFIG URL [TOKEN]`: the store becomes one of the centre's.

The key is made here and never leaves. An agent that runs takes up what is
made here by itself.
"""

import os
import time
from pathlib import Path

import click

from edge_agent.adapters.enrolment_client import (
    Asking,
    EnrolmentClient,
    check_mark,
    find_authority,
)
from edge_agent.adapters.identity_folder import IdentityFolder, key_shown
from edge_agent.agent.identifying import identity_folder
from edge_agent.commands.reading import USAGE, config_argument, read_config, stop
from edge_agent.config import EdgeConfig
from edge_agent.ports.identity import IdentityError, IdentityRefusedError
from endcap.plumbing.config_values import web_address
from endcap.wire.enrolment import grouped, read_token
from endcap.wire.errors import UnreadableError

POLL_S = 5.0
BAD = 1


@click.command("enrol")
@config_argument
@click.argument("url")
@click.argument("token", required=False)
@click.option("--pending", is_flag=True, help="Without a token: wait until a person says yes.")
@click.option("--preauthorised", is_flag=True, help="Without a token: the centre knows our key.")
@click.option("--mark", help="The mark of the centre's authority, to compare without a token.")
def enrol(
    config: Path,
    url: str,
    token: str | None,
    mark: str | None,
    *,
    pending: bool,
    preauthorised: bool,
) -> None:
    """Enrol the store at the centre at URL.

    TOKEN is what `central-sync enrol new` shows; URL#TOKEN, as in its QR code, is right too.
    """
    settings = read_config(config, check_files=False)
    url, _, inside = url.partition("#")
    token = token or inside or None
    if (token is not None) + pending + preauthorised != 1:
        raise stop("one is wanted: a TOKEN, --pending or --preauthorised", code=USAGE)
    folder = identity_folder(settings)
    try:
        address = web_address(url)
        _find(folder, address, token, mark)
        _ask(settings, folder, Asking(token, wait=pending))
        _put_in_place(settings, folder)
    except (ValueError, UnreadableError) as error:
        raise stop(str(error), code=USAGE) from None
    except (IdentityError, OSError) as error:
        raise stop(str(error), code=BAD) from None


def _find(folder: IdentityFolder, address: str, token: str | None, mark: str | None) -> None:
    """Find the centre, and keep whom to believe from now on."""
    wanted = read_token(token).mark if token is not None else None
    authority, found = find_authority(address)
    shown = grouped(found)
    if wanted is not None:
        check_mark(address, found, wanted)
    elif mark is not None:
        if mark.replace("-", "").upper() != shown.replace("-", ""):
            raise IdentityRefusedError(f"{address} has the mark {shown}, not the one given")
    else:
        click.echo(f"the centre's mark is {shown}")
        if not click.confirm("is it the one that `central-sync authority show` shows?"):
            raise IdentityRefusedError("then this is not the centre: see the address")
    folder.keep_centre(authority, address)


def _ask(settings: EdgeConfig, folder: IdentityFolder, asking: Asking) -> None:
    """Ask for the certificate; wait for a person where one decides."""
    client = EnrolmentClient(folder, settings.store.id)
    if asking.token is None:
        full, short = key_shown(folder.next_key())
        click.echo(f"this store's key is {short}")
        click.echo(f"in full {full}", err=True)
    request = client.ask(asking)
    if request is not None:
        click.echo(f"waiting for: central-sync enrol accept CONFIG {request[:8]}")
    while request is not None:
        time.sleep(POLL_S)  # noqa: TID251 - a person is being waited for
        request = client.poll(request)


def _put_in_place(settings: EdgeConfig, folder: IdentityFolder) -> None:
    """Try the certificate at the centre, and let it count."""
    try:
        EnrolmentClient(folder, settings.store.id).try_at_centre()
    except IdentityError as error:
        # There is nothing older to fall back on; the broker may take it all the same.
        click.echo(f"not tried at the centre: {error}", err=True)
    _give_to_the_agent(settings, folder)  # one that runs looks as soon as the name moves
    folder.switch()
    _give_to_the_agent(settings, folder)
    held = folder.current()
    click.echo(f"{settings.store.id} is enrolled until {held.ends:%Y-%m-%d}; it renews itself")
    click.echo("an agent that runs takes it up within seconds; else: systemctl start edge-agent")


def _give_to_the_agent(settings: EdgeConfig, folder: IdentityFolder) -> None:
    """Let the user that the agent runs as have the files, when somebody else enrols it."""
    if os.geteuid() == 0 and settings.storage.folder.is_dir():
        owner = settings.storage.folder.stat()
        folder.give_to(owner.st_uid, owner.st_gid)
