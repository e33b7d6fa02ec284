"""The signed repository: whole at every moment, signed by enough keys, readable by anyone."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadHTTPError
from tuf.api.metadata import Metadata, Targets
from tuf.ngclient import FetcherInterface, Updater

from central_sync.adapters.signing_keys import (
    control_signers,
    load_signer,
    load_signers,
    make_keys,
    online_folder,
    targets_folder,
)
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.ports.releases import NotEnoughSignaturesError, RepositoryError
from endcap.plumbing.signed_orders import opened, signed
from endcap.wire.orders import Assignment, ControlKeys
from endcap.wire.release_paths import CONTROL_KEYS, model_path
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import NOON, release, tiny

ONE = tiny(2.0)


@pytest.fixture
def made(tmp_path: Path) -> Centre:
    return asyncio.run(centre(tmp_path))


class FromFolder(FetcherInterface):
    """Hands the repository's files to python-tuf's own client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._folder / url.removeprefix("http://centre/")
        if not path.exists():
            raise DownloadHTTPError("none", 404)
        yield path.read_bytes()


def client(made: Centre, folder: Path, *, days: int = 0) -> Updater:
    """Return python-tuf's client, refreshed from the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "files").mkdir(exist_ok=True)
    updater = Updater(
        str(folder),
        "http://centre/metadata/",
        target_dir=str(folder / "files"),
        target_base_url="http://centre/targets/",
        fetcher=FromFolder(made.folder),
        bootstrap=made.repository.root(),
    )
    updater._trusted_set.reference_time = NOON + timedelta(days=days)
    updater.refresh()
    return updater


def test_the_reference_client_reads_what_is_published(made: Centre, tmp_path: Path) -> None:
    asyncio.run(made.publish(release(1, ONE), [ONE]))
    updater = client(made, tmp_path / "client")
    target = updater.get_targetinfo(model_path(ONE.manifest))
    assert target is not None
    assert Path(updater.download_target(target)).read_bytes() == ONE.model


def test_the_control_keys_are_in_the_first_repository(made: Centre, tmp_path: Path) -> None:
    signers = control_signers(made.offline.parent)
    updater = client(made, tmp_path / "client")
    target = updater.get_targetinfo(CONTROL_KEYS)
    assert target is not None
    told = ControlKeys.model_validate_json(Path(updater.download_target(target)).read_bytes())
    assert set(told.keys) == {signer.public_key.keyid for signer in signers} != set()
    order = Assignment(
        store="s-0001", counter=1, issued=NOON, expires=NOON + timedelta(days=1), release=1
    )
    assert opened(signed(order, signers), Assignment, told) == order


def test_the_reference_client_follows_every_change(made: Centre, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        asyncio.run(made.publish(release(number, ONE), [ONE]))
        updater = client(made, tmp_path / "client")
        assert updater.get_targetinfo(f"releases/{number}.json") is not None


def test_nothing_is_live_before_it_is_signed_and_published(made: Centre) -> None:
    asyncio.run(made.stage(release(1, ONE), [ONE]))
    standing = asyncio.run(made.repository.standing())
    assert (standing.releases, standing.waiting) == ((), (1,))
    assert (standing.have, standing.need) == (0, 1)
    with pytest.raises(NotEnoughSignaturesError, match="0 of 1 signatures"):
        asyncio.run(made.repository.publish(NOON))
    standing = asyncio.run(made.repository.sign(made.offline))
    assert standing.have == 1
    standing = asyncio.run(made.repository.publish(NOON))
    assert (standing.releases, standing.waiting, standing.need) == ((1,), (), 0)
    assert model_path(ONE.manifest) in standing.files


def test_two_of_two_keys_sign_one_after_the_other(tmp_path: Path) -> None:
    made = asyncio.run(centre(tmp_path, threshold=2))
    asyncio.run(made.stage(release(1, ONE), [ONE]))
    asyncio.run(made.repository.sign(made.offline / "targets-1.pem"))
    asyncio.run(made.repository.sign(made.offline / "targets-1.pem"))  # twice is once
    with pytest.raises(NotEnoughSignaturesError, match="1 of 2 signatures"):
        asyncio.run(made.repository.publish(NOON))
    asyncio.run(made.repository.sign(made.offline / "targets-2.pem"))
    assert asyncio.run(made.repository.publish(NOON)).releases == (1,)


def test_a_key_of_another_role_signs_no_release(made: Centre) -> None:
    asyncio.run(made.stage(release(1, ONE), [ONE]))
    with pytest.raises(RepositoryError, match="no targets key"):
        asyncio.run(made.repository.sign(made.offline / "root-1.pem"))


def test_signing_nothing_is_said(made: Centre) -> None:
    for work in (made.repository.sign(made.offline), made.repository.publish(NOON)):
        with pytest.raises(RepositoryError, match="nothing waits"):
            asyncio.run(work)


def test_what_was_staged_on_an_older_state_is_built_again(made: Centre) -> None:
    asyncio.run(made.stage(release(1, ONE), [ONE]))
    asyncio.run(made.repository.sign(made.offline))
    waiting = made.folder / "waiting" / "targets.json"
    kept = waiting.read_bytes()
    asyncio.run(made.repository.publish(NOON))
    waiting.write_bytes(kept)
    assert asyncio.run(made.repository.standing()).need == 0
    with pytest.raises(RepositoryError, match="older state"):
        asyncio.run(made.repository.publish(NOON))


def test_a_change_cut_off_after_any_file_leaves_old_or_new(made: Centre, tmp_path: Path) -> None:
    """Replays a publication file by file: after each one a new client and an old one can read."""
    asyncio.run(made.publish(release(1, ONE), [ONE]))
    before = shutil.copytree(made.folder, tmp_path / "before")
    client(made, tmp_path / "old")
    two = tiny(3.0)
    asyncio.run(made.publish(release(2, two), [two]))
    written = sorted(
        (path for path in made.folder.rglob("*") if path.is_file() and path.name != ".lock"),
        key=lambda path: path.stat().st_mtime_ns,
    )
    for count in range(len(written) + 1):
        torn = shutil.copytree(before, tmp_path / f"torn{count}")
        for path in written[:count]:
            place = torn / path.relative_to(made.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)
        cut = Centre(torn, TufRepository(torn, made.offline.parent / "online"), made.ring, torn)
        shutil.copytree(tmp_path / "old", tmp_path / f"reader{count}", symlinks=True)
        updater = client(cut, tmp_path / f"reader{count}")
        assert updater.get_targetinfo("releases/1.json") is not None
        again = updater.get_targetinfo("releases/2.json")
        assert (again is not None) == (path_is_new(torn, before))


def path_is_new(torn: Path, before: Path) -> bool:
    """Tell whether the page was turned: the timestamp is the new one."""
    place = Path("metadata") / "timestamp.json"
    return (torn / place).read_bytes() != (before / place).read_bytes()


def test_a_publication_that_was_cut_off_is_done_again(made: Centre, tmp_path: Path) -> None:
    asyncio.run(made.stage(release(1, ONE), [ONE]))
    asyncio.run(made.repository.sign(made.offline))
    timestamp = (made.folder / "metadata" / "timestamp.json").read_bytes()
    kept = (made.folder / "waiting" / "targets.json").read_bytes()
    asyncio.run(made.repository.publish(NOON))
    (made.folder / "metadata" / "timestamp.json").write_bytes(timestamp)
    (made.folder / "waiting" / "targets.json").write_bytes(kept)
    asyncio.run(made.repository.publish(NOON))
    assert client(made, tmp_path / "client").get_targetinfo("releases/1.json") is not None


def test_online_signatures_are_renewed_before_they_expire(made: Centre, tmp_path: Path) -> None:
    asyncio.run(made.publish(release(1, ONE), [ONE]))
    assert not asyncio.run(made.repository.refresh(NOON))
    versions = dict(asyncio.run(made.repository.standing()).versions)
    for hours in range(0, 24 * 20, 6):
        asyncio.run(made.repository.refresh(NOON + timedelta(hours=hours)))
    standing = asyncio.run(made.repository.standing())
    assert standing.versions["timestamp"] > versions["timestamp"] + 10
    assert standing.versions["snapshot"] > versions["snapshot"]
    assert standing.versions["targets"] == versions["targets"]
    assert client(made, tmp_path / "c", days=20).get_targetinfo("releases/1.json") is not None


def test_a_revoked_release_cannot_be_found_any_more(made: Centre, tmp_path: Path) -> None:
    asyncio.run(made.publish(release(1, ONE), [ONE]))
    asyncio.run(made.repository.stage({}, {"releases/1.json"}, NOON))
    asyncio.run(made.repository.sign(made.offline))
    assert asyncio.run(made.repository.publish(NOON)).releases == ()
    assert client(made, tmp_path / "client").get_targetinfo("releases/1.json") is None


def test_a_repository_is_begun_once(made: Centre) -> None:
    with pytest.raises(RepositoryError, match="already holds"):
        asyncio.run(made.repository.create(made.ring, NOON))


def test_no_repository_and_damaged_ones_are_said(made: Centre, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="keys init"):
        asyncio.run(TufRepository(tmp_path / "none", made.offline).standing())
    (made.folder / "metadata" / "timestamp.json").write_bytes(b"{")
    with pytest.raises(RepositoryError, match=r"timestamp\.json cannot be read"):
        asyncio.run(made.repository.standing())


def test_without_online_keys_nothing_is_published(made: Centre, tmp_path: Path) -> None:
    other = TufRepository(made.folder, tmp_path / "nowhere")
    with pytest.raises(RepositoryError, match="no timestamp key is at hand"):
        asyncio.run(other.refresh(NOON + timedelta(hours=20)))


def test_keys_are_for_their_owner_alone(made: Centre) -> None:
    for path in made.offline.parent.rglob("*.pem"):
        assert path.stat().st_mode & 0o777 == 0o400
        assert path.parent.stat().st_mode & 0o777 == 0o700
    path = made.offline / "root-1.pem"
    path.chmod(0o444)
    with pytest.raises(RepositoryError, match="may be read by others"):
        load_signer(path)


def test_offline_keys_may_be_encrypted(tmp_path: Path) -> None:
    ring = make_keys(tmp_path / "keys", passphrase=b"correct horse")
    path = tmp_path / "keys" / "offline" / "targets-1.pem"
    assert b"ENCRYPTED" in path.read_bytes()
    found = load_signer(path, b"correct horse")
    assert found.public_key.keyid == ring.signers["targets"][0].public_key.keyid
    for passphrase in (b"wrong", None):
        with pytest.raises(RepositoryError, match=r"targets-1\.pem"):
            load_signer(path, passphrase)
    assert load_signers(tmp_path / "keys" / "online", "timestamp")


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nxx\n"])
def test_what_is_no_key_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pem"
    path.write_bytes(content)
    path.chmod(0o400)
    with pytest.raises(RepositoryError, match="is no key"):
        load_signer(path)
    with pytest.raises(RepositoryError, match="cannot be read"):
        load_signer(tmp_path / "none.pem")


def test_keys_are_never_replaced(made: Centre) -> None:
    with pytest.raises(RepositoryError, match="already holds keys"):
        make_keys(made.offline.parent)
    with pytest.raises(RepositoryError, match="2 targets keys cannot give 3 signatures"):
        make_keys(made.offline.parent / "new", targets_threshold=3, targets_keys=2)


def test_keys_are_found_in_both_layouts(made: Centre) -> None:
    keys = made.offline.parent
    assert online_folder(keys) == keys / "online"
    assert online_folder(keys / "online") == keys / "online"
    assert targets_folder(keys) == targets_folder(keys / "offline") == keys / "offline"
    assert targets_folder(keys / "online") is None


def test_delegations_are_never_made(made: Centre) -> None:
    asyncio.run(made.publish(release(1, ONE), [ONE]))
    content = (made.folder / "metadata" / "2.targets.json").read_bytes()
    assert Metadata[Targets].from_bytes(content).signed.delegations is None
