"""The media kind: scored, never fitted. A store learns what suits whom, and its pace, itself."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.media.leasing import leased_purses
from central_sync.trainers.media.market import Market, read_market
from central_sync.trainers.media.optimum import Optimum, hindsight_optimum
from central_sync.trainers.media.players import AsStoresDo, DualPaced, Throttled, Unpaced
from central_sync.trainers.media.replay import Player, Purses, figures, replay
from endcap import __version__
from endcap.models import media as media_code
from endcap.models.media.auction import Floats
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import ModelManifest

_SEEDS = (0, 1, 2)
_STEPS = (0.001, 0.002, 0.003, 0.01)
_EVERY, _EVERY_IN_STORE = timedelta(hours=3), timedelta(hours=12)
_NOT_FITTED = (
    "media has no model to fit or compare: each store learns what suits whom by itself; "
    "score it with `central-sync evaluate media --data DIR`"
)


class MediaKind:
    """In-store media as the stores play it, replayed on real arrivals of baskets."""

    name = "media"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:  # noqa: ARG002 - ModelKind's shape
        """Refuse.

        Raises:
            DataUnusableError: always.
        """
        raise DataUnusableError(_NOT_FITTED)

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:  # noqa: ARG002 - ModelKind's shape
        """Refuse.

        Raises:
            DataUnusableError: always.
        """
        raise DataUnusableError(_NOT_FITTED)

    def evaluate(
        self,
        data: Path,
        model: Path | None,
        *,
        baselines: bool,  # noqa: ARG002 - the peers play in every run
        progress: Progress,
    ) -> Evaluation:
        """Replay the flight of `data` for several draws of campaigns; figures are their means."""
        if model is not None:
            raise DataUnusableError(_NOT_FITTED)
        ours, peers = [], []
        for seed in _SEEDS:
            market = read_market(data, seed)
            progress(f"draw {seed}: the best plan for {len(market.at)} places")
            best = hindsight_optimum(market.values, market.budgets.astype(np.float64))
            progress(f"draw {seed}: playing")
            ours.append(_ours(market, best))
            peers.append(_peers(market, best))
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name="media",
            model_version=__version__,
            model_sha256=_code_sha256(),
            metrics=_mean(ours) | {"draws": len(_SEEDS)},
            baselines=_mean(peers),
        )


def _ours(market: Market, best: Optimum) -> dict[str, Any]:
    """Return the figures of the stores' way: by one purse, by wrong forecasts, by leases."""
    stores = market.past / market.past_weeks
    chain = stores.sum(axis=0, keepdims=True)

    def played(purses: Purses, rhythms: Floats, every: timedelta = _EVERY) -> dict[str, Any]:
        player = AsStoresDo(rhythms, len(market.budgets), market.until, every, market.at[0])
        return figures(replay(market, purses, player), market, best.welfare)

    return played(_one_purse(market), chain) | {
        "places": len(market.at),
        "optimum_spent": best.spent / int(market.budgets.sum()),
        "forecast_halved": played(_one_purse(market), chain * 0.5),
        "forecast_doubled": played(_one_purse(market), chain * 2.0),
        "leased": played(leased_purses(market), stores, _EVERY_IN_STORE),
        "leased_offline": played(leased_purses(market, offline=True), stores, _EVERY_IN_STORE),
    }


def _peers(market: Market, best: Optimum) -> dict[str, Any]:
    """Return the figures of other ways, each with one purse; dual pacing with its best step."""

    def played(player: Player) -> dict[str, Any]:
        return figures(replay(market, _one_purse(market), player), market, best.welfare)

    paced = [played(DualPaced(market, step)) for step in _STEPS]
    return {
        "unpaced_second_price": played(Unpaced()),
        "probabilistic_throttling": played(Throttled(market, np.random.default_rng(0))),
        "dual_pacing": max(paced, key=lambda one: float(one["welfare"])),
    }


def _one_purse(market: Market) -> Purses:
    """Return all the money as one purse for all stores."""
    return Purses(market.budgets[None].copy())


def _mean(draws: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each figure over the draws; of plays above a lease, the sum."""
    found: dict[str, Any] = {}
    for name, first in draws[0].items():
        every = [one[name] for one in draws]
        if isinstance(first, Mapping):
            found[name] = _mean(every)
        else:
            found[name] = sum(every) if name == "plays_above_lease" else float(np.mean(every))
    return found


def _code_sha256() -> str:
    """Return the hash of the code that decides: there is no model file to name."""
    folder = Path(media_code.__path__[0])
    return sha256_of(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py"))))


MEDIA = MediaKind()
"""The media kind."""
