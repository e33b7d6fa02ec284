"""Takes a card out of the files of the point of sale that were read and put away.

A file is looked at as bytes, for those that could not be read may be spelled anyhow: each line that
holds the card is emptied, so that the numbers of the others stay.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from endcap.plumbing.files import write_atomically

_CODES = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


def scrub_files(folders: Iterable[Path], card: str) -> int:
    """Empty every line that holds `card` in the files of `folders`; return how many had one."""
    forms = _forms(card)
    found = (path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir()))
    return sum(_scrub(path, forms) for path in found if path.is_file())


def _forms(card: str) -> re.Pattern[bytes]:
    """Return what finds a card as a word of its own, however it is spelled."""
    spelled = {json.dumps(card)[1:-1].encode()}
    for code in _CODES:
        try:
            spelled.add(card.encode(code))
        except UnicodeEncodeError:
            continue
    any_of = b"|".join(re.escape(one) for one in sorted(spelled, key=len, reverse=True))
    return re.compile(rb"(?<![0-9A-Za-z])(?:" + any_of + rb")(?![0-9A-Za-z])")


def _scrub(path: Path, card: re.Pattern[bytes]) -> bool:
    content = path.read_bytes()
    if not card.search(content):
        return False
    lines = content.split(b"\n")
    kept = b"\n".join(b"" if card.search(line) else line for line in lines)
    write_atomically(path, kept, mode=path.stat().st_mode & 0o777)
    return True
