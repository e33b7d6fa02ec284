"""Files of releases over real HTTP and TUF: cut, spoilt, as deltas, on disks that are full."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
import zstandard

from central_sync.adapters.release_shortcuts import difference
from edge_agent.adapters.brought_files import BroughtFiles
from edge_agent.adapters.deltas import applied
from edge_agent.adapters.downloads import Downloads
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.ports.updates import DamagedError, NotNowError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import CHUNK, Delta, FileRef, ReleaseManifest
from endcap.wire.release_paths import delta_path, golden_path, model_path, release_path
from tests.fakes.http_folder import HttpFolder, flip, serving
from tests.fakes.release_world import QUICK, Centre, centre
from tests.fakes.tiny_models import NOON, TinyModel, described, release, tiny

BALLAST = 500_000  # floats: 2 MB, eight pieces
FIRST = tiny(2.0, ballast=BALLAST)


def trained_further(model: TinyModel, seed: int = 3) -> TinyModel:
    """Return `model` with some of its bytes changed, as after training a little more."""
    content = np.frombuffer(model.model, dtype=np.uint8).copy()
    places = np.random.default_rng(seed).integers(1000, len(content) - 1000, 200)
    content[places] ^= 1
    return described(content.tobytes(), model.golden, version="1.0.1")


SECOND = trained_further(FIRST)


@dataclass
class World:
    centre: Centre
    http: HttpFolder
    releases: TufReleases
    files: ModelFolder

    def publish(self, made: ReleaseManifest, *models: TinyModel, **also: bytes) -> None:
        """Publish a release as the centre does, with its pieces and deltas."""
        at_hand = {model_path(one.manifest): one.model for one in models}
        at_hand |= {golden_path(one.manifest): one.golden for one in models}
        deltas = {delta_path(delta): also[delta.base] for delta in made.deltas}
        texts = {release_path(made.release): made.model_dump_json().encode()}

        async def work() -> None:
            repository = self.centre.repository
            await repository.stage({**at_hand, **deltas, **texts}, (), NOON)
            await repository.sign(self.centre.offline)
            await repository.publish(NOON)

        asyncio.run(work())

    def furnish(self, number: int, model: TinyModel, *live: ReleaseManifest) -> ReleaseManifest:
        """Publish `model` with whatever shortcuts the centre makes for it."""
        return asyncio.run(self.centre.furnish(release(number, model), [model], live))

    def fetch(self, number: int) -> None:
        for _ in range(100):
            try:
                asyncio.run(self.releases.fetch(number, NOON))
            except NotNowError:
                continue
            return
        pytest.fail("it never came")

    def targets_sent(self, work: Callable[[], None]) -> int:
        before = self.http.sent
        work()
        return self.http.sent - before


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    return asyncio.run(centre(tmp_path_factory.mktemp("centre")))


@pytest.fixture
def world(tmp_path: Path, empty: Centre) -> Iterator[World]:
    made = empty.copied(tmp_path / "centre")
    with serving(made.folder) as http, httpx.Client(timeout=20) as client:
        source = Source(http.url, made.repository.root(), "0.1.0", QUICK, reserve=0)
        files = ModelFolder(tmp_path / "store" / "models")
        clock = SystemClock()
        releases = TufReleases(source, tmp_path / "store" / "metadata", files, client, clock)
        yield World(made, http, releases, files)


def large(body: bytes) -> bool:
    """Tell whether what is sent is a model, and not metadata."""
    return len(body) > 20_000


def once(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Return a change of the first large body alone."""
    done: list[int] = []

    def changed(body: bytes) -> bytes:
        if done or not large(body):
            return body
        done.append(1)
        return change(body)

    return changed


METADATA = 60_000  # bytes, at most, that a fetch takes beside the files


@pytest.mark.parametrize("place", [0.0, 0.3, 0.99])
def test_a_byte_spoilt_on_the_way_costs_one_piece(world: World, place: float) -> None:
    world.furnish(1, FIRST)
    world.http.spoil = once(flip(place))
    sent = world.targets_sent(lambda: world.fetch(1))
    assert world.files.read_now(FIRST.manifest.model) == FIRST.model
    assert sent <= len(FIRST.model) + CHUNK + METADATA


def test_a_byte_spoilt_on_the_disk_costs_one_piece(world: World) -> None:
    world.furnish(1, FIRST)
    part = world.files.part(FIRST.manifest.model.sha256)
    part.parent.mkdir(parents=True)
    half = bytearray(FIRST.model[: len(FIRST.model) // 2])
    half[CHUNK + 5] ^= 1
    part.write_bytes(half)
    sent = world.targets_sent(lambda: world.fetch(1))
    assert world.files.read_now(FIRST.manifest.model) == FIRST.model
    assert sent <= len(FIRST.model) / 2 + CHUNK + METADATA


def test_a_piece_that_is_always_spoilt_is_given_up(world: World) -> None:
    world.furnish(1, FIRST)
    world.http.twists[".onnx"] = flip(0.5)
    with pytest.raises(DamagedError, match="pieces that are not what was signed"):
        asyncio.run(world.releases.fetch(1, NOON))
    assert world.http.sent <= len(FIRST.model) + 2 * CHUNK + METADATA


def test_a_list_of_pieces_that_fits_another_file_is_not_used(world: World) -> None:
    made = release(1, FIRST)
    odd = made.model_copy(update={"chunks": {FIRST.manifest.model.sha256: ("0" * 64,)}})
    world.publish(odd, FIRST)
    world.fetch(1)
    assert world.files.read_now(FIRST.manifest.model) == FIRST.model


def test_hundreds_of_cuts_and_a_spoilt_byte_cost_a_tenth_at_most(tmp_path: Path) -> None:
    """One file of 4 MB through a server that cuts everywhere, and once spoils a byte."""
    rng = random.Random(11)
    content = rng.randbytes(4 * 1024 * 1024)
    pieces = tuple(sha256_of(content[at : at + CHUNK]) for at in range(0, len(content), CHUNK))
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "model").write_bytes(content)
    cuts: list[int] = []
    spoilt: list[int] = []

    def cut(length: int) -> int | None:
        cuts.append(1)
        return min(length, rng.randrange(1, 32_000))

    def spoil(body: bytes) -> bytes:
        if len(cuts) != 100:
            return body
        spoilt.append(1)
        return flip(rng.random())(body)

    with serving(tmp_path / "web") as http, httpx.Client(timeout=20) as client:
        http.cut, http.spoil = cut, spoil
        downloads = Downloads(client, SystemClock(), replace(QUICK, patience=timedelta(minutes=5)))
        part = tmp_path / "store" / "model.part"
        for _ in range(200):
            try:
                got = downloads.large(f"{http.url}/model", part, len(content), pieces)
                break
            except NotNowError:
                continue
        assert got == content
        assert len(cuts) >= 200
        assert len(spoilt) == 1
        assert http.sent <= 1.1 * len(content)


def test_a_model_that_was_trained_further_comes_as_what_changed(world: World) -> None:
    old = world.furnish(1, FIRST)
    world.fetch(1)
    world.furnish(2, SECOND, old)
    world.http.asked.clear()
    sent = world.targets_sent(lambda: world.fetch(2))
    assert world.files.read_now(SECOND.manifest.model) == SECOND.model
    assert not [path for path in world.http.asked if ".onnx" in path]
    assert sent < 0.03 * len(SECOND.model) + METADATA
    assert not list(world.files.folder.glob("*.part"))


def test_a_store_without_the_older_file_takes_the_whole(world: World) -> None:
    old = world.furnish(1, FIRST)
    world.furnish(2, SECOND, old)
    world.fetch(2)
    assert not [path for path in world.http.asked if ".zst" in path]
    assert world.files.read_now(SECOND.manifest.model) == SECOND.model


def fetched_whole(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Fetch release 2, which comes whole, with one line that says why."""
    world.fetch(2)
    assert world.files.read_now(SECOND.manifest.model) == SECOND.model
    assert len([line for line in caplog.messages if "comes whole" in line]) == 1
    assert not list(world.files.folder.glob("*.part"))


TWISTS: dict[str, Callable[[bytes], bytes]] = {
    "spoilt": flip(0.5),
    "long": lambda body: body + b"more",
    "short": lambda body: body[:100],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("fault", ["spoilt", "long", "short", "empty", "missing", "unsigned"])
def test_whatever_is_wrong_with_a_delta_the_whole_file_comes(
    world: World, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    old = world.furnish(1, FIRST)
    world.fetch(1)
    world.furnish(2, SECOND, old)
    if fault == "unsigned":
        repository = world.centre.repository
        path = delta_path(Delta(base=FIRST.manifest.model.sha256,
                                target=SECOND.manifest.model.sha256,
                                file=FIRST.manifest.model))  # fmt: skip
        asyncio.run(repository.stage({}, [path], NOON))
        asyncio.run(repository.sign(world.centre.offline))
        asyncio.run(repository.publish(NOON))
    elif fault == "missing":
        for frame in (world.centre.folder / "targets").rglob("*.zst"):
            frame.unlink()
    else:
        world.http.twists[".zst"] = TWISTS[fault]
    fetched_whole(world, caplog)


def signed_delta(world: World, frame: bytes, base: TinyModel = FIRST) -> None:
    """Sign `frame` as the way to SECOND, whatever it is."""
    sha256 = sha256_of(frame)
    file = FileRef(file="d.zst", sha256=sha256, length=len(frame))
    base_hash = base.manifest.model.sha256
    delta = Delta(base=base_hash, target=SECOND.manifest.model.sha256, file=file)
    made = release(2, SECOND).model_copy(update={"deltas": (delta,)})
    world.publish(made, SECOND, **{base_hash: frame})


@pytest.mark.parametrize(
    "frame",
    [
        b"not a frame at all",
        difference(FIRST.model, FIRST.model),  # of another length than what is signed for, or equal
        difference(FIRST.model, SECOND.model[:-1] + b"!"),
        difference(SECOND.model, SECOND.model),  # made for another base
        difference(FIRST.model, SECOND.model) + b"more",
        zstandard.ZstdCompressor(write_content_size=False).compressobj().compress(b"") + b"\x28",
    ],
)
def test_a_signed_delta_that_leads_elsewhere_is_not_followed(
    world: World, caplog: pytest.LogCaptureFixture, frame: bytes
) -> None:
    world.furnish(1, FIRST)
    world.fetch(1)
    signed_delta(world, frame)
    fetched_whole(world, caplog)


def test_a_delta_that_is_cut_goes_on_where_it_stopped(world: World) -> None:
    old = world.furnish(1, FIRST)
    world.fetch(1)
    world.furnish(2, SECOND, old)
    stops = [100, 200]

    def cut(length: int) -> int | None:
        return stops.pop() if stops and 500 < length < 20_000 else None

    world.http.cut = cut
    world.fetch(2)
    assert not [path for path in world.http.asked if SECOND.manifest.model.sha256 + ".onnx" in path]


def test_a_bomb_takes_no_memory() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(300_000_000))
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(300_000_000))
    vast = b"\x28\xb5\x2f\xfd\xe0" + (1 << 44).to_bytes(8, "little") + b"\x01\x00\x00"
    for frame in (bomb, silent, vast):
        with pytest.raises(DamagedError, match="a delta makes"):
            applied(frame, b"base", 1000)


def test_no_room_is_said_before_anything_comes_and_what_is_here_counts(world: World) -> None:
    world.furnish(1, FIRST)
    world.releases._brought = BroughtFiles(world.files, reserve=10**15)
    with pytest.raises(NotNowError, match=r"no room: \d+ bytes to bring, 0 free beside"):
        asyncio.run(world.releases.fetch(1, NOON))
    assert not [path for path in world.http.asked if "/targets/models/" in path]


def test_parts_of_other_releases_make_room(world: World) -> None:
    world.furnish(1, FIRST)
    world.files.folder.mkdir(parents=True)
    stray, ours = world.files.part("a" * 64), world.files.part(FIRST.manifest.model.sha256)
    stray.write_bytes(b"stray")
    ours.write_bytes(FIRST.model[:1000])
    world.releases._brought = BroughtFiles(world.files, reserve=10**15)
    with pytest.raises(NotNowError, match="no room"):
        asyncio.run(world.releases.fetch(1, NOON))
    assert (stray.exists(), ours.exists()) == (False, True)


def test_a_download_keeps_to_its_bandwidth(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(bytes(300_000))
    with serving(tmp_path) as http, httpx.Client(timeout=20) as client:
        downloads = Downloads(client, SystemClock(), replace(QUICK, bandwidth=200_000))
        began = time.monotonic()  # noqa: TID251 - real time is what is tested
        downloads.large(f"{http.url}/model", tmp_path / "part", 300_000)
        assert time.monotonic() - began > 0.45  # noqa: TID251 - likewise


def test_a_program_that_ends_does_not_wait_for_a_slow_download(world: World) -> None:
    world.furnish(1, FIRST)
    slow = Source(
        world.http.url,
        world.centre.repository.root(),
        "0.1.0",
        replace(QUICK, bandwidth=200, patience=timedelta(minutes=5)),
        0,
    )

    async def work() -> None:
        with httpx.Client(timeout=20) as client:
            folder = world.files.folder.parent / "slow"
            releases = TufReleases(slow, folder, world.files, client, SystemClock())
            task = asyncio.create_task(releases.fetch(1, NOON))
            await asyncio.sleep(1.0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    began = time.monotonic()  # noqa: TID251 - real time is what is tested
    asyncio.run(work())  # waits for its threads
    assert time.monotonic() - began < 60  # noqa: TID251 - a minute's 12 kB are not the model
