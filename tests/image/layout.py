"""Lays out in a folder what Dockerfile.arm64 puts into the image.

Does not build an image: no base image is fetched.
"""

import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
_COPIED = re.compile(r"^COPY (\w+) /opt/endcap/app/\w+$", re.MULTILINE)
_PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)


def copy_code(app: Path) -> None:
    """Copy the folders that the image takes from the project into `app`."""
    folders = _COPIED.findall((ROOT / "Dockerfile.arm64").read_text("utf-8"))
    for folder in folders:
        without = shutil.ignore_patterns("__pycache__", "research")  # as .dockerignore
        shutil.copytree(ROOT / folder, app / folder, ignore=without)


def link_packages(site: Path) -> None:
    """Link the packages of the image's lock file into `site`; they are installed here."""
    site.mkdir()
    lock = (ROOT / "requirements/edge.txt").read_text("utf-8")
    for name in _PINNED.findall(lock):
        _link(name, site)


def _link(name: str, site: Path) -> None:
    """Link what one distribution installed: packages, modules, and what tells its version."""
    found = distribution(name)
    tops = {
        file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")
    }
    for top in tops:
        there = Path(str(found.locate_file(top)))
        if not (site / top).exists():
            (site / top).symlink_to(there)
