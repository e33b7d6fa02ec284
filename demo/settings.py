"""The demo's configuration files: the same files a user writes, on free loopback ports."""

from dataclasses import dataclass
from pathlib import Path

BROKER = """\
server_name: endcap-demo
host: "127.0.0.1"
port: {own_port}
jetstream {{ store_dir: "{folder}/broker" }}
mqtt {{ host: "127.0.0.1", port: {port}, ack_wait: "5s", max_ack_pending: 10000 }}
"""

CENTRE = """\
[centre]
folder = "{folder}/centre"
name = "Endcap demo"

[http]
port = {port}

[mqtt]
host = "127.0.0.1"
port = {broker_port}
protocol = "3.1.1"        # the demo's broker knows no MQTT 5

[lake]
every = "1s"

[training]
check_every = "1s"
demand = {{ minimum_new_events = {days}, not_more_often_than = "1h" }}
shopper = {{ minimum_new_events = {periods}, not_more_often_than = "1h" }}

[releases]
keys_folder = "{folder}/keys"
automatic = true

[rollouts]                # the canary is one of the two stores
check_every = "200ms"

[log]
format = "text"
"""

STORE = """\
[store]
id = "{store}"
name = "{name}"
timezone = "UTC"
opening = "07:00-23:00"
currency = "USD"
device = "demo"

[storage]
folder = "{folder}/{store}/state"

[kiosk]
port = {port}

[mqtt]
host = "127.0.0.1"
port = {broker_port}
protocol = "3.1.1"        # the demo's broker knows no MQTT 5

[updates]
url = "http://127.0.0.1:{centre_port}"
root = "{folder}/keys/root.json"
shadow = "1s"             # a real store takes minutes over both
probation = "2s"
likeness = 0              # the models that came along have never seen these items

[catalogue]
file = "{folder}/{store}/catalogue.csv"
{planogram}
[sales]
drop_folder = "{folder}/{store}/sales"

[privacy]
minimum_group = 3         # few households are in the data; a real store keeps to 5 or more,
epsilon = 1e9             # to 8 or less, to the usual clip,
clip = 1000
period = "91d"            # and tells its sums every four weeks

[shoppers]
consent = "programme"     # the households of the data joined one

[outbox]
resend_after = "5s"

[[cameras]]
name = "aisle-1"
source = "{shelves}"
every = "4s"

[log]
format = "text"
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Which loopback ports the demo uses."""

    broker: int
    broker_own: int
    centre: int
    stores: dict[str, int]


def write_broker(folder: Path, ports: Ports) -> Path:
    """Write the broker's configuration; return its path."""
    path = folder / "broker.conf"
    path.write_text(BROKER.format(folder=folder, port=ports.broker, own_port=ports.broker_own))
    return path


def write_centre(folder: Path, ports: Ports, *, days: int, periods: int) -> Path:
    """Write the centre's configuration: it trains once `days` days and `periods` periods came."""
    path = folder / "centre.toml"
    path.write_text(
        CENTRE.format(
            folder=folder, port=ports.centre, broker_port=ports.broker, days=days, periods=periods
        )
    )
    return path


def write_store(folder: Path, ports: Ports, store: str, shelves: Path, *, planogram: bool) -> Path:
    """Write one store's configuration; without a planogram, gaps are found anywhere."""
    path = folder / f"{store}.toml"
    section = f'\n[planogram]\nfile = "{folder}/{store}/planogram.csv"\n' if planogram else ""
    path.write_text(
        STORE.format(
            folder=folder,
            store=store,
            name=store.replace("-", " ").title(),
            port=ports.stores[store],
            broker_port=ports.broker,
            centre_port=ports.centre,
            planogram=section,
            shelves=shelves,
        )
    )
    return path
