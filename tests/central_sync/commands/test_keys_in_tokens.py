"""Offline keys in PKCS#11 tokens: a repository whose root and targets sign inside SoftHSM."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from central_sync.adapters.repository_reader import RepositoryReader
from central_sync.adapters.signing_keys import load_signer
from central_sync.adapters.token_keys import find_token
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.config import inherited_environment
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.clock import SystemClock

LIBRARY = next(
    (path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so",
                                 "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                 "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"))
     if path.exists()), None,
)  # fmt: skip
PIN = "4711"


@dataclass
class Tokens:
    folder: Path
    environment: dict[str, str]

    def make(self, label: str) -> str:
        """Make a token with one P-256 key; return its URI."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = self.folder / f"{label}.pem"
        pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        pins = ("--so-pin", "12345678", "--pin", PIN)
        self._tool("--init-token", "--free", "--label", label, *pins)
        named = ("--token", label, "--label", label, "--id", "01", "--pin", PIN)
        self._tool("--import", str(pem), *named)
        pem.unlink()
        return f"hsm:1?label={label}"

    def _tool(self, *words: str) -> None:
        subprocess.run(
            ["softhsm2-util", *words], env=self.environment, check=True, capture_output=True
        )

    def keys(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run `central-sync keys` in a process of its own: a token's library loads once."""
        command = [sys.executable, "-m", "central_sync", "keys", *map(str, words)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    if LIBRARY is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not installed")
    (tmp_path / "tokens").mkdir()
    settings = tmp_path / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\n")
    own = {"SOFTHSM2_CONF": str(settings), "PYKCS11LIB": str(LIBRARY)}
    return Tokens(tmp_path, {**inherited_environment(), **own})


def test_root_and_targets_sign_inside_tokens(tokens: Tokens, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text(PIN + "\n")
    repository, folder = tmp_path / "tuf", tmp_path / "keys"
    where = ("--repository", repository, "--passphrase-file", pin)
    roots = [tokens.make(f"root-{number}") for number in (1, 2, 3)]
    named = [word for uri in roots for word in ("--token", f"root={uri}")]
    targets = ("--token", f"targets={tokens.make('targets-1')}")
    made = tokens.keys("init", folder, *where, *named, *targets)
    assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in (folder / "offline").iterdir()) == [
        "root-1.token.json", "root-2.token.json", "root-3.token.json", "targets-1.token.json",
    ]  # fmt: skip
    reader = RepositoryReader(repository, (folder / "root.json").read_bytes(), tmp_path / "r")
    reader.read(SystemClock().now())

    rehearsed = tokens.keys("rotate", "timestamp", folder, "--dry-run", *where)
    assert "nothing was changed" in rehearsed.stdout, rehearsed.stderr
    rotated = tokens.keys("rotate", "timestamp", folder, *where)
    assert "root 2 is live" in rotated.stdout, rotated.stderr
    another = ("--token", tokens.make("targets-2"))
    rotated = tokens.keys("rotate", "targets", folder, *another, *where)
    assert "root 3 is live" in rotated.stdout, rotated.stderr
    assert (folder / "offline" / "targets-2.token.json").exists()
    reader.read(SystemClock().now())

    pin.write_text("0000\n")
    refused = tokens.keys("renew", "root", folder, *where)
    assert refused.returncode == 1
    assert "did not sign" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_token_that_is_not_there_is_said(tokens: Tokens, tmp_path: Path) -> None:
    words = ("init", tmp_path / "keys", "--repository", tmp_path / "tuf", "--token")
    missing = tokens.keys(*words, "root=hsm:1?label=nowhere")
    assert missing.returncode == 1
    assert "nowhere" in missing.stderr
    assert not TufRepository(tmp_path / "tuf", tmp_path / "keys" / "online").exists
    assert tokens.keys(*words, "root=file:1").returncode == 1
    assert tokens.keys(*words, "timestamp=hsm:1").returncode == 2


def test_a_file_that_names_no_token_is_said(tmp_path: Path) -> None:
    path = tmp_path / "root-1.token.json"
    with pytest.raises(RepositoryError, match="cannot be read"):
        load_signer(path)
    for content in ("{", "[]", '{"uri": "hsm:1"}'):
        path.write_text(content)
        with pytest.raises(RepositoryError, match="names no token"):
            load_signer(path)
    with pytest.raises(RepositoryError, match="write hsm:ID"):
        find_token("hsm:one?label=x")


def test_a_token_wants_its_pin(tokens: Tokens, tmp_path: Path) -> None:
    uri = f"root={tokens.make('only')}"
    where = ("--repository", tmp_path / "tuf")
    found = tokens.keys("init", tmp_path / "keys", *where, "--token", uri)
    assert found.returncode == 1
    assert "--passphrase-file" in found.stderr
