"""Finds a model that came with the program, by its content.

Such a model is as good a beginning for a delta as one that an update brought: a delta's outcome is
checked against what was signed. Loading them is model_slots'.
"""

from pathlib import Path

from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import ModelManifest


def factory_model(folder: Path, sha256: str) -> bytes | None:
    """Return the model of that hash below `folder`, one folder a kind; None without one whole."""
    for path in sorted(folder.glob("*/manifest.json")):
        try:
            named = ModelManifest.model_validate_json(path.read_bytes()).model
            content = (path.parent / named.file).read_bytes() if named.sha256 == sha256 else b""
        except (OSError, ValueError):
            continue  # model_slots says which one is damaged
        if sha256_of(content) == sha256:
            return content
    return None
