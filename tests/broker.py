"""Real brokers for tests and drills, each on a free loopback port, ended with the block.

`mosquitto` speaks MQTT 5 with shared subscriptions; `nats` speaks MQTT 3.1.1 without. Both can be
killed and started again on the same folder. A broker that is not installed skips the test, visibly.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import HOST, free_port

UP_WITHIN = 10.0  # seconds
_PAUSE = 0.02

_MOSQUITTO = """
listener {port} {host}
allow_anonymous true
persistence false
max_queued_messages 100000
max_inflight_messages 1000
log_dest none
"""
_NATS = """
server_name: test
host: "{host}"
port: {own_port}
jetstream {{ store_dir: "{folder}/jetstream" }}
mqtt {{ host: "{host}", port: {port}, ack_wait: "5s", max_ack_pending: 10000 }}
"""


class Broker:
    """A broker's process. `kill` ends it at once; `start` starts it again on the same port."""

    def __init__(self, command: list[str], port: int) -> None:
        self.host, self.port = HOST, port
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return once it accepts connections."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + UP_WITHIN  # noqa: TID251 - a drill waits in real time
        while time.monotonic() < deadline:  # noqa: TID251 - likewise
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1):
                return
            if self._process.poll() is not None:
                break
            time.sleep(_PAUSE)  # noqa: TID251 - likewise
        self.kill()
        raise RuntimeError(f"{self._command[0]} did not accept connections on port {self.port}")

    def read_again(self) -> None:
        """Let it read its settings again, as an operator does (SIGHUP)."""
        if self._process is not None:
            while not self._hears():  # it accepts connections before it minds signals
                time.sleep(_PAUSE)  # noqa: TID251 - a drill waits in real time
            self._process.send_signal(signal.SIGHUP)

    def _hears(self) -> bool:
        """Tell whether the signal to read again would not end it."""
        if self._process is None or self._process.poll() is not None:
            return True
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGHUP - 1) & 1)

    @contextlib.contextmanager
    def stuck(self) -> Iterator[None]:
        """Let it keep its connections and say nothing, as a link that went dead does."""
        if self._process is None:
            raise RuntimeError("start the broker first")
        self._process.send_signal(signal.SIGSTOP)
        try:
            # Its other threads answer on until each has stopped; only then is a stop told.
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would: no goodbye, nothing flushed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[Broker]:
    """Serve mosquitto, as forgetful as a broker may be, until the block ends."""
    yield from _serve("mosquitto", "-c", _MOSQUITTO, folder)


@contextlib.contextmanager
def nats(folder: Path) -> Iterator[Broker]:
    """Serve nats-server until the block ends."""
    yield from _serve("nats-server", "-c", _NATS, folder)


def _serve(program: str, option: str, settings: str, folder: Path) -> Iterator[Broker]:
    """Start `program` with `settings` written into `folder`; end it when the caller is done."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    file = folder / f"{program}.conf"
    file.write_text(settings.format(host=HOST, port=port, own_port=free_port(), folder=folder))
    broker = Broker([_installed(program), option, str(file)], port)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _installed(program: str) -> str:
    """Return where `program` is: beside this Python, on the PATH or among the system's daemons."""
    places = (str(Path(sys.executable).parent), None, "/usr/sbin:/usr/local/sbin")
    for place in places:
        found = shutil.which(program, path=place)
        if found:
            return found
    pytest.skip(f"{program} is not installed")
