"""Where this device finds its own kiosk."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened on


def local_address(host: str, port: int) -> str:
    """Return the address at which what listens on `host`:`port` answers on this device.

    >>> local_address("0.0.0.0", 8480)
    'http://127.0.0.1:8480'
    >>> local_address("::", 8480)
    'http://[::1]:8480'
    """
    here = _EVERYWHERE.get(host, host)
    return f"http://{f'[{here}]' if ':' in here else here}:{port}"
