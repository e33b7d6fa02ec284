"""Files are whole or absent."""

import subprocess
import sys
from pathlib import Path

import pytest

from endcap.plumbing.files import InUseError, held, sha256_of, write_atomically


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new", mode=0o440)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o440
    assert [one.name for one in path.parent.iterdir()] == ["a.json"]


def test_a_hash_is_the_known_one() -> None:
    assert sha256_of(b"abc").startswith("ba7816bf8f01cfea")


def test_a_folder_is_held_by_one_process(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    with held(folder):
        with pytest.raises(InUseError, match="another process"), held(folder):
            pass
        assert (folder / ".lock").stat().st_mode & 0o077 == 0
    with held(folder):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from endcap.plumbing.files import held\n"
        "with held(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    with held(tmp_path):
        pass
