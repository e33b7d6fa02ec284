"""Which data a figure was measured on: one hash over a folder's names, lengths and contents."""

import hashlib
from pathlib import Path


def fingerprint(data: Path) -> str:
    """Return the SHA-256 over every file in `data`, in order of name; hidden files do not count."""
    whole = hashlib.sha256()
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{name.as_posix()} {content}\n".encode())
    return whole.hexdigest()
