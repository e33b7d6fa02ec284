"""Writes what a broker is told of the fleet: who may say and hear what, in its own language.

A store is known by the common name of its certificate, and says only what is its own. A store that
was revoked says and hears nothing, also on a connection that it still has. Files are the commands'.
"""

from collections.abc import Iterable, Sequence

from endcap.wire.topics import ROOT

CENTRE = "centre"

_ACL = """\
# Who may say and hear what: written by `central-sync fleet acl`. %u is the common name of a
# client's certificate.

# A store says only what is its own, and hears only what is said to it.
pattern write {root}/%u/up/#
pattern read {root}/%u/down/#

# The centre hears every store and speaks to every store; it cannot speak for one. Its own last
# words of media it hears again, lest it forget money that it has given.
user {centre}
topic read {root}/+/up/#
topic read {root}/+/down/media
topic write {root}/+/down/#
"""
_CONF = """\
# The broker of the fleet: written by `central-sync fleet acl`. Include it in mosquitto.conf.
# After a change send mosquitto (2.0 and later) SIGHUP: it reads rules, certificates and the list of
# revoked ones again. Only a change of this file needs a restart.

per_listener_settings false
allow_anonymous false
acl_file {folder}/endcap.acl

listener 8883
cafile {folder}/ca.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
crlfile {folder}/revoked.pem
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
max_connections 20000

# One batch of events is at most 1 MB; a dead store is noticed within two minutes.
max_packet_size 1048576
message_size_limit 1048576
max_keepalive 120
max_inflight_messages 1000

# By default a full queue drops messages after it has confirmed them. Endcap deletes nothing before
# the centre itself has answered, so a loss here costs a repetition, never an event.
max_queued_messages 100000
"""
_NATS = """\
# The broker of the fleet: written by `central-sync fleet acl --format nats`. Include it in the
# server's configuration, and send SIGHUP after a change. nats-server reads no list of revoked
# certificates: a store that was revoked is not in this list, and a name that is in it again is
# believed from its old certificate too, until that ends. Give a reinstated store a new name here.

tls {{ cert_file: "{folder}/broker.pem", key_file: "{folder}/broker.key",
      ca_file: "{folder}/ca.pem", verify: true }}
mqtt {{
  port: 8883, ack_wait: "10s", max_ack_pending: 10000
  tls {{ cert_file: "{folder}/broker.pem", key_file: "{folder}/broker.key",
        ca_file: "{folder}/ca.pem", verify_and_map: true }}
}}
authorization {{ users: [
{users}
] }}
"""
_NATS_USER = (
    '  {{ user: "CN={name}", permissions: {{ publish: ["{says}"], '
    'subscribe: [{hears}, "$MQTT.sub.>"] }} }}'
)


def mosquitto_acl(revoked: Iterable[str]) -> str:
    """Return the rules of mosquitto, by pattern: a new store needs no change of them."""
    silenced = "".join(f"\nuser {one}\ntopic deny #\n" for one in sorted(revoked))
    why = "\n# Revoked: silent at once, on connections that are open too." if silenced else ""
    return _ACL.format(root=ROOT, centre=CENTRE) + why + silenced


def mosquitto_conf(folder: str) -> str:
    """Return a part of mosquitto.conf that uses the files in `folder`."""
    return _CONF.format(folder=folder)


def nats_conf(stores: Sequence[str], folder: str) -> str:
    """Return a part of nats-server's configuration: it knows each store by name."""
    subjects = ROOT.replace("/", ".")
    every = f'"{subjects}.*.up.>", "{subjects}.*.down.media"'
    users = [_NATS_USER.format(name=CENTRE, says=f"{subjects}.*.down.>", hears=every)]
    for one in sorted(stores):
        down = f"{subjects}.{one}.down"
        hears = f'"{down}", "{down}.>"'  # `down/#` of MQTT is `down` itself, too
        users.append(_NATS_USER.format(name=one, says=f"{subjects}.{one}.up.>", hears=hears))
    return _NATS.format(folder=folder, users="\n".join(users))
