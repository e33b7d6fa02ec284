"""Makes the store's forecasts whenever what they are made from became another.

That is when a day closed, another model serves, or the centre said more of the days to come. An
item with too little history gets none; it is unknown, not zero.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from edge_agent.core.demand import correction_from, forecasts, plan
from edge_agent.ports.demand import Basis, ForecastBook, Made, Material
from edge_agent.ports.models import Models, Site
from endcap.models.demand.outlook import reading_of
from endcap.plumbing.clock import Clock
from endcap.wire.manifest import ModelManifest

EVERY = timedelta(seconds=2)
HORIZON = 14
"""Days to come that are forecast, today first."""

KIND = "demand"


async def make_forecasts(
    book: ForecastBook, models: Models, zone: tzinfo, clock: Clock, horizon: int = HORIZON
) -> None:
    """Make forecasts whenever what they are made from changed, for ever."""
    while True:
        await forecast_once(book, models, zone, clock.now(), horizon)
        await clock.sleep(EVERY)


async def forecast_once(
    book: ForecastBook, models: Models, zone: tzinfo, at: datetime, horizon: int = HORIZON
) -> bool:
    """Make forecasts if what they are made from changed; return whether they were made.

    Waits while days that are over have not been tallied, and does nothing without a model.
    """
    today = at.astimezone(zone).date()
    standing, site = await book.standing(today), models.current
    basis = Basis(today - timedelta(days=1), standing.last_tallied, site.release, standing.feed)
    if standing.pending or standing.last_tallied is None or standing.basis == str(basis):
        return False
    manifest = site.manifest(KIND)
    if manifest is None:
        return False
    material = await book.material(basis.last_closed, horizon, site.release)
    await book.record(await asyncio.to_thread(_made, site, manifest, basis, material), at)
    return True


def _made(site: Site, manifest: ModelManifest, basis: Basis, material: Material) -> Made:
    """Return the forecasts that the site's model makes of `material`."""
    reading = reading_of(manifest.parameters)
    share = site.setting(KIND, "median_share", reading.median_share)
    reading = replace(reading, median_share=share)
    planned = plan(material.sales, material.ahead)
    if not planned.gtins:
        return Made(basis, manifest.version, reading.levels, ())
    answer = site.run(KIND, {"features": planned.rows})
    made = forecasts(
        planned,
        answer["quantiles"],
        answer["mean"],
        reading,
        correction=correction_from(material.units, material.error),
    )
    return Made(basis, manifest.version, reading.levels, made)
