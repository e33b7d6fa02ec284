"""What the doctor asks outside the device: cameras, the broker, the centre, and its clock.

Each look returns findings, within a few seconds, whatever the other side does.
"""

import asyncio
import os
import random
import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from edge_agent.commands.examination import Finding
from edge_agent.config import EdgeConfig, UpdateSettings
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.masking import masked
from endcap.plumbing.mqtt_link import open_link
from endcap.plumbing.tls_context import client_context, why_tls_failed

PATIENCE_S = 8.0
CLOCKS_DIFFER = timedelta(minutes=2)
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def cameras(config: EdgeConfig) -> Iterator[Finding]:
    """Look whether each camera is there; no picture is taken."""
    for camera in config.cameras:
        problem = _absent(camera.source)
        where = masked(camera.source)
        if problem:
            advice = "see its power, cable and address"
            yield Finding("cameras", "fail", f"{camera.name}: {where}: {problem}", advice)
        else:
            yield Finding("cameras", "ok", f"{camera.name}: {where} is there")


def _absent(source: str) -> str:
    """Return why a source of pictures is not there, or an empty text."""
    parts = urlsplit(source)
    if not parts.scheme:
        if not Path(source).exists():
            return "there is no such file or device"
        return "" if os.access(source, os.R_OK) else "it may not be read"
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
        with socket.create_connection((parts.hostname or "", port), timeout=PATIENCE_S):
            return ""
    except (OSError, ValueError) as error:
        return str(error)


def broker(config: EdgeConfig) -> Iterator[Finding]:
    """Look whether the broker lets us in."""
    if config.mqtt is None:
        yield Finding("broker", "ok", "none: the store stands alone")
        return
    where = f"{config.mqtt.host}:{config.mqtt.port}"
    try:
        problem = asyncio.run(_connect(config))
    except TimeoutError:
        advice = "see the network, the port, and whether the broker knows our certificate"
        yield Finding("broker", "fail", f"{where} does not let us in", advice)
    except OSError as error:
        yield Finding("broker", "fail", f"{where}: {error}", "see the files of mqtt.tls")
    else:
        if problem:
            advice = "see the network, mqtt.host, mqtt.port and mqtt.tls; or enrol the store anew"
            yield Finding("broker", "fail", f"{where}: {problem}", advice)
        else:
            yield Finding("broker", "ok", f"{where} lets us in")


async def _connect(config: EdgeConfig) -> str:
    """Connect once, under another name than the agent, which may be running.

    Returns:
        Why the broker does not let us in; an empty text when it does.
    """
    if config.mqtt is None:
        return ""
    told = config.mqtt.broker(f"{config.store.id}-doctor-{os.getpid()}")
    async with (
        open_link(told, (), SystemClock(), random.Random()) as link,
        asyncio.timeout(PATIENCE_S),
    ):
        return await link.wait_told()


def centre(config: EdgeConfig, at: datetime) -> Iterator[Finding]:
    """Look whether the centre offers releases, and whether its clock agrees with ours."""
    if config.updates is None:
        yield Finding("centre", "ok", "none: the models of the program serve")
        return
    address = f"{config.updates.url}/tuf/metadata/timestamp.json"
    try:
        answer = httpx.get(address, timeout=PATIENCE_S, verify=_trust(config.updates))
    except (httpx.HTTPError, OSError) as error:
        advice = "see the network and updates.url; models that serve go on serving"
        cause = why_tls_failed(error) or str(error) or type(error).__name__
        yield Finding("centre", "fail", f"{address}: {cause}", advice)
        return
    if answer.status_code != httpx.codes.OK:
        advice = "see updates.url, and whether the centre has published a release"
        yield Finding("centre", "fail", f"{address} answers {answer.status_code}", advice)
        return
    yield Finding("centre", "ok", f"{config.updates.url} offers releases")
    yield from _clocks(answer.headers.get("date", ""), at)


def _trust(updates: UpdateSettings) -> ssl.SSLContext | bool:
    """Return whom to trust, and what to show, on the way to the centre."""
    if updates.tls is None:
        return True
    return client_context(updates.tls.ca, updates.tls.certificate, updates.tls.key)


def _clocks(date: str, at: datetime) -> Iterator[Finding]:
    """Compare our clock with the one in the centre's answer."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return
    if abs(theirs - at) > CLOCKS_DIFFER:
        seen = f"ours and the centre's differ by {round(abs(theirs - at).total_seconds())} s"
        yield Finding("clock", "warn", seen, "set ours: timedatectl set-ntp true")
