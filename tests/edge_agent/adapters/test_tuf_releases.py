"""Signed releases over real HTTP: what is whole comes, what was touched does not."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    Targets,
    Timestamp,
)

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.ports.updates import DamagedError, NotNowError, UnfitError, UpdateError
from endcap.plumbing.clock import SystemClock
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.release_paths import files_of
from tests.fakes.http_folder import HttpFolder, flip, serving
from tests.fakes.release_world import QUICK, Centre, centre
from tests.fakes.tiny_models import NOON, TinyModel, release, tiny

DEMAND = tiny(2.0, ballast=20_000)


@dataclass
class World:
    centre: Centre
    http: HttpFolder
    releases: TufReleases
    files: ModelFolder
    folder: Path

    def fetch(self, number: int = 1, after: timedelta = timedelta(0)) -> ReleaseManifest:
        return asyncio.run(self.releases.fetch(number, NOON + after))

    def publish(self, number: int, *models: TinyModel, notes: str = "") -> None:
        asyncio.run(self.centre.publish(release(number, *models, notes=notes), models))


def new_store(folder: Path, http: HttpFolder, root: bytes, client: httpx.Client) -> TufReleases:
    source = Source(http.url, root, "0.1.0", QUICK, reserve=0)
    return TufReleases(
        source, folder / "metadata", ModelFolder(folder / "models"), client, SystemClock()
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    made = asyncio.run(centre(tmp_path_factory.mktemp("centre")))
    asyncio.run(made.publish(release(1, DEMAND), [DEMAND]))
    return made


@pytest.fixture
def world(tmp_path: Path, published: Centre) -> Iterator[World]:
    made = published.copied(tmp_path / "centre")
    with serving(made.folder) as http, httpx.Client(timeout=20) as client:
        releases = new_store(tmp_path / "store", http, made.repository.root(), client)
        folder = tmp_path / "store"
        yield World(made, http, releases, ModelFolder(folder / "models"), folder)


def nothing_came(world: World) -> bool:
    """Tell whether no model file lies in the store."""
    return not [path for path in (world.folder / "models").glob("*") if path.suffix != ".part"]


def test_a_signed_release_comes_whole_and_read_only(world: World) -> None:
    manifest = world.fetch()
    assert manifest == release(1, DEMAND)
    for file in files_of(manifest).values():
        path = world.files.folder / file.sha256
        assert path.stat().st_mode & 0o777 == 0o440
        assert world.files.read_now(file) in (DEMAND.model, DEMAND.golden)
    assert not list(world.files.folder.glob("*.part"))


def test_what_is_there_is_not_brought_again(world: World) -> None:
    world.fetch()
    world.http.asked.clear()
    world.fetch()
    assert not [path for path in world.http.asked if "/targets/models/" in path]


FILES = [
    "/timestamp.json",
    ".snapshot.json",
    ".targets.json",
    ".1.json",
    ".onnx",
    ".golden.json",
]


@pytest.mark.parametrize("place", [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("file", FILES)
def test_a_changed_byte_anywhere_is_refused(world: World, file: str, place: float) -> None:
    world.http.twists[file] = flip(place)
    with pytest.raises(UpdateError):
        world.fetch()
    if file != ".golden.json":
        assert nothing_came(world)
    world.http.twists.clear()
    world.fetch()  # the touched bytes left nothing behind that stands in the way


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_changed_byte_of_a_new_root_is_refused(world: World, place: float) -> None:
    rotate_root(world.centre)
    world.http.twists["2.root.json"] = flip(place)
    with pytest.raises(DamagedError, match="metadata"):
        world.fetch()
    assert nothing_came(world)


@pytest.mark.parametrize("file", FILES)
def test_a_truncated_file_is_refused(world: World, file: str) -> None:
    world.http.twists[file] = lambda content: content[: len(content) // 2]
    with pytest.raises(UpdateError):
        world.fetch()


@pytest.mark.parametrize("file", FILES)
def test_a_file_with_more_bytes_is_refused(world: World, file: str) -> None:
    world.http.twists[file] = lambda content: content + b" {}"
    with pytest.raises(DamagedError):
        world.fetch()


@pytest.mark.parametrize("file", FILES)
def test_endless_data_is_cut_off_at_the_signed_length(world: World, file: str) -> None:
    world.http.endless = file
    with pytest.raises(DamagedError, match="long"):
        world.fetch()
    assert sum(path.stat().st_size for path in world.folder.rglob("*") if path.is_file()) < 300_000


def test_older_metadata_is_refused(world: World) -> None:
    old = (world.centre.folder / "metadata" / "timestamp.json").read_bytes()
    world.publish(2, tiny(3.0))
    world.fetch(2)
    world.http.twists["/timestamp.json"] = lambda _: old
    with pytest.raises(DamagedError, match="version"):
        world.fetch(2)


def test_metadata_of_two_moments_is_refused(world: World) -> None:
    old = {
        name: (world.centre.folder / "metadata" / f"2.{name}").read_bytes()
        for name in ("snapshot.json", "targets.json")
    }
    world.publish(2, tiny(3.0))
    for name, content in old.items():
        world.http.twists = {f".{name}": lambda _, content=content: content}  # type: ignore[misc]
        with pytest.raises(DamagedError):
            world.fetch(2)


def test_expired_metadata_blocks_installs_and_says_so(world: World) -> None:
    with pytest.raises(NotNowError, match="installs wait for fresh signatures"):
        world.fetch(1, after=timedelta(days=2))
    asyncio.run(world.centre.repository.refresh(NOON + timedelta(days=2)))
    assert world.fetch(1, after=timedelta(days=2)).release == 1


def test_a_clock_that_was_never_set_blocks_installs(world: World) -> None:
    with pytest.raises(NotNowError, match="clock says 1970"):
        world.fetch(1, after=-timedelta(days=365 * 56))


def test_an_unsigned_release_is_waited_for(world: World) -> None:
    with pytest.raises(NotNowError, match="release 9 is not among the signed files"):
        world.fetch(9)


def resign(world: World, change: Callable[[Targets], None], signers: list[str]) -> None:
    """Publish changed targets metadata signed by the keys of other roles, as a thief would."""
    folder, ring = world.centre.folder / "metadata", world.centre.ring
    targets = Metadata[Targets].from_bytes((folder / "2.targets.json").read_bytes())
    targets.signatures.clear()
    targets.signed.version = 3
    change(targets.signed)
    for role in signers:
        targets.sign(ring.signers[role][0], append=True)
    root = Metadata[Root].from_bytes((folder / "1.root.json").read_bytes()).signed
    world.centre.repository._online.publish(targets, NOON, (root,))


def test_the_online_keys_alone_can_sign_no_release(world: World) -> None:
    resign(world, lambda _: None, ["timestamp", "snapshot"])
    with pytest.raises(DamagedError, match="targets was signed by 0/1 keys"):
        world.fetch()
    assert nothing_came(world)


def test_a_stolen_timestamp_key_can_sign_no_snapshot(world: World) -> None:
    folder, thief = world.centre.folder / "metadata", world.centre.ring.signers["timestamp"][0]
    snapshot = Metadata[Snapshot].from_bytes((folder / "2.snapshot.json").read_bytes())
    snapshot.signed.version = 9
    snapshot.sign(thief)
    (folder / "9.snapshot.json").write_bytes(snapshot.to_bytes())
    timestamp = Metadata[Timestamp].from_bytes((folder / "timestamp.json").read_bytes())
    timestamp.signed.version = 9
    timestamp.signed.snapshot_meta = MetaFile.from_data(9, snapshot.to_bytes(), ["sha256"])
    timestamp.sign(thief)
    (folder / "timestamp.json").write_bytes(timestamp.to_bytes())
    with pytest.raises(DamagedError, match="snapshot was signed by 0/1 keys"):
        world.fetch()
    assert nothing_came(world)


def test_what_a_delegated_role_names_is_not_trusted(world: World) -> None:
    signer = CryptoSigner.generate_ed25519()
    key = signer.public_key

    def delegate(targets: Targets) -> None:
        targets.targets.pop("releases/1.json")
        role = DelegatedRole("wave", [key.keyid], 1, terminating=True, paths=["releases/*"])
        targets.delegations = Delegations({key.keyid: key}, {"wave": role})

    resign(world, delegate, ["targets"])
    with pytest.raises(NotNowError, match="not among the signed"):
        world.fetch()
    assert not [path for path in world.http.asked if "wave" in path]


@pytest.fixture
def two_of_two(tmp_path: Path) -> Iterator[World]:
    made = asyncio.run(centre(tmp_path / "centre", threshold=2))
    asyncio.run(made.publish(release(1, DEMAND), [DEMAND]))
    with serving(made.folder) as http, httpx.Client(timeout=20) as client:
        releases = new_store(tmp_path / "store", http, made.repository.root(), client)
        folder = tmp_path / "store"
        yield World(made, http, releases, ModelFolder(folder / "models"), folder)


def test_one_of_two_keys_is_not_enough(two_of_two: World) -> None:
    assert two_of_two.fetch().release == 1
    resign(two_of_two, lambda _: None, ["targets"])
    with pytest.raises(DamagedError, match="signed by 1/2 keys"):
        two_of_two.fetch()


def test_a_manifest_signed_under_another_number_is_refused(world: World) -> None:
    content = release(1, DEMAND).model_dump_json().encode()
    repository = world.centre.repository
    asyncio.run(repository.stage({"releases/5.json": content}, (), NOON))
    asyncio.run(repository.sign(world.centre.offline))
    asyncio.run(repository.publish(NOON))
    with pytest.raises(UnfitError, match="signed as 5 is that of 1"):
        world.fetch(5)


def test_a_release_for_newer_agents_is_refused(world: World) -> None:
    newer = TinyModel(
        DEMAND.manifest.model_copy(update={"minimum_agent": "9.0.0"}), DEMAND.model, DEMAND.golden
    )
    world.publish(2, newer)
    with pytest.raises(UnfitError, match=r"wants agent 9\.0\.0 or newer; this is 0\.1\.0"):
        world.fetch(2)


def test_a_model_under_another_kind_is_refused(world: World) -> None:
    manifest = release(2, DEMAND).model_copy(update={"models": {"gaps": DEMAND.manifest}})
    asyncio.run(world.centre.publish(manifest, [DEMAND]))
    with pytest.raises(UnfitError, match="the model for 'gaps' is one of 'demand'"):
        world.fetch(2)


def test_no_room_is_said_before_the_download(world: World, tmp_path: Path) -> None:
    with httpx.Client() as client:
        source = Source(world.http.url, world.centre.repository.root(), "0.1.0", QUICK, 10**18)
        files = ModelFolder(tmp_path / "full" / "models")
        full = TufReleases(source, tmp_path / "full" / "metadata", files, client, SystemClock())
        with pytest.raises(NotNowError, match="no room"):
            asyncio.run(full.fetch(1, NOON))
    assert not [path for path in world.http.asked if "/targets/models/" in path]


@pytest.mark.parametrize("status", [404, 403, 500, 503, 302])
def test_a_server_in_trouble_is_waited_for(world: World, status: int) -> None:
    world.http.status = status
    with pytest.raises(NotNowError, match=str(status)):
        world.fetch()


def test_a_login_page_is_waited_for(world: World) -> None:
    world.http.content_type = "text/html; charset=utf-8"
    world.http.twists["timestamp.json"] = lambda _: b"<html>Welcome to our free WiFi</html>"
    with pytest.raises(NotNowError, match="login page"):
        world.fetch()


def test_a_dead_server_is_waited_for(tmp_path: Path, world: World) -> None:
    with httpx.Client() as client:
        source = Source("http://127.0.0.1:9", world.centre.repository.root(), "0.1.0", QUICK)
        files = ModelFolder(tmp_path / "m")
        releases = TufReleases(source, tmp_path / "meta", files, client, SystemClock())
        with pytest.raises(NotNowError, match="no fresh metadata"):
            asyncio.run(releases.fetch(1, NOON))


def test_a_wrong_root_trusts_nothing(world: World, tmp_path: Path) -> None:
    other = asyncio.run(centre(tmp_path / "other"))
    with httpx.Client() as client:
        stranger = new_store(tmp_path / "s", world.http, other.repository.root(), client)
        with pytest.raises(DamagedError, match="signed by 0/1 keys"):
            asyncio.run(stranger.fetch(1, NOON))


def rotate_root(made: Centre) -> None:
    """Sign a second root with two of the root keys, as a rotation does."""
    folder = made.folder / "metadata"
    root = Metadata[Root].from_bytes((folder / "1.root.json").read_bytes())
    root.signatures.clear()
    root.signed.version = 2
    for signer in made.ring.signers["root"][:2]:
        root.sign(signer, append=True)
    (folder / "2.root.json").write_bytes(root.to_bytes())


def test_a_new_root_is_followed(world: World) -> None:
    rotate_root(world.centre)
    assert world.fetch().release == 1
    assert (world.folder / "metadata" / "root_history" / "2.root.json").exists()


@pytest.mark.parametrize("ranges", [True, False])
def test_downloads_that_are_cut_go_on_where_they_stopped(world: World, *, ranges: bool) -> None:
    world.http.ranges = ranges
    stops = [30_000, 50_000]
    world.http.cut = lambda length: stops.pop() if stops and length > 60_000 else None
    until_it_comes(lambda: world.releases.fetch(1, NOON))
    assert world.files.read_now(DEMAND.manifest.model) == DEMAND.model


def test_random_cuts_install_nothing_bad_and_bring_little_twice(tmp_path: Path) -> None:
    rng = random.Random(3)
    made = asyncio.run(centre(tmp_path / "centre"))
    models = [tiny(float(number), ballast=15_000) for number in range(1, 31)]
    size = sum(len(one.model) + len(one.golden) for one in models)
    for number, one in enumerate(models, start=1):
        asyncio.run(made.publish(release(number, one), [one]))
    happened = []

    def cut(length: int) -> int | None:
        if length < 40_000 or rng.random() > 0.9:
            return None
        happened.append(length)
        return rng.randrange(1, length)

    with serving(made.folder) as http, httpx.Client(timeout=20) as client:
        http.cut = cut
        releases = new_store(tmp_path / "store", http, made.repository.root(), client)
        for number, one in enumerate(models, start=1):
            until_it_comes(lambda number=number: releases.fetch(number, NOON))  # type: ignore[misc]
            files = ModelFolder(tmp_path / "store" / "models")
            assert files.read_now(one.manifest.model) == one.model
        targets = http.sent
    assert len(happened) > 30
    assert targets < 1.1 * size + 30 * 30_000  # the metadata of 30 releases comes on top


def until_it_comes(fetch: Callable[[], Coroutine[None, None, ReleaseManifest]]) -> None:
    """Fetch again while the link breaks."""
    for _ in range(200):
        try:
            asyncio.run(fetch())
        except NotNowError:
            continue
        return
    pytest.fail("it never came")


def test_a_part_that_was_spoilt_on_the_disk_is_begun_anew(world: World) -> None:
    part = world.files.folder / f"{DEMAND.manifest.model.sha256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    assert world.fetch().release == 1
    assert world.files.read_now(DEMAND.manifest.model) == DEMAND.model


def test_a_part_that_is_too_long_is_begun_anew(world: World) -> None:
    part = world.files.folder / f"{DEMAND.manifest.model.sha256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(DEMAND.model) + 9))
    assert world.fetch().release == 1


def test_a_file_that_changed_on_the_disk_is_not_handed_out(world: World) -> None:
    file = world.fetch().models["demand"].model
    path = world.files.folder / file.sha256
    path.unlink()
    path.write_bytes(DEMAND.model[:-1] + b"?")
    with pytest.raises(DamagedError, match="not the signed one"):
        world.files.read_now(file)
    assert not path.exists()
    world.fetch()
    assert world.files.read_now(file) == DEMAND.model


@pytest.mark.parametrize("kind", ["link", "folder", "missing"])
def test_what_is_no_plain_file_is_not_handed_out(world: World, tmp_path: Path, kind: str) -> None:
    file = DEMAND.manifest.model
    world.files.folder.mkdir(parents=True)
    path = world.files.folder / file.sha256
    if kind == "link":
        (tmp_path / "real").write_bytes(DEMAND.model)
        path.symlink_to(tmp_path / "real")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(DamagedError):
        world.files.read_now(file)


def test_a_file_swapped_between_check_and_use_is_never_used(world: World) -> None:
    """Swaps race a reader: what is read is the signed file, or nothing."""
    file = world.fetch().models["demand"].model
    path = world.files.folder / file.sha256
    evil = path.with_suffix(".evil")
    good = path.with_suffix(".good")
    good.write_bytes(DEMAND.model)

    async def swap() -> None:
        for _ in range(300):
            evil.write_bytes(b"e" * len(DEMAND.model))
            evil.replace(path)
            await asyncio.sleep(0)
            again = path.with_suffix(".again")
            again.write_bytes(DEMAND.model)
            again.replace(path)
            await asyncio.sleep(0)

    async def read() -> int:
        refused = 0
        for _ in range(300):
            try:
                assert await world.files.read(file) == DEMAND.model
            except DamagedError:
                refused += 1
        return refused

    async def both() -> int:
        return (await asyncio.gather(asyncio.to_thread(asyncio.run, swap()), read()))[1]

    assert asyncio.run(both()) >= 0


def test_files_nobody_needs_are_swept(world: World) -> None:
    manifest = world.fetch()
    keep = manifest.models["demand"].model.sha256
    (world.files.folder / "notes.txt").write_text("not ours")
    asyncio.run(world.files.sweep(frozenset({keep})))
    assert sorted(path.name for path in world.files.folder.iterdir()) == sorted([keep, "notes.txt"])


def test_a_server_that_dribbles_is_left(world: World, tmp_path: Path) -> None:
    hurried = replace(QUICK, patience=timedelta(0), slowest=10**9)
    with httpx.Client() as client:
        source = Source(world.http.url, world.centre.repository.root(), "0.1.0", hurried, 0)
        files = ModelFolder(tmp_path / "m")
        releases = TufReleases(source, tmp_path / "meta", files, client, SystemClock())
        with pytest.raises(NotNowError, match="too slow"):
            asyncio.run(releases.fetch(1, NOON))
