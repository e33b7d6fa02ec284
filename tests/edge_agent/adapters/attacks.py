"""What somebody may do to a store's update: one table, each line a name and an act.

An act changes the scene in which a store that runs release 1 fetches release 2. What stands in the
table must be refused; test_tampering plays it. What is done to a delta, which is only the shorter
of two ways, may bring the signed file whole instead, and nothing else.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import zstandard
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import DelegatedRole, Delegations, Root, TargetFile, Targets

from central_sync.adapters.release_shortcuts import difference
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import FileRef, ReleaseManifest
from endcap.wire.release_paths import delta_path, release_path
from tests.fakes.http_folder import HttpFolder, Twist
from tests.fakes.release_world import Centre
from tests.fakes.thief import Thief, flipped
from tests.fakes.tiny_models import tiny

STRANGER = CryptoSigner.generate_ed25519()
OLD, NEW = tiny(2.0, ballast=20_000), tiny(3.0, ballast=22_000)
"""What is in releases 1 and 2; the delta between them is 7 kB, most of them new weights."""


@dataclass
class Scene:
    """Where an attack happens. `old` is the repository as it was with release 1 alone."""

    centre: Centre
    http: HttpFolder
    thief: Thief
    old: Path
    after: timedelta = field(default=timedelta(0))

    def serve(self, ending: str, content: bytes) -> None:
        """Serve other bytes for the file whose path ends so."""
        self.http.twists[ending] = lambda _: content


Act = Callable[[Scene], object]

METADATA = {
    "timestamp.json": {
        "key id": r'"keyid":\s*"(\w+)"',
        "signature": r'"sig":\s*"(\w+)"',
        "type": r'"_type":\s*"(\w+)"',
        "version": r'"version":\s*(\d+)[,\s}]',
        "expiry": r'"expires":\s*"(\d{4})',
        "specification": r'"spec_version":\s*"([^"]+)"',
        "hash of the snapshot": r'"sha256":\s*"(\w+)"',
        "length of the snapshot": r'"length":\s*(\d+)',
    },
    ".snapshot.json": {
        "signature": r'"sig":\s*"(\w+)"',
        "version": r'"version":\s*(\d+)[,\s}] *\}',
        "expiry": r'"expires":\s*"(\d{4})',
        "name of the targets": r'"(targets.json)"',
    },
    ".targets.json": {
        "signature": r'"sig":\s*"(\w+)"',
        "version": r'"version":\s*(\d+)[,\s}]',
        "expiry": r'"expires":\s*"(\d{4})',
        "path of a file": r'"releases/(2).json"',
        "hash of a file": r'"sha256":\s*"(\w+)"',
        "length of a file": r'"length":\s*(\d+)',
    },
    ".root.json": {
        "signature": r'"sig":\s*"(\w+)"',
        "key": r'"public":\s*"(\w+)"',
        "threshold": r'"threshold":\s*(\d)',
        "keys of a role": r'"keyids":\s*\[\s*"(\w+)"',
        "expiry": r'"expires":\s*"(\d{4})',
        "version": r'"version":\s*(\d+)[,\s}]',
    },
}
FILES = {
    ".2.json": {"number": r'"release":(\d+)', "hash": r'"sha256":"(\w+)"', "end": r"(.)$"},
    ".onnx": {"beginning": r"^(.)", "middle": r"^.{60000}(.)", "end": r"(.)$"},
    ".golden.json": {"beginning": r"^(.)", "end": r"(.)$"},
}
EVERY = ("timestamp.json", ".snapshot.json", ".targets.json", *FILES)


def _twist(ending: str, twist: Twist, scene: Scene) -> None:
    if ending == ".root.json":
        scene.thief.forge("root", scene.thief.keys["root"][:2])
        ending = "2.root.json"
    scene.http.twists[ending] = twist


def changed() -> Iterator[tuple[str, Act]]:
    """Yield a changed byte in every region of every file."""
    for ending, regions in {**METADATA, **FILES}.items():
        for region, pattern in regions.items():
            yield f"changed: {region} in {ending}", partial(_twist, ending, flipped(pattern))


def sized() -> Iterator[tuple[str, Act]]:
    """Yield files that are empty, cut off, longer or without end."""
    for ending in EVERY:
        yield f"empty: {ending}", partial(_twist, ending, lambda _: b"")
        yield f"cut off: {ending}", partial(_twist, ending, lambda content: content[:-1])
        yield f"longer: {ending}", partial(_twist, ending, lambda content: content + b" {}")
        yield f"endless: {ending}", partial(_endless, ending)


def _endless(ending: str, scene: Scene) -> None:
    scene.http.endless = ending


def _old(*endings: str) -> Act:
    """Serve files of the past."""

    def act(scene: Scene) -> None:
        for ending in endings:
            role = ending.removesuffix(".json").strip(".")
            scene.serve(ending, Thief(scene.old, {}).newest(role).read_bytes())

    return act


def _rolled_back(scene: Scene) -> None:
    """Serve the whole past under new versions, with stolen online keys."""
    past = Thief(scene.old, {}).newest("targets").read_bytes()
    (scene.thief.folder / "2.targets.json").write_bytes(past)
    scene.thief.vouch(scene.thief.folder / "2.targets.json")


def _older_snapshot(scene: Scene) -> None:
    scene.thief.stamp(Thief(scene.thief.folder, {}).folder / "2.snapshot.json")


def _frozen(scene: Scene) -> None:
    scene.after = timedelta(days=2)


def _swapped(scene: Scene) -> None:
    """Serve one signed file for another."""
    golden = next(scene.centre.folder.glob("targets/models/**/*.golden.json")).read_bytes()
    scene.serve(".onnx", golden)


TIME: dict[str, Act] = {
    "replay: the timestamp of yesterday": _old("timestamp.json"),
    "replay: the snapshot of yesterday": _old(".snapshot.json"),
    "replay: the targets of yesterday": _old(".targets.json"),
    "rollback: everything of yesterday": _old("timestamp.json", ".snapshot.json", ".targets.json"),
    "rollback: older targets, vouched for by stolen online keys": _rolled_back,
    "rollback: an older snapshot, stamped by a stolen key": _older_snapshot,
    "freeze: nothing new for two days": _frozen,
    "mix: one signed file served as another": _swapped,
}


def _evil(signed: Targets) -> None:
    """Sign an evil manifest in."""
    signed.targets["releases/2.json"] = TargetFile.from_data(
        "releases/2.json", b'{"evil": true}', ["sha256"]
    )


def _targets_by(*roles: str, stranger: bool = False) -> Act:
    """Sign targets with the first key of other roles, and vouch for them."""

    def act(scene: Scene) -> None:
        keys = [scene.thief.keys[role][0] for role in roles] + [STRANGER] * stranger
        scene.thief.vouch(scene.thief.forge("targets", keys, _evil))

    return act


def _root_by(*signers: int, strangers: bool = False) -> Act:
    """Sign a root that trusts a stranger, with some of the root keys."""

    def usurp(signed: Root) -> None:
        signed.add_key(STRANGER.public_key, "root")
        signed.add_key(STRANGER.public_key, "targets")
        signed.roles["root"].threshold = 1
        signed.roles["targets"].threshold = 1

    def act(scene: Scene) -> None:
        keys = [scene.thief.keys["root"][one] for one in signers] + [STRANGER] * strangers
        scene.thief.forge("root", keys, usurp)

    return act


def _same_key_twice(scene: Scene, *, other: bool) -> None:
    """Sign a root with one key twice, under its own name or another's."""
    first, second = scene.thief.keys["root"][:2]
    forged = scene.thief.forge("root", [first])
    content = json.loads(forged.read_bytes())
    again = dict(content["signatures"][0])
    again["keyid"] = second.public_key.keyid if other else again["keyid"]
    content["signatures"].append(again)
    forged.write_text(json.dumps(content))


def _delegated(scene: Scene) -> None:
    """Name the release in a role that the targets keys delegate to."""
    key = STRANGER.public_key

    def delegate(signed: Targets) -> None:
        signed.targets.pop("releases/2.json")
        role = DelegatedRole("wave", [key.keyid], 1, terminating=True, paths=["releases/*"])
        signed.delegations = Delegations({key.keyid: key}, {"wave": role})

    scene.thief.vouch(scene.thief.forge("targets", scene.thief.keys["targets"], delegate))


KEYS: dict[str, Act] = {
    "stolen: the timestamp key signs targets": _targets_by("timestamp"),
    "stolen: every online key signs targets": _targets_by("timestamp", "snapshot"),
    "stolen: a root key signs targets": _targets_by("root"),
    "stolen: one of two targets keys": _targets_by("targets"),
    "stolen: one of two targets keys, and every online key": _targets_by(
        "targets", "timestamp", "snapshot"
    ),
    "stranger: a key nobody knows signs targets": _targets_by(stranger=True),
    "stolen: one of two root keys signs a new root": _root_by(0),
    "stolen: one root key, and the new root signs itself": _root_by(0, strangers=True),
    "stolen: the same root key twice": partial(_same_key_twice, other=False),
    "stolen: the same root key twice, under two names": partial(_same_key_twice, other=True),
    "delegated: a role that the targets keys trust names the release": _delegated,
}


def _unsigned(ending: str, scene: Scene) -> None:
    _twist(ending, _without_signatures, scene)


def _without_signatures(content: bytes) -> bytes:
    bare, times = re.subn(
        rb'"signatures":\s*\[.*?\]', b'"signatures": []', content, flags=re.DOTALL
    )
    assert times == 1
    return bare


def _named_by_another(scene: Scene) -> None:
    """Sign a manifest whose hash in the targets is right and whose models are another's."""
    _twist(".2.json", flipped(r'"golden":\{"file":"golden.json","sha256":"(\w+)"'), scene)


SHAPES: dict[str, Act] = {
    # CVE-2026-34155: the signature covered a part of a large payload; what came after was free.
    "CVE-2026-34155: the last bytes of a large file changed": partial(
        _twist, ".onnx", lambda content: content[:-4_000] + b"?" * 4_000
    ),
    "CVE-2026-34155: bytes past the signed length": partial(
        _twist, ".onnx", lambda content: content + b"payload"
    ),
    # CVE-2025-67903: metadata that could not be verified passed as verified.
    **{
        f"CVE-2025-67903: no signature at all on {ending}": partial(_unsigned, ending)
        for ending in METADATA
    },
    # MEN-1412: the checksums of what lay beside the payload were not looked at.
    "MEN-1412: the golden file, beside the model": partial(
        _twist, ".golden.json", flipped(r'"cases":\[(.*)\]')
    ),
    "MEN-1412: the hash of the golden file in the manifest": _named_by_another,
    "MEN-1412: the control keys": partial(
        _twist, "control-keys.json", flipped(r'"public":"(\w+)"')
    ),
}


def attacks() -> dict[str, Act]:
    """Return every attack by its name."""
    return {**dict(changed()), **dict(sized()), **TIME, **KEYS, **SHAPES}


FRAME = {
    "magic number": r"^(.)",
    "header": r"^.{4}(.)",
    "window": r"^.{5}(.)",
    "length that it promises": r"^.{6}(.)",
    "first block": r"^.{10}(.)",
    "middle": r"^.{3000}(.)",
    "end": r"(.)$",
}
BOMB = zstandard.ZstdCompressor().compress(bytes(300_000_000))
SILENT = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(300_000_000))
WRONG = {
    "a delta of another base": difference(tiny(9.0, ballast=3_000).model, NEW.model),
    "a delta that leads to another file": difference(OLD.model, tiny(8.0, ballast=22_000).model),
    "a delta that leads to a shorter file": difference(OLD.model, NEW.model[:-1]),
    "a delta with more behind it": difference(OLD.model, NEW.model) + b"payload",
    "a bomb of 300 MB": BOMB,
    "a bomb that does not tell its size": SILENT,
    "the model that it leads from": OLD.model,
}


def _signed_delta(frame: bytes, scene: Scene) -> None:
    """Let the centre itself sign another frame as the delta of release 2."""
    content = scene.centre.repository.content(release_path(2))
    assert content
    made = ReleaseManifest.model_validate_json(content)
    (delta,) = made.deltas
    file = FileRef(file="d.zst", sha256=sha256_of(frame), length=len(frame))
    other = delta.model_copy(update={"file": file})
    signed = made.model_copy(update={"deltas": (other,), "chunks": {}})
    asyncio.run(scene.centre.publish(signed, [NEW], {delta_path(other): frame}))


def _missing(scene: Scene) -> None:
    for frame in scene.centre.folder.glob("targets/deltas/*.zst"):
        frame.unlink()


def attacks_on_the_delta() -> dict[str, Act]:
    """Return every attack on the shorter way, by its name."""
    regions = {
        f"changed: {region} of a delta": partial(_twist, ".zst", flipped(pattern))
        for region, pattern in FRAME.items()
    }
    swapped = {
        f"swapped for {what}": partial(Scene.serve, ending=".zst", content=frame)
        for what, frame in WRONG.items()
    }
    mistaken = {**WRONG, "half a delta": difference(OLD.model, NEW.model)[:3_000]}
    signed = {f"signed: {what}": partial(_signed_delta, frame) for what, frame in mistaken.items()}
    sizes: dict[str, Act] = {
        "empty: a delta": partial(_twist, ".zst", lambda _: b""),
        "cut off: a delta": partial(_twist, ".zst", lambda content: content[:-1]),
        "longer: a delta": partial(_twist, ".zst", lambda content: content + b"?"),
        "endless: a delta": partial(_endless, ".zst"),
        "missing: a delta": _missing,
    }
    return {**regions, **swapped, **signed, **sizes}
