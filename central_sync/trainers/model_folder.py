"""A model as the folder that travels: model.onnx, golden.json, and the manifest that names both.

What a manifest says beyond that is the kind's own.
"""

from pathlib import Path

from endcap.plumbing.files import sha256_of, write_atomically
from endcap.wire.manifest import FileRef, ModelManifest

MODEL, GOLDEN, MANIFEST = "model.onnx", "golden.json", "manifest.json"


def file_ref(name: str, content: bytes) -> FileRef:
    """Return what a manifest says of a file."""
    return FileRef(file=name, sha256=sha256_of(content), length=len(content))


def write_folder(out: Path, model: bytes, golden: bytes, manifest: ModelManifest) -> None:
    """Write the three files; the manifest comes last, so that a folder that has one is whole."""
    write_atomically(out / MODEL, model)
    write_atomically(out / GOLDEN, golden)
    write_atomically(out / MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
