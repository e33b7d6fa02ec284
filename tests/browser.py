"""A headless Chromium for tests of pages: opens one, presses its keys, asks it, takes its picture.

Spoken to over two pipes (the DevTools protocol), so that no port and no driver is needed. A test
that wants one is skipped where there is no Chromium. Waits for conditions, never for a time.
"""

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 60.0
NAMES = ("chromium", "chromium-browser", "google-chrome")
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "End": 35, "Home": 36} | {
    f"Arrow{way}": 37 + n for n, way in enumerate(("Left", "Up", "Right", "Down"))
}
_CHARACTERS = {"Space": " "}

_AT_3_AND_4 = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
for place, pipe in enumerate(pipes, start=3):
    os.dup2(pipe, place)
os.execv(sys.argv[3], sys.argv[3:])
"""  # where Chromium looks for its pipes


class Browser:
    """One page of a running Chromium."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._sent, self._unread = 0, b""
        self._session: str | None = None
        self.problems: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, address: str, until: str, *, width: int = 1200, dark: bool = False) -> None:
        """Open `address`; return once the JavaScript expression `until` is true."""
        wanted = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=wanted)
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._call("Emulation.setScrollbarsHidden", hidden=True)
        self._call("Page.navigate", url=address)
        self.wait(until)

    def ask(self, expression: str) -> Any:  # noqa: ANN401 - whatever JSON can say
        """Return what a JavaScript expression is worth."""
        found = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise AssertionError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def wait(self, expression: str) -> None:
        """Return once `expression` is true; a page that is not there yet is waited for."""
        until = time.monotonic() + PATIENCE_S  # noqa: TID251 - a limit that no test comes near
        while True:
            found = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
            if found["result"].get("value") is True:
                return
            if time.monotonic() > until:  # noqa: TID251 - likewise
                raise AssertionError(f"{expression} did not become true; {self.problems}")
            time.sleep(0.05)  # noqa: TID251 - between two questions

    def press(self, key: str) -> None:
        """Press and release a key, as a person at the keyboard would."""
        known = {"key": _CHARACTERS.get(key, key), "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        text = {"text": {"Enter": "\r", "Space": " "}[key]} if key in {"Enter", "Space"} else {}
        self._call("Input.dispatchKeyEvent", type="keyDown", **known, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", **known)

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self._call("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """Write the whole page as a PNG."""
        found = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(found["data"]))

    def tree(self) -> list[tuple[str, str]]:
        """Return what a screen reader is told: (role, name) of everything that is not ignored."""
        nodes = self._call("Accessibility.getFullAXTree")["nodes"]
        return [
            (one["role"]["value"], one.get("name", {}).get("value", ""))
            for one in nodes
            if not one["ignored"]
        ]

    def _say(self, method: str, **told: Any) -> int:  # noqa: ANN401 - the protocol's
        """Send a command; return its number."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": told}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        return self._sent

    def _call(self, method: str, **told: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
        """Return the answer to a command; what the page complains of meanwhile is kept."""
        number = self._say(method, **told)
        while True:
            said = self._next()
            if said.get("id") == number:
                if "error" in said:
                    raise AssertionError(f"{method}: {said['error']}")
                answer: dict[str, Any] = said["result"]
                return answer
            self._note(said)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._back], [], [], PATIENCE_S)
            part = os.read(self._back, 1 << 20) if ready else b""
            if not part:
                raise AssertionError("Chromium does not answer")
            self._unread += part
        first, self._unread = self._unread.split(b"\0", 1)
        said: dict[str, Any] = json.loads(first)
        return said

    def _note(self, said: dict[str, Any]) -> None:
        about = said.get("params", {})
        if said.get("method") == "Page.javascriptDialogOpening":
            self._say("Page.handleJavaScriptDialog", accept=True)  # as a person says yes
        if said.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(about["exceptionDetails"].get("exception", about))[:500])
        if said.get("method") == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.problems.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")


@contextlib.contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Run a Chromium that keeps its things in `folder`; skip the test where there is none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    (read_there, to), (back, write_there) = os.pipe(), os.pipe()
    flags = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", _AT_3_AND_4, str(read_there), str(write_there), program),
            *("--headless", *flags, "--disable-background-networking"),
            *("--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"),
        ],
        pass_fds=(read_there, write_there),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(read_there)
    os.close(write_there)
    try:
        yield Browser(to, back)
    finally:
        os.close(to)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group: it keeps nothing worth a wait
        process.wait()
        os.close(back)
