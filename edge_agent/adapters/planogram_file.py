"""The store's planogram file, changed one camera at a time: whole or not at all.

What is written is core/vision/enrolment_plan.py's; that the file is read again is follow_files's.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_plan import (
    DraftError,
    difference,
    facings_in,
    mark_of,
    tidied,
    written,
)
from edge_agent.ports.enrolment import Planned, Saved, SetupRefusedError
from endcap.plumbing.files import write_atomically


class PlanogramFile:
    """Keeps the promises of edge_agent.ports.enrolment.ShelfPlan over the file at `path`."""

    def __init__(self, path: Path, codes: ItemCodes = PLAIN) -> None:
        self._path = path
        self._codes = codes

    async def planned(self, camera: str) -> Planned:
        """Return a camera's facings; none where there is no file yet.

        Raises:
            SetupRefusedError: the file cannot be read, or is no planogram.
        """
        with _told(self._path):
            found = facings_in(await asyncio.to_thread(self._text), camera, self._codes)
        return Planned(found, mark_of(found))

    async def save(self, camera: str, facings: Sequence[Facing], mark: str) -> Saved:
        """Put `facings` in place of the camera's, unless those are not the ones of `mark`.

        Raises:
            SetupRefusedError: somebody else changed them, the draft is wrong, the file cannot be
                read or written.
        """
        return await asyncio.to_thread(self._save, camera, facings, mark)

    def _save(self, camera: str, facings: Sequence[Facing], mark: str) -> Saved:
        try:
            after = tidied(camera, facings)
        except DraftError as error:
            raise SetupRefusedError("draft-wrong", str(error)) from None
        with _told(self._path, writing=True), _alone(self._path.parent):
            text = self._text()
            before = facings_in(text, camera, self._codes)
            if mark_of(before) != mark:
                detail = f"somebody changed the facings of {camera} meanwhile; nothing was saved"
                raise SetupRefusedError("plan-changed", detail, "load them again and repeat")
            new = written(text, camera, after, self._codes)
            if self._path.exists() and not os.access(self._path, os.W_OK):
                raise PermissionError(13, "it is read-only")
            mode = self._path.stat().st_mode & 0o777 if self._path.exists() else 0o644
            write_atomically(self._path, new.encode(), mode=mode)
        return Saved(difference(before, after), mark_of(after), 0)

    def _text(self) -> str:
        try:
            return self._path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else who asks change files in `folder`; the lock ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path, *, writing: bool = False) -> Iterator[None]:
    """Turn what is wrong with the file into a refusal."""
    try:
        yield
    except (DraftError, UnicodeDecodeError) as error:
        detail = f"{path.name}: {error}" if isinstance(error, DraftError) else f"{path}: not UTF-8"
        raise SetupRefusedError("plan-unusable", detail, "mend or move the file") from None
    except OSError as error:
        verb = "written" if writing else "read"
        detail = f"{path} cannot be {verb}: {error.strerror or error}"
        hint = f"let the agent's user write {path} and its folder" if writing else ""
        raise SetupRefusedError("plan-unwritable", detail, hint) from None
