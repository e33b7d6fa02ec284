"""Opens a model to be scored: the folder that travels, or a bare .onnx file. Scores nothing."""

from dataclasses import dataclass
from pathlib import Path

from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError, Session, open_session
from endcap.wire.manifest import ModelManifest


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that answers, and which one it is."""

    session: Session
    name: str
    version: str
    sha256: str


def open_model(model: Path) -> Opened:
    """Return the model of a folder or of a bare .onnx file.

    Raises:
        DataUnusableError: there is none, or it is none that runs.
    """
    path = model / "model.onnx" if model.is_dir() else model
    manifest = model / "manifest.json"
    try:
        content = path.read_bytes()
        session = open_session(content)
        said = ModelManifest.model_validate_json(manifest.read_bytes()) if model.is_dir() else None
    except (OSError, ModelUnusableError, ValueError) as error:
        raise DataUnusableError(f"{path} is no model to score: {error}") from error
    return Opened(
        session=session,
        name=said.kind if said else path.stem,
        version=said.version if said else "0.0.0",
        sha256=sha256_of(content),
    )
