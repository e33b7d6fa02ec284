"""Recommendation: fitted on co-purchase counts, measured on baskets, shipped as one ONNX graph."""

from central_sync.ports.training import ModelKind
from central_sync.trainers.shopper.kind import ShopperKind

SHOPPER: ModelKind = ShopperKind()
"""The shopper model kind."""
