"""What the doctor looks at on the device itself: disk, database, feeds, models, clock, keys.

Each look returns findings: what was seen, how bad it is, and what to do. Nothing is changed. What
stands outside the device (cameras, broker, centre) is neighbours.py's.
"""

import os
import shutil
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from edge_agent.adapters.facing_reads import all_facings
from edge_agent.adapters.kiosk_reads import refused_files
from edge_agent.config import EdgeConfig
from endcap.plumbing.clock import EARLIEST_PLAUSIBLE, is_plausible
from endcap.plumbing.config_values import write_size
from endcap.plumbing.files import sha256_of
from endcap.plumbing.mqtt_settings import TlsSettings
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import FileRef, ModelManifest, ReleaseManifest

State = Literal["ok", "warn", "fail"]

LITTLE_ROOM = 1_000_000_000
NO_ROOM = 100_000_000
RENEW_BEFORE = timedelta(days=30)
LONG_WAIT = timedelta(days=1)
_KEYS = "SELECT count(*) FROM access_keys WHERE revoked_at IS NULL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one thing; `advice` says what to do unless it is well."""

    check: str
    state: State
    seen: str
    advice: str = ""


def disk(config: EdgeConfig) -> Iterator[Finding]:
    """Look at the room for the store's folder."""
    folder = next(
        one for one in (config.storage.folder, *config.storage.folder.parents) if one.is_dir()
    )
    free = shutil.disk_usage(folder).free
    seen = f"{write_size(free // 1_000_000 * 1_000_000)} free for {config.storage.folder}"
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("disk", "fail", f"{folder} may not be written", f"chown it to {_whoami()}")
    elif free < NO_ROOM:
        yield Finding("disk", "fail", seen, "make room: below 100 MB nothing new is kept")
    elif free < LITTLE_ROOM:
        yield Finding("disk", "warn", seen, "make room, or lower storage.max_size")
    else:
        yield Finding("disk", "ok", seen)


def database(config: EdgeConfig, at: datetime) -> Iterator[Finding]:
    """Look whether the database is whole, and what waits in it for the centre."""
    path = config.storage.database
    if not path.exists():
        yield Finding("database", "ok", f"{path} is not made yet; the agent makes it")
        return
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        try:
            verdict = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            waiting, oldest = db.execute(
                "SELECT count(*), min(time) FROM outbox WHERE acked = 0"
            ).fetchone()
        finally:
            db.close()
    except sqlite3.Error as error:
        verdict, waiting, oldest = str(error), 0, None
    if verdict != "ok":
        advice = "stop the agent and restore the last backup: edge-agent restore --help"
        yield Finding("database", "fail", f"{path}: {verdict}", advice)
        return
    yield Finding("database", "ok", f"{path} is whole")
    yield _outbox(config, waiting, oldest, at)


def _outbox(config: EdgeConfig, waiting: int, oldest: str | None, at: datetime) -> Finding:
    """Judge what waits for the centre."""
    seen = f"{waiting} events wait for the centre"
    since = datetime.fromisoformat(oldest) if oldest else at
    if config.mqtt is None:
        return Finding("outbox", "ok", f"{seen}; the store stands alone")
    if waiting > config.outbox.max_rows * 0.8:
        return Finding("outbox", "fail", seen, "connect the store soon, or events are shed")
    if at - since > LONG_WAIT:
        advice = "see whether the broker and the centre answer"
        return Finding("outbox", "warn", f"{seen}, since {since:%Y-%m-%d %H:%M}", advice)
    return Finding("outbox", "ok", seen)


def feeds(config: EdgeConfig) -> Iterator[Finding]:
    """Look for files of which rows were refused."""
    try:
        with closing(
            sqlite3.connect(f"file:{config.storage.database}?mode=ro", uri=True, timeout=5)
        ) as db:
            db.row_factory = sqlite3.Row
            found = refused_files(db)
    except sqlite3.Error:
        return  # that is the database's finding
    for one in found:
        seen = f"{one.file}: {one.refused} rows refused; line {one.line}: {one.reason}"
        yield Finding("feeds", "warn", seen, "correct these rows and drop the file again")


def shelves(config: EdgeConfig) -> Iterator[Finding]:
    """Look for facings of which the store knows nothing, camera by camera and reason by reason."""
    try:
        with closing(
            sqlite3.connect(f"file:{config.storage.database}?mode=ro", uri=True, timeout=5)
        ) as db:
            db.row_factory = sqlite3.Row
            found = all_facings(db)
    except sqlite3.Error:
        return  # that is the database's finding
    planned = Counter(one.camera for one in found)
    unknown = Counter((one.camera, one.reason) for one in found if one.state == "unknown")
    for (camera, reason), count in sorted(unknown.items()):
        seen = f"{camera}: {count} of {planned[camera]} facings unknown: {reason}"
        yield Finding("shelves", "warn", seen, "see the camera and its shelf on the page /store")


def models(config: EdgeConfig) -> Iterator[Finding]:
    """Look whether every model file is the one its manifest names."""
    folder = config.models.reference_folder or reference_models()
    manifests = sorted(folder.glob("*/manifest.json"))
    if not manifests:
        yield Finding("models", "fail", f"no models in {folder}", "install the program again")
    for path in manifests:
        try:
            manifest = ModelManifest.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            yield Finding("models", "fail", f"{path} is no manifest", "install the program again")
            continue
        files = {one.file: path.parent / one.file for one in (manifest.model, manifest.golden)}
        yield _model(manifest, files, "install the program again")
        yield from _terms(manifest, "name other models in models.reference_folder")
    for manifest in _served(config):
        files = {
            one.file: config.storage.models / one.sha256
            for one in (manifest.model, manifest.golden)
        }
        yield _model(manifest, files, "restart the agent: it brings the file anew")
        yield from _terms(manifest, "ask the centre for a release without it")


def _served(config: EdgeConfig) -> tuple[ModelManifest, ...]:
    """Return the manifests of the release that was installed last, when there is one."""
    try:
        db = sqlite3.connect(f"file:{config.storage.database}?mode=ro", uri=True, timeout=5)
        try:
            row = db.execute("SELECT manifest FROM serving WHERE release > 0").fetchone()
        finally:
            db.close()
        return tuple(ReleaseManifest.model_validate_json(row[0]).models.values()) if row else ()
    except (sqlite3.Error, ValidationError):
        return ()


def _model(manifest: ModelManifest, files: dict[str, Path], advice: str) -> Finding:
    """Compare the files of one model with its manifest."""
    name = f"{manifest.kind} {manifest.version}"
    for wanted in (manifest.model, manifest.golden):
        problem = _differs(files[wanted.file], wanted)
        if problem:
            return Finding("models", "fail", f"{name}: {problem}", advice)
    return Finding("models", "ok", f"{name} is the one of its manifest")


def _terms(manifest: ModelManifest, advice: str) -> Iterator[Finding]:
    """Warn of a model that may not be used in business."""
    if manifest.restriction:
        seen = f"{manifest.kind} {manifest.version} is not for business: {manifest.restriction}"
        yield Finding("models", "warn", seen, advice)


def _differs(path: Path, wanted: FileRef) -> str:
    """Return how a file differs from what its manifest says, or an empty text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return f"{path.name}: {error.strerror}"
    same = len(content) == wanted.length and sha256_of(content) == wanted.sha256
    return "" if same else f"{path.name} is not the file that its manifest names"


def clock(at: datetime) -> Iterator[Finding]:
    """Look whether the clock can be right."""
    seen = f"it is {at:%Y-%m-%d %H:%M} UTC"
    if is_plausible(at):
        yield Finding("clock", "ok", seen)
    else:
        yield Finding(
            "clock", "fail", f"{seen}, before {EARLIEST_PLAUSIBLE:%Y-%m}",
            "set it: timedatectl set-ntp true; until then nothing is installed",
        )  # fmt: skip


def keys(config: EdgeConfig, at: datetime) -> Iterator[Finding]:
    """Look at the certificates and keys that the store proves itself with."""
    settings = {
        "mqtt.tls": config.mqtt.tls if config.mqtt else None,
        "updates.tls": config.updates.tls if config.updates else None,
    }
    for name, tls in settings.items():
        if tls is not None:
            yield from _pair(name, tls, config.store.id, at)
    if config.mqtt and config.mqtt.password_file:
        yield _private("mqtt.password_file", config.mqtt.password_file)


def access(config: EdgeConfig) -> Iterator[Finding]:
    """Look whether anyone can use a kiosk that asks for keys."""
    if not config.kiosk.keys_required:
        return
    made = _keys_made(config.storage.database)
    if made:
        yield Finding("access", "ok", f"keys to the kiosk: {made}")
    else:
        advice = "make one: edge-agent key new --help"
        yield Finding("access", "warn", "the kiosk asks for a key, and there is none", advice)


def _keys_made(path: Path) -> int:
    """Return how many keys count; none where the database is not made, or cannot be read."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
        try:
            return int(db.execute(_KEYS).fetchone()[0])
        except sqlite3.Error:
            return 0


def _pair(name: str, tls: TlsSettings, store: str, at: datetime) -> Iterator[Finding]:
    """Look at one certificate and its key."""
    if tls.key is not None:
        yield _private(f"{name}.key", tls.key)
    if tls.certificate is None:
        return
    try:
        one = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
    except (OSError, ValueError) as error:
        yield Finding("keys", "fail", f"{name}.certificate: {error}", "ask the centre for one")
        return
    names = [str(found.value) for found in one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    ends = one.not_valid_after_utc
    if names != [store]:
        advice = "use the certificate whose common name is store.id"
        yield Finding("keys", "fail", f"{name}.certificate is of {', '.join(names)}", advice)
    elif ends <= at + RENEW_BEFORE:
        state: State = "fail" if ends <= at else "warn"
        seen = f"{name}.certificate ends {ends:%Y-%m-%d}"
        yield Finding("keys", state, seen, "ask the centre for a new one")
    else:
        yield Finding("keys", "ok", f"{name}.certificate is valid until {ends:%Y-%m-%d}")


def _private(name: str, path: Path) -> Finding:
    """Look whether a secret is one."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return Finding("keys", "fail", f"{name}: {path}: {error.strerror}", "put the file there")
    if mode & 0o077:
        return Finding("keys", "fail", f"{name}: others can read {path}", f"chmod 600 {path}")
    return Finding("keys", "ok", f"{name}: {path} is private")


def _whoami() -> str:
    """Return the user this runs as."""
    return f"user {os.geteuid()}"
