"""A store that obeys settings from afar, to be killed: `python -m ... CONFIG SEED TRIALS`.

Imports once, then forks a child that takes one order after another and starts as the agent does,
and kills it after a random moment. One line a trial on stdout: the last order that was begun, the
one that was decided about, the settings at work and those that stand by.
"""

import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from edge_agent.adapters.remote_file import RemoteFile
from edge_agent.commands.launching import start
from edge_agent.core.remote_config import Event, Overlay, State

LEVELS = ("debug", "info", "warning", "error")


def main() -> None:
    """Kill and look, as often as was asked for."""
    path, rng, trials = Path(sys.argv[1]), random.Random(int(sys.argv[2])), int(sys.argv[3])
    file = RemoteFile(start(path).storage.folder)
    for _ in range(trials):
        heard, say = os.pipe()
        child = os.fork()
        if not child:
            os.close(heard)
            _obey(path, file, rng, say)
        os.close(say)
        first = os.read(heard, 64).decode()
        time.sleep(rng.uniform(0.0, 0.3))  # noqa: TID251 - real time is what is tested
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        begun = (first + _all_of(heard)).split()[-1]
        found = file.read()
        shown = [_shown(one) for one in (found.current, found.previous)]
        print(begun, found.decided, start(path).log.level, *shown, found.problem)  # noqa: T201


def _obey(path: Path, file: RemoteFile, rng: random.Random, say: int) -> None:
    """Obey orders until killed; say the number of each before."""
    for number in count(file.read().decided + 1):
        os.write(say, f"{number}\n".encode())
        order = Overlay(number, {"log": {"level": LEVELS[number % len(LEVELS)]}})
        file.write(file.read().after(Event.ORDERED, order))
        start(path)
        if rng.getrandbits(1):
            file.write(file.read().after(Event.CAME_UP))
        elif file.read().state is State.ON_TRIAL:
            file.write(file.read().after(Event.FAILED, reason="test"))


def _all_of(heard: int) -> str:
    with os.fdopen(heard) as pipe:
        return pipe.read()


def _shown(overlay: Overlay) -> str:
    """Return an overlay as its number and whether it holds what was ordered with it."""
    whole = {"log": {"level": LEVELS[overlay.counter % len(LEVELS)]}} if overlay.counter else {}
    return f"{overlay.counter}:{'whole' if overlay.settings == whole else 'damaged'}"


if __name__ == "__main__":
    main()
