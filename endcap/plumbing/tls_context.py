"""The client's side of mutual TLS: whom we believe, what we show, and why it failed in one line.

A certificate that is renewed while a program runs is shown from the next connection on. Which files
there are is the configuration's; renewing them is the identity's.
"""

import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any

_LISTEN_S = 3.0
_CAUSES = (
    ("certificate has expired", "its certificate has ended; the centre must renew it"),
    ("certificate is not yet valid", "its certificate is not valid yet; is our clock right?"),
    ("certificate revoked", "our certificate was revoked; the store must be enrolled anew"),
    ("alert certificate expired", "our certificate has ended; the store must renew it"),
    ("alert unknown ca", "it does not know the authority of our certificate"),
    ("certificate required", "it wants a certificate, and we have none to show"),
    ("peer did not return a certificate", "it wants a certificate, and we have none to show"),
    ("alert bad certificate", "it refuses our certificate: ended, revoked, or of a strange kind"),
    ("mismatch", "its certificate is for another host; see the host in the configuration"),
    ("doesn't match", "its certificate is for another host; see the host in the configuration"),
    ("unable to get", "its certificate is not of the authority that we trust"),
    ("self-signed", "its certificate is not of the authority that we trust"),
    ("self signed", "its certificate is not of the authority that we trust"),
    ("invalid ca", "its certificate is not of the authority that we trust"),
    ("certificate signature failure", "its certificate is not of the authority that we trust"),
    ("unsuitable certificate purpose", "its certificate is not one for servers"),
    ("wrong version number", "it speaks no TLS; see the port in the configuration"),
    ("key values mismatch", "our certificate and our key do not belong together"),
)


class _TidySocket(ssl.SSLSocket):
    """A socket that is closed when its handshake fails; paho leaves such a one open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as it is
        """Agree with the other side."""
        try:
            super().do_handshake(block)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            self.close()
            raise


class FollowingContext(ssl.SSLContext):
    """A context that loads our certificate again when another was written.

    Make one with `client_context`.
    """

    _pair: tuple[Path, Path | None] | None = None
    _age: tuple[float, ...] = ()
    sslsocket_class = _TidySocket

    def show(self, certificate: Path, key: Path | None) -> None:
        """Show this certificate from now on, and whatever takes its place in the file.

        Raises:
            OSError: a file cannot be read, or the key is not the certificate's.
        """
        self._pair, self._age = (certificate, key), _age_of(certificate, key)
        self.load_cert_chain(certificate, key)

    def wrap_socket(self, *args: Any, **named: Any) -> ssl.SSLSocket:  # noqa: ANN401 - as it is
        """Begin a connection."""
        self._follow()
        return super().wrap_socket(*args, **named)

    def wrap_bio(self, *args: Any, **named: Any) -> ssl.SSLObject:  # noqa: ANN401 - as it is
        """Begin a connection of asyncio's."""
        self._follow()
        return super().wrap_bio(*args, **named)

    def _follow(self) -> None:
        """Load the pair again when it changed; one half of a new pair waits for the other."""
        if self._pair is None or _age_of(*self._pair) == self._age:
            return
        with contextlib.suppress(OSError):
            self.show(*self._pair)


def client_context(
    ca: Path, certificate: Path | None = None, key: Path | None = None
) -> FollowingContext:
    """Return a context of TLS 1.2 or newer that believes `ca` alone and shows our certificate.

    Raises:
        OSError: a file cannot be read, or is not what it should be.
    """
    context = FollowingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca)
    if certificate is not None:
        context.show(certificate, key)
    return context


def why_tls_failed(error: object) -> str:
    """Return in a person's words why a connection failed; an empty text where TLS is not why.

    >>> why_tls_failed("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)")
    'it does not know the authority of our certificate'
    >>> why_tls_failed("Connection refused")
    ''
    """
    text = str(error).lower().replace("_", " ")
    if not any(word in text for word in ("ssl", "tls", "certificate")):
        return ""
    return next((cause for sign, cause in _CAUSES if sign in text), "")


def ask_why(host: str, port: int, context: ssl.SSLContext) -> str:
    """Connect, say nothing and listen for why we are not let in; an empty text when unknown.

    Under TLS 1.3 our certificate is judged after the handshake. Whoever has begun to speak by then
    hears of a broken connection alone; whoever waits is told the cause.
    """
    try:
        with (
            socket.create_connection((host, port), timeout=_LISTEN_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            secure.recv(1)
    except OSError as error:
        return why_tls_failed(error)
    return ""


def _age_of(*files: Path | None) -> tuple[float, ...]:
    """Return when files were written; nothing where one is missing."""
    try:
        return tuple(one.stat().st_mtime_ns for one in files if one is not None)
    except OSError:
        return ()
