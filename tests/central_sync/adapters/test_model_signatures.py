"""OpenSSF model signatures, verified by the library that defines them."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_sync.adapters.model_folders import ModelFolders
from central_sync.adapters.model_signatures import SIGNATURE, ModelSignatures, verify_model
from central_sync.adapters.signing_keys import make_keys, model_key
from central_sync.commands.model import model
from central_sync.ports.releases import RepositoryError
from central_sync.ports.training import Champion
from endcap.wire.release_paths import MODEL_SIGNING_KEY, signature_path
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import tiny

pytest.importorskip("model_signing", reason="endcap[oms] is not installed")

ONE = tiny(2.0)


@pytest.fixture
def made(tmp_path: Path) -> Centre:
    return asyncio.run(centre(tmp_path))


@pytest.fixture
def public(made: Centre, tmp_path: Path) -> Path:
    """The public key as anyone finds it: a file of the signed repository."""
    content = made.repository.content(MODEL_SIGNING_KEY)
    assert content is not None
    path = tmp_path / "models.pub.pem"
    path.write_bytes(content)
    return path


def signed(made: Centre, folder: Path) -> bytes:
    key = model_key(made.offline.parent)
    assert key is not None
    return ModelSignatures(key).of(folder)


def test_a_signed_model_is_verified_and_a_change_is_seen(
    made: Centre, public: Path, tmp_path: Path
) -> None:
    folder = ONE.written(tmp_path / "registry" / "demand" / "1.0.0")
    first = signed(made, folder)
    assert signed(made, folder) == first == (folder / SIGNATURE).read_bytes()
    verify_model(folder, public)
    kept = (folder / "model.onnx").read_bytes()
    for change in (
        lambda: (folder / "model.onnx").write_bytes(kept[:-1] + b"?"),
        lambda: (folder / "more.onnx").write_bytes(b"more"),
        (folder / "golden.json").unlink,
    ):
        change()
        with pytest.raises(RepositoryError, match="is not what was signed"):
            verify_model(folder, public)
        ONE.written(folder)
        (folder / "more.onnx").unlink(missing_ok=True)
    verify_model(folder, public)


def test_another_key_and_no_signature_are_seen(made: Centre, tmp_path: Path) -> None:
    folder = ONE.written(tmp_path / "model")
    other = tmp_path / "other.pem"
    ring = make_keys(tmp_path / "others")
    other.write_text(ring.models[0].public_key.keyval["public"])
    with pytest.raises(RepositoryError, match="is not what was signed"):
        verify_model(folder, other)
    signed(made, folder)
    with pytest.raises(RepositoryError, match="is not what was signed"):
        verify_model(folder, other)


def test_the_librarys_own_program_verifies_it(made: Centre, public: Path, tmp_path: Path) -> None:
    folder = ONE.written(tmp_path / "model")
    signed(made, folder)
    words = ["--signature", folder / SIGNATURE, "--public_key", public]
    program = [sys.executable, "-m", "model_signing", "verify", "key", folder, *words]
    found = subprocess.run(list(map(str, program)), capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_the_command_verifies_it_too(made: Centre, public: Path, tmp_path: Path) -> None:
    folder = ONE.written(tmp_path / "model")
    signed(made, folder)
    words = ["verify", str(folder), "--key", str(public)]
    assert CliRunner().invoke(model, words).exit_code == 0
    (folder / "golden.json").write_text("{}")
    result = CliRunner().invoke(model, words)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_a_release_brings_the_signatures_of_its_models(made: Centre, tmp_path: Path) -> None:
    folder = ONE.written(tmp_path / "registry" / "demand" / "1.0.0")
    key = model_key(made.offline.parent)
    assert key is not None
    champion = Champion(ONE.manifest, folder, datetime(2026, 3, 2, tzinfo=UTC))
    found = asyncio.run(ModelFolders(ModelSignatures(key)).files({"demand": champion}))
    assert found[signature_path(ONE.manifest)] == (folder / SIGNATURE).read_bytes()
    assert signature_path(ONE.manifest) not in asyncio.run(
        ModelFolders().files({"demand": champion})
    )


def test_a_key_that_cannot_sign_is_said(tmp_path: Path) -> None:
    folder = ONE.written(tmp_path / "model")
    key = tmp_path / "key.pem"
    key.write_text("no key")
    with pytest.raises(RepositoryError, match="was not signed"):
        ModelSignatures(key).of(folder)
    assert not (folder / SIGNATURE).exists()
