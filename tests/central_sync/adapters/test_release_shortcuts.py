"""Pieces and deltas of real model files, made, found again and undone."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from central_sync.adapters.release_shortcuts import ReleaseShortcuts, applied, difference
from central_sync.core.shortcuts import pieces
from central_sync.ports.releases import ReleaseUnusableError, RepositoryError
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import CHUNK
from endcap.wire.release_paths import delta_path, golden_path, model_path
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import TinyModel, release, tiny

OLD = tiny(2.0, ballast=100_000)
NEW = tiny(3.0, version="1.0.1", ballast=100_000)
SHIPPED = tiny(4.0, version="0.9.0", ballast=100_000)
STRANGER = tiny(5.0, version="1.0.2")


@pytest.fixture
def made(tmp_path: Path) -> Centre:
    one = asyncio.run(centre(tmp_path))
    asyncio.run(one.publish(release(1, OLD), [OLD]))
    return one


def at_hand(*models: TinyModel) -> dict[str, bytes]:
    return {model_path(one.manifest): one.model for one in models} | {
        golden_path(one.manifest): one.golden for one in models
    }


def test_a_release_names_its_pieces_and_a_delta_that_a_store_can_undo(made: Centre) -> None:
    shortcuts = ReleaseShortcuts(made.repository)
    files = at_hand(NEW)
    found = asyncio.run(shortcuts.furnished(release(2, NEW), [release(1, OLD)], files))
    assert found.chunks == {NEW.manifest.model.sha256: pieces(NEW.model)}
    assert len(NEW.model) > CHUNK
    (delta,) = found.deltas
    assert (delta.base, delta.target) == (OLD.manifest.model.sha256, NEW.manifest.model.sha256)
    content = asyncio.run(shortcuts.files(found, files))[delta_path(delta)]
    assert (len(content), sha256_of(content)) == (delta.file.length, delta.file.sha256)
    assert len(content) < 0.01 * len(NEW.model)
    assert applied(OLD.model, content, len(NEW.model)) == NEW.model


def test_published_deltas_are_read_and_not_made_again(made: Centre) -> None:
    shortcuts = ReleaseShortcuts(made.repository)
    found = asyncio.run(shortcuts.furnished(release(2, NEW), [release(1, OLD)], at_hand(NEW)))
    deltas = asyncio.run(shortcuts.files(found, at_hand(NEW)))
    asyncio.run(made.repository.stage({**deltas, **at_hand(NEW)}, (), made.at))
    asyncio.run(made.repository.sign(made.offline))
    asyncio.run(made.repository.publish(made.at))
    assert asyncio.run(shortcuts.files(found, {})) == deltas


def test_what_a_delta_does_not_shorten_gets_none(made: Centre) -> None:
    shortcuts = ReleaseShortcuts(made.repository)
    found = asyncio.run(
        shortcuts.furnished(release(2, STRANGER), [release(1, OLD)], at_hand(STRANGER))
    )
    assert found.chunks == {}
    assert all(one.file.length <= 0.5 * len(STRANGER.model) for one in found.deltas)


def test_a_delta_over_a_piece_long_has_pieces_itself(tmp_path: Path) -> None:
    big = tiny(2.0, ballast=400_000)
    bigger = TinyModel(NEW.manifest, big.model, NEW.golden)
    assert pieces(difference(b"nothing alike", bigger.model))


def test_a_file_that_nobody_has_is_said(made: Centre) -> None:
    shortcuts = ReleaseShortcuts(made.repository)
    with pytest.raises(ReleaseUnusableError, match="which nobody has any more"):
        asyncio.run(shortcuts.furnished(release(2, NEW), [], {}))


def test_a_delta_that_comes_out_otherwise_is_said(made: Centre) -> None:
    shortcuts = ReleaseShortcuts(made.repository)
    found = asyncio.run(shortcuts.furnished(release(2, NEW), [release(1, OLD)], at_hand(NEW)))
    wrong = found.deltas[0].file.model_copy(update={"sha256": "0" * 64})
    deltas = (found.deltas[0].model_copy(update={"file": wrong}),)
    with pytest.raises(ReleaseUnusableError, match="build the release again"):
        asyncio.run(shortcuts.files(found.model_copy(update={"deltas": deltas}), at_hand(NEW)))


def test_a_damaged_file_in_the_repository_is_said(made: Centre) -> None:
    path = next((made.folder / "targets" / "models" / "demand").glob("*.onnx"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(RepositoryError, match="is damaged"):
        made.repository.content(model_path(OLD.manifest))


def test_the_zstd_program_undoes_a_delta_too(tmp_path: Path) -> None:
    """The command line is another implementation's word for the same format."""
    for name, content in (("old", OLD.model), ("d.zst", difference(OLD.model, NEW.model))):
        (tmp_path / name).write_bytes(content)
    command = ["zstd", "-q", "-d", f"--patch-from={tmp_path / 'old'}", str(tmp_path / "d.zst")]
    try:
        subprocess.run([*command, "-o", str(tmp_path / "new")], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no zstd program here")
    assert (tmp_path / "new").read_bytes() == NEW.model


def test_a_new_store_is_offered_the_way_from_what_came_with_the_program(
    made: Centre, tmp_path: Path
) -> None:
    SHIPPED.written(tmp_path / "references" / "demand")
    shortcuts = ReleaseShortcuts(made.repository, tmp_path / "references")
    found = asyncio.run(shortcuts.furnished(release(2, NEW), [release(1, OLD)], at_hand(NEW)))
    assert [one.base for one in found.deltas] == [
        OLD.manifest.model.sha256,
        SHIPPED.manifest.model.sha256,
    ]
    frames = asyncio.run(shortcuts.files(found, at_hand(NEW)))
    frame = frames[delta_path(found.deltas[1])]
    assert applied(SHIPPED.model, frame, len(NEW.model)) == NEW.model


def test_what_came_with_the_program_damaged_is_no_beginning(made: Centre, tmp_path: Path) -> None:
    folder = SHIPPED.written(tmp_path / "references" / "demand")
    (folder / "model.onnx").write_bytes(SHIPPED.model[:-1])
    shortcuts = ReleaseShortcuts(made.repository, tmp_path / "references")
    assert asyncio.run(shortcuts.furnished(release(2, NEW), [], at_hand(NEW))).deltas == ()
