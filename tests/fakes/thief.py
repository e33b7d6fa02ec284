"""Somebody with stolen keys, or none, at the place where the repository is served."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer
from tuf.api.metadata import Metadata, MetaFile

from tests.fakes.http_folder import Twist


class Thief:
    """Changes and signs anew the metadata in a folder; `keys` are the signers of each role."""

    def __init__(self, folder: Path, keys: dict[str, tuple[Signer, ...]]) -> None:
        self.folder = folder
        self.keys = keys

    def newest(self, role: str) -> Path:
        """Return the newest file of a role."""
        if role == "timestamp":
            return self.folder / "timestamp.json"
        files = self.folder.glob(f"*.{role}.json")
        return max(files, key=lambda file: int(file.name.partition(".")[0]))

    def forge(
        self, role: str, signers: Sequence[Signer], change: Callable[[Any], None] = lambda _: None
    ) -> Path:
        """Write the next version of a role, changed, with no signatures but those of `signers`."""
        forged: Metadata[Any] = Metadata.from_file(str(self.newest(role)))
        forged.signatures.clear()
        forged.signed.version += 1
        change(forged.signed)
        for signer in signers:
            forged.sign(signer, append=True)
        versioned = f"{forged.signed.version}.{role}.json"
        file = self.folder / ("timestamp.json" if role == "timestamp" else versioned)
        file.write_bytes(forged.to_bytes())
        return file

    def vouch(self, targets: Path, *, version: int | None = None) -> None:
        """Sign snapshot and timestamp for `targets`, with the stolen online keys."""
        meta = _meta(targets, version)
        snapshot = self.forge(
            "snapshot", self.keys["snapshot"], lambda signed: signed.meta.update(meta)
        )
        self.stamp(snapshot)

    def stamp(self, snapshot: Path) -> None:
        """Sign a timestamp for `snapshot`, with the stolen key."""
        meta = next(iter(_meta(snapshot, None).values()))
        self.forge(
            "timestamp", self.keys["timestamp"], lambda one: setattr(one, "snapshot_meta", meta)
        )


def _meta(file: Path, version: int | None) -> dict[str, MetaFile]:
    """Return what the role above says of a file, by its name without the version."""
    number, _, name = file.name.partition(".")
    return {name: MetaFile.from_data(version or int(number), file.read_bytes(), ["sha256"])}


def flipped(pattern: str) -> Twist:
    """Return a twist that changes one byte in the middle of what `pattern` finds first."""

    def twist(content: bytes) -> bytes:
        found = re.search(pattern.encode(), content, re.DOTALL)
        assert found, f"{pattern} is not in {content[:80]!r}"
        group = 1 if found.re.groups else 0
        place = (found.start(group) + found.end(group)) // 2
        other = b"1" if content[place : place + 1] != b"1" else b"2"
        return content[:place] + other + content[place + 1 :]

    return twist
