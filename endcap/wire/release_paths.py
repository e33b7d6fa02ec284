"""The names of a release's files in the signed repository: the words both sides must agree on.

A release is named by its number, a model and its golden file by their content, so that no name is
ever given twice to different bytes.

>>> release_path(7)
'releases/7.json'
"""

import re
from collections.abc import Iterable

from endcap.wire.manifest import Delta, FileRef, ModelManifest, ReleaseManifest

CONTROL_KEYS = "trust/control-keys.json"
"""The keys whose orders a store follows: endcap.wire.orders.ControlKeys."""
MODEL_SIGNING_KEY = "trust/model-signing.pem"
"""The public key that model signatures are verified with; stores need none of them."""
MAX_MANIFEST = 1024 * 1024
"""The longest release manifest a store reads, in bytes."""


def release_path(release: int) -> str:
    """Return the path of a release's manifest."""
    return f"releases/{release}.json"


def model_path(model: ModelManifest) -> str:
    """Return the path of a model's ONNX file."""
    return f"models/{model.kind}/{model.model.sha256}.onnx"


def golden_path(model: ModelManifest) -> str:
    """Return the path of a model's golden file."""
    return f"models/{model.kind}/{model.golden.sha256}.golden.json"


def signature_path(model: ModelManifest) -> str:
    """Return the path of a model's OpenSSF signature, for those who use no store."""
    return f"models/{model.kind}/{model.model.sha256}.sig"


def delta_path(delta: Delta) -> str:
    """Return the path of what turns one model file into another."""
    return f"deltas/{delta.base}-{delta.target}.zst"


def files_of(release: ReleaseManifest) -> dict[str, FileRef]:
    """Return the files that `release` needs beside its manifest, by path."""
    files: dict[str, FileRef] = {}
    for model in release.models.values():
        files[model_path(model)] = model.model
        files[golden_path(model)] = model.golden
    return files


def releases_among(paths: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of the releases whose manifests are among `paths`, ascending."""
    found = (re.fullmatch(r"releases/([1-9]\d{0,18})\.json", path) for path in paths)
    return tuple(sorted(int(one[1]) for one in found if one))
