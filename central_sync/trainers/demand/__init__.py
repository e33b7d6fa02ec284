"""Demand forecasting: reads sales, fits one global model, scores and compares forecasters."""

from central_sync.ports.training import ModelKind
from central_sync.trainers.demand.kind import DemandKind

DEMAND: ModelKind = DemandKind()
"""The kind as the loops and commands know it."""

__all__ = ["DEMAND"]
