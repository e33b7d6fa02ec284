"""Files are whole or absent."""

from pathlib import Path

from endcap.plumbing.files import sha256_of, write_atomically


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new", mode=0o440)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o440
    assert [one.name for one in path.parent.iterdir()] == ["a.json"]


def test_a_hash_is_the_known_one() -> None:
    assert sha256_of(b"abc").startswith("ba7816bf8f01cfea")
