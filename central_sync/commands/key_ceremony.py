"""`central-sync keys rotate|renew|sign|publish`: changing the keys that releases are trusted by.

A change is staged, signed with the root keys at hand, and published once enough have signed. Where
the keys are apart, each keeper runs `keys sign`; the last one runs `keys publish`. With --dry-run
everything is done in a copy, which is read as stores read it, and nothing stays.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
from securesystemslib.signer import Key, Signer

from central_sync.adapters.kept_words import sign_again
from central_sync.adapters.key_changes import ROLES, KeyStanding, Role
from central_sync.adapters.schema import migrate
from central_sync.adapters.signing_keys import (
    CONTROL,
    MODELS,
    add_key,
    add_token,
    public_pem,
    signers_at,
)
from central_sync.commands.centre_database import noted, ordered
from central_sync.commands.key_places import Place, find_place, read_passphrase, rehearsed
from central_sync.commands.speaking import BAD, disk_trouble_told, stop
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import ControlKeys
from endcap.wire.release_paths import CONTROL_KEYS, MODEL_SIGNING_KEY

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """What a rotation replaces, keys that begin with `replace` or all, and by which tokens."""

    role: str
    replace: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    passphrase: bytes | None = None


def _places(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where the repository and the keys are."""
    for option in (
        click.option("--config", type=click.Path(path_type=Path), help="The centre."),
        click.option("--repository", type=click.Path(path_type=Path), help="Or its repository."),
        click.option(
            "--passphrase-file", type=click.Path(path_type=Path), help="Of the keys, or the PIN."
        ),
    ):
        command = option(command)
    return command


_keys = click.argument("keys", type=click.Path(path_type=Path, exists=True))
_dry_run = click.option("--dry-run", is_flag=True, help="Rehearse in a copy; change nothing.")


@click.command("rotate")
@click.argument("role", type=click.Choice([*ROLES, CONTROL, MODELS]))
@_keys
@click.option("--replace", multiple=True, help="Only the key that begins so; all without it.")
@click.option("--new-keys", type=click.Path(path_type=Path), help="Where new keys are written.")
@click.option("--token", "tokens", multiple=True, help="Take this key of a token: hsm:ID?label=T.")
@_dry_run
@_places
def rotate(role: str, keys: Path, new_keys: Path | None, *, dry_run: bool, **rest: Any) -> None:  # noqa: ANN401 - click's
    """Replace the keys of ROLE, signing with those in the folder KEYS.

    The files of the old keys stay where they are; destroy them once `keys show` says that they
    count for nothing.
    """
    place = find_place(rest["config"], rest["repository"], keys, new_keys)
    wish = Wish(role, rest["replace"], rest["tokens"], read_passphrase(rest["passphrase_file"]))
    work = {CONTROL: _rotate_control, MODELS: _rotate_models}.get(role, _rotate)
    _done(place, f"rotate {role}", partial(work, wish=wish), dry_run=dry_run)
    if role == CONTROL and place.database is not None and not dry_run:
        count = asyncio.run(_sign_orders_again(place.database))
        click.echo(f"{count} orders to stores will be signed again, by every control key at hand")


@click.command("renew")
@click.argument("role", type=click.Choice(ROLES))
@_keys
@_dry_run
@_places
def renew(role: str, keys: Path, *, dry_run: bool, **rest: Any) -> None:  # noqa: ANN401 - click's
    """Sign what ROLE says anew, with a later end and the same keys."""
    place = find_place(rest["config"], rest["repository"], keys)
    wish = Wish(role, passphrase=read_passphrase(rest["passphrase_file"]))
    work = {"root": _renew_root, "targets": _renew_targets}.get(role, _renew_online)
    _done(place, f"renew {role}", partial(work, wish=wish), dry_run=dry_run)


@click.command("sign")
@_keys
@_places
def sign(keys: Path, **rest: Any) -> None:  # noqa: ANN401 - click's
    """Sign the change of keys that waits.

    KEYS is a key, or a folder of keys.
    """
    place = find_place(rest["config"], rest["repository"], keys)
    passphrase = read_passphrase(rest["passphrase_file"])
    standing = _told(place, lambda: _sign(place, passphrase))
    _note(place, f"sign: {standing.told}")
    click.echo(f"{standing.told}; {_advice(standing)}")


@click.command("publish")
@_keys
@_places
def publish(keys: Path, **rest: Any) -> None:  # noqa: ANN401 - click's
    """Make the change of keys that waits live. KEYS is the folder with the online keys."""
    place = find_place(rest["config"], rest["repository"], keys)
    standing = _told(place, lambda: place.changes.publish(SystemClock().now()))
    _note(place, f"publish: root {standing.version} is live")
    click.echo(f"root {standing.version} is live; stores find it at their next check")


def _done(place: Place, what: str, work: Callable[..., str], *, dry_run: bool) -> None:
    """Do `work` and note it, or rehearse it and say what it would change."""
    at = SystemClock().now()
    if not dry_run:
        done = _told(place, lambda: work(place, at=at))
        _note(place, f"{what}: {done}")
        click.echo(done)
        return
    said: list[str] = []
    lines = _told(place, lambda: rehearsed(place, lambda copy: said.append(work(copy, at=at)), at))
    click.echo("\n".join(("nothing was changed; it would be:", *lines, *said)))


def _note(place: Place, what: str) -> None:
    """Note in the audit log what was done to keys, where the centre's database is at hand."""
    database = place.database
    if database is None:
        return

    async def run() -> None:
        async with open_sqlite(database, migrate) as file:
            await noted(file, ordered(), f"keys: {what}")

    with disk_trouble_told(database):
        asyncio.run(run())


def _told(place: Place, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `work` returns
    """Do `work`; trouble ends the command in one line."""
    try:
        with disk_trouble_told(place.repository):
            return work()
    except RepositoryError as error:
        raise stop(str(error), code=BAD) from None


def _rotate(place: Place, *, wish: Wish, at: datetime) -> str:
    """Replace keys that the root names."""
    role = cast("Role", wish.role)
    gone = _chosen(place.changes.roles()[role].keyids, wish)
    _at_hand(place, wish.passphrase)  # what cannot be opened stops it before a key is made
    made = _new_keys(place, wish, len(gone))
    standing = place.changes.stage(role, made, gone, at)
    standing = _sign(place, wish.passphrase, at_least=standing)
    if not standing.complete:
        return f"{standing.told}; {_advice(standing)}"
    place.changes.publish(at)
    return f"{role}: {len(gone)} keys replaced; root {standing.version} is live"


def _rotate_control(place: Place, *, wish: Wish, at: datetime) -> str:
    """Replace the keys that sign orders: a file that the targets keys sign."""
    made = _new_keys(place, wish, 1)
    kept = [
        signer.public_key
        for signer in signers_at(place.online, CONTROL)
        if wish.replace and not signer.public_key.keyid.startswith(wish.replace)
    ]
    keys = {key.keyid: key for key in (*made, *kept)}
    told = ControlKeys(keys={keyid: key.to_dict() for keyid, key in keys.items()})
    content = told.model_dump_json().encode()
    return _release(place, wish, {CONTROL_KEYS: content}, at)


async def _sign_orders_again(database: Path) -> int:
    """Let the server sign its orders with the new key too."""
    async with open_sqlite(database, migrate) as file:
        return await sign_again(file)


def _rotate_models(place: Place, *, wish: Wish, at: datetime) -> str:
    """Replace the key that signs models; what the old one signed stays signed by it."""
    (made,) = _new_keys(place, wish, 1)
    return _release(place, wish, {MODEL_SIGNING_KEY: public_pem(made)}, at)


def _renew_root(place: Place, *, wish: Wish, at: datetime) -> str:
    """Sign the same root with a later end."""
    standing = place.changes.stage("root", (), (), at)
    standing = _sign(place, wish.passphrase, at_least=standing)
    if not standing.complete:
        return f"{standing.told}; {_advice(standing)}"
    place.changes.publish(at)
    return f"root {standing.version} is live"


def _renew_targets(place: Place, *, wish: Wish, at: datetime) -> str:
    """Sign the same targets with a later end."""
    return _release(place, wish, {}, at)


def _renew_online(place: Place, *, wish: Wish, at: datetime) -> str:
    """Sign snapshot and timestamp now."""
    asyncio.run(place.tuf.refresh(at, force=True))
    return f"{wish.role}: signed anew"


def _release(place: Place, wish: Wish, files: dict[str, bytes], at: datetime) -> str:
    """Publish `files` with the targets keys at hand, or leave the change for others to sign."""
    tuf = place.tuf
    standing = asyncio.run(tuf.standing())
    if standing.waiting:
        raise RepositoryError(
            f"release {standing.waiting[0]} waits for signatures; publish it first"
        )
    asyncio.run(tuf.stage(files, (), at))
    standing = asyncio.run(tuf.sign(place.offline, wish.passphrase))
    if standing.have < standing.need:
        return f"{standing.have} of {standing.need} signatures; go on with `release sign`"
    asyncio.run(tuf.publish(at))
    return "targets: signed anew and live"


def _sign(
    place: Place, passphrase: bytes | None, *, at_least: KeyStanding | None = None
) -> KeyStanding:
    """Sign what waits with every root and targets key at hand.

    With `at_least`, no key at hand is no fault: others sign.
    """
    signers = _at_hand(place, passphrase)
    if at_least and not any(one.public_key.keyid in at_least.wanted for one in signers):
        return at_least
    return place.changes.sign(signers)


def _at_hand(place: Place, passphrase: bytes | None) -> list[Signer]:
    """Return every signer that lies with the offline keys, or among the new ones."""
    return [
        signer
        for folder in dict.fromkeys((place.offline, place.new_keys))
        if folder.exists()
        for role in ("root", "targets")
        for signer in signers_at(folder, role, passphrase)
    ]


def _chosen(now: tuple[str, ...], wish: Wish) -> tuple[str, ...]:
    """Return the key ids that a rotation takes away."""
    gone = tuple(one for one in now if not wish.replace or one.startswith(wish.replace))
    if not gone:
        ids = ", ".join(one[:_SHORT] for one in now)
        raise RepositoryError(f"no {wish.role} key begins so; there are {ids}")
    return gone


def _new_keys(place: Place, wish: Wish, count: int) -> list[Key]:
    """Make or find as many new keys as are needed."""
    home = place.home(wish.role)
    named = [add_token(home, wish.role, uri, wish.passphrase) for uri in wish.tokens[:count]]
    made = [add_key(home, wish.role, wish.passphrase).public_key for _ in range(count - len(named))]
    return [*named, *made]


def _advice(standing: KeyStanding) -> str:
    return "`keys publish` it" if standing.complete else "others go on with `keys sign`"
