from pathlib import Path

from central_sync.trainers.fingerprint import fingerprint


def test_a_folders_hash_is_its_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_text("one")
    before = fingerprint(tmp_path)
    (tmp_path / ".hidden").write_text("does not count")
    assert fingerprint(tmp_path) == before
    (tmp_path / "inner" / "a").write_text("two")
    assert fingerprint(tmp_path) != before
