"""Reads the files of registered models from their folders, checked against their manifests."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from central_sync.adapters.model_signatures import ModelSignatures
from central_sync.ports.releases import ReleaseUnusableError
from central_sync.ports.training import Champion
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import FileRef
from endcap.wire.release_paths import golden_path, model_path, signature_path


class ModelFolders:
    """The folders of the model registry; with `signatures`, each model's goes with it."""

    def __init__(self, signatures: ModelSignatures | None = None) -> None:
        self._signatures = signatures

    async def files(self, champions: Mapping[str, Champion]) -> dict[str, bytes]:
        """Return the files of `champions` by their path in a release.

        Raises:
            ReleaseUnusableError: a file is missing, or is not the one its manifest names.
            RepositoryError: a model cannot be signed.
        """
        return await asyncio.to_thread(self._files, champions)

    def _files(self, champions: Mapping[str, Champion]) -> dict[str, bytes]:
        """Read every file of every champion."""
        found: dict[str, bytes] = {}
        for one in champions.values():
            found[model_path(one.manifest)] = _checked(one.folder, one.manifest.model)
            found[golden_path(one.manifest)] = _checked(one.folder, one.manifest.golden)
            if self._signatures is not None:
                found[signature_path(one.manifest)] = self._signatures.of(one.folder)
        return found


def _checked(folder: Path, wanted: FileRef) -> bytes:
    """Return a file's bytes when they are the ones that were registered."""
    path = folder / wanted.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReleaseUnusableError(f"{path} cannot be read: {error.strerror}") from error
    if sha256_of(content) != wanted.sha256 or len(content) != wanted.length:
        raise ReleaseUnusableError(f"{path} changed since it was registered; train it again")
    return content
