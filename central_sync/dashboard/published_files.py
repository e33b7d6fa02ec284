"""Serves the signed repository to the stores: metadata and targets, read only, in ranges.

What is served is what was published; the folder's listing, its unfinished files and everything
beside it are not. What may be trusted is for the stores to verify.
"""

from os import PathLike, stat_result
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope


class PublishedFiles(StaticFiles):
    """A folder of published files; it may be made after the server began."""

    def __init__(self, folder: Path, keep: str) -> None:
        """Serve `folder`; `keep` tells caches how long."""
        super().__init__(directory=folder, check_dir=False)
        self._keep = keep

    async def check_config(self) -> None:
        """Let a folder that is not there yet be an empty one."""

    def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
        """Find a file, but none that is still being written."""
        hidden = any(part.startswith(".") for part in Path(path).parts)
        return ("", None) if hidden else super().lookup_path(path)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file, for as long as it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = self._keep
        return response
