"""Wires what the centre may change and ask from afar: settings and errands."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import httpx

from edge_agent.adapters.bundle_upload import BundleUpload
from edge_agent.adapters.errand_tables import ErrandTables
from edge_agent.adapters.own_signs import OwnSigns
from edge_agent.adapters.remote_file import RemoteBook, RemoteFile
from edge_agent.adapters.spoken_settings import SpokenSettings
from edge_agent.adapters.store_bundle import StoreBundle
from edge_agent.agent.standing import Agent, Launch
from edge_agent.agent.trusting import Trust, verified
from edge_agent.config import UpdateSettings
from edge_agent.loops.keep_settings import Keeping, keep_settings, take_settings
from edge_agent.loops.run_errands import Running, begin, run_errands, take_errand
from edge_agent.ports.orders import OrderGate
from endcap.plumbing.supervisor import Loop
from endcap.wire.topics import Channel

UPLOAD_WITHIN_S = 30.0
Orders = Mapping[Channel, Callable[[bytes], Awaitable[None]]]


def remote_orders(agent: Agent, gate: OrderGate) -> Orders:
    """Return who takes orders of settings and errands."""
    if agent.launch is None:
        return {}
    return {
        Channel.CONFIG: partial(take_settings, gate),
        Channel.ERRAND: partial(take_errand, gate, ErrandTables(agent.file), agent.clock),
    }


async def remote(agent: Agent, trust: Trust, linked: Callable[[], bool]) -> dict[str, Loop]:
    """Return the loops that obey; none where whoever started the program does not start it again.

    `linked` tells whether the link to the broker is there.
    """
    settings = agent.config.updates
    if agent.launch is None or settings is None:
        return {}
    keeping = _keeping(agent, agent.launch, trust.gate, linked)
    upload = BundleUpload(settings.url, agent.config.store.id, partial(_client, settings))
    running = _running(agent, agent.launch, trust.gate, upload)
    await begin(running.book, agent.clock)
    return {
        "keep-settings": partial(keep_settings, keeping, agent.clock, agent.clock.monotonic()),
        "run-errands": partial(run_errands, running, agent.clock),
    }


def _client(settings: UpdateSettings) -> httpx.AsyncClient:
    """Return a client of the centre; the certificate we show is read anew, for it is renewed."""
    return httpx.AsyncClient(verify=verified(settings), timeout=UPLOAD_WITHIN_S)


def _keeping(agent: Agent, launch: Launch, gate: OrderGate, linked: Callable[[], bool]) -> Keeping:
    """Return what keeping settings works with."""
    kiosk = agent.config.kiosk
    book = RemoteBook(RemoteFile(agent.config.storage.folder), agent.file)
    return Keeping(
        gate=gate,
        book=SpokenSettings(book, agent.log),
        judge=launch.judge,
        signs=OwnSigns(kiosk.host, kiosk.port, linked),
        start_again=agent.again.set,
        trial=agent.config.remote.trial,
    )


def _running(agent: Agent, launch: Launch, gate: OrderGate, upload: BundleUpload) -> Running:
    """Return what errands work with."""
    return Running(
        gate=gate,
        book=ErrandTables(agent.file),
        maker=StoreBundle(launch.subject, agent.file, launch.examine, lambda: agent.log.last_lines),
        taker=upload,
        start_again=agent.again.set,
        allowed=agent.config.remote.errands,
    )
