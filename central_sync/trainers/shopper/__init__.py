"""Recommendation: item models fitted on co-purchase counts, rankers on choices, each one graph."""

from central_sync.ports.training import ModelKind
from central_sync.trainers.shopper.kind import ShopperKind
from central_sync.trainers.shopper.ranker_kind import RankerKind

SHOPPER: ModelKind = ShopperKind()
"""The shopper model kind."""

SHOPPER_RANKER: ModelKind = RankerKind()
"""The kind of model that orders what is proposed to a shopper."""
