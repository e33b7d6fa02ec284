"""`central-sync keys` as people use it: rotations, ceremonies with keys apart, rehearsals."""

import asyncio
import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.adapters.key_changes import KeyChanges
from central_sync.adapters.repository_reader import RepositoryReader
from central_sync.adapters.schema import migrate
from central_sync.adapters.signing_keys import (
    CONTROL,
    MODELS,
    control_signers,
    key_files,
    load_signer,
    load_signers,
    model_key,
)
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.commands.keys import keys
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.signed_orders import UntrustedError, opened, signed
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import Assignment, ControlKeys
from endcap.wire.release_paths import CONTROL_KEYS
from tests.central_sync.commands.audited import ME, audited

ROLES = ("root", "targets", "snapshot", "timestamp")


def say(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(keys, [str(word) for word in words])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@dataclass
class Ceremony:
    """A repository with its keys, and stores that read it with python-tuf's own client."""

    folder: Path

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def repository(self) -> Path:
        return self.folder / "tuf"

    def say(self, verb: str, *words: object, code: int = 0) -> str:
        found = say(verb, *words, "--repository", self.repository, code=code)
        return found.stderr if code else found.output

    def changes(self) -> KeyChanges:
        return KeyChanges(self.repository, self.keys / "online")

    def reader(self, name: str) -> RepositoryReader:
        """Return a store that began with the first root."""
        root = (self.keys / "root.json").read_bytes()
        return RepositoryReader(self.repository, root, self.folder / f"reader-{name}")

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for top in (self.repository, self.keys)
            for path in sorted(top.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }


@pytest.fixture
def made(tmp_path: Path) -> Ceremony:
    say("init", tmp_path / "keys", "--repository", tmp_path / "tuf")
    return Ceremony(tmp_path)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_new_keys_and_every_store_follows(made: Ceremony, role: str) -> None:
    awake = made.reader("awake")
    awake.read(SystemClock().now())
    before = made.changes().roles()
    told = made.say("rotate", role, made.keys)
    assert "root 2 is live" in told
    after = made.changes().roles()
    assert not set(before[role].keyids) & set(after[role].keyids)
    assert len(before[role].keyids) == len(after[role].keyids)
    assert {r: after[r].keyids for r in ROLES if r != role} == {
        r: before[r].keyids for r in ROLES if r != role
    }
    for reader in (awake, made.reader("slept")):
        assert reader.read(SystemClock().now()).get_targetinfo(CONTROL_KEYS) is not None


@pytest.mark.parametrize("role", ROLES)
def test_a_rehearsal_changes_nothing_and_says_what_would_change(made: Ceremony, role: str) -> None:
    before = made.files()
    told = made.say("rotate", role, made.keys, "--dry-run")
    assert made.files() == before
    assert told.startswith("nothing was changed; it would be:")
    assert "root: version 1 -> 2" in told
    assert f"{role}: version" in told
    assert "one that slept" in told


def test_a_store_that_slept_through_many_roots_walks_them(made: Ceremony) -> None:
    slept = made.reader("slept")
    slept.read(SystemClock().now())
    for role in ("root", "timestamp", "root", "targets", "snapshot", "root"):
        made.say("rotate", role, made.keys)
    assert made.changes().roles()["root"].version == 7
    updater = slept.read(SystemClock().now())
    assert updater._trusted_set.root.version == 7
    updater = made.reader("new").read(SystemClock().now())
    assert updater.get_targetinfo(CONTROL_KEYS) is not None


def test_old_keys_count_for_nothing_and_are_shown_so(made: Ceremony) -> None:
    made.say("rotate", "root", made.keys)
    made.say("rotate", "timestamp", made.keys)
    shown = made.say("show", made.keys)
    assert "offline/root-1.pem" in shown
    assert shown.count("counts for nothing") == 4
    assert "root       version 3: 2 of 3 keys must sign" in shown
    told = json.loads(made.say("show", made.keys, "--json"))
    standing = {one["file"]: one["counts"] for one in told["keys"]}
    assert standing["offline/root-4.pem"] == standing["online/timestamp-2.pem"] == "counts"
    assert standing["online/timestamp.pem"] == "counts for nothing; destroy it"
    for path in (*made.keys.glob("offline/root-[123].pem"), made.keys / "online/timestamp.pem"):
        path.unlink()
    asyncio.run(
        TufRepository(made.repository, made.keys / "online").refresh(
            SystemClock().now() + timedelta(2)
        )
    )
    assert "root 4 is live" in made.say("renew", "root", made.keys)


def test_one_lost_root_key_is_replaced_by_the_other_two(made: Ceremony) -> None:
    lost = made.changes().roles()["root"].keyids[1]
    for path in key_files(made.keys / "offline", "root"):
        if load_signer(path).public_key.keyid == lost:
            path.unlink()
    assert "1 keys replaced" in made.say("rotate", "root", made.keys, "--replace", lost[:12])
    assert lost not in made.changes().roles()["root"].keyids
    made.reader("slept").read(SystemClock().now())


def test_lost_online_keys_are_replaced_without_them(made: Ceremony) -> None:
    awake = made.reader("awake")
    awake.read(SystemClock().now())
    for role in ("timestamp", "snapshot"):
        (made.keys / "online" / f"{role}.pem").unlink()
        made.say("rotate", role, made.keys)
    awake.read(SystemClock().now())


def test_a_lost_targets_key_is_replaced_without_it(made: Ceremony) -> None:
    (made.keys / "offline" / "targets-1.pem").unlink()
    awake = made.reader("awake")
    awake.read(SystemClock().now())
    assert "root 2 is live" in made.say("rotate", "targets", made.keys)
    awake.read(SystemClock().now())


def test_keepers_who_are_apart_sign_one_after_another(made: Ceremony) -> None:
    people = []
    for number in (1, 2):
        folder = made.folder / f"person-{number}"
        folder.mkdir()
        shutil.move(made.keys / "offline" / f"root-{number}.pem", folder)
        people.append(folder)
    (made.keys / "offline" / "root-3.pem").unlink()
    told = made.say("rotate", "timestamp", made.keys)
    assert "0 of 2 signatures of the old root keys" in told
    assert "0 of 2 signatures" in made.say("publish", made.keys, code=1)
    assert "1 of 2 signatures" in made.say("sign", people[0])
    assert "1 of 2 signatures" in made.say("sign", people[0])  # twice is once
    assert "`keys publish` it" in made.say("sign", people[1] / "root-2.pem")
    assert "root 2 is live" in made.say("publish", made.keys)
    made.reader("slept").read(SystemClock().now())
    assert "no change of keys waits" in made.say("publish", made.keys, code=1)


def test_what_keepers_do_at_a_centre_that_ran_is_in_its_audit_log(tmp_path: Path) -> None:
    config, folder = tmp_path / "central.toml", tmp_path / "keys"
    config.write_text(f'[centre]\nfolder = "{tmp_path}"\n[mqtt]\nhost = "broker"\n')
    say("init", folder, "--config", config)
    person = tmp_path / "person"
    person.mkdir()
    for number in (1, 2):
        shutil.move(folder / "offline" / f"root-{number}.pem", person)
    say("rotate", "timestamp", folder, "--config", config)  # it has not run yet
    asyncio.run(_ran(tmp_path / "centre.sqlite"))
    say("sign", person, "--config", config)
    say("publish", folder, "--config", config)
    signed_by_two, published = audited(config)
    assert signed_by_two.startswith(f"{ME}: keys: sign: root 2: ")
    assert published == f"{ME}: keys: publish: root 2 is live"


async def _ran(database: Path) -> None:
    async with open_sqlite(database, migrate):
        pass


def test_a_rotation_of_targets_waits_for_the_new_targets_keys(tmp_path: Path) -> None:
    say(
        "init", tmp_path / "keys", "--repository", tmp_path / "tuf",
        "--targets-threshold", 2, "--targets-keys", 3,
    )  # fmt: skip
    made = Ceremony(tmp_path)
    apart = tmp_path / "apart"
    apart.mkdir()
    for path in (made.keys / "offline").glob("root-*"):
        shutil.move(path, apart)
    told = made.say("rotate", "targets", made.keys)
    assert "3 of 2 of the new targets keys" in told
    assert "`keys publish` it" in made.say("sign", apart)
    assert "root 2 is live" in made.say("publish", made.keys)
    made.reader("slept").read(SystemClock().now())


def test_the_control_key_is_replaced_by_a_signed_file(made: Ceremony) -> None:
    old = control_signers(made.keys)
    made.say("rotate", CONTROL, made.keys)
    both = control_signers(made.keys)
    assert len(both) == 2
    updater = made.reader("slept").read(SystemClock().now())
    target = updater.get_targetinfo(CONTROL_KEYS)
    assert target is not None
    told = ControlKeys.model_validate_json(Path(updater.download_target(target)).read_bytes())
    at = SystemClock().now()
    order = Assignment(store="s-1", counter=1, issued=at, expires=at + timedelta(1), release=1)
    assert opened(signed(order, both), Assignment, told) == order
    with pytest.raises(UntrustedError):
        opened(signed(order, old), Assignment, told)
    shown = made.say("show", made.keys)
    assert shown.count("counts for nothing") == 1


def test_the_key_that_signs_models_is_replaced_by_a_signed_file(made: Ceremony) -> None:
    before = made.changes().others()[MODELS]
    made.say("rotate", MODELS, made.keys, "--dry-run")
    assert made.changes().others()[MODELS] == before
    made.say("rotate", MODELS, made.keys)
    newest = model_key(made.keys)
    assert newest is not None
    assert made.changes().others()[MODELS] == (load_signer(newest).public_key.keyid,) != before
    assert made.changes().others()[CONTROL]


@pytest.mark.parametrize("role", ROLES)
def test_renewing_moves_the_end_and_no_key(made: Ceremony, role: str) -> None:
    before = made.changes().roles()
    made.say("renew", role, made.keys, "--dry-run")
    assert made.changes().roles() == before
    made.say("renew", role, made.keys)
    after = made.changes().roles()
    assert after[role].version == before[role].version + 1
    assert after[role].keyids == before[role].keyids
    made.reader("slept").read(SystemClock().now())


def test_an_expired_root_is_renewed(made: Ceremony) -> None:
    late = SystemClock().now() + timedelta(days=400)
    with pytest.raises(RepositoryError, match="expired"):
        made.reader("late").read(late)
    changes = made.changes()
    changes.stage("root", (), (), late)
    changes.sign(load_signers(made.keys / "offline", "root"))
    changes.publish(late)
    tuf = TufRepository(made.repository, made.keys / "online")
    asyncio.run(tuf.stage({}, (), late))
    asyncio.run(tuf.sign(made.keys / "offline"))
    asyncio.run(tuf.publish(late))
    made.reader("late").read(late)


def test_encrypted_keys_are_rotated_with_their_passphrase(tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    words = ("--passphrase-file", secret)
    say("init", tmp_path / "keys", "--repository", tmp_path / "tuf", *words)
    made = Ceremony(tmp_path)
    before = made.files()
    assert "--passphrase-file" in made.say("rotate", "timestamp", made.keys, code=1)
    assert made.files() == before
    made.say("rotate", "root", made.keys, *words)
    assert b"ENCRYPTED" in (made.keys / "offline" / "root-4.pem").read_bytes()
    made.say("rotate", "timestamp", made.keys, *words)
    made.reader("slept").read(SystemClock().now())


def test_what_cannot_be_done_is_said_in_a_line(made: Ceremony) -> None:
    assert "no root key begins so" in made.say(
        "rotate", "root", made.keys, "--replace", "zz", code=1
    )
    assert "none of these keys counts" in _staged(made).say(
        "sign", made.keys / "online" / "timestamp.pem", code=1
    )
    assert "--config CONFIG or --repository" in say("rotate", "root", made.keys, code=2).stderr
    gone = made.folder / "elsewhere"
    stderr = say("renew", "root", made.keys, "--repository", gone, code=1).stderr
    assert "run `keys init`" in stderr


def _staged(made: Ceremony) -> Ceremony:
    made.changes().stage("root", (), (), SystemClock().now())
    return made


def test_a_change_staged_on_an_older_root_is_begun_again(made: Ceremony) -> None:
    staged = _staged(made).repository / "waiting" / "root.json"
    kept = staged.read_bytes()
    made.say("rotate", "timestamp", made.keys)
    made.say("rotate", "timestamp", made.keys)
    staged.write_bytes(kept)
    assert "staged on an older state" in made.say("publish", made.keys, code=1)


def test_every_cut_in_a_ceremony_can_be_finished(made: Ceremony, tmp_path: Path) -> None:
    """Replays a rotation of every role file by file; after each cut `publish` finishes it."""
    for role in ROLES:
        cut = Ceremony(tmp_path / f"cut-{role}")
        shutil.copytree(made.keys, cut.keys)
        shutil.copytree(made.repository, cut.repository)
        _replay(cut, role)


def _replay(cut: Ceremony, role: str) -> None:
    offline = cut.folder / "away"
    shutil.move(cut.keys / "offline", offline)
    cut.say("rotate", role, cut.keys, "--new-keys", cut.folder / "new")
    for folder in (offline, cut.folder / "new"):
        if folder.is_dir() and any(folder.glob("*.pem")):
            cut.changes().sign(
                [signer for one in ("root", "targets") for signer in load_signers(folder, one)]
            )
    staged = cut.files()
    cut.changes().publish(SystemClock().now())
    after = cut.files()
    written = [name for name in after if staged.get(name) != after[name]]
    order = sorted(written, key=lambda name: (cut.folder / name).stat().st_mtime_ns)
    for count in range(len(order) + 1):
        torn = Ceremony(cut.folder / f"torn-{count}")
        for name, content in {**staged, **{one: after[one] for one in order[:count]}}.items():
            path = torn.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o400 if path.suffix == ".pem" else 0o600)
        torn.changes().publish(SystemClock().now())
        assert torn.reader("slept").read(SystemClock().now()).get_targetinfo(CONTROL_KEYS)
