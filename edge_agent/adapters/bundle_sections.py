"""Gathers what helps to find a fault: versions, the device, the settings, what the journals say.

Takes only what is chosen here, never whole tables: no sales, no receipts, no shoppers, no pictures.
Passwords are masked, and a camera's address ends at its host. What may still stand for a person in
free text is core/bundle's to take out.
"""

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edge_agent.core.bundle import scrubbed
from endcap import __version__
from endcap.plumbing.masking import masked, names_secret

PACKAGES = (
    *("onnxruntime", "numpy", "opencv-python", "tuf", "securesystemslib"),
    *("paho-mqtt", "fastapi", "uvicorn", "httpx", "pydantic", "cryptography", "sqlite-utils"),
)
_JOURNALS: Mapping[str, str] = {
    "updates": "SELECT release, state, reason, at FROM update_journal ORDER BY step DESC LIMIT 100",
    "errands": "SELECT counter, errand, state, tries, note, at FROM errands"
    " ORDER BY number DESC LIMIT 50",
    "orders": "SELECT channel, counter, taken_at FROM orders ORDER BY channel",
    "failing": "SELECT part, code, detail, since FROM health ORDER BY part LIMIT 100",
    "cameras": "SELECT camera, condition, since FROM camera_conditions ORDER BY camera",
    "audit": "SELECT entry, at, who, what, hash FROM audit ORDER BY entry DESC LIMIT 50",
    "feeds": "SELECT file, accepted, refused, read_at FROM feed_files"
    " ORDER BY read_at DESC LIMIT 50",
}
_FREE_TEXT = ("reason", "note", "detail", "what", "file")
_COUNTED = ("outbox", "gaps", "facings", "items", "forecasts", "prices", "promotions")
_MEMORY = ("MemTotal", "MemAvailable", "VmRSS", "VmHWM", "Threads")


def from_database(db: sqlite3.Connection) -> dict[str, object]:
    """Return what the journals say, newest first, and how much there is of what."""
    found: dict[str, object] = {name: _rows(db, query) for name, query in _JOURNALS.items()}
    counts = {}
    for table in _COUNTED:
        with suppress(sqlite3.Error):
            counts[table] = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return found | {"counts": counts}


def _rows(db: sqlite3.Connection, query: str) -> object:
    """Return rows as JSON values, or why there are none."""
    try:
        cursor = db.execute(query)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    except sqlite3.Error as error:
        return str(error)
    return [
        {name: shown(value) if name in _FREE_TEXT else value for name, value in row.items()}
        for row in rows
    ]


def shown(text: object) -> str:
    """Return free text as it may leave the store."""
    return scrubbed(masked(str(text)))


def of_device(folder: Path) -> dict[str, object]:
    """Return what the device is, and how much room, memory and time it has."""
    disk = shutil.disk_usage(folder)
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": list(os.getloadavg()),
        "disk": {"total": disk.total, "free": disk.free},
        "memory": _memory(Path("/proc/meminfo")) | _memory(Path("/proc/self/status")),
        "packages": {"endcap": __version__} | {name: _version(name) for name in PACKAGES},
    }


def _memory(path: Path) -> dict[str, str]:
    """Return figures of memory, as the kernel words them."""
    try:
        lines = [line.partition(":") for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {name: " ".join(value.split()) for name, _, value in lines if name in _MEMORY}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def redacted(settings: Mapping[str, Any], mask: Callable[[str], str] = masked) -> dict[str, Any]:
    """Return settings without secrets; of a camera's source only the kind and the host are left."""
    return {
        name: "***" if names_secret(name) and value is not None else _redacted(name, value, mask)
        for name, value in settings.items()
    }


def _redacted(name: str, value: Any, mask: Callable[[str], str]) -> Any:  # noqa: ANN401 - a setting
    if isinstance(value, Mapping):
        return redacted(value, mask)
    if isinstance(value, list | tuple):
        return [_redacted(name, one, mask) for one in value]
    if not isinstance(value, str):
        return value
    if name == "source" and "://" in value:
        parts = urlsplit(value)
        return f"{parts.scheme}://{parts.hostname or ''}/..."
    return mask(value)
