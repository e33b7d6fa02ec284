"""Hands over the orders that people agreed to, a few seconds' worth in a file.

A folder that cannot be written fails this loop alone; the orders wait.
"""

from datetime import timedelta

from edge_agent.ports.stock import OrderDesk, OrderDrop
from endcap.plumbing.clock import Clock

EVERY = timedelta(seconds=20)
_TOO_LATE = timedelta(days=2)


async def drop_orders(desk: OrderDesk, folder: OrderDrop, clock: Clock) -> None:
    """Hand over what waits, for ever."""
    while True:
        await drop_once(desk, folder, clock)
        await clock.sleep(EVERY)


async def drop_once(desk: OrderDesk, folder: OrderDrop, clock: Clock) -> None:
    """Hand over every file that waits. Cut short after one was written, it is written again.

    What should have come already is nobody's order any more: a folder that is named for the first
    time does not get the orders of months.
    """
    for file in await desk.waiting((clock.now() - _TOO_LATE).date()):
        await folder.put(file)
        await desk.dropped(file.name, clock.now())
