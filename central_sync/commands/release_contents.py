"""What a release holds, for people: settings are read from TOML, contents told in lines."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from central_sync.commands.speaking import stop
from endcap.wire.identifiers import Finite, Name
from endcap.wire.manifest import ReleaseManifest

_SETTINGS = TypeAdapter(dict[Name, dict[Name, Finite]])
_MOST = 64 * 1024


def read_settings(path: Path | None) -> dict[str, dict[str, float]] | None:
    """Return the numbers in a settings file by part, None without one; end the command on trouble.

    Which numbers a part has is the core's to say.
    """
    if path is None:
        return None
    try:
        found = tomllib.loads(path.read_bytes()[:_MOST].decode())
        return _SETTINGS.validate_python(found)
    except OSError as error:
        raise stop(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise stop(f"{path}: {where}: {first['msg']}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise stop(f"{path} is no TOML: {error}") from None


def release_lines(manifest: ReleaseManifest) -> list[str]:
    """Return what a release holds, a line a model, setting and delta."""
    lines = [
        f"  {kind:14} {one.version:10} {one.model.sha256[:12]} {one.model.length} bytes"
        f"{f'  NOT FOR BUSINESS: {one.restriction}' if one.restriction else ''}"
        for kind, one in manifest.models.items()
    ]
    lines += [
        f"  {part}.{name} = {value:g}"
        for part, numbers in manifest.settings.items()
        for name, value in numbers.items()
    ]
    whole = {one.model.sha256: one.model.length for one in manifest.models.values()}
    lines += [
        f"  delta {one.base[:12]} -> {one.target[:12]} {one.file.length} bytes,"
        f" {one.file.length / whole[one.target]:.1%} of the whole"
        for one in manifest.deltas
    ]
    return lines


def release_values(manifest: ReleaseManifest) -> dict[str, Any]:
    """Return what a release holds, as JSON can say it."""
    return {
        "models": {kind: one.version for kind, one in manifest.models.items()},
        "restricted": {
            kind: one.restriction for kind, one in manifest.models.items() if one.restriction
        },
        "settings": {part: dict(numbers) for part, numbers in manifest.settings.items()},
        "deltas": [
            {"from": one.base, "to": one.target, "bytes": one.file.length}
            for one in manifest.deltas
        ],
    }
