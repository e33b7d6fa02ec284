"""Makes the deltas of a release, and lists the pieces of its files.

A delta is a zstd frame whose prefix is the model that a store has (`zstd --patch-from`), from a
release or from the program's own folder: long matches into the older file are what makes it short,
so the window spans both files. Whether one is
worth offering is core/shortcuts' to say. Every delta is undone once before it is offered.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import zstandard

from central_sync.adapters.model_registry import MANIFEST, read_model
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.core.shortcuts import bases, is_worth_it, pieces
from central_sync.ports.releases import ReleaseUnusableError
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import Delta, FileRef, ModelManifest, ReleaseManifest
from endcap.wire.release_paths import delta_path, files_of, model_path

LEVEL = 19
_WIDEST = 27
"""The window that a decompressor takes without being told to: 128 MiB."""


class ReleaseShortcuts:
    """Shorter ways to the files of releases; older files come out of the repository.

    `references` are the models that come with the program, one folder a kind: what new stores have.
    """

    def __init__(self, repository: TufRepository, references: Path | None = None) -> None:
        self._repository = repository
        self._references = references

    async def furnished(
        self,
        manifest: ReleaseManifest,
        live: Sequence[ReleaseManifest],
        at_hand: Mapping[str, bytes],
    ) -> ReleaseManifest:
        """Return `manifest` with the pieces of its files, and the deltas that are worth it."""
        return await asyncio.to_thread(self._furnished, manifest, live, at_hand)

    async def files(
        self, manifest: ReleaseManifest, at_hand: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Return the deltas that `manifest` names, by path.

        Raises:
            ReleaseUnusableError: a delta comes out otherwise than when it was named.
        """
        return await asyncio.to_thread(self._files, manifest, at_hand)

    def _furnished(
        self,
        manifest: ReleaseManifest,
        live: Sequence[ReleaseManifest],
        at_hand: Mapping[str, bytes],
    ) -> ReleaseManifest:
        chunks, deltas, packaged = {}, [], self._packaged()
        at_hand = {**_files(packaged), **at_hand}
        for path, file in files_of(manifest).items():
            chunks[file.sha256] = pieces(self._content(path, at_hand))
        for model in manifest.models.values():
            for base in bases(model, live, (one for one, _ in packaged)):
                content = self._delta(base, model, at_hand)
                if content is not None:
                    chunks[sha256_of(content)] = pieces(content)
                    deltas.append(_named(base, model, content))
        found = {sha256: hashes for sha256, hashes in sorted(chunks.items()) if hashes}
        return manifest.model_copy(update={"chunks": found, "deltas": tuple(deltas)})

    def _files(self, manifest: ReleaseManifest, at_hand: Mapping[str, bytes]) -> dict[str, bytes]:
        targets = {one.model.sha256: model_path(one) for one in manifest.models.values()}
        kinds = {one.model.sha256: one.kind for one in manifest.models.values()}
        at_hand, found = {**_files(self._packaged()), **at_hand}, {}
        for delta in manifest.deltas:
            path = delta_path(delta)
            content = self._repository.content(path)
            if content is None:
                base = f"models/{kinds[delta.target]}/{delta.base}.onnx"
                older = self._content(base, at_hand)
                content = difference(older, self._content(targets[delta.target], at_hand))
            if sha256_of(content) != delta.file.sha256:
                raise ReleaseUnusableError(
                    f"release {manifest.release} names {path}, which comes out otherwise now;"
                    " build the release again"
                )
            found[path] = content
        return found

    def _packaged(self) -> list[tuple[ModelManifest, bytes]]:
        """Return the models that come with the program; a damaged one is no beginning."""
        found = []
        for path in sorted(self._references.glob(f"*/{MANIFEST}")) if self._references else ():
            with contextlib.suppress(DataUnusableError):
                manifest, files = read_model(path.parent)
                found.append((manifest, files[manifest.model.file]))
        return found

    def _delta(
        self, base: ModelManifest, model: ModelManifest, at_hand: Mapping[str, bytes]
    ) -> bytes | None:
        """Return what leads from one model to another when that is worth it."""
        whole = self._content(model_path(model), at_hand)
        content = difference(self._content(model_path(base), at_hand), whole)
        return content if is_worth_it(len(content), len(whole)) else None

    def _content(self, path: str, at_hand: Mapping[str, bytes]) -> bytes:
        """Return a file that is at hand or published."""
        content = at_hand.get(path) or self._repository.content(path)
        if content is None:
            raise ReleaseUnusableError(f"the release needs {path}, which nobody has any more")
        return content


def _files(models: Iterable[tuple[ModelManifest, bytes]]) -> dict[str, bytes]:
    """Return the content of models by where it lies in a repository."""
    return {model_path(manifest): content for manifest, content in models}


def difference(base: bytes, target: bytes) -> bytes:
    """Return the zstd frame that leads from `base` to `target`, tried out."""
    dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    window = (len(base) + len(target)).bit_length()
    settings = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=min(max(window, 10), _WIDEST), enable_ldm=True
    )
    compressor = zstandard.ZstdCompressor(dict_data=dictionary, compression_params=settings)
    content = compressor.compress(target)
    if applied(base, content, len(target)) != target:
        raise ReleaseUnusableError("a delta does not lead to its model; is the memory sound?")
    return content


def applied(base: bytes, delta: bytes, length: int) -> bytes:
    """Return the `length` bytes that `delta` makes of `base`."""
    dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << _WIDEST)
    return decompressor.decompress(delta, max_output_size=length)


def _named(base: ModelManifest, model: ModelManifest, content: bytes) -> Delta:
    """Return a delta as a manifest names it."""
    sha256 = sha256_of(content)
    file = FileRef(file=f"{sha256}.zst", sha256=sha256, length=len(content))
    return Delta(base=base.model.sha256, target=model.model.sha256, file=file)
