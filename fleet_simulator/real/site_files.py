"""The configuration files of a rehearsal with real stores: the same files that people write."""

from dataclasses import dataclass
from pathlib import Path

_MOSQUITTO = """\
listener {broker} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
"""
_NATS = """\
server_name: endcap-rehearsal
host: "127.0.0.1"
port: {broker_own}
jetstream {{ store_dir: "{folder}/broker" }}
mqtt {{ host: "127.0.0.1", port: {broker}, ack_wait: "5s", max_ack_pending: 10000 }}
"""
_CENTRE = """\
[centre]
folder = "{folder}/centre"
name = "Endcap rehearsal"

[http]
port = {http}

[mqtt]
host = "127.0.0.1"
port = {broker}
protocol = "{protocol}"

[training]
enabled = false

[releases]
keys_folder = "{folder}/keys"

[rollouts]
automatic = false
check_every = "200ms"

[log]
format = "text"
"""
_STORE = """\
[store]
id = "{store}"
timezone = "UTC"
region = "{region}"
device = "rehearsal"
size = "{size}"

[storage]
folder = "{folder}/{store}"

[mqtt]
host = "127.0.0.1"
port = {broker}
protocol = "{protocol}"

[updates]
url = "http://127.0.0.1:{http}"
root = "{folder}/keys/root.json"
shadow = "4s"
probation = "6s"

[log]
level = "error"
"""
_PLAN = """\
[[waves]]
name = "canary"
count = {canary}
patience = "5m"

[[waves]]
name = "everyone"
share = 1.0
patience = "5m"
"""
_REGIONS, _SIZES = ("north", "south"), ("small", "large")


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything of a rehearsal is."""

    folder: Path
    broker: int
    broker_own: int
    http: int
    protocol: str

    @property
    def centre(self) -> Path:
        """The centre's configuration."""
        return self.folder / "centre.toml"

    @property
    def keys(self) -> Path:
        """The keys that sign."""
        return self.folder / "keys"

    @property
    def registry(self) -> Path:
        """The centre's models."""
        return self.folder / "centre" / "registry"


def write_broker(site: Site) -> Path:
    """Write the broker's configuration; return its path."""
    text = _MOSQUITTO if site.protocol == "5" else _NATS
    return _write(site, "broker.conf", text)


def write_centre(site: Site) -> Path:
    """Write the centre's configuration; return its path."""
    return _write(site, site.centre.name, _CENTRE)


def write_store(site: Site, number: int) -> Path:
    """Write the configuration of the store with a number, from 1; return its path."""
    store, region = f"real-{number:03d}", _REGIONS[number % 2]
    size = _SIZES[number // 2 % 2]
    return _write(site, f"{store}.toml", _STORE, store=store, region=region, size=size)


def write_plan(site: Site, stores: int) -> Path:
    """Write the plan that is followed where none was given: a fifth first, two stores at least."""
    return _write(site, "plan.toml", _PLAN, canary=min(stores, max(2, stores // 5)))


def _write(site: Site, name: str, text: str, **more: object) -> Path:
    path = site.folder / name
    values = {
        "folder": site.folder, "broker": site.broker, "broker_own": site.broker_own,
        "http": site.http, "protocol": site.protocol,
    }  # fmt: skip
    path.write_text(text.format(**values, **more))
    return path
