"""What each demo store is given: its year of receipts, its catalogue, its shelf before a camera."""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from demo.real_sales import (
    STORES,
    Sale,
    best_sellers,
    gtin_of,
    of_regular_items,
    read_sales,
    shift_to,
    write_catalogue,
    write_receipts,
)
from demo.shelves import (
    build,
    copy_pictures,
    products_shown,
    sell_outs,
    write_planogram,
    write_scene,
)
from endcap.models.gaps.shelves import Shelf

CAMERA = "aisle-1"
SCENE_LASTS = 25.0  # seconds
RECEIPT_EVERY = 4.0  # seconds
BASKET_ITEMS = 2
REGULARLY = 8  # purchases in the year


@dataclass(slots=True)
class Stocked:
    """A store's things, and what is left to play of today."""

    store: str
    folder: Path
    pictures: Path
    basket: list[str]
    days: int
    today: list[Sale]
    shift: timedelta
    shelf: Shelf | None
    looked_at: asyncio.Event = field(default_factory=asyncio.Event)


def stock_store(
    folder: Path, source: Path, store: str, yesterday: date, shelves: Path | None
) -> Stocked:
    """Write a store's receipts until yesterday, its catalogue and the first pictures."""
    sales = of_regular_items(read_sales(source, STORES[store]), REGULARLY)
    shift = shift_to(yesterday)
    past = [one for one in sales if (one.at + shift).date() <= yesterday]
    today = [one for one in sales if (one.at + shift).date() == yesterday + timedelta(days=1)]
    drop = folder / "sales"
    drop.mkdir(parents=True)
    write_receipts(drop / "sales.csv", past, shift)
    write_catalogue(folder / "catalogue.csv", source, sales)
    pictures = folder / "shelves"
    shelf = None
    if shelves is None:
        shelf = build(seed=STORES[store])
        usual = best_sellers(past, products_shown(shelf))
        write_planogram(folder / "planogram.csv", shelf, CAMERA, usual)
        write_scene(pictures, shelf, 0, frozenset())
    else:
        copy_pictures(shelves, pictures)
    sellers = best_sellers(past, BASKET_ITEMS)
    return Stocked(
        store=store,
        folder=folder,
        pictures=pictures,
        basket=[gtin_of(product) for product in sellers],
        days=len({(one.at + shift).date() for one in past}),
        today=today,
        shift=shift,
        shelf=shelf,
    )


async def play_shelves(stocked: Stocked) -> None:
    """Let products sell out on the shelf: one soon, others only once people look around."""
    if stocked.shelf is None:
        return
    scenes = sell_outs(stocked.shelf)
    next(scenes)  # the full shelf is there already
    await asyncio.sleep(6)
    for number in itertools.count(1):
        sold_out = next(scenes)
        await asyncio.to_thread(write_scene, stocked.pictures, stocked.shelf, number, sold_out)
        await asyncio.sleep(SCENE_LASTS)
        await stocked.looked_at.wait()


async def play_today(stocked: Stocked) -> None:
    """Ring up the real receipts of the following day, one after the other."""
    for number, (_, lines) in enumerate(itertools.groupby(stocked.today, lambda one: one.basket)):
        await asyncio.sleep(RECEIPT_EVERY)
        now = datetime.now(UTC).replace(tzinfo=None)
        sales = list(lines)
        write_receipts(
            stocked.folder / "sales" / f"sales-today-{number:04d}.csv", sales, now - sales[0].at
        )
