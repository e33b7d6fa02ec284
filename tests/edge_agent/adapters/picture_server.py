"""A real HTTP camera on a free loopback port: single pictures, a stream, silence, refusals."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

from tests.faults.bad_pictures import coded

_NOISE = np.random.default_rng(2).integers(0, 255, (48, 64, 3)).astype(np.uint8)


def numbered(number: int) -> bytes:
    """Return a JPEG whose left half's brightness tells its number."""
    picture = _NOISE.copy()
    picture[:, :32] = min(number * 8, 255)
    return coded(picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95)


def number_of(pixels: np.ndarray) -> int:
    """Return the number that `numbered` put into a picture."""
    return round(float(pixels[:, 4:28].mean()) / 8)


class HttpCamera:
    """Serves /picture, /stream, /silent (a stream that stops), /refused and /page."""

    def __init__(self) -> None:
        self.served = 0
        self.release = threading.Event()
        self.headers: list[str] = []

    def next_picture(self) -> bytes:
        self.served += 1
        return numbered(self.served % 30)


class _Server(ThreadingHTTPServer):
    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.camera = HttpCamera()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.camera.headers.append(self.headers.get("Authorization", ""))
        with contextlib.suppress(ConnectionError):
            self.answer(self.path.partition("?")[0])

    def answer(self, path: str) -> None:
        match path:
            case "/picture":
                self.whole("image/jpeg", self.server.camera.next_picture())
            case "/stream":
                self.stream(pictures=100_000)
            case "/silent":
                self.stream(pictures=2)
            case "/page":
                self.whole("text/html", b"<title>Log in</title>")
            case "/endless":
                self.endless()
            case _:
                self.send_error(401)

    def whole(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.server.camera.release.is_set():
            self.wfile.write(b"\0" * 1_000_000)

    def stream(self, pictures: int) -> None:
        camera = self.server.camera
        self.send_response(200)
        self.send_header("Content-Type", 'multipart/x-mixed-replace; boundary="cut"')
        self.end_headers()
        for _ in range(pictures):
            if camera.release.wait(0.02):
                return
            part = b"--cut\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n" % camera.next_picture()
            self.wfile.write(part)
        self.wfile.write(b"--cut\r\n")
        camera.release.wait(30)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@contextlib.contextmanager
def http_camera(port: int = 0) -> Iterator[tuple[HttpCamera, str]]:
    """Serve until the block ends; yield the camera and its address without the path."""
    server = _Server(port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.camera, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.camera.release.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
